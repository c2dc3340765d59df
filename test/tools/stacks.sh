# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016  # $ in '': for the shells that are run
#
# stacks.sh - tests of call stacks: names of frames, check, doctor, files of a
# million stacks, and reports of stacks that the library recorded. Part of
# run.sh, which has the functions and variables used here.
: "${here:?}" "${kvmalloc:?}" "${library:?}"

# ---- symbols --------------------------------------------------------------

# the frames.c program's own calls, of a binary of another name
frames_of()
{
	./frames | awk -v file="$1" '{ print $2 }' | xargs ./symtest "${@:2}" \
		"$1" 2>&1
}

# lines of the calls in frames.c
line()
{
	grep -n "$1" "$here/frames.c" | sed -n "${2:-1}s/:.*//p"
}

expect_frames()
{
	echo "inner (frames.c:$(line 'where() + a' 1))"
	echo "< middle (frames.c:$(line 'inner(a + 1)'))"
	echo "< hidden (frames.c:$(line 'middle(a) + 1'))"
	echo "exported (frames.c:$(line 'where() + a' 2))"
}

test_symbols_c()
{
	local id want

	want=$(expect_frames)
	"$CC" -O2 -g -Wl,--build-id "$here/frames.c" -o frames
	is "symbols: inlined functions of C" "$want" "$(frames_of "$PWD/frames")"
	if command -v clang >/dev/null; then
		mv frames frames.gcc
		clang -O2 -g -Wl,--build-id "$here/frames.c" -o frames
		is "symbols: of clang, which writes no .debug_aranges" "$want" \
			"$(frames_of "$PWD/frames")"
		mv frames.gcc frames
	fi
	"$CC" -O2 -g -no-pie "$here/frames.c" -o frames.fixed
	mv frames frames.pie && mv frames.fixed frames
	# dladdr() counts from where the file is loaded, a frame from 0
	is "symbols: of a program at a fixed address" "$want" "$(./frames |
		while read -r _ at; do printf '%x\n' $((0x$at + 0x400000)); done |
		xargs ./symtest "$PWD/frames")"
	mv frames.pie frames

	strip -o bare frames
	is "symbols: stripped, no function is wrong" 2 \
		"$(frames_of "$PWD/bare" | grep -c '^bare+0x')"
	"$CC" -O2 -rdynamic -s "$here/frames.c" -o dynamic
	mv frames frames.g && cp dynamic frames
	frames_of "$PWD/frames" >out
	has "symbols: stripped, what is exported" \
		'^exported\+0x[0-9a-f]+ \(frames\)$' out
	has "symbols: stripped, the rest is an offset" '^frames\+0x' out
	mv frames.g frames
}

test_symbols_debug_files()
{
	local id want

	want=$(expect_frames)
	id=$(readelf -n frames | awk '/Build ID/ { print $3 }')
	mkdir -p "dbg/.build-id/${id:0:2}" sys/opt sys/usr/lib/debug/opt
	objcopy --only-keep-debug frames "dbg/.build-id/${id:0:2}/${id:2}.debug"
	is "symbols: a debug file by build id" "$want" \
		"$(frames_of "$PWD/bare" -b "$id" -d "$PWD/dbg")"
	is "symbols: without the program's own file" "$want" \
		"$(frames_of /nonexistent/bare -b "$id" -d "$PWD/dbg")"
	objcopy --only-keep-debug frames linked.debug
	strip -R .note.gnu.build-id --add-gnu-debuglink=linked.debug \
		-o linked frames 2>/dev/null ||
		objcopy --strip-all -R .note.gnu.build-id \
			--add-gnu-debuglink=linked.debug frames linked
	is "symbols: a debug file by .gnu_debuglink" "$want" \
		"$(frames_of "$PWD/linked")"
	cp linked sys/opt/linked
	mv linked.debug sys/usr/lib/debug/opt/
	is "symbols: both below a sysroot" "$want" \
		"$(frames_of /opt/linked -s "$PWD/sys")"
	is "symbols: a file that was built again is not used" \
		"2 trouble: $PWD/frames changed since" \
		"$(frames_of "$PWD/frames" -b 0011223344 >out
		grep -c '^frames+0x' out) $(tail -n 1 out)"
}

test_symbols_other()
{
	local lib got

	"$CC" -O2 -g -DPLUGIN -fPIC -shared "$here/frames.c" -o plugin.so
	lib=$PWD/plugin.so
	got=$(./frames "$lib" | sed -n 's/.*plugin.so //p' |
		xargs ./symtest "$lib")
	is "symbols: of a library that was opened and is gone" \
		"$(expect_frames)" "$got"
	is "symbols: the vdso" '[vdso]+0x7b' "$(./symtest + 7b)"
	is "symbols: code of no object" '[jit]+0x7f0012345000' \
		"$(./symtest - 7f0012345678)"
	mkfifo fifo.so
	is "symbols: a FIFO does not hang" "fifo.so+0x10" \
		"$(timeout 10 ./symtest "$PWD/fifo.so" 10 | head -n 1)"
	got=$(readelf -SW "$(ldconfig -p | sed -n 's/.*libc.so.6.* => //p' |
		head -n 1)" | sed -n 's/.* \.text *PROGBITS *\([0-9a-f]*\).*/\1/p')
	timeout 10 ./symtest -r 3000 "$(ldconfig -p |
		sed -n 's/.*libc.so.6.* => //p' | head -n 1)" "$got" >out \
		2>/dev/null
	is "symbols: 3000 of them take no time" 0 $?
	has "symbols: and most have a name" '^(2[5-9]..|3000) of 3000' out
}

# a server that tells whether anybody called
test_symbols_network()
{
	if ! command -v python3 >/dev/null; then
		skip "symbols: nothing is fetched" "no python3"
		return
	fi
	python3 - >calls <<-'END' &
	import socket
	s = socket.create_server(("127.0.0.1", 0))
	print(s.getsockname()[1], flush=True)
	s.settimeout(2)
	try:
	    s.accept()
	    print("called", flush=True)
	except socket.timeout:
	    print("quiet", flush=True)
	END
	until [ -s calls ]; do sleep 0.05; done
	DEBUGINFOD_URLS=http://127.0.0.1:$(cat calls) \
		./symtest -b 00112233445566778899 "$PWD/nowhere" 10 >out
	DEBUGINFOD_URLS=http://127.0.0.1:$(head -n 1 calls) \
		./symtest "$PWD/bare" 1100 >out
	wait $!
	is "symbols: nothing is fetched from DEBUGINFOD_URLS" quiet \
		"$(sed -n 2p calls)"
}

test_symbols_languages()
{
	local got

	if ! nm symtest | grep -q ' T cplus_demangle'; then
		skip "symbols: C++" "built without libiberty"
		return
	fi
	"$CC" -O2 -c -Dmain=unused "$here/frames.c" -o where.o
	g++ -O2 -g "$here/frames.cc" where.o -o frames.cxx
	got=$(./frames.cxx | awk '{ print $2 }' |
		xargs ./symtest "$PWD/frames.cxx" | sed 's/ (.*//')
	is "symbols: C++ templates, methods, lambdas" \
		"shop::Box<unsigned long>::open
shop::Shelf::count
main" "${got%%::\{lambda*}"
	strip -g frames.cxx
	got=$(./frames.cxx | awk '{ print $2 }' |
		xargs ./symtest "$PWD/frames.cxx" | head -n 1)
	is "symbols: C++ by symbol table" "shop::Box<unsigned long>::open" \
		"${got%%+0x*}"
	if ! rustc --version >/dev/null 2>&1; then
		skip "symbols: Rust" "no rustc"
		return
	fi
	rustc -O -g -C link-arg="$PWD/where.o" "$here/frames.rs" \
		-o frames.rust 2>/dev/null
	got=$(./frames.rust | awk '{ print $2 }' |
		xargs ./symtest "$PWD/frames.rust" | head -n 1)
	has "symbols: Rust" '^(frames::)?(<.*)?shop::Box.*>::open \(frames.rs:' \
		<(echo "$got")
}

# ---- check, diff, doctor --------------------------------------------------

test_check()
{
	local expr

	for expr in 'leaks>16' 'leaks >= 17' 'leaks=17' 'peak>64M' 'waste>20%' \
		'requests!=0' 'failed<1' 'peak<=0.1G' 'vmalloc>0' 'live>4%'; do
		fails "check: $expr is broken" 1 "sqlite.kvr: $expr: " \
			"$kvmalloc" check sqlite.kvr --fail-if "$expr"
	done
	for expr in 'leaks>17' 'peak>98M' 'waste>=23%' 'failed>0' 'oom!=0' \
		'fallback>3' 'threads>1'; do
		"$kvmalloc" check sqlite.kvr --fail-if="$expr" >out 2>err
		is "check: $expr holds" "0  " "$? $(cat out) $(cat err)"
	done
	"$kvmalloc" check sqlite.kvr --fail-if='leaks>0' --fail-if='oom>0' \
		--fail-if='peak>1M' 2>err
	is "check: every broken limit is named" 2 "$(grep -c sqlite.kvr err)"
	for expr in '' leaks 'leaks>' 'leak>0' 'leaks>x' 'leaks>-1' 'peak>1Q' \
		'peak>1Mx' 'leaks~1' 'leaks>0x10' 'leaks>inf' 'leaks>1e999' \
		'requests>5%' 'a>1' '>1'; do
		fails "check: '$expr' is refused" 2 ": expected |has no perc" \
			"$kvmalloc" check sqlite.kvr --fail-if="$expr"
	done
	"$kvmalloc" diff sqlite.kvr later.kvr --fail-if='peak>99%' \
		--fail-if='requests>50000' >out 2>err
	is "diff: a limit on what grew" "1 1" "$? $(grep -c 'peak>99%' err)"
	"$kvmalloc" diff later.kvr sqlite.kvr --fail-if='peak>0' \
		--fail-if='peak<-98M' >out 2>err
	is "diff: less is no growth" 0 $?
	"$kvmalloc" diff sqlite.kvr idle.kvr --fail-if='requests>-99%' >out 2>err
	is "diff: a limit on what shrank" 0 $?
	fails "diff: one file is not enough" 2 "expected two" \
		"$kvmalloc" diff sqlite.kvr
	fails "diff: a missing file" 1 "none.kvr: No such" \
		"$kvmalloc" diff sqlite.kvr none.kvr
	fails "leaks: no stacks, no list" 1 "no call stacks were recorded" \
		"$kvmalloc" leaks sqlite.kvr
	fails "leaks: an unknown thread" 1 "no thread has this name" \
		"$kvmalloc" leaks --thread=nobody sampled.kvr
	fails "report: --focus without stacks" 1 "has no call stacks" \
		"$kvmalloc" report --focus=x sqlite.kvr
	fails "report: a bad expression" 1 "--focus=\(: expected an ext" \
		"$kvmalloc" report --focus='(' stacks.kvr
	fails "report: a bad --by" 2 "expected site or stack" \
		"$kvmalloc" report --by=x stacks.kvr
	"$kvmalloc" report sqlite.kvr child.kvr >out 2>err
	is "report: several files" "0 " "$? $(cat err)"
	has "report: their sum" "^   all: 2 " out
	"$kvmalloc" report files >out2
	has "report: a directory" "^   all: 3 " out2
	"$kvmalloc" report sqlite.kvr stacks.kvr later.kvr >out
	has "report: call sites of several processes" \
		"^ CALL SITES of all processes" out
	has "report: in how many" " 2  libsqlite3\+0x2a01 < " out
	has "report: one has none" "1 process without call stacks" out
	"$kvmalloc" report sqlite.kvr none.kvr >out 2>err
	is "report: a missing one of several is a failure" 1 $?
	has "report: and named" "none.kvr: No such" err
	fails "report: an empty directory" 1 "empty: no report file" \
		"$kvmalloc" report empty
}

test_doctor()
{
	echo 'int main(void) { return 0; }' >plain.c
	"$CC" -g -Wl,--build-id plain.c -o good
	cp "$here/../../build/libkvmalloc.so" . 2>/dev/null || : >libkvmalloc.so
	export KVMALLOC_LIB=$PWD/libkvmalloc.so
	"$kvmalloc" doctor ./good >out 2>err
	is "doctor: a good program" "0 " "$? $(cat err)"
	has "doctor: will work" "^ kvmalloc run will work" out
	has "doctor: debug information" "ok    Debug information was found" out
	has "doctor: unwind information" "ok    It has unwind information" out
	strip -g good && "$kvmalloc" doctor ./good >out
	has "doctor: no debug information" "note  No debug information" out
	strip good && "$kvmalloc" doctor ./good >out
	has "doctor: stripped" "note  It is stripped" out
	"$CC" -Wl,--build-id=none plain.c -o good && "$kvmalloc" doctor ./good \
		>out
	has "doctor: no build id" "note  It has no build id" out
	cat >own.c <<-'END'
	#include <stddef.h>
	static char pool[1 << 16];
	void *malloc(size_t n) { return n < sizeof(pool) ? pool : NULL; }
	void free(void *p) { (void)p; }
	int main(void) { return !malloc(3); }
	END
	"$CC" own.c -rdynamic -fno-builtin -o own
	"$kvmalloc" doctor ./own >out
	is "doctor: a malloc of its own" 1 $?
	has "doctor: is named" "no    It exports a malloc of its own" out
	printf 'int je_malloc(int n){return n;}int main(void){return je_malloc(0);}' |
		program jemalloc
	"$kvmalloc" doctor ./jemalloc >out
	has "doctor: an allocator linked in" "note  It has jemalloc linked" out
	printf '#!/usr/bin/env %s\n' "$PWD/own" >script && chmod 755 script
	"$kvmalloc" doctor ./script >out
	is "doctor: a script is its interpreter" 1 $?
	printf 'exit 0\n' >script && chmod 755 script
	"$kvmalloc" doctor ./script >out
	has "doctor: a script without #!" "/bin/sh runs it" out
	if [ -x static ]; then
		"$kvmalloc" doctor ./static >out
		is "doctor: a static program" 1 $?
		has "doctor: is hopeless" "statically linked" out
	fi
	fails "doctor: no such program" 127 "nosuch" "$kvmalloc" doctor nosuch
	fails "doctor: no program" 2 "expected one PROGRAM" "$kvmalloc" doctor
	unset KVMALLOC_LIB
}

# ---- many stacks ----------------------------------------------------------

test_many()
{
	local kib

	./mkkvr many many.kvr 1000000
	kib=$( { timeout 30 "$kvmalloc" report many.kvr >out; } 2>&1 ) || kib=late
	is "a million stacks open in seconds" "" "$kib"
	has "and are all there" "call stacks +1 000 000; exact" out
	has "though none is heavy" "999 [0-9]{3} other stacks|99. ... other" out
	timeout 30 "$kvmalloc" export -f massif many.kvr >/dev/null
	is "and become a tree as fast" 0 $?
	rm many.kvr
}

# ---- code made at run time ------------------------------------------------

# jit_sites DIR OPTIONS...: the callers of ten() and twenty()
jit_sites()
{
	"$kvmalloc" report --sort=count "${@:2}" "$1"/*.kvr |
		sed -n 's/.* \(t[a-z]*\) (jit.c:[0-9]*) < \(.*\) < main$/\1 \2/p'
}

test_jit()
{
	local want page='\[jit\]' file

	if [ ! -e "$library" ] ||
		! "$CC" -O1 -g "$here/jit.c" -o jit 2>/dev/null; then
		skip "jit: frames" "no libkvmalloc.so or no code for this CPU"
		return
	fi
	"$kvmalloc" run -q -o jit1 --exact ./jit
	is "jit: without a list of names code is [jit]" 2 \
		"$(jit_sites jit1 | grep -c "^t[a-z]* $page$")"
	"$kvmalloc" run -q -o jit2 --exact ./jit /tmp
	want=$(printf 'twenty js::second\nten js::first of all')
	is "jit: names of /tmp/perf-PID.map" "$want" "$(jit_sites jit2)"
	has "jit: in a whole stack, which page" '^       \[jit\]\+0x[0-9a-f]+000$' \
		<("$kvmalloc" report --full jit1/*.kvr)
	is "jit: --no-symbols has none" 0 "$("$kvmalloc" report --no-symbols \
		jit2/*.kvr | grep -c 'js::')"
	file=/tmp/perf-$(basename jit2/*.kvr | tr -dc 0-9).map
	mkdir -p jit.root/tmp && cp "$file" jit.root/tmp/
	cp "$file" jit2/ && rm "$file"
	is "jit: of a copy beside the report" "$want" "$(jit_sites jit2)"
	rm "jit2/${file##*/}"
	is "jit: without the list places stay apart" 2 \
		"$(jit_sites jit2 | grep -c "^t[a-z]* $page$")"
	is "jit: below --sysroot" 2 "$("$kvmalloc" report --full --sysroot=jit.root \
		jit2/*.kvr | grep -Ec '^       js::(second|first of all) \(\[jit\]\)$')"
	# a list that comes with the end
	mkdir late
	"$kvmalloc" run -q -o jit5 --exact ./jit late
	cp late/perf-*.map jit5/
	is "jit: one frame for all has no name" 0 \
		"$("$kvmalloc" report --full jit5/*.kvr | grep -c 'js::')"
	rm late/*
	"$kvmalloc" run -q -o jit6 --exact --jit ./jit late
	cp late/perf-*.map jit6/
	is "jit: --jit: names of a list that came late" "$want" \
		"$(jit_sites jit6)"
	# later lines hold; what is no entry is left out
	{
		echo "nonsense"
		sed 's/js::.*/old/' "jit.root$file"
		printf '%s ffffffffffffffff whole\n' 1000
		cat "jit.root$file"
		printf 'zz 1 x\n7f00 0 none\n7f00 8\n'
		head -c 10000 /dev/zero | tr '\0' x
	} >"jit2/${file##*/}"
	is "jit: a list with all kinds of lines" "$want" "$(jit_sites jit2)"
	# one that is older than the process is another's
	cp "jit.root$file" "$file" && touch -d '1 hour ago' "$file"
	rm "jit2/${file##*/}"
	is "jit: an old list is not taken" 2 \
		"$(jit_sites jit2 | grep -c "^t[a-z]* $page$")"
	rm -f "$file"
	if command -v node >/dev/null; then
		test_node
	else
		skip "jit: node" "no node"
	fi
	if command -v javac >/dev/null; then
		test_java
	else
		skip "jit: java" "no javac"
	fi
}

test_node()
{
	cat >made.js <<-'END'
	function keepBuffers(n) {
		var kept = [];
		for (var i = 0; i < n; i++)
			kept.push(Buffer.alloc(100000 + i % 10));
		return kept;
	}
	var all = 0;
	for (var i = 0; i < 200; i++)
		all += keepBuffers(20).length;
	if (all != 4000)
		process.exit(1);
	END
	"$kvmalloc" run -q -o jit3 --exact node --perf-basic-prof \
		--interpreted-frames-native-stack made.js
	is "jit: node" 0 $?
	"$kvmalloc" report --full -n 0 jit3/kvmalloc.node.*.kvr >out
	has "jit: node's functions have names" "keepBuffers .*made.js" out
	rm -f "/tmp/perf-$(basename jit3/kvmalloc.node.*.kvr | tr -dc 0-9).map"
}

# The list is written as the program ends.
test_java()
{
	cat >Kept.java <<-'END'
	import java.nio.ByteBuffer;
	public class Kept {
		static ByteBuffer[] kept = new ByteBuffer[1000];
		static int keepDirect(int i) {
			kept[i % 1000] = ByteBuffer.allocateDirect(3000 + i % 100);
			return kept[i % 1000].capacity();
		}
		public static void main(String[] args) {
			long sum = 0;
			for (int i = 0; i < 30000; i++)
				sum += keepDirect(i);
			System.out.println(sum);
		}
	}
	END
	javac Kept.java
	"$kvmalloc" run -q -o jit4 --jit java -XX:+UnlockDiagnosticVMOptions \
		-XX:+DumpPerfMapAtExit -XX:+PreserveFramePointer -Xbatch -XX:CompileCommand=quiet \
		-XX:CompileCommand=dontinline,Kept::keepDirect -cp . Kept >out
	is "jit: java" "0 91485000" "$? $(cat out)"
	"$kvmalloc" report --full -n 0 jit4/kvmalloc.java.*.kvr >out
	has "jit: java's methods have names" " Kept[.:]+keepDirect\(" out
	rm -f "/tmp/perf-$(basename jit4/kvmalloc.java.*.kvr | tr -dc 0-9).map"
}

# ---- stacks that the library recorded ---------------------------------------

test_real_stacks()
{
	local parent pid id

	if [ ! -e "$library" ]; then
		skip "real: call stacks" "libkvmalloc.so is not built"
		return
	fi
	cat >sites.c <<-'END'
	#include <stdlib.h>
	#include <string.h>
	#include <sys/wait.h>
	#include <unistd.h>
	static void *volatile keep[3000];
	__attribute__((noinline)) void *xmalloc(size_t n)
	{
		char *p = malloc(n);
		if (!p)
			abort();
		return memset(p, 1, n);
	}
	__attribute__((noinline)) void pages(void)
	{
		for (int i = 0; i < 3000; i++)
			keep[i] = xmalloc(4368);
	}
	__attribute__((noinline)) void moment(void)
	{
		for (int i = 0; i < 50000; i++)
			free(xmalloc(100));
	}
	int main(int argc, char **argv)
	{
		pages();
		moment();
		for (int i = 100; i < 3000; i++)
			free(keep[i]);
		if (argc > 1 && !fork())
			pages();
		else
			wait(NULL);
		return 0;
	}
	END
	mkdir old new && "$CC" -O1 -g sites.c -o old/sites && cp old/sites .
	"$kvmalloc" run -o stacks --exact --kernel ./sites 2>err
	is "real: run with stacks" 0 $?
	has "real: they are exact" "call stacks +[0-9]+; exact" err
	has "real: the size that wastes, and who asks for it" \
		"^ +4 368 +8 192 +3 000 .* xmalloc < pages \(sites.c:16\) < main$" err
	has "real: what would fit" "4 096 instead of 4 368" err
	has "real: what lives a moment" \
		"^ +(49 9[0-9]{2}|50 000) +100  xmalloc < moment \(sites.c:21\)" err
	has "real: the call sites by peak" \
		" 3 000 +4 368 +46.7 %  xmalloc < pages \(sites.c:16\) < main" err
	"$kvmalloc" leaks stacks/*.kvr >out
	has "real: leaks: what is still held" "in 100 blocks" out
	has "real: leaks: with its stack" "^       pages \(sites.c:16\)$" out
	"$kvmalloc" report --focus='^moment$' stacks/*.kvr >out
	has "real: --focus" " 50 000 +100 .* moment" out
	is "real: --focus leaves out the rest" 0 "$(grep -c 'pages (sites' out)"
	"$kvmalloc" run -o stacks2 --exact --kernel ./sites fork 2>err
	pid=$(sed -n 's/^kvmalloc: .* pid \([0-9]*\) .*/\1/p' err)
	parent=stacks2/kvmalloc.sites.$pid.kvr
	has "real: call sites of all processes" "CALL SITES of all processes" err
	is "real: several processes come before one by itself" \
		"PROCESSES, CALL THE HOW " "$(sed -n \
		's/^ \(PROCESSES,\?\|CALL\|THE\|HOW\) .*/\1/p' err | head -n 4 |
		tr '\n' ' ')"
	has "real: of parent and child together" " 2  xmalloc < pages" err
	"$kvmalloc" diff stacks/*.kvr "$parent" >out
	has "real: diff finds every stack again" "matched by build ids" out
	"$kvmalloc" run -o stacks3 --exact --kernel old/sites 2>/dev/null
	sed 's/4368/4000/; s/^static/\n&/' sites.c >new.c
	"$CC" -O1 -g new.c -o new/sites
	"$kvmalloc" run -o stacks4 --exact --kernel new/sites 2>/dev/null
	"$kvmalloc" diff --sort=total stacks3/*.kvr stacks4/*.kvr >out
	has "real: diff of another build goes by functions" \
		"matched by functions" out
	has "real: and finds what changed" \
		"^ +-11.7 MiB +-50.0 % .* xmalloc < pages \(" out
	env KVMALLOC="stacks report=new" LD_PRELOAD="$library" sh -c 'x=$(seq 20000); echo >go
		while :; do sleep 1; done' &
	pid=$!
	until [ -s go ]; do sleep 0.05; done
	"$kvmalloc" leaks -n 2 $pid >out
	has "real: leaks of a living process" "held now, of .* at the peak" out
	has "real: with stacks" "^       .*\+0x[0-9a-f]+" out
	kill $pid
	wait $pid 2>/dev/null
	mkdir bare4 debug4
	"$CC" -O1 -g sites.c -o bare4/sites
	id=$(readelf -n bare4/sites | awk '/Build ID/ { print $3 }')
	mkdir -p "debug4/.build-id/${id:0:2}"
	objcopy --only-keep-debug bare4/sites \
		"debug4/.build-id/${id:0:2}/${id:2}.debug"
	strip bare4/sites
	"$kvmalloc" run -q -o stacks5 bare4/sites
	"$kvmalloc" report --debug-dir=debug4 stacks5 >out
	has "real: --debug-dir may be relative" "xmalloc < pages \(sites.c:" out
	for id in sysroot debug-dir; do
		fails "real: --$id that is not there" 2 "--$id=nowhere: No such" \
			"$kvmalloc" report --$id=nowhere stacks5
		fails "real: --$id of a file" 2 "sites.c: expected a directory" \
			"$kvmalloc" leaks --$id=sites.c stacks5/*.kvr
	done
	cat >part.c <<-'END'
	#include <stdlib.h>
	void *kept;
	void part_asks(void)
	{
		kept = malloc(777);
	}
	END
	cat >whole.c <<-'END'
	#include <dlfcn.h>
	int main(void)
	{
		void *h = dlopen("./part.so", RTLD_NOW);
		((void (*)(void))dlsym(h, "part_asks"))();
		return dlclose(h);
	}
	END
	"$CC" -O1 -g -shared -fPIC part.c -o part.so
	"$CC" -O1 -g whole.c -o whole -ldl
	"$kvmalloc" run -q -o stacks6 ./whole
	(cd / && "$kvmalloc" report "$OLDPWD/stacks6") >out
	has "real: a library opened by a relative name" \
		"part_asks \(part.c:5\) < main" out
	"$kvmalloc" run --no-stacks ./sites 2>err
	is "real: --no-stacks" 0 "$(grep -c 'call stacks' err)"
	"$kvmalloc" run --stacks=0 ./sites 2>err
	is "real: --stacks=0" 0 "$(grep -c 'call stacks' err)"
	"$kvmalloc" run --sample=64K ./sites 2>err
	has "real: sampled is said" "call stacks +[0-9]+; sampled: about one" err
}

test_stacks()
{
	test_symbols_c
	test_symbols_debug_files
	test_symbols_other
	test_symbols_network
	test_symbols_languages
	test_check
	test_doctor
	test_many
	test_jit
	test_real_stacks
}
