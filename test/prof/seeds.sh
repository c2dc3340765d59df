#!/bin/bash
# SPDX-License-Identifier: MIT
#
# seeds.sh - estimates of samples against the truth, by compare.c: several
# programs, several seeds. Sourced by run.sh, whose functions it uses.
# shellcheck disable=SC2154 # its variables, too

# once NAME FILE OPTIONS COMMAND...: the report of COMMAND's process is FILE.
once()
{
	local name=$1 file=$2 options=$3
	shift 3
	rm -rf "$out/one"
	mkdir "$out/one"
	timeout -k 2 120 env PYTHONMALLOC=malloc PYTHONHASHSEED=0 \
		LD_PRELOAD="$lib" KVMALLOC="report=$out/one $options" "$@" \
		<"${input:-/dev/null}" >"$log/$name.out" 2>"$log/$name.err" ||
		return 1
	# the timer in front has one, too
	mv "$out/one"/*."$(basename "$1" | cut -c 1-15)"*.kvr "$file"
}

# seeds NAME SEEDS INTERVAL COMMAND...
seeds()
{
	local name=$1 n=$2 interval=$3 i files=() said
	shift 3
	# shellcheck disable=SC2053
	[[ $name == $only ]] || return
	if ! command -v "$1" >/dev/null; then
		result skip "$name" "absent: $1"
		return
	fi
	rm -rf "${out:?}/$name"
	mkdir "$out/$name"
	if ! once "$name" "$out/$name/exact" 'stacks exact' "$@"; then
		result FAIL "$name" "$(tail -n 1 "$log/$name.err")"
		return
	fi
	for ((i = 1; i <= n; i++)); do
		files+=("$out/$name/$i")
		if ! once "$name" "$out/$name/$i" \
			"stacks sample=$interval seed=$i" "$@"; then
			result FAIL "$name" "$(tail -n 1 "$log/$name.err")"
			return
		fi
	done
	if said=$("$out/compare" "$out/$name/exact" "${files[@]}"); then
		result ok "$name" "$said"
	else
		result FAIL "$name" "$(head -n 1 <<<"$said")"
	fi
	rm -rf "${out:?}/$name"
}

# all_seeds SEEDS
all_seeds()
{
	local words=$out/words.py sql=$out/seeds.sql

	cat >"$words" <<-'EOF'
		import json
		rows = [{"id": i, "name": "item %d" % i,
		         "tags": [str(i * k) for k in range(5)]}
		        for i in range(30000)]
		words = {}
		for r in json.loads(json.dumps(rows)):
		    for t in r["tags"]:
		        words.setdefault(t[:3], []).append(t)
	EOF
	cat >"$sql" <<-'EOF'
		CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
		  SELECT i + 1 FROM n WHERE i < 60000)
		INSERT INTO t SELECT i, 'row ' || (i * 7919 % 60000), i % 1000 FROM n;
		CREATE INDEX ta ON t(a);
		UPDATE t SET a = upper(a) || b WHERE id % 3 = 0;
		SELECT count(*), sum(b), max(a) FROM t;
	EOF
	seeds seeds-pairs "$1" 2K "$out/pairs" 200000 1
	seeds seeds-mix "$1" 2K "$out/mix" 100000 0 100
	seeds seeds-python "$1" 512 /usr/bin/python3 "$words"
	input=$sql seeds seeds-sqlite "$1" 256 sqlite3 :memory:
}
