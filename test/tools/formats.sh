#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# formats.sh - exported files and pictures, read by the programs they are for.
#
#   test/tools/formats.sh [KVMALLOC]     default: build/kvmalloc
#
# A reader that is not installed is skipped by name. Prints a line for each
# test, ok, FAIL or skip, and a sum at the end; the exit status is 1 when a
# test failed. SHOT=FILE.png keeps a picture of the page.

set -u
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
# shellcheck source=test/tools/lib.sh
. "$(dirname "$0")/lib.sh" formats "$@"
python=$(command -v /usr/bin/python3 || command -v python3)

export_all()
{
	local kind name format ends

	for kind in "$@"; do
		while read -r format ends _; do
			succeeds "$kind: export -f $format" "$kvmalloc" export \
				-f "$format" -o "$kind$ends" "$kind.kvr"
		done < <("$kvmalloc" export --list)
		"$kvmalloc" report "$kind.kvr" >"$kind.txt"
	done
}

# structure, and sums that agree with the JSON report
test_sums()
{
	local kind=$1 format

	succeeds "$kind: json: the report's own totals" \
		"$python" "$here/formats.py" json "$kind.json" "$kind.txt"
	for format in folded speedscope dhat massif prometheus; do
		case $format in
		speedscope | dhat) set -- "$kind.$format.json" ;;
		prometheus) set -- "$kind.prom" ;;
		*) set -- "$kind.$format" ;;
		esac
		succeeds "$kind: $format: structure and sums" "$python" \
			"$here/formats.py" "$format" "$1" "$kind.json"
	done
}

test_readers()
{
	local kind=$1

	if have go "$kind: go tool pprof"; then
		go tool pprof -raw "$kind.pb.gz" >raw 2>err
		is "$kind: pprof -raw reads it" 0 $?
		succeeds "$kind: pprof: sums" "$python" "$here/formats.py" \
			pprof raw "$kind.json"
		succeeds "$kind: pprof -top" go tool pprof -top \
			-sample_index=inuse_space "$kind.pb.gz"
		succeeds "$kind: pprof -tags" go tool pprof -tags "$kind.pb.gz"
	fi
	if have ms_print "$kind: ms_print"; then
		ms_print "$kind.massif" >out 2>&1
		is "$kind: ms_print reads it" "0 1" \
			"$? $(grep -c '(peak)' out)"
	fi
	if have heaptrack_print "$kind: heaptrack_print"; then
		heaptrack_print "$kind.heaptrack.gz" >raw 2>err
		is "$kind: heaptrack_print reads it" 0 $?
		succeeds "$kind: heaptrack: sums" "$python" \
			"$here/formats.py" heaptrack raw "$kind.json"
		"$kvmalloc" export -f heaptrack -o "$kind.heaptrack" "$kind.kvr"
		sed 's/heaptrack[.]gz/heaptrack/' raw >same
		heaptrack_print "$kind.heaptrack" 2>err | cmp -s - same
		is "$kind: heaptrack_print reads it without .gz" 0 $?
	fi
	if have promtool "$kind: promtool"; then
		promtool check metrics <"$kind.prom" >out 2>&1
		is "$kind: promtool check metrics" "0 " "$? $(cat out)"
	fi
	if have flamegraph.pl "$kind: flamegraph.pl"; then
		succeeds "$kind: flamegraph.pl" flamegraph.pl "$kind.folded"
	fi
}

# the viewer's own schema, when its package is here or can be fetched
test_speedscope_schema()
{
	local modules=$root/build/npm
	local schema=$modules/node_modules/speedscope/dist/release/file-format-schema.json

	have npm "speedscope: its schema" || return
	[ -f "$schema" ] || timeout 30 npm install --silent --no-audit \
		--no-fund --prefix "$modules" speedscope ajv >/dev/null 2>&1
	if [ ! -f "$schema" ]; then
		skip "speedscope: its schema" "npm cannot fetch it"
		return
	fi
	cat >schema.js <<-'END'
		const fs = require("fs"), [modules, schema, file] = process.argv.slice(2);
		const Ajv = require(modules + "/node_modules/ajv");
		const read = (f) => JSON.parse(fs.readFileSync(f));
		const v = new (Ajv.default || Ajv)({ strict: false }).compile(read(schema));
		if (!v(read(file))) { console.log(v.errors); process.exit(1); }
	END
	succeeds "speedscope: valid by its schema" node schema.js "$modules" \
		"$schema" hostile.speedscope.json
}

test_pictures()
{
	local value page

	for value in live leaks peak total count waste fallback; do
		succeeds "flame --value=$value" "$kvmalloc" flame \
			--value=$value --force -o hostile.svg hostile.kvr
		succeeds "flame: $value is XML" "$python" -c \
			'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
			hostile.svg
	done
	succeeds "flame of the peak" "$kvmalloc" flame --force -o hostile.svg \
		hostile.kvr
	is "flame: truncated stacks are marked" 1 \
		"$(grep -c '<title>\[truncated\] ' hostile.svg)"
	is "flame: so are lost ones" 1 \
		"$(grep -c '<title>\[stacks that found no room\]' hostile.svg)"
	for page in hostile idle sampled; do
		succeeds "html of $page" "$kvmalloc" html -o $page.html $page.kvr
		is "html of $page: less than 1 MB" yes \
			"$([ "$(stat -c %s $page.html)" -lt 1000000 ] && echo yes)"
	done
	is "html: nothing is loaded from elsewhere" "" \
		"$(grep -oE '(src|href)="?(https?:)?//[^"]*|@import|url\(' \
			hostile.html)"
	have node "browser" || return
	have chromium "browser" || return
	# On a busy machine the browser itself sometimes gives up: once more then.
	for _ in 1 2 3; do
		timeout 50 node "$here/browser.js" "$(command -v chromium)" \
			hostile.html hostile.svg hostile.dhat.json \
			${SHOT:+"$SHOT"} >browser.txt 2>&1
		ended=$?
		[ $ended -eq 0 ] && break
	done
	is "browser: ran to its end" 0 "$ended"
	cat browser.txt
	nr_ok=$((nr_ok + $(grep -c '^ok ' browser.txt)))
	nr_fail=$((nr_fail + $(grep -c '^FAIL ' browser.txt)))
	nr_skip=$((nr_skip + $(grep -c '^skip ' browser.txt)))
}

test_files()
{
	local k=$kvmalloc

	echo mine >there.json
	fails "an existing file is kept" 1 "there.json exists already; --force" \
		"$k" export -o there.json idle.kvr
	is "and not touched" mine "$(cat there.json)"
	ln -s there.json link.json
	succeeds "--force replaces what a link names" \
		"$k" export --force -o link.json idle.kvr
	is "the link stays" "there.json {" \
		"$(readlink link.json) $(head -c 1 there.json)"
	mkdir dir.json
	fails "a directory is no file to replace" 1 "exists already" \
		"$k" export --force -o dir.json idle.kvr
	fails "no such directory" 1 "cannot write none/x.json: No such" \
		"$k" export -o none/x.json idle.kvr
	"$k" export -f json -o /dev/full idle.kvr 2>err
	is "a full device is noticed" "1 1" "$? $(grep -c 'No space' err)"
	mkdir sub
	(ulimit -f 8; trap '' XFSZ
	 "$k" export -f json -o sub/cut.json idle.kvr 2>err)
	is "what cannot be written whole is not there" "1 " \
		"$(grep -c 'cannot write' err) $(ls sub)"
	"$k" export -f json -o sub/a.json idle.kvr
	is "no temporary file is left" a.json "$(ls sub)"
	mv sub/a.json fresh.json
	is "permissions follow the umask" "$(printf %o $((0666 & ~$(umask))))" \
		"$(stat -c %a fresh.json)"
	"$k" export -f json idle.kvr | cmp -s - fresh.json
	is "standard output has the same bytes" 0 $?
	fails "no format" 2 "expected -f with one of json, pprof" \
		"$k" export -o x.unknown idle.kvr
	fails "unknown format" 2 "-f x: expected one of json" \
		"$k" export -f x idle.kvr
	fails "unknown value" 2 "--value=x: expected one of live" \
		"$k" flame --value=x idle.kvr
	for name in "export -f folded" "export -f pprof" "export -f dhat" flame; do
		# shellcheck disable=SC2086
		fails "$name: a file without stacks" 1 "has no call stacks" \
			"$k" $name -o none.out idle.kvr
	done
	is "then no file is made" 0 "$(find . -name 'none.out*' | wc -l)"
	if have script "terminal"; then
		script -qec "$k html idle.kvr" /dev/null </dev/null >out 2>&1
		is "a page is not for a terminal" 1 \
			"$(grep -c 'not for a terminal' out)"
		script -qec "$k export -f json idle.kvr" /dev/null \
			</dev/null >out 2>&1
		is "JSON may go there" 1 "$(grep -c kvmalloc-report/1 out)"
	fi
}

"$CC" "${flags[@]}" "$here/mkkvr.c" "$here/synth.c" -o mkkvr &&
	"$CC" "${flags[@]}" "$here/mkhostile.c" "$here/synth.c" -o mkhostile ||
	exit 2
./mkhostile hostile.kvr
for kind in idle sampled sqlite fragmented; do
	./mkkvr $kind $kind.kvr
done
export_all hostile sampled
test_sums hostile
test_sums sampled
test_readers hostile
test_readers sampled
test_speedscope_schema
test_files
test_pictures
finish
