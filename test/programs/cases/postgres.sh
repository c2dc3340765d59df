# SPDX-License-Identifier: MIT
# postgres: initdb, pgbench with 4 clients, sorting and hashing, a dump
# needs: initdb postgres pgbench psql pg_dump
# quick: yes
# timeout: 90

mkdir db
[ "$(id -u)" != 0 ] || chown nobody db
"${unprivileged[@]}" initdb -D "$PWD/db" -U tester -A trust -E UTF8 \
	--no-locale --no-sync >initdb.log
cat >>db/postgresql.conf <<'END'
fsync = off
shared_buffers = 16MB
max_connections = 20
dynamic_shared_memory_type = mmap
END
export PGHOST=$PWD/db PGUSER=tester PGDATABASE=postgres
serve "${unprivileged[@]}" postgres -D "$PWD/db" -k "$PWD/db" -h ''
wait_for psql -c 'SELECT 1'
preloaded "$server"
pgbench -q -i -s 1 >pgbench.log 2>&1
pgbench -n -c 4 -j 2 -t 150 --random-seed=7 >>pgbench.log 2>&1
grep -E 'actually processed|failed' pgbench.log

psql -At <<'EOF'
SELECT count(*), sum(abalance) FROM pgbench_accounts;
SELECT sum(tbalance) = (SELECT sum(delta) FROM pgbench_history)
	FROM pgbench_tellers;
CREATE TABLE t AS SELECT i, md5(i::text) AS h, i % 1000 AS m
	FROM generate_series(1, 100000) i;
CREATE INDEX ON t(h);
ANALYZE t;
SELECT m, count(*), min(h) FROM t GROUP BY m ORDER BY 3 LIMIT 5;
SET work_mem = '64kB';
SELECT md5(string_agg(h, '' ORDER BY h)) FROM t;
SELECT count(*) FROM t a JOIN t b ON a.h = b.h WHERE a.m < b.i;
SELECT jsonb_object_agg(i, h)->'77' FROM t WHERE i < 5000;
SELECT regexp_replace(repeat('abc ', 20), '(b)', '<\1>', 'g');
DO $$ BEGIN FOR i IN 1..200 LOOP
	EXECUTE format('CREATE TEMP TABLE x%s(a int)', i);
END LOOP; END $$;
SELECT count(*) FROM pg_class WHERE relname LIKE 'x%' AND relpersistence = 't';
EOF
# Newer versions put a random key into the dump.
pg_dump -t t | grep -Ev '^(--|\\(un)?restrict)' | md5sum
stop_server
grep -E 'PANIC|FATAL|was terminated by signal' server.log |
	grep -v 'starting up' || :
