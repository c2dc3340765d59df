# SPDX-License-Identifier: MIT
#
# programs.sh - what reports say of real programs: sqlite3 whose memory the
# kernel's classes nearly double, a compiler and its children. Part of run.sh.
#
# shellcheck shell=bash disable=SC2154  # what lib.sh sets

# 300,000 rows, then every third is moved in an index: pages of 4096 bytes
# with a header (4368), and a journal in chunks of 1024 with a pointer (1032).
test_sqlite()
{
	local size

	have sqlite3 "sqlite3: what doubles its memory" || return
	cat >rows.sql <<-'END'
	CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, n INT);
	CREATE INDEX i ON t(n);
	WITH RECURSIVE c(x) AS
		(SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 300000)
	INSERT INTO t
		SELECT x, 'name-' || hex(x * 7919), x * 7919 % 1000003 FROM c;
	UPDATE t SET n = n + 1 WHERE id % 3 = 0;
	SELECT count(*) FROM t;
	END
	KVMALLOC=kernel "$kvmalloc" run sqlite3 :memory: '.read rows.sql' \
		>rows 2>err
	is "sqlite3: runs as ever" "0 300000" "$? $(cat rows)"
	# a screen of 24 lines, behind the empty one
	sed -n '2,25p' err >screen
	for size in "1 032 +2 048" "4 368 +8 192"; do
		has "sqlite3: the first screen names ${size%% +*} and where" \
			"^ +$size .* MiB  sqlite3Malloc < .*sqlite" screen
	done
	# samples: which of the two is the larger part differs
	for size in "1 024 instead of 1 032" "4 096 instead of 4 368"; do
		has "sqlite3: and what would fit: $size" "$size" screen
	done
}

# calls ERR NAME: the requests of that process, in the table of processes
calls()
{
	sed -n '/^ PROCESSES/,/^   all:/p' "$1" |
		sed -En "s/^ +$2 +[0-9]+ +[0-9]+ +exited +([0-9 ]*[0-9])  .*/\1/p" |
		tr -d ' '
}

# Each process's own counts: those of a run of that program alone.
test_compiler()
{
	local name all sum=0 alone

	have g++ "gcc: its children" || return
	cat >file.cpp <<-'END'
	#include <map>
	#include <string>
	int main() { return (int)std::map<std::string, int>().size(); }
	END
	"$kvmalloc" run gcc -O1 -c file.cpp -o file.o 2>err
	is "gcc: compiles" 0 $?
	for name in gcc cc1plus as; do
		sum=$((sum + $(calls err $name)))
		is "gcc: $name is in the tree" 1 \
			"$(($(calls err $name) > 100))"
	done
	is "gcc: its children are below it" \
		"   gcc      cc1plus      as " "$(sed -En \
		's/^( +)(gcc|cc1plus|as) .* exited .*/\1\2 /p' err |
		tr -d '\n')"
	all=$(sed -En 's/^   all: 3 +([0-9 ]*[0-9])  .*/\1/p' err | tr -d ' ')
	is "gcc: the sum is that of its parts" "$sum" "$all"
	gcc -O1 -S file.cpp -o file.s
	"$kvmalloc" run as --64 -o file.o file.s 2>alone
	alone=$(sed -En 's/^ asked for .* in ([0-9 ]+) requests.*/\1/p' alone |
		tr -d ' ')
	is "gcc: as asks as often as alone" "$alone" "$(calls err as)"
}
