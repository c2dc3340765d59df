# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# memory.sh - tests of what looks at single areas, blocks and objects:
# vmallocinfo, allocinfo, page_owner, whatis. Part of run.sh, which has the
# functions and variables used here.
: "${here:?}" "${kvmalloc:?}" "${library:?}"

# lines of standard input that are not of a form
strays()
{
	grep -Evc -- "$1"
}

code='[^ ]+(\+0x[0-9a-f]+/0x[0-9a-f]+( \[[^] ]+\])?|\+0x[0-9a-f]+)'

# strict_tables FILE: every line as the kernel writes it
strict_tables()
{
	"$kvmalloc" proc "$1" vmallocinfo >areas
	is "$2: vmallocinfo: the kernel's format" 0 "$(strays \
		"^0x[0-9a-f]{16}-0x[0-9a-f]{16} [ 0-9]{6}[0-9]+ (unpurged vm_area|($code )?pages=[0-9]+ vmalloc( vpages)? N0=[0-9]+)$" <areas)"
	is "$2: vmallocinfo: unpurged areas come last" "" \
		"$(sed '1,/unpurged/d' areas | grep -v unpurged)"
	"$kvmalloc" proc "$1" allocinfo >sites
	is "$2: allocinfo: its head" \
		"allocinfo - version: 2.0 #     <size>  <calls> <tag info>" \
		"$(head -n 2 sites | paste -sd' ')"
	is "$2: allocinfo: the kernel's format" 0 "$(sed 1,2d sites | strays \
		'^[ 0-9]{11}[0-9]+ [ 0-9]{7}[0-9]+ [^ ]+:[0-9]+ (\[[^] ]+\] )?func:.*( accurate:no| )$')"
	"$kvmalloc" proc "$1" page_owner >owners
	is "$2: page_owner: the kernel's format" 0 "$(strays \
		"^(Page allocated via order [0-9]+, mask 0x[0-9a-f]+\(__GFP[A-Z_|]+\), pid [0-9]+, tgid [0-9]+ \(.*\), ts [0-9]+ ns|PFN 0x[0-9a-f]+ type [A-Z][a-z]+ Block [0-9]+ type [A-Z][a-z]+ Flags 0x[0-9a-f]+\(head\|node=0\|zone=[0-9]\)| $code|)$" <owners)"
}

# asked NAME PATTERN: what is said of the address that places.c calls NAME
asked()
{
	local at

	at=$(awk -v name="$1" '$1 == name { print $2 }' places.out)
	"$kvmalloc" whatis "$pid" "$at" >out 2>err
	has "$how: whatis $1" "$2" out
}

test_live_places()
{
	local how=$1

	start_reported places "$1" unmapped 60
	asked object ': the start of an object of kmalloc-[0-9]+, in use'
	asked inside ': 150 bytes into an object of kmalloc-[0-9]+, in use'
	asked cached 'an object of kmalloc-[0-9]+, free'
	asked free 'an object of kmalloc-[0-9k]+, free|a free block of pages'
	asked many 'of kmalloc-16, in use'
	has "$how: and which of its slab" "object [0-9]+ of 256, " out
	asked block ': the start of a contiguous block, in use'
	asked in-block ': 500 000 bytes into a contiguous block, in use'
	asked freed-block 'free'
	asked area ': the start of an area of the vmalloc region, in use'
	has "$how: of an area: what was asked" 'asked +10.0 MiB, by' out
	has "$how: of an area: who called" 'caller +large \(places.c:' out
	asked in-area ': 5 242 880 bytes into an area'
	asked guard 'into the guard behind an area'
	asked lazy 'area of the vmalloc region, freed lazily'
	asked resized 'area of the vmalloc region, in use'
	has "$how: of a resized area: the last request" 'asked +12.0 MiB' out
	asked data 'not of kvmalloc; it is in the mapping'
	has "$how: and which" '/places$' out
	asked unmapped ': not mapped$'
	is "$how: vmallocinfo: the areas in use" 2 "$("$kvmalloc" proc "$pid" \
		vmallocinfo | grep -c ' vmalloc')"
}

test_places()
{
	local pid how at

	"$CC" -O1 -g -fno-builtin "$here/places.c" -o places
	how="stacks exact"
	test_live_places "$how"
	asked in-block 'in-block|contiguous'
	has "whatis: the stack of a block" '^    large \(places.c:' out
	has "whatis: its age" '^  made +[0-9.]+ m?s ago' out
	asked object 'object'
	has "whatis: the stack of an object" '^    slabs \(places.c:' out
	strict_tables "$pid" "exact"
	has "page_owner: of the one block there is" \
		'^Page allocated via order 8, ' owners
	has "allocinfo: by line and function" \
		'^ +[0-9]+ +2 .*places.c:[0-9]+ func:large $' sites
	fails "whatis: not an address" 2 "'x': expected an address" \
		"$kvmalloc" whatis "$pid" x
	fails "whatis: more than 64 bits" 2 "expected an address" \
		"$kvmalloc" whatis "$pid" 11112222333344445
	fails "whatis: of a process without the library" 1 \
		"writes no report: start it" "$kvmalloc" whatis $$ 10
	stop_reported
	fails "whatis: no such process" 1 "no process $pid" \
		"$kvmalloc" whatis "$pid" 10
	# what a file alone can tell, after kill -9
	pid=$(ls places.dir/*.kvr)
	how=killed
	asked in-area ': 5 242 880 bytes into an area'
	has "killed: with its stack" '^    areas \(places.c:' out
	asked block 'the start of a contiguous block, in use at the end'
	has "killed: with its stack too" '^    large \(places.c:' out
	asked data 'it is in .*/places, at offset 0x'
	at=$(awk '$1 == "object" { print $2 }' places.out)
	fails "killed: objects are gone" 1 "known only while the process lives" \
		"$kvmalloc" whatis "$pid" "$at"
	strict_tables "$pid" killed
	"$kvmalloc" report "$pid" >out
	has "report: areas with who asked for them" \
		' 12.0 MiB +12.0 MiB +[0-9.]+ m?s +areas \(places.c:' out
	has "report: areas freed lazily" 'and [0-9] areas? freed lazily' out
	test_live_places ""
	how=
	"$kvmalloc" report "$pid" >out
	has "report: areas without stacks" \
		' 12.0 MiB +12.0 MiB +[0-9.]+ m?s +areas \(places.c:' out
	fails "allocinfo: without call stacks" 1 "has no call stacks" \
		"$kvmalloc" proc "$pid" allocinfo
	fails "page_owner: without call stacks" 1 "has no call stacks" \
		"$kvmalloc" proc "$pid" page_owner
	stop_reported
	test_live_places "kernel"
	is "kernel: a freed area stays unpurged" 2 "$("$kvmalloc" proc "$pid" \
		vmallocinfo | grep -c ' unpurged')"
	stop_reported
}

# two runs into one directory stay two
test_runs()
{
	"$kvmalloc" run -o runs sh -c 'true; /bin/true; exit 0' 2>first
	"$kvmalloc" run -o runs sh -c '/bin/echo x; exit 0' 2>second >/dev/null
	is "runs: the report of the second has only its own processes" "" \
		"$(grep -E '^ +true ' second)"
	"$kvmalloc" report runs >out
	is "runs: report DIR is of the newest run" "0 1" \
		"$(grep -cE '^ +true ' out) $(grep -cE '^ +echo ' out)"
	has "runs: and says what it left out" \
		'^ 2 report files of other runs left out' out
	"$kvmalloc" report runs/*.kvr >out
	is "runs: files that are named are all there" "1 1" \
		"$(grep -cE '^ +true ' out) $(grep -cE '^ +echo ' out)"
	is "runs: ls has all" 4 "$("$kvmalloc" ls runs | grep -c kvr$)"
}

test_memory()
{
	test_places
	test_runs
}
