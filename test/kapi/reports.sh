# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # dir, tmp: of run.sh
#
# reports.sh - part of run.sh: what the command says of a program linked with
# the library. reported.c says what the program does.

kvmalloc=$dir/../kvmalloc
reported=$tmp/reported

# reported OPTIONS [HOW]: runs it, its only report is $tmp/kvr/*.kvr then.
reported()
{
	rm -rf "$tmp/kvr"
	mkdir "$tmp/kvr"
	# shellcheck disable=SC2086
	KVMALLOC="mem=256M cpus=2 report=$tmp/kvr $1" timeout 120 \
		"$reported" ${2:-} >"$tmp/said" 2>"$tmp/err"
}

# says COMMAND.. -- PATTERN..: what it prints has a line for each.
says()
{
	local args=() pattern
	while [ "$1" != -- ]; do
		args+=("$1")
		shift
	done
	shift
	"$kvmalloc" "${args[@]}" >"$tmp/text" 2>&1 || {
		cat "$tmp/text"
		return 1
	}
	for pattern; do
		grep -qE -- "$pattern" "$tmp/text" && continue
		echo "no line '$pattern' in:"
		cat "$tmp/text"
		return 1
	done
}

with_stacks()
{
	local f
	reported stacks || return 1
	grep -q "unwinder=1" "$tmp/said" || return 1
	f=$(echo "$tmp"/kvr/*.kvr)
	says report "$f" -- "exact: every request was recorded" \
		"^   msgs +200 +10 .* 10 +2.0 KiB" \
		"^   kmalloc-cg-64 +64 +100 .* 0 +0 B" \
		"vmalloc: by size 1; called by its name 2" \
		"make_area \(.*reported.c:" &&
		says leaks "$f" -- "10 blocks .*10 requests of 200 bytes" \
			"make_msgs \(" "1 request of 100 000 bytes" &&
		says proc "$f" allocinfo -- "^ +2000 +10 .*func:make_msgs" \
			"^ +131072 +1 .*func:make_block" \
			"^ +0 +0 .*func:make_and_free" &&
		says proc "$f" page_owner -- "order 5, mask" "make_block" &&
		says proc "$f" vmallocinfo -- \
			"307200 make_area.* pages=74 vmalloc N0=74$" \
			"20480 map_pages.* vmap$" "unpurged vm_area$"
}

without_stacks()
{
	local f
	reported "" || return 1
	grep -q "unwinder=0" "$tmp/said" || return 1
	f=$(echo "$tmp"/kvr/*.kvr)
	says proc "$f" vmallocinfo -- "make_area.* pages=74 vmalloc N0=74$" &&
		! "$kvmalloc" leaks "$f" 2>/dev/null &&
		"$kvmalloc" export -f json -o "$tmp/json" "$f" &&
		python3 - "$tmp/json" <<-'EOF'
			import json, sys
			line = json.load(open(sys.argv[1]))["timeline"]
			assert len(line) >= 2, line
			assert line[-1]["requests"] > line[0]["requests"], line
			assert line[-1]["vmalloc_bytes"] >= 300000, line
		EOF
}

whatis()
{
	local pid object area block mapped status
	rm -rf "$tmp/kvr" "$tmp/said"
	mkdir "$tmp/kvr"
	mkfifo "$tmp/in"
	KVMALLOC="mem=256M cpus=2 report=$tmp/kvr stacks" "$reported" wait \
		<"$tmp/in" >"$tmp/said" 2>&1 &
	pid=$!
	exec 3>"$tmp/in"
	for _ in $(seq 100); do
		[ -s "$tmp/said" ] && break
		sleep 0.1
	done
	read -r object area block mapped _ <"$tmp/said"
	says whatis $pid "$object" -- "the start of an object of msgs, in use" \
		"^    make_msgs \(" &&
		says whatis $pid "$area" -- "area of the vmalloc region, in use" \
			"^    make_area \(" &&
		says whatis $pid "$block" -- "a contiguous block, in use" \
			"^    make_block \(" &&
		says whatis $pid "$mapped" -- "16.0 KiB in 4 pages" \
			"caller +map_pages \("
	status=$?
	exec 3>&-
	rm "$tmp/in"
	wait $pid && [ $status -eq 0 ]
}

# What only the other library has is said, and nothing comes of it.
untraced()
{
	reported "trace=$tmp/kvr" || return 1
	grep -q "^kvmalloc: option trace: of libkvmalloc only" "$tmp/err" &&
		[ -z "$(ls "$tmp"/kvr/*.kvt 2>/dev/null)" ]
}

forked()
{
	local f
	reported stacks fork || return 1
	[ "$(echo "$tmp"/kvr/*.kvr | wc -w)" -eq 2 ] || return 1
	for f in "$tmp"/kvr/*.kvr; do
		"$kvmalloc" leaks "$f" >"$tmp/text" 2>&1 || return 1
		if grep -q child_keeps "$tmp/text"; then
			grep -q "1 request of 200 bytes" "$tmp/text" || return 1
			! grep -qE "make_(area|block|msgs)" "$tmp/text" || return 1
		else
			grep -q "10 requests of 200 bytes" "$tmp/text" || return 1
		fi
	done
}

# All that threads made is freed: what is left is what main() made.
by_threads()
{
	reported "stacks sample=100K" threads &&
		says report "$tmp"/kvr/*.kvr -- "sampl" "^   msgs .* 10 +2.0 KiB" &&
		reported "stacks exact" threads &&
		says leaks "$tmp"/kvr/*.kvr -- "10 requests of 200 bytes" &&
		says proc "$tmp"/kvr/*.kvr allocinfo -- \
			"^ +0 +0 .*func:work" "^ +0 +0 .*func:make_and_free"
}

at_exit_checked()
{
	reported slub_debug=FZ spoil
	grep -q "Right Redzone overwritten" "$tmp/err" || {
		cat "$tmp/err"
		return 1
	}
	reported slub_debug=FZ && [ ! -s "$tmp/err" ]
}

from_archive()
{
	reported=$tmp/reported-static
	reported stacks &&
		says leaks "$tmp"/kvr/*.kvr -- "^  1\. 29[67]" "^       make_area"
}

build_reported()
{
	gcc -g -O1 -std=gnu17 -Wall -Wextra -Werror -Iinclude \
		test/kapi/reported.c -o "$reported" -L"$dir" \
		-Wl,-rpath,"$dir" -lkvkernel -pthread &&
		gcc -g -O1 -std=gnu17 -Iinclude test/kapi/reported.c \
			"$dir/libkvkernel.a" -pthread -o "$reported-static"
}

try "reports: built" build_reported
try "reports: with call stacks" with_stacks
try "reports: without call stacks no unwinder, areas and time line" \
	without_stacks
try "reports: whatis in the live process" whatis
try "reports: no trace, and a word about it" untraced
try "reports: a forked child has its own" forked
try "reports: several threads" by_threads
try "reports: slub_debug looks at all objects at exit" at_exit_checked
try "reports: a program linked with the archive" from_archive
