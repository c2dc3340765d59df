#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh - tests of the command: golden output, wrong input, `run` with a
# stand-in for the library, and `run` with the library itself.
#
#   test/tools/run.sh [KVMALLOC]     default: build/kvmalloc
#   UPDATE=1 test/tools/run.sh       writes the golden files instead
#
# Prints a line for each test: ok, FAIL or skip, and a sum at the end. The
# exit status is 1 when a test failed. Everything it makes is in a temporary
# directory; sanitized builds take a minute.
#
# shellcheck disable=SC2016  # $ in '': for the shells that are run

set -u
export LC_ALL=C TZ=UTC NO_COLOR=1
# shellcheck source=test/tools/lib.sh
. "$(dirname "$0")/lib.sh" tools "$@"
read -ra libs <<<"${TOOL_LIBS:-$(sed -n 's/^TOOL_LIBS ?= //p' "$root/Makefile")}"
# shellcheck source=test/tools/stacks.sh
. "$here/stacks.sh"
# shellcheck source=test/tools/memory.sh
. "$here/memory.sh"
# shellcheck source=test/tools/trace.sh
. "$here/trace.sh"
# shellcheck source=test/tools/huge.sh
. "$here/huge.sh"
# shellcheck source=test/tools/pins.sh
. "$here/pins.sh"
# shellcheck source=test/tools/programs.sh
. "$here/programs.sh"

build()
{
	local file tools=()
	for file in "$root"/tools/*.c; do
		[ "${file##*/}" = kvmalloc.c ] || tools+=("$file")
	done
	"$CC" "${flags[@]}" "$here/mkkvr.c" "$here/synth.c" -o mkkvr &&
		"$CC" "${flags[@]}" -fsanitize=address,undefined \
			-fno-sanitize-recover=all "$here/symtest.c" \
			"$root"/tools/{symbols*,jit_map,demangle,util}.c -o symtest \
			-Wl,--as-needed "${libs[@]}" &&
		"$CC" "${flags[@]}" -fPIC -shared "$here/stub.c" \
			"$here/synth.c" -o stub.so &&
		"$CC" "${flags[@]}" -fsanitize=address,undefined \
			-fno-sanitize-recover=all "$here/fuzz_read.c" \
			"$here/synth.c" "${tools[@]}" -o fuzz_read \
			-Wl,--as-needed "${libs[@]}" &&
		build_trace "${tools[@]}"
}

# ---- what is printed of good files ---------------------------------------

test_golden()
{
	local kind table

	mkdir files
	./mkkvr later later.kvr
	for kind in sqlite idle fragmented threads escapes child stacks \
		sampled; do
		./mkkvr $kind $kind.kvr
		golden "report-$kind" "$kvmalloc" report $kind.kvr
	done
	golden report-verbose "$kvmalloc" report -v fragmented.kvr
	golden report-rows "$kvmalloc" report -n 2 --sort=size sqlite.kvr
	golden report-waste "$kvmalloc" report -n 3 --sort=waste sqlite.kvr
	golden report-stacks-full "$kvmalloc" report --full --by=stack \
		--sort=live stacks.kvr
	golden report-stacks-verbose "$kvmalloc" report -v sampled.kvr
	golden report-nothing "$kvmalloc" report -n 1 --focus=nowhere \
		stacks.kvr
	golden report-focus "$kvmalloc" report -n 3 --focus=0xc686b\|nomatch \
		--ignore=vdso --no-symbols stacks.kvr
	golden leaks "$kvmalloc" leaks stacks.kvr
	golden leaks-rows "$kvmalloc" leaks -n 1 --sort=blocks --by=site \
		sampled.kvr
	golden leaks-thread "$kvmalloc" leaks --thread=worker/1 sampled.kvr
	golden diff "$kvmalloc" diff --full stacks.kvr later.kvr
	golden diff-sort "$kvmalloc" diff -n 1 --sort=count sqlite.kvr later.kvr
	golden check "$kvmalloc" check fragmented.kvr
	golden report-color "$kvmalloc" report --color=always idle.kvr
	for table in slabinfo buddyinfo pagetypeinfo zoneinfo meminfo; do
		golden "proc-$table" "$kvmalloc" proc sqlite.kvr $table
	done
	for table in vmallocinfo allocinfo page_owner; do
		golden "proc-$table" "$kvmalloc" proc stacks.kvr $table
	done
	golden proc-fragmented "$kvmalloc" proc fragmented.kvr zoneinfo
	./mkkvr nodes nodes.kvr
	for table in buddyinfo pagetypeinfo zoneinfo; do
		golden "nodes-$table" "$kvmalloc" proc nodes.kvr $table
	done
	golden nodes-report "$kvmalloc" report --full nodes.kvr
	cp sqlite.kvr files/kvmalloc.sqlite3.5000001.kvr
	cp child.kvr files/kvmalloc.sqlite3.5000002.kvr
	cp fragmented.kvr files/kvmalloc.stress.5000001.kvr
	golden ls "$kvmalloc" ls files

	"$kvmalloc" sqlite.kvr >out
	"$kvmalloc" report sqlite.kvr | cmp -s - out
	is "FILE alone is short for report FILE" 0 $?
	(cd files && "$kvmalloc" report) >out
	has "no argument: the newest file" "pid 5000002" out
	"$kvmalloc" report --color=auto idle.kvr >out
	is "no colour when not on a terminal" "" "$(grep -c $'\033' out |
		grep -v '^0$')"
}

# every golden report is narrow enough for a terminal
test_width()
{
	local wide name words
	for name in help "help options" "help run" "help proc" "help report" \
		"help leaks" "help diff" "help check" "help doctor"; do
		read -ra words <<<"$name"
		"$kvmalloc" "${words[@]}" >"${name// /-}.help"
	done
	wide=$(LC_ALL=C.UTF-8 awk 'length > 100 { print FILENAME ": " $0 }' \
		"$golden"/report-[!c]*.txt "$golden"/{ls,leaks*,diff*}.txt \
		./*.help)
	is "reports and help fit 100 columns" "" "$wide"
	have script "reports and help fit a terminal of 80" || return
	for name in "report -v fragmented.kvr" "report -v --full sampled.kvr" \
		"report -v nodes.kvr" "leaks stacks.kvr" \
		"diff --full stacks.kvr later.kvr" "check stacks.kvr" \
		"ls files" help "help options" "help run" "help report"; do
		terminal 80 "$name" >narrow
		wide=$(LC_ALL=C.UTF-8 awk 'length > 80' narrow)
		is "$name fits a terminal of 80 columns" "" "$wide"
	done
	terminal 80 "report fragmented.kvr" >narrow
	has "where only columns that can be spared are missing" \
		"^ HOW IT WAS SERVED  +calls +asked +served +waste +kernel +live bytes$" \
		narrow
	terminal 200 "report fragmented.kvr" >wide
	"$kvmalloc" report fragmented.kvr | cmp -s - wide
	is "a wide terminal shows what a file gets" 0 $?
}

# terminal COLUMNS ARGUMENTS: what the command prints there
terminal()
{
	KVMALLOC_PAGER='cat' script -qec "stty cols $1; exec $kvmalloc $2" \
		/dev/null </dev/null | tr -d '\r'
}

# ---- the kernel's own files on this machine -------------------------------

labels()
{
	sed -E 's/[0-9]+//g; s/ +/ /g'
}

# the lines of one populated zone, of ours or the host's file
one_zone()
{
	awk '/^Node/ { if (on && seen) exit; on = seen = 0 }
	     /zone +(DMA32|Normal)$/ { on = 1 }
	     on && /pagesets/ { seen = 1 }
	     on && /cpu: [1-9]/ { skip = 1 }
	     /node_unreclaimable/ { skip = 0 }
	     on && !skip' "$1" | labels
}

test_kernel()
{
	local host ours

	if [ -r /proc/buddyinfo ]; then
		"$kvmalloc" proc sqlite.kvr buddyinfo >out
		is "buddyinfo: the shape of this host's" "" "$(
			cat out /proc/buddyinfo | grep -Ev \
			'^Node 0, zone .{8} ( {0,5}[0-9]+ ){11}$')"
	else
		skip "buddyinfo: the shape of this host's" "not readable"
	fi
	if [ -r /proc/slabinfo ]; then
		"$kvmalloc" proc sqlite.kvr slabinfo >out
		is "slabinfo: the head of this host's" \
			"$(head -n 2 /proc/slabinfo)" "$(head -n 2 out)"
		is "slabinfo: the shape of this host's" "" "$(
			sed 1,2d out | cat - <(sed 1,2d /proc/slabinfo) |
			grep -Ev '^.{17,} {1,7}[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ : tunables    0    0    0 : slabdata +[0-9]+ +[0-9]+      0$')"
	else
		skip "slabinfo: the head of this host's" "not readable"
	fi
	if [ -r /proc/pagetypeinfo ] && ! grep -q CMA /proc/pagetypeinfo; then
		"$kvmalloc" proc sqlite.kvr pagetypeinfo >out
		is "pagetypeinfo: the heads of this host's" \
			"$(grep -v ^Node /proc/pagetypeinfo)" \
			"$(grep -v ^Node out)"
		host=$(grep ^Node /proc/pagetypeinfo | sed -n '1p;$p' | labels)
		ours=$(grep ^Node out | sed -n '1p;$p' | labels)
		is "pagetypeinfo: the lines of this host's" "$host" "$ours"
	else
		skip "pagetypeinfo: the heads of this host's" "not comparable"
	fi
	# 6.18 and later have this line; older ones have other counters
	if grep -q nr_free_pages_blocks /proc/zoneinfo 2>/dev/null; then
		"$kvmalloc" proc sqlite.kvr zoneinfo >out
		host=$(one_zone /proc/zoneinfo |
			grep -Ev '(reserved|free)_highatomic')
		ours=$(one_zone out | grep -Ev '(reserved|free)_highatomic')
		is "zoneinfo: the lines of this host's zone" "$host" "$ours"
		host=$(sed -n '/per-node/,/pages free/p' /proc/zoneinfo |
			labels)
		ours=$(sed -n '/per-node/,/pages free/p' out | labels)
		is "zoneinfo: the node lines of this host" "$host" "$ours"
	else
		skip "zoneinfo: the lines of this host's zone" "older kernel"
	fi
	if grep -q ^Balloon /proc/meminfo 2>/dev/null; then
		"$kvmalloc" proc sqlite.kvr meminfo >out
		host=$(grep -Ev '^(Cma|HardwareCorrupted|Unaccepted|GPU)' \
			/proc/meminfo | sed -E 's/ +[0-9]+/ N/')
		ours=$(sed -E 's/ +[0-9]+/ N/' out)
		is "meminfo: the lines of this host's" "$host" "$ours"
	else
		skip "meminfo: the lines of this host's" "older kernel"
	fi
}

# ---- wrong input ----------------------------------------------------------

test_hostile()
{
	local name

	: >damage.txt
	for name in $(./mkkvr list); do
		./mkkvr sampled bad.kvr "$name"
		timeout 20 "$kvmalloc" report bad.kvr >out 2>err
		echo "$name: exit $? $(sed -n 1p err)" |
			sed -E 's/[0-9]{4,}/N/g' >>damage.txt
	done
	golden damage cat damage.txt
	head -c 3000 /dev/urandom >bad.kvr
	fails "random bytes are refused" 1 "^kvmalloc report: bad.kvr: " \
		"$kvmalloc" report bad.kvr
	cp "$kvmalloc" bad.kvr
	fails "a foreign file is refused" 1 "not a report file" \
		"$kvmalloc" report bad.kvr
	cp sqlite.kvr bad.kvr && truncate -s 3G bad.kvr
	fails "a huge sparse file is refused" 1 "too large" \
		"$kvmalloc" report bad.kvr
	fails "a missing file is named" 1 "none.kvr: No such file" \
		"$kvmalloc" report none.kvr
	fails "a directory is no report" 1 "files: is a directory, expected a file of it" \
		"$kvmalloc" proc files slabinfo
	mkfifo pipe.kvr
	fails "a FIFO does not hang" 1 "not a regular file" \
		timeout 5 "$kvmalloc" report pipe.kvr
	mkdir empty mixed
	fails "no file here" 1 "no report file" \
		sh -c 'cd empty && "$1" report' - "$kvmalloc"
	fails "ls: an empty directory" 1 "no report file" "$kvmalloc" ls empty
	fails "ls: a missing directory" 1 "none: No such" "$kvmalloc" ls none
	cp sqlite.kvr mixed/a.kvr && head -c 500 sqlite.kvr >mixed/b.kvr
	"$kvmalloc" ls mixed >out 2>err
	is "ls: a bad file is a failure" 1 $?
	has "ls: the good file is listed" "^5000001 .* a.kvr$" out
	has "ls: the bad one is named" "mixed/b.kvr: truncated" err
	fails "proc: vmallocinfo says what is missing" 1 "but no list of them" \
		"$kvmalloc" proc sqlite.kvr vmallocinfo
	./fuzz_read 6000 >/dev/null 2>fuzz.err
	is "fuzz: 6000 damaged files" 0 $?
	grep -v '^kvmalloc' fuzz.err | head -n 5
}

test_usage()
{
	fails "no command" 2 "^usage:" "$kvmalloc"
	fails "unknown command" 2 "'reprot' is no command" "$kvmalloc" reprot
	fails "unknown option" 2 "unrecognized option '--zzz'" \
		"$kvmalloc" report --zzz
	fails "two targets" 2 "one FILE or PID" "$kvmalloc" leaks a b
	fails "bad number" 2 "-n x: expected a number" \
		"$kvmalloc" report -n x sqlite.kvr
	fails "bad sort key" 2 "expected one of live" \
		"$kvmalloc" report --sort=x sqlite.kvr
	fails "bad colour" 2 "expected auto, always or never" \
		"$kvmalloc" report --color=x sqlite.kvr
	fails "proc without table" 2 "expected a FILE or PID and a table" \
		"$kvmalloc" proc sqlite.kvr
	fails "proc with an unknown table" 2 "'x': expected slabinfo" \
		"$kvmalloc" proc sqlite.kvr x
	fails "unknown topic" 2 "expected a command or 'options'" \
		"$kvmalloc" help x
	"$kvmalloc" --help >out
	is "--help succeeds" 0 $?
	"$kvmalloc" --version >out
	has "--version" "^kvmalloc [0-9a-z.]+ \(report format [0-9]+\)" out
	for name in $("$kvmalloc" help --words); do
		"$kvmalloc" "$name" --help >out 2>err
		is "$name --help succeeds" "0 " "$? $(cat err)"
		has "$name --help shows its synopsis" "^usage: kvmalloc $name " out
	done
}

test_output_errors()
{
	local name words

	for name in "report sqlite.kvr" "proc sqlite.kvr slabinfo" "ls files" \
		"help options"; do
		read -ra words <<<"$name"
		"$kvmalloc" "${words[@]}" >/dev/full 2>err
		is "$name: a full disk is noticed" 1 $?
		has "$name: and named" "standard output: No space" err
	done
	"$kvmalloc" report sqlite.kvr >&- 2>err
	is "closed standard output is noticed" 1 $?
	# with SIGPIPE ignored the write fails instead
	(
		trap '' PIPE
		sleep 0.3
		"$kvmalloc" report sqlite.kvr 2>err
		echo $? >status
	) | :
	is "closed pipe is noticed" 1 "$(cat status)"
}

# ---- live processes -------------------------------------------------------

test_live()
{
	local pid

	mkdir live
	./mkkvr live live/a.kvr 60 >ready &
	pid=$!
	for _ in $(seq 100); do
		[ -s ready ] && break
		sleep 0.05
	done
	"$kvmalloc" report $pid >out 2>err
	is "a process is found by its memory map" 0 $?
	has "and is running" "pid $pid   running" out
	"$kvmalloc" $pid >out
	has "PID alone is short for report PID" "pid $pid   running" out
	"$kvmalloc" proc $pid buddyinfo >out
	is "proc takes a PID too" 0 $?
	cp live/a.kvr live/copy.kvr
	"$kvmalloc" ls live >out
	is "ls: both files of it run" 2 "$(grep -c running out)"
	kill -KILL $pid
	wait $pid 2>/dev/null
	"$kvmalloc" report live/a.kvr >out
	has "after kill -9 the file is complete" \
		"pid $pid   killed or _exit" out
	fails "its pid is gone" 1 "no process $pid" "$kvmalloc" report $pid
	(cd live && mv copy.kvr "kvmalloc.x.$pid.kvr" &&
		"$kvmalloc" report $pid >../out)
	is "a file in this directory is found by the pid" 0 $?
	sleep 60 &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
	fails "a process without the library" 1 \
		"process $pid \(sleep\) writes no report" \
		"$kvmalloc" report $pid
	kill $pid
	wait $pid 2>/dev/null
}

# ---- run, with a stand-in for the library ---------------------------------

# a C program from standard input
program()
{
	"$CC" -x c - -o "$@"
}

test_run_status()
{
	local sig status

	export KVMALLOC_LIB=$work/stub.so
	"$kvmalloc" run -q sh -c 'exit 42'
	is "run: the program's exit status" 42 $?
	for sig in TERM KILL SEGV; do
		"$kvmalloc" run -q sh -c "kill -$sig \$\$" 2>/dev/null
		status=$?
		is "run: 128 + SIG$sig" $((128 + $(kill -l $sig))) $status
	done
	fails "run: missing program" 127 "nosuch: program not found" \
		"$kvmalloc" run nosuch
	fails "run: missing path" 127 "/no/such: .*No such file" \
		"$kvmalloc" run /no/such
	: >plain && chmod 644 plain
	fails "run: not executable" 126 "plain: .*Permission denied" \
		"$kvmalloc" run ./plain
	fails "run: a directory" 126 "files: .*directory" \
		"$kvmalloc" run ./files
	fails "run: no program" 2 "no PROGRAM given" "$kvmalloc" run -q
	printf 'exit 7\n' >script && chmod 755 script
	"$kvmalloc" run -q ./script
	is "run: a script without #!" 7 $?
	printf '#!/no/such/interpreter\n' >script2 && chmod 755 script2
	fails "run: a script with a missing interpreter" 127 "script2" \
		"$kvmalloc" run ./script2
}

test_run_options()
{
	local v

	export KVMALLOC_LIB=$work/stub.so
	for v in --mem=3 --mem=12Q --mem=99999999T --mem= --mem=-1 \
		--cpus=0 --cpus=129 --cpus=x --kernel=5.0 --policy=x \
		--overcommit=2 --oom=x --seed=4294967296 --report= \
		--nodes=0 --nodes=9 --zones=16bit; do
		rm -f started
		fails "run: $v is refused" 2 ": expected " \
			"$kvmalloc" run "$v" touch started
	done
	fails "run: an empty -o is refused" 2 ": expected " \
		"$kvmalloc" run -o '' touch started
	rm -f started
	fails "run: a misspelt option" 2 "unrecognized option '--polcy" \
		"$kvmalloc" run --polcy=x touch started
	KVMALLOC=polcy=x fails "run: a misspelt word of KVMALLOC" 2 \
		"unknown option 'polcy'" "$kvmalloc" run touch started
	KVMALLOC=mem=1 fails "run: a bad value in KVMALLOC" 2 \
		"KVMALLOC: mem=1: expected a size" \
		"$kvmalloc" run touch started
	is "run: then the program was not started" "" \
		"$(ls started 2>/dev/null)"

	v=$(KVMALLOC="mem=1G,policy=kmalloc  seed=3" "$kvmalloc" run \
		--no-report --policy=random --kernel sh -c 'echo "$KVMALLOC"')
	is "run: variable and options are merged" \
		"mem=1G kernel policy=random seed=3" "$v"
	v=$(LD_PRELOAD=/a.so:/b.so "$kvmalloc" run --no-report \
		"$(command -v printenv)" LD_PRELOAD 2>/dev/null)
	is "run: before what is preloaded already" \
		"$work/stub.so:/a.so:/b.so" "$v"
	v=$(echo input | "$kvmalloc" run -q sh -c 'read -r x; echo "got $x"')
	is "run: standard input and output" "got input" "$v"
	v=$("$kvmalloc" run -q -- sh -c 'echo "$@"' - -v --mem=1 -- x)
	is "run: arguments after -- are the program's" "-v --mem=1 -- x" "$v"
	v=$("$kvmalloc" run -q sh -c 'echo "$1"' - -q)
	is "run: so are those after the program" "-q" "$v"
}

test_run_report()
{
	local name

	export KVMALLOC_LIB=$work/stub.so
	export TMPDIR=$work/tmp
	mkdir "$TMPDIR"
	"$kvmalloc" run sh -c 'exit 3' >out 2>err
	is "run: nothing on standard output" "3 " "$? $(cat out)"
	has "run: the report is on standard error" "^kvmalloc: sqlite3" err
	has "run: with the exit status" "exit 3" err
	is "run: no file is left" "" "$(ls "$TMPDIR")"
	"$kvmalloc" run --report-file=text sh -c 'exit 0' 2>err
	has "run: --report-file" "^kvmalloc: sqlite3" text
	is "run: then nothing on standard error" "" "$(cat err)"
	fails "run: --report-file that cannot be made" 1 "/no/dir/x" \
		"$kvmalloc" run --report-file=/no/dir/x touch started
	"$kvmalloc" run --report-file=/dev/full true 2>err
	is "run: --report-file on a full disk" 1 $?
	has "run: is named" "/dev/full: No space" err
	"$kvmalloc" run --report-file=/dev/full sh -c 'exit 5' 2>err
	is "run: but the program's failure counts more" 5 $?
	"$kvmalloc" run -o kept sh -c '(exit 1); cat /dev/null; true' 2>err
	has "run: -o keeps the files" "report files in .*/kept$" err
	has "run: a table of the processes" "^     cat  +[0-9]+ " err
	has "run: and their sum" "^   all: [23] " err
	has "run: the next command names the file" \
		"next:  kvmalloc report (-v )?.*/kept/kvmalloc.(sh|cat).[0-9]+.kvr" err
	"$kvmalloc" run -o kept true 2>err
	has "run: only the files of this run are shown" "pid [0-9]+   exit 0" err
	is "run: not those of the run before" 0 "$(grep -c PROCESSES err)"
	"$kvmalloc" run --report=kept2 true 2>/dev/null
	name=(kept2/*)
	is "run: --report is -o" 1 "${#name[@]}"
	fails "run: -o into a file" 1 "plain: cannot write into it" \
		"$kvmalloc" run -o plain touch started
	fails "run: -o with a blank" 2 "without blanks and commas" \
		"$kvmalloc" run -o 'a b' touch started
	mkdir 'a b'
	TMPDIR="$work/a b" "$kvmalloc" run true 2>err
	has "run: a TMPDIR that cannot be passed on" "^kvmalloc: sqlite3" err
	"$kvmalloc" run sh -c 'echo $KVMALLOC; sleep 3 >/dev/null 2>&1 &
		sleep 0.3' >out 2>err
	has "run: a process that outlives the program" "exit 0" err
	is "run: starting none was not done" "" "$(ls started 2>/dev/null)"
	unset TMPDIR
}

test_run_signals()
{
	local pid

	export KVMALLOC_LIB=$work/stub.so
	rm -f ready
	"$kvmalloc" run -q sh -c 'trap "exit 9" TERM; echo >ready
		while :; do sleep 0.05; done' &
	pid=$!
	while [ ! -s ready ]; do sleep 0.05; done
	kill -TERM $pid
	wait $pid
	is "run: SIGTERM is passed on" 9 $?
	# a background job of a script starts with SIGINT ignored: undo that
	if ! env --default-signal=INT true 2>/dev/null; then
		skip "run: SIGINT is the program's alone" "an old env"
		return
	fi
	rm -f ready
	env --default-signal=INT "$kvmalloc" run -q \
		sh -c 'echo >ready; sleep 0.5; exit 11' &
	pid=$!
	while [ ! -s ready ]; do sleep 0.05; done
	kill -INT $pid
	wait $pid
	is "run: SIGINT is the program's alone" 11 $?
	env --default-signal=INT "$kvmalloc" run -q \
		grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status >out
	env --default-signal=INT \
		grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status >out2
	is "run: the program's mask and dispositions" "$(cat out2)" "$(cat out)"
	env --ignore-signal=HUP "$kvmalloc" run -q \
		grep -E '^SigIgn' /proc/self/status >out
	env --ignore-signal=HUP grep -E '^SigIgn' /proc/self/status >out2
	is "run: an ignored SIGHUP stays ignored" "$(cat out2)" "$(cat out)"
}

test_run_obstacles()
{
	export KVMALLOC_LIB=$work/stub.so
	if echo 'int main(void) { return 4; }' |
		program static -static 2>/dev/null; then
		"$kvmalloc" run ./static 2>err
		is "run: a static program runs" 4 $?
		has "run: and why there is no report" \
			"no report: ./static is statically linked" err
	else
		skip "run: a static program runs" "no static libc"
	fi
	if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
		echo 'int main(void) { return 5; }' | program suid
		chmod 755 "$work" && chmod 4755 suid
		setpriv --reuid=65534 --clear-groups "$kvmalloc" run ./suid \
			2>err
		is "run: a set-uid program runs" 5 $?
		has "run: and why it has no report" "raised privileges" err
	else
		skip "run: a set-uid program runs" "needs root and setpriv"
	fi
	printf '#!%s/static\n' "$work" >script3 && chmod 755 script3
	if [ -x static ]; then
		"$kvmalloc" run ./script3 2>err
		has "run: a script counts as its interpreter" \
			"static is statically linked" err
	fi
	KVMALLOC_LIB=/no/lib.so fails "run: KVMALLOC_LIB that is missing" 1 \
		"KVMALLOC_LIB=/no/lib.so: No such" "$kvmalloc" run true
	mkdir -p 'l b' inst/bin inst/lib && cp stub.so 'l b/x.so'
	KVMALLOC_LIB='l b/x.so' fails "run: a library path with a blank" 1 \
		"LD_PRELOAD cannot hold" "$kvmalloc" run true
	unset KVMALLOC_LIB
	cp "$kvmalloc" inst/bin && cp stub.so inst/lib/libkvmalloc.so
	inst/bin/kvmalloc run true 2>err
	has "run: the library is found in ../lib" "^kvmalloc: sqlite3" err
	mv inst/lib/libkvmalloc.so inst/bin
	inst/bin/kvmalloc run true 2>err
	has "run: or beside the command" "^kvmalloc: sqlite3" err
	rm inst/bin/libkvmalloc.so
	fails "run: no library anywhere" 1 "set KVMALLOC_LIB" \
		inst/bin/kvmalloc run true
}

# ---- run, with the library ------------------------------------------------

test_real()
{
	local pid dir

	unset KVMALLOC_LIB
	if [ ! -e "$library" ]; then
		skip "real: run with the library" "libkvmalloc.so is not built"
		return
	fi
	program prog -pthread <<-'END'
	#include <pthread.h>
	#include <stdlib.h>
	#include <string.h>
	#include <unistd.h>
	static void *work(void *arg)
	{
		for (int i = 0; i < 10000; i++) {
			char *volatile p = malloc(1000);
			free(p);
		}
		return arg;
	}
	int main(int argc, char **argv)
	{
		char *volatile big = malloc(10 << 20);
		char *volatile mid = malloc(100000);
		char *volatile half = malloc(530000);
		pthread_t t;
		pthread_create(&t, 0, work, 0);
		pthread_join(t, 0);
		memset(big, 1, 10 << 20);
		memset(mid, 1, 100000);
		if (argc > 1 && !strcmp(argv[1], "wait")) {
			write(1, "ready", 5);
			sleep(60);
		}
		if (argc > 1 && !strcmp(argv[1], "_exit"))
			_exit(3);
		free(big);
		free(half);
		return 0;
	}
	END
	"$kvmalloc" run -o real ./prog 2>err
	is "real: run" 0 $?
	has "real: the threads' requests are there" \
		"^   kmalloc-1k +1 024 +10 [0-9]{3} " err
	has "real: what lies behind used pages is told" \
		"behind what is used of contiguous pages" err
	has "real: so is the large one" "by size 1$" err
	has "real: and who has run" "^kvmalloc: ./prog .* exit 0 .* 2 threads" err
	"$kvmalloc" ls real >out
	has "real: ls" "^ *[0-9]+ .* exited .* kvmalloc.prog.[0-9]+.kvr$" out
	for pid in slabinfo buddyinfo pagetypeinfo zoneinfo meminfo; do
		"$kvmalloc" proc real/*.kvr $pid >out 2>err
		is "real: proc $pid" "0 " "$? $(cat err)"
	done
	"$kvmalloc" run ./prog _exit 2>err
	is "real: _exit" 3 $?
	has "real: is complete as well" "^   kmalloc-1k +1 024 +10 [0-9]{3} " err
	mkdir -p real2
	env KVMALLOC=report=real2 \
		LD_PRELOAD="$library" \
		./prog wait >ready2 &
	pid=$!
	while [ ! -s ready2 ]; do sleep 0.05; done
	"$kvmalloc" report $pid >out 2>err
	has "real: a report of a live process" "pid $pid   running" out
	kill -KILL $pid
	wait $pid 2>/dev/null
	"$kvmalloc" report real2/*.kvr >out
	has "real: and after kill -9" "killed or _exit" out
	has "real: nothing is lost" "^   kmalloc-1k +1 024 +10 [0-9]{3} " out
	"$kvmalloc" run bash -c 'sort --version >/dev/null; (exit 0); :' 2>err
	has "real: children are in the table" "^     sort +[0-9]+ " err
	"$kvmalloc" run --follow=0 -q -o follow0 \
		bash -c 'sort --version >/dev/null; (exit 0); exec sed q' \
		</dev/null
	is "real: --follow=0: the program, and what it becomes" "bash sed " \
		"$(cd follow0 && printf '%s\n' * | cut -d . -f 2 | tr '\n' ' ')"
	mkdir traced
	"$kvmalloc" run --follow=0 --trace=traced \
		bash -c 'sort --version >/dev/null; (exit 0); :' 2>err
	is "real: --follow=0: one trace" "bash" \
		"$(cd traced && printf '%s\n' * | cut -d . -f 2)"
	"$kvmalloc" run -q -o forks0 bash -c '(exit 0); (exit 0); :'
	"$kvmalloc" report forks0 2>err >out
	is "real: each forked process has a file" "" "$(cat err)"
	rm "$("$kvmalloc" ls forks0 | sed -n 's/.* forked .* \(kv.*\)/forks0\/\1/p' |
		head -n 1)"
	"$kvmalloc" report forks0 2>err >out
	has "real: of one whose file is missing this is said" \
		"1 forked process left no report" err
	cp "$(command -v sleep)" keeper
	"$kvmalloc" run sh -c './keeper 3 >/dev/null 2>&1 &
		dir=${KVMALLOC#*report=} dir=${dir%% *}
		until ls "$dir"/*keeper* >/dev/null 2>&1; do :; done' 2>err
	has "real: a process that outlives the program is told" \
		"1 of its processes still runs: .* stay in /" err
	dir=$(sed -n 's/.* files stay in //p' err)
	has "real: and shown as running" "^     keeper .* running" err
	"$kvmalloc" ls "$dir" >out
	has "real: its file is there" " running .* kvmalloc.keeper.[0-9]+.kvr$" out
	rm -rf "$dir"
	"$kvmalloc" run sh -c 'exec sort /dev/null' 2>err
	has "real: after an exec the last program is reported" \
		"^kvmalloc: sort /dev/null" err
	has "real: and the first is marked" "^   sh .* exec.ed " err
	"$kvmalloc" run -q -o real3 sh -c 'exec sort /dev/null' 2>err
	"$kvmalloc" ls real3 >out
	has "real: ls knows that, too" " exec.ed .* kvmalloc.sh.[0-9]+.kvr$" out
	"$kvmalloc" report real3/kvmalloc.sh.*.kvr >out
	has "real: and a report of the first alone" "   exec.ed   " out
	rm real3/kvmalloc.sh.*.kvr
	"$kvmalloc" report real3 >out
	has "report: a directory of one process is that process" \
		"^ SIZE CLASSES " out
}

# ---- man pages, completion ------------------------------------------------

complete_words()
{
	bash --norc -c '
		source "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_kvmalloc
		printf "%s\n" "${COMPREPLY[@]}"' - "$root/tools/kvmalloc.bash" \
		"$@" 2>&1 | tr '\n' ' '
}

test_docs()
{
	local page name

	"$root/tools/man/options.sh" "$kvmalloc" \
		<"$root/tools/man/kvmalloc.1" >page
	if cmp -s page "$root/tools/man/kvmalloc.1"; then
		ok "kvmalloc.1 has the options of options.h"
	else
		fail "kvmalloc.1 has the options of options.h" \
			"make it again: tools/man/options.sh build/kvmalloc"
	fi
	for name in $("$kvmalloc" help --words); do
		has "kvmalloc.1 names $name" "^\.BR $name " \
			"$root/tools/man/kvmalloc.1"
		page=$root/tools/man/kvmalloc-$name.1
		has "kvmalloc.1 refers to kvmalloc-$name.1" \
			"^\.BR kvmalloc.*-$name \(1\)" \
			"$root/tools/man/kvmalloc.1"
		has "kvmalloc-$name.1 is there" "^\.SH NAME" "$page"
		for option in $("$kvmalloc" help --words "$name" |
			grep '^--' | tr -d '='); do
			"$kvmalloc" help options | grep -Eq \
				"^  ${option#--}(\[|=)" && continue
			has "kvmalloc-$name.1 names $option" \
				"${option//-/\\\\-}" "$page"
		done
	done
	if command -v mandoc >/dev/null; then
		is "man pages: no complaint of mandoc" "" \
			"$(mandoc -Tlint -W warning "$root"/tools/man/*.[13] 2>&1)"
	elif command -v groff >/dev/null; then
		is "man pages: no complaint of groff" "" \
			"$(groff -man -Tutf8 -ww -z "$root"/tools/man/*.[13] 2>&1)"
	else
		skip "man pages: no complaint of groff" "no groff"
	fi
	is "completion of commands" "report " \
		"$(complete_words "$kvmalloc" rep)"
	is "completion of options of run" "--mem= " \
		"$(complete_words "$kvmalloc" run --me)"
	is "completion of tables" "slabinfo " \
		"$(complete_words "$kvmalloc" proc x.kvr sl)"
	is "completion of tables that name code" "page_owner " \
		"$(complete_words "$kvmalloc" proc x.kvr page_)"
	is "completion of a second file" "sqlite.kvr " \
		"$(complete_words "$kvmalloc" diff stacks.kvr sql)"
	is "completion of programs" "readelf" \
		"$(complete_words "$kvmalloc" doctor readel | cut -d' ' -f1)"
	is "no completion of ours after a value of its own word" " " \
		"$(complete_words "$kvmalloc" run --focus x -- ls --me)"
	is "completion of files" "sqlite.kvr " \
		"$(complete_words "$kvmalloc" report sql)"
	is "no completion of ours after the program" " " \
		"$(complete_words "$kvmalloc" run -o x -- ls --me)"
}

if ! build >build.log 2>&1; then
	cat build.log
	echo "FAIL the helpers of the tests cannot be built"
	echo "tools: 0 passed, 1 failed, 0 skipped"
	exit 1
fi
[ "${UPDATE:-}" ] && mkdir -p "$golden"
test_golden
test_width
test_kernel
test_hostile
test_usage
test_output_errors
test_live
test_run_status
test_run_options
test_run_report
test_run_signals
test_run_obstacles
test_real
test_stacks
test_memory
test_huge
test_pins
test_sqlite
test_compiler
test_trace_files
test_trace_run
test_docs
finish
