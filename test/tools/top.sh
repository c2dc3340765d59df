#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# top.sh - tests of `kvmalloc top`: golden frames of synthetic files, and the
# screen itself, driven through tmux: keys are sent, and what the terminal
# shows is read back.
#
#   test/tools/top.sh [KVMALLOC]     default: build/kvmalloc
#   UPDATE=1 test/tools/top.sh       writes the golden files instead
#
# A line for each test, and a sum at the end. Skipped as a whole without tmux.
#
# shellcheck disable=SC2016,SC2317  # $ in '': for the shells that are run

set -u
export LC_ALL=C TZ=UTC
unset COLUMNS LINES NO_COLOR TMUX
command -v tmux >/dev/null || {
	echo "skip top (no tmux)"
	echo "top: 0 passed, 0 failed, 1 skipped"
	exit 0
}
# shellcheck source=test/tools/lib.sh
. "$(dirname "$0")/lib.sh" top "$@"
sessions=0
mux=()
children=()

leave()
{
	[ ${#mux[@]} -eq 0 ] || "${mux[@]}" kill-server 2>/dev/null
}

clean_up()
{
	leave
	[ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null
	cd / && rm -rf "$work"
}
trap clean_up EXIT

# ---- the terminal ---------------------------------------------------------

# screen WIDTHxHEIGHT COMMAND: in a new terminal, by a shell that tells how it
# ended and whether the terminal is as it was
screen()
{
	local size=$1
	leave
	# a server of its own: one that is ending takes no new session
	sessions=$((sessions + 1))
	mux=(tmux -S "$work/socket.$sessions" -f /dev/null)
	rm -f ended pid
	cat >session <<-END
	trap : INT
	stty -g >before
	sh -c 'echo \$\$ >pid; exec $2'
	status=\$?
	stty -g >after
	cmp -s before after && echo "status \$status, terminal as before" \
		>ended || echo "status \$status, terminal changed" >ended
	echo 'THE SHELL AGAIN'
	exec sleep 60
	END
	"${mux[@]}" new-session -d -x "${size%x*}" -y "${size#*x}" \
		"bash --norc $work/session"
}

text()
{
	"${mux[@]}" capture-pane -p
}

# how often to look, 20 times a second: where much fails we don't wait long
tries()
{
	seq $((nr_fail < 3 ? 100 : 10))
}

# shows NAME PATTERN...: within five seconds the screen has lines like these
shows()
{
	local name=$1 pattern missing
	shift
	for _ in $(tries); do
		text >frame 2>/dev/null
		missing=
		for pattern; do
			grep -Eq -- "$pattern" frame || missing=$pattern
		done
		[ "$missing" ] || break
		sleep 0.05
	done
	if [ "$missing" ]; then
		fail "$name" "no line like: $missing" "$(cat frame)"
	else
		ok "$name"
	fi
}

keys()
{
	"${mux[@]}" send-keys "$@"
}

# ends NAME TEXT: the program has ended so
ends()
{
	for _ in $(tries); do
		[ -s ended ] && break
		sleep 0.05
	done
	is "$1" "$2" "$(cat ended 2>/dev/null)"
}

# codes PATTERN: how many lines of the screen have attributes or colours so
codes()
{
	"${mux[@]}" capture-pane -p -e |
		grep -Ec "$(printf '\033')\[([0-9]+;)*$1m"
}

# ---- plain text -----------------------------------------------------------

test_golden()
{
	local kind tab

	mkdir files
	for kind in sqlite idle fragmented threads escapes child stacks; do
		./mkkvr $kind $kind.kvr
		cp $kind.kvr files/
	done
	golden top-list "$kvmalloc" top --once files
	golden top-list-wide env COLUMNS=160 "$kvmalloc" top --once files
	golden top-list-sorted "$kvmalloc" top --once -s peak -r -f s files
	for tab in overview classes memory stacks counters threads; do
		golden "top-$tab" env COLUMNS=80 "$kvmalloc" top --once \
			--tab=$tab sqlite.kvr
	done
	# without the names: they have tests of their own
	golden top-stacks-rows sh -c '"$1" top --once --tab=stacks stacks.kvr |
		cut -c 1-43 | sed "s/ *$//"' - "$kvmalloc"
	golden top-threads-sorted "$kvmalloc" top --once --tab=threads \
		-s requests threads.kvr
	golden top-fragmented "$kvmalloc" top --once --tab=memory \
		fragmented.kvr
	golden top-escapes "$kvmalloc" top --once --tab=classes escapes.kvr
	is "no golden frame is wider than it may be" "" "$(
		awk 'length > 80 { print FILENAME ": " $0 }' \
		"$golden"/top-{overview,classes,memory,stacks,counters,threads}.txt
		awk 'length > 100 { print FILENAME ": " $0 }' \
		"$golden"/top-list.txt "$golden"/top-fragmented.txt)"
	"$kvmalloc" top -b -n 3 -d 0.1 files >out
	is "--batch: so many frames" 3 "$(grep -c '^kvmalloc top' out)"
	is "--batch: each with its time" 3 "$(
		grep -Ec '^kvmalloc top .* 20[0-9-]{8} [0-9:]{8}$' out)"
}

test_usage()
{
	fails "two targets" 2 "one process or directory" "$kvmalloc" top a b
	fails "a delay that is no number" 2 "-d x: expected seconds" \
		"$kvmalloc" top -d x
	fails "a delay too short" 2 "-d 0.01: expected seconds from 0.1" \
		"$kvmalloc" top -d 0.01
	fails "no frames" 2 "-n 0: expected at least 1" "$kvmalloc" top -n 0
	fails "an unknown tab" 2 "--tab=x: expected overview" \
		"$kvmalloc" top --once --tab=x sqlite.kvr
	fails "a tab of the list" 2 "only of one process" \
		"$kvmalloc" top --once --tab=memory files
	fails "an unknown key" 2 "expected one of req/s" \
		"$kvmalloc" top --once --sort=x files
	fails "no order there" 2 "this is not sorted" \
		"$kvmalloc" top --once --sort=x sqlite.kvr
	fails "an unknown name" 1 "nosuchname: no such file" \
		"$kvmalloc" top --once nosuchname
	fails "an unknown process" 1 "no process 99999999" \
		"$kvmalloc" top --once 99999999
	head -c 500 sqlite.kvr >bad.kvr
	fails "a damaged file" 1 "bad.kvr: truncated" \
		"$kvmalloc" top --once bad.kvr
	fails "no terminal" 1 "must be a terminal; .*--once or --batch" \
		"$kvmalloc" top files
	"$kvmalloc" top --once files >/dev/full 2>err
	is "a full disk is noticed" 1 $?
}

# ---- the screen, with files that stand still ------------------------------

test_list()
{
	screen 80x24 "$kvmalloc top files"
	shows "80x24: the list" "^kvmalloc top - 7 processes, 0 running   by req/s" \
		"pid comm +state REQ/S " "5000001 stress +ended .*57.2M" \
		"^Enter:open .* q:quit$"
	keys s
	shows "the menu of sort keys" "^SORT BY" "  req/s   \(now\)"
	keys Down Down Down Enter
	shows "sorted by another" "by peak " " PEAK "
	is "the largest first" sqlite3 "$(awk 'NR == 3 { print $2 }' frame)"
	keys r
	shows "and the other way" "by peak, reversed"
	keys '<'
	shows "the key before" "by held, reversed"
	keys '>' r
	keys /
	shows "a filter is asked for" "^filter: _"
	keys s t r
	shows "it works while it is typed" "^filter: str_" "filter str " "stress"
	is "other rows are hidden" 0 "$(grep -c sqlite frame)"
	keys Escape
	shows "Escape clears it" "sqlite3" "server"
	keys d
	keys 0 . 5 Enter
	shows "another delay" " 0.5s  [0-9:]{8}$"
	keys d x Enter
	shows "a wrong delay is refused" "expected seconds from 0.1"
	keys Space
	shows "pause" "PAUSED"
	keys Space h
	shows "help" "^KEYS AND COLUMNS" "Enter +open the process"
	keys q End
	shows "the list again" "^Enter:open"
	is "the title and the chosen row are marked" 2 "$(codes 7)"
	keys q
	ends "q ends it" "status 0, terminal as before"
}

test_tabs()
{
	screen 80x24 "env NO_COLOR=1 $kvmalloc top files"
	shows "a list to choose from" "by req/s"
	keys s Down Down Down Enter
	shows "sorted" "by peak"
	keys Enter
	shows "Enter opens the first" "sqlite3 :memory:   pid 5000001" \
		"^\[1 overview\]" "^HOW IT WAS SERVED" "  vmalloc "
	keys 2
	shows "classes" "\[2 classes\]" "^kmalloc-1152 "
	keys / k m a l l o c - 8 Enter
	shows "filtered" "filter kmalloc-8 " "^kmalloc-8k"
	keys Tab
	shows "memory" "\[3 memory\]" "^ slabs 23.0M" "^kmalloc-8k "
	keys PageDown PageDown
	shows "scrolled" "^ZONES in pages"
	keys 4
	shows "stacks" "\[4 stacks\]" "No call stacks were recorded"
	keys Right
	shows "counters" "\[5 counters\]" "^realloc_copied +70 000 000"
	keys BTab
	shows "one tab back" "\[4 stacks\]"
	keys 6
	shows "threads" "\[6 threads\]" "^main +5000001"
	keys Tab
	shows "from the last to the first" "^\[1 overview\]"
	is "no colours with NO_COLOR" 0 "$(codes '3[0-7]')"
	keys s
	shows "what can't be sorted says so" "nothing to sort"
	keys q
	shows "q: back to the list" "^Enter:open"
	keys Q
	ends "Q ends it" "status 0, terminal as before"

	screen 200x60 "env LC_ALL=C.UTF-8 $kvmalloc top stacks.kvr"
	shows "200x60, a file: its process" "^\[1 overview\]" "q:quit$"
	keys 4
	shows "its stacks" "^ *LIVE +blocks .* call site" " < "
	keys Enter
	shows "one of them" "^STACK [0-9a-f]{16}" "^ requests "
	keys q
	shows "back to the stacks" "\[4 stacks\]"
	keys q
	ends "q ends it there" "status 0, terminal as before"
}

test_none()
{
	mkdir empty
	screen 80x24 "$kvmalloc top -d 0.2 empty"
	shows "no file at all" "0 processes" "No report file \(.*\) in empty yet"
	keys Enter Down Up PageDown End Home Tab 3 s Escape / x Enter r
	cp idle.kvr empty/
	shows "a filter hides it" "1 process, "
	keys / BSpace Enter
	shows "a file that appears is shown" "5000001 true +exit"
	kill -TERM "$(cat pid)"
	ends "SIGTERM" "status 143, terminal as before"
	screen 80x24 "env TERM=vt100 $kvmalloc top files"
	shows "a monochrome terminal" "7 processes" "sqlite3"
	keys C-c
	ends "SIGINT" "status 130, terminal as before"
	screen 80x24 "env TERM=nosuch $kvmalloc top files"
	ends "an unknown terminal is refused" "status 1, terminal as before"
	shows "and named" "no terminal of type 'nosuch'"
	screen 80x24 "$kvmalloc top -n 2 -d 0.1 files"
	ends "-n ends it" "status 0, terminal as before"
}

test_sizes()
{
	screen 80x24 "env LC_ALL=C.UTF-8 $kvmalloc top -d 0.2 sqlite.kvr"
	shows "before the resize" "^HOW IT WAS SERVED"
	keys 2
	"${mux[@]}" resize-window -x 200 -y 60
	shows "larger" "^class {25,}size"
	"${mux[@]}" resize-window -x 30 -y 6
	shows "tiny" "^kvmalloc top" "^ sqlite"
	"${mux[@]}" resize-window -x 10 -y 2
	sleep 0.3
	"${mux[@]}" resize-window -x 100 -y 30
	shows "and back" "^class {30,}size" "^kmalloc-8k"
	kill -HUP "$(cat pid)"
	ends "SIGHUP" "status 129, terminal as before"
}

# counts that become smaller, as when a file is damaged while it is shown
test_backwards()
{
	local pid at

	./mkkvr live back.kvr 30 >ready &
	pid=$!
	children+=("$pid")
	for _ in $(seq 100); do
		[ -s ready ] && break
		sleep 0.05
	done
	screen 100x30 "$kvmalloc top -d 0.2 back.kvr"
	shows "a process that does nothing" "pid $pid   running" \
		"rates: now" "^  all +12 +0 +0 +0 "
	# what the thread counted
	read -r _ at <ready
	dd if=/dev/zero of=back.kvr bs=4096 count=1 conv=notrunc 2>/dev/null \
		seek=$((at / 4096))
	shows "counts go back, rates are not negative" "^  all +0 +0 +0 +0 "
	: >back.kvr
	shows "the file is cut short" "running, file lost" "the last that were"
	keys q
	ends "q ends it" "status 0, terminal as before"
	kill "$pid"
	wait "$pid" 2>/dev/null
}

# ---- with a process -------------------------------------------------------

# real DIR OPTIONS: starts a program that allocates; its id is in $child
real()
{
	mkdir -p "$1"
	KVMALLOC=report=$PWD/$1$2 LD_PRELOAD=$library "$python" -c '
import time
keep = []
while True:
    keep.append([bytes(100 + i % 3000) for i in range(200)])
    del keep[:-100]
    time.sleep(0.005)' &
	child=$!
	children+=("$child")
	for _ in $(seq 100); do
		ls "$1"/*.kvr >/dev/null 2>&1 && break
		sleep 0.05
	done
}

test_process()
{
	local child name

	python=$(python3 -c 'import os, sys
print(os.path.realpath(sys.executable))' 2>/dev/null)
	if [ -z "$python" ] || [ ! -e "$library" ]; then
		skip "with a process" "no python3, or the library is not built"
		return
	fi
	real live ,stacks
	name=$(cat "/proc/$child/comm")
	screen 100x40 "env LC_ALL=C.UTF-8 $kvmalloc top -d 0.2"
	shows "found by its memory map" "^ +$child +$name.* run +[0-9.]+k +[0-9.]+M"
	keys Q
	ends "Q ends it" "status 0, terminal as before"
	screen 80x24 "$kvmalloc top -d 0.2 $child"
	shows "C locale: opened by its id" "pid $child   running" \
		"rates: now" "^MEMORY over time: held #"
	is "nothing but ASCII" "" "$(text | LC_ALL=C grep '[^ -~]')"
	keys 4
	shows "its stacks with names" "^ *LIVE +blocks" " [0-9.]+M .* < "
	keys Enter
	shows "a whole stack" "^STACK " "(main|_start|Py|python)"
	keys q 5
	shows "counters move" "^slab_alloc +[0-9 ]+ +[0-9.]+k? count"
	keys 1
	shows "the overview again" "^\[1 overview\]"
	kill -KILL "$child"
	wait "$child" 2>/dev/null
	shows "it is killed while shown" "pid $child   killed or _exit" \
		"average of the whole run"
	keys 2
	shows "and stays readable" "\[2 classes\]" "^kmalloc-[0-9]"
	keys q
	ends "q ends it" "status 0, terminal as before"

	real gone ''
	screen 80x24 "env LC_ALL=C.UTF-8 $kvmalloc top -d 0.2 gone"
	shows "in a directory" "$child +$name.* run "
	keys Enter
	shows "opened" "pid $child   running"
	rm -r gone
	shows "its file vanishes" "running, file lost" \
		"the last that were read: No such file"
	keys 2
	shows "the numbers stay" "^kmalloc-[0-9]"
	kill "$child"
	wait "$child" 2>/dev/null
	shows "then it ends" "pid $child   killed or _exit"
	keys q
	shows "the list has it" "$child +$name.* ended "
	keys q
	ends "q ends it" "status 0, terminal as before"
}

# what it costs to look, in the kernel's ticks of 10 ms
test_cost()
{
	local before after

	if [ ! -e "$library" ] || [ -z "${python:-}" ]; then
		skip "its own share of the CPU" "no process to look at"
		return
	fi
	real cost ,stacks
	screen 100x40 "$kvmalloc top $child"
	shows "a process to look at" "\[1 overview\]"
	keys 4
	shows "and its stacks" " < "
	# names are looked up once
	sleep 1.5
	before=$(awk '{ print $14 + $15 }' "/proc/$(cat pid)/stat")
	sleep 4
	after=$(awk '{ print $14 + $15 }' "/proc/$(cat pid)/stat")
	if [ $((after - before)) -le 8 ]; then
		ok "its own share of the CPU is small ($((after - before)) of 400)"
	else
		fail "its own share of the CPU" "$((after - before)) of 400 ticks"
	fi
	keys q
	ends "q ends it" "status 0, terminal as before"
	kill "$child"
	wait "$child" 2>/dev/null
}

# ---- the pager ------------------------------------------------------------

test_pager()
{
	unset PAGER LESS KVMALLOC_PAGER
	./mkkvr stacks pages.kvr
	if command -v less >/dev/null; then
		screen 80x24 "$kvmalloc report pages.kvr"
		shows "pager: the first page of the report" "^kvmalloc: sqlite3" \
			"^:"
		is "pager: with colours" yes \
			"$([ "$(codes 1)" -gt 0 ] && echo yes)"
		keys q
		ends "pager: q ends it" "status 0, terminal as before"
		screen 80x24 "env NO_COLOR=1 $kvmalloc leaks nothing.kvr"
		ends "pager: a failure is told" "status 1, terminal as before"
		shows "pager: and its reason shown" "nothing.kvr: No such file"
		screen 80x60 "$kvmalloc --no-pager help"
		ends "pager: a short text needs none" \
			"status 0, terminal as before"
	else
		skip "pager: less" "no less"
	fi
	screen 80x24 "env KVMALLOC_PAGER=\"sed s/^/PAGED./\" \
		$kvmalloc diff pages.kvr pages.kvr --fail-if=peak\>=0"
	ends "pager: the command's exit status is kept" \
		"status 1, terminal as before"
	shows "pager: KVMALLOC_PAGER" "^PAGED[.]"
	screen 80x60 "env PAGER=\"sed s/^/PAGED./\" $kvmalloc help"
	ends "pager: what fits the screen" "status 0, terminal as before"
	shows "pager: is not paged" "^usage: kvmalloc"
	screen 80x24 "env PAGER=\"sed s/^/PAGED./\" $kvmalloc help run"
	ends "pager: PAGER" "status 0, terminal as before"
	shows "pager: is used" "^PAGED[.]"
	screen 80x24 "env PAGER=no-such-pager $kvmalloc report pages.kvr"
	ends "pager: a missing one" "status 0, terminal as before"
	shows "pager: and all is shown without it" "^ next:  kvmalloc report"
	screen 80x24 "env PAGER=true $kvmalloc report pages.kvr"
	ends "pager: one that reads nothing" "status 0, terminal as before"
	for how in "env PAGER=false KVMALLOC_PAGER= $kvmalloc" \
		"env KVMALLOC_PAGER=cat $kvmalloc" \
		"env PAGER=false TERM=dumb $kvmalloc" \
		"env PAGER=false $kvmalloc --no-pager"; do
		screen 80x24 "$how report pages.kvr"
		shows "pager: off: ${how/"$kvmalloc"/kvmalloc}" \
			"^ next:  kvmalloc report"
	done
	screen 80x24 "env PAGER=false $kvmalloc report pages.kvr --no-pager"
	shows "pager: off: by the option" "^ next:  kvmalloc report"
	PAGER=false "$kvmalloc" report pages.kvr >out
	is "pager: none when not on a terminal" 0 $?
	is "pager: and all is there" 1 "$(grep -c '^ next:' out)"
}

if ! "$CC" -std=c17 -D_GNU_SOURCE -O1 -I"$root/include" "$here/mkkvr.c" \
	"$here/synth.c" -o mkkvr >build.log 2>&1; then
	cat build.log
	echo "FAIL mkkvr cannot be built"
	echo "top: 0 passed, 1 failed, 0 skipped"
	exit 1
fi
test_golden
test_usage
test_list
test_tabs
test_none
test_sizes
test_backwards
test_process
test_cost
test_pager
finish
