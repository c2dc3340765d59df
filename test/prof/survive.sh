#!/bin/bash
# SPDX-License-Identifier: MIT
#
# survive.sh - what may befall a recorded process. Sourced by run.sh, whose
# functions it uses. Each file that is left is readable, and right up to the
# last record; where there is none, or it lacks something, one warning says so.
# shellcheck disable=SC2154 # its variables, too

# Every report in $dir can be shown. readable NAME LEAST: so many, or more.
readable()
{
	local name=$1 least=$2 tool n=0 f said
	tool=$(dirname "$lib")/kvmalloc

	[ -x "$tool" ] || return 0
	for f in "$dir"/*.kvr; do
		[ -e "$f" ] || continue
		if ! said=$("$tool" report "$f" 2>&1 >/dev/null); then
			result FAIL "$name" "report $(basename "$f"): $said"
			return 1
		fi
		n=$((n + 1))
	done
	[ "$n" -ge "$least" ] && return
	result FAIL "$name" "$n reports, expected $least"
	return 1
}

# survives NAME OPTIONS FILES WARNING HOW [ARGS]: FILES reports or more, all
# right; WARNING on stderr, once ('': nothing there).
survives()
{
	local name=$1 options=$2 files=$3 warning=$4 status
	shift 4
	wanted "$name" survive || return
	run "$name" "$options" survive "$@"
	status=$?
	if [ "$status" -ne 0 ]; then
		result FAIL "$name" "status $status: $(tail -n 1 "$log/$name.err")"
	elif silent "$name" "$warning" && readable "$name" "$files"; then
		if [ "$files" -gt 0 ]; then
			judge "$name" "${mode:-exact}"
		else
			result ok "$name"
		fi
	fi
}

# A file system of SIZE bytes at $out/small, or a read-only one; else a skip.
# on_disk NAME SIZE OPTIONS COMMAND...
on_disk()
{
	local name=$1 size=$2 how=$3
	shift 3
	wanted "$name" survive || return
	mkdir -p "$out/small"
	if ! mount -t tmpfs -o "size=$size,$how" kvmalloc "$out/small" \
		2>"$log/$name.mount"; then
		result skip "$name" "$(tail -n 1 "$log/$name.mount")"
		return
	fi
	place=$out/small "$@"
	umount -l "$out/small"
}

# A limit of file size, in KiB, for the program, whose output goes to pipes:
# never a signal.
fsize()
{
	rm -rf "$dir"
	mkdir -p "$dir"
	(
		ulimit -S -f "$1"
		LD_PRELOAD="$lib" KVMALLOC="report=$dir stacks exact" \
			"$out/survive" grows 2>&1 >/dev/null
	) | cat >"$log/fsize.err"
	return "${PIPESTATUS[0]}"
}

check_fsize()
{
	local kib status

	wanted fsize survive || return
	for kib in 0 1 4 64 100 300 360 400 500 700 1000; do
		dir=$out/reports
		fsize $kib
		status=$?
		if [ $status -ne 0 ]; then
			result FAIL fsize "$kib KiB: status $status"
			return
		elif [ "$(wc -l <"$log/fsize.err")" -gt 1 ]; then
			result FAIL fsize "$kib KiB: $(wc -l <"$log/fsize.err") warnings"
			return
		elif [ -s "$log/fsize.err" ] &&
			! grep -q '^kvmalloc: .* failed (error 27: above the limit' "$log/fsize.err"; then
			result FAIL fsize "$kib KiB: $(head -n 1 "$log/fsize.err")"
			return
		fi
		readable fsize 0 || return
	done
	result ok fsize
}

# The report is for those who may write there; others get a warning.
check_denied()
{
	wanted denied survive || return
	if ! setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
		result skip denied "cannot run as nobody"
		return
	fi
	rm -rf "$out/denied"
	mkdir -m 755 "$out/denied"
	# the build directory itself may be closed to others
	if ! setpriv --reuid=65534 --clear-groups test -x "$out/survive"; then
		result skip denied "nobody cannot enter $out"
		return
	fi
	setpriv --reuid=65534 --clear-groups env LD_PRELOAD="$lib" \
		KVMALLOC="report=$out/denied stacks exact" \
		"$out/survive" grows >"$log/denied.out" 2>"$log/denied.err"
	local status=$?
	if [ $status -ne 0 ]; then
		result FAIL denied "status $status"
	elif silent denied 'no report: creating .* failed (error 13: permission denied'; then
		result ok denied
	fi
}

# A million stacks: bounded in the file, in the process and in the reader.
check_million()
{
	local name=million tool size rss seconds slowest
	tool=$(dirname "$lib")/kvmalloc

	wanted $name many || return
	limit=300 run $name 'stacks exact' many 1100000
	local status=$?
	if [ $status -ne 0 ]; then
		result FAIL $name "status $status: $(tail -n 1 "$log/$name.err")"
		return
	fi
	size=$(stat -c %s "$dir"/*.many.*.kvr)
	if [ "$size" -gt $((320 << 20)) ]; then
		result FAIL $name "the file has $size bytes"
		return
	fi
	read -r seconds rss slowest < <(python3 - "$tool" "$dir"/*.many.*.kvr <<-'EOF'
		import os, subprocess, sys, time
		formats = ["json", "pprof", "folded", "speedscope", "massif",
		           "dhat", "heaptrack", "prometheus"]
		all = []
		for words in [["report"], ["leaks"], ["html"], ["flame"]] + [
		        ["export", "-f", f] for f in formats]:
		    t = time.time()
		    p = subprocess.Popen([sys.argv[1], *words, sys.argv[2]],
		                         stdout=subprocess.DEVNULL)
		    _, status, usage = os.wait4(p.pid, 0)
		    if status:
		        sys.exit("failed 0 " + words[-1])
		    all.append((round(time.time() - t, 1), words[-1],
		                usage.ru_maxrss // 1024))
		print(max(all)[0], max(a[2] for a in all), max(all)[1])
	EOF
	)
	echo "$name: file $((size >> 20)) MiB, each command took at most $seconds s ($slowest) and $rss MiB" |
		tee "$log/$name.read"
	if [ -z "$slowest" ] || [ "${seconds%.*}" -ge 20 ] ||
		[ "$rss" -gt 1500 ]; then
		result FAIL $name "$slowest: $seconds s, $rss MiB for $((size >> 20)) MiB"
	else
		result ok $name
	fi
}

survival()
{
	local more='report: adding call stacks to .* failed'

	survives killed 'stacks exact' 9 '' killed
	survives bomb 'stacks exact' 201 '' bomb
	survives starts 'stacks exact' 6 '' starts
	# a thread's counts lack, while its stacks found room
	mode=storm survives few-files 'stacks exact' 1 "$more (error 24: too many open files" few_files
	survives small-files 'stacks exact' 1 "$more (error 27: above the limit" small_files
	survives removed 'stacks exact' 0 "$more (error 2: no such file or directory" \
		removed "$out/reports"
	on_disk full-start 12k rw survives full-start 'stacks exact' 0 \
		'no report: writing .* failed (error 28: no space left on the device' grows
	on_disk full-soon 108k rw survives full-soon 'stacks exact' 0 \
		'report: adding .* failed (error 28: no space left on the device' grows
	on_disk full-later 500k rw survives full-later 'stacks exact' 1 \
		"$more (error 28: no space left on the device" grows
	on_disk read-only 64k ro survives read-only 'stacks exact' 0 \
		'no report: creating .* failed (error 30: read-only file system' grows
	check_fsize
	check_denied
}
