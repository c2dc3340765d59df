# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# huge.sh - huge pages of the linear map: that reports of all kinds tell what
# the system tells. Part of run.sh, which has the functions and variables.
: "${here:?}" "${kvmalloc:?}" "${library:?}"

# bytes in huge pages, by the system
huge_bytes()
{
	awk '/^AnonHugePages:/ { n += $2 } END { print n * 1024 }' \
		"/proc/$pid/smaps"
}

# json KEY: of the part on huge pages
huge_json()
{
	tr -d ' \n' <heap.json | grep -o '"huge_pages":{[^}]*}' |
		sed -E "s/.*\"$1\":\"?([^,}\"]*).*/\1/"
}

test_huge()
{
	local seen pid

	[ -e "$library" ] || { skip huge "no libkvmalloc.so" && return; }
	"$CC" -O1 -g "$here/heap.c" -o heap || return
	start_reported heap huge=always ready 80
	seen=$(huge_bytes)
	"$kvmalloc" export -f json -o heap.json --force "$pid"
	is "huge: JSON: what the system backs" "$seen" \
		"$(huge_json backed_bytes)"
	if [ "$seen" -gt 0 ]; then
		is "huge: JSON: state" on "$(huge_json state)"
		"$kvmalloc" report "$pid" >out
		has "huge: the report's line" \
			"huge pages +$((seen >> 20)).0 MiB of the linear map" out
	else
		skip "huge: the report's line" "the system has none to give"
	fi
	"$kvmalloc" export -f prometheus -o heap.prom --force "$pid"
	has "huge: Prometheus" "^kvmalloc_huge_backed_bytes\{.*\} $seen$" \
		heap.prom
	"$kvmalloc" html -o heap.html --force "$pid"
	has "huge: HTML has the numbers" "\"backed_bytes\": ?$seen" heap.html
	stop_reported
	start_reported heap huge=off ready 80
	is "huge: off: none" 0 "$(huge_bytes)"
	"$kvmalloc" report "$pid" >out
	has "huge: off: the report says so" "huge pages +none: huge=off$" out
	stop_reported
	start_reported heap huge=auto ready 8
	is "huge: a small heap has none" 0 "$(huge_bytes)"
	"$kvmalloc" report "$pid" >out
	is "huge: and its report no line" 0 "$(grep -c 'huge pages' out)"
	stop_reported
}
