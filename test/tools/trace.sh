#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# trace.sh - `kvmalloc trace` on made-up and damaged files, and what `run`
# does with --trace. Sourced by run.sh, whose functions it uses. What the
# library writes is test/trace/'s business.
# shellcheck disable=SC2154 # its variables, too
# shellcheck disable=SC2016 # $ in '': for the shells that are run

# build_trace SOURCES...: of the tools
build_trace()
{
	"$CC" "${flags[@]}" "$here/mkkvt.c" "$here/synth_trace.c" -o mkkvt &&
		"$CC" "${flags[@]}" -fsanitize=address,undefined \
			-fno-sanitize-recover=all "$here/fuzz_trace.c" \
			"$here/synth_trace.c" "$@" -o fuzz_trace \
			-Wl,--as-needed "${libs[@]}"
}

# wrong NAME PATTERN: the summary says so, and so does the exit status
wrong()
{
	./mkkvt "$1" "$1.kvt"
	"$kvmalloc" trace "$1.kvt" >out 2>err
	is "trace: $1 is a failure" 1 $?
	has "trace: $1 is told" "$2" out
	"$kvmalloc" trace --text "$1.kvt" >out 2>err
	is "trace: $1 is one in --text" 1 $?
	has "trace: $1 is told there, too" "^kvmalloc trace: $1.kvt: " err
}

test_trace_files()
{
	local name

	for name in threads child killed full; do
		./mkkvt $name $name.kvt
		golden "trace-$name" "$kvmalloc" trace -n 3 $name.kvt
		golden "trace-$name-text" "$kvmalloc" trace --text $name.kvt
	done
	./mkkvt empty empty.kvt
	"$kvmalloc" trace empty.kvt >out 2>err
	is "trace: one without events is read" 0 $?
	wrong twice '^ inconsistent +1 block handed out while in use'
	wrong nobody '^ inconsistent +.*1 block freed or resized that nobody'
	wrong gaps '^ missing +59 events$'
	wrong repeat '^ damaged +two events have the number 40'
	wrong event '^ damaged +no event where one should be'
	fails "trace: a report is no trace" 1 "sqlite.kvr: not a trace file" \
		"$kvmalloc" trace sqlite.kvr
	fails "trace: a missing file is named" 1 "none.kvt: No such file" \
		"$kvmalloc" trace none.kvt
	head -c 1000 threads.kvt >bad.kvt
	fails "trace: half a header" 1 "truncated: 1000 bytes" \
		"$kvmalloc" trace bad.kvt
	fails "trace: no file" 2 "no FILE given" "$kvmalloc" trace
	fails "trace: two files" 2 "not also 'b'" "$kvmalloc" trace a b
	./fuzz_trace 6000 >/dev/null 2>fuzz.err
	is "6000 damaged traces" 0 $?
	is "completion of traces" "threads.kvt " \
		"$(complete_words "$kvmalloc" trace thr)"
}

test_trace_run()
{
	rm -rf traced && mkdir traced
	"$kvmalloc" run --trace=traced/t.kvt -- sh -c 'cd / && ls >/dev/null' \
		2>err
	is "run --trace=FILE" 0 $?
	has "run: says where the trace is" "^ trace: $PWD/traced/t.kvt$" err
	"$kvmalloc" trace traced/t.kvt >out 2>err
	is "run: the trace is good" 0 $?
	is "run: a child has a file of its own" 2 \
		"$(find traced -name 't.kvt*' | wc -l)"
	fails "run: a file is not written over" 1 \
		"--trace=traced/t.kvt: there is a file" \
		"$kvmalloc" run --trace=traced/t.kvt -- true
	fails "run: a trace needs a directory" 1 "none/x: no such directory" \
		"$kvmalloc" run --trace=none/x -- true
	fails "run: not with call stacks" 1 "one at a time" \
		"$kvmalloc" run --trace --stacks -- true
	fails "run: the longest trace is a size" 2 \
		"--trace_max=1: expected a size from 256K" \
		"$kvmalloc" run --trace --trace_max=1 -- true
	(cd traced && "$kvmalloc" run --no-report --trace -- ls >/dev/null)
	is "run --trace: in this directory" 1 \
		"$(find traced -name 'kvmalloc.ls.*.kvt' | wc -l)"
}
