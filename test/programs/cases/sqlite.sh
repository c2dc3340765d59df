# SPDX-License-Identifier: MIT
# sqlite: 300,000 rows inserted, indexed, queried, updated and checked
# needs: sqlite3
# quick: yes

sqlite3 out/test.db <<'END'
PRAGMA journal_mode = wal;
BEGIN;
CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 300000)
INSERT INTO t SELECT i, i * 7919 % 100003, 'text ' || (i % 997), i / 3.0
	FROM n;
COMMIT;
CREATE INDEX t_a ON t(a);
CREATE INDEX t_b ON t(b, c);
SELECT count(*), sum(a), max(b), round(avg(c), 3) FROM t;
SELECT b, count(*), sum(a) FROM t GROUP BY b ORDER BY 3 DESC LIMIT 5;
SELECT x.id, y.id FROM t x JOIN t y ON x.a = y.a AND x.id < y.id
	ORDER BY x.id DESC LIMIT 5;
SELECT group_concat(b, ',') FROM (SELECT b FROM t WHERE a < 20 ORDER BY id);
BEGIN;
UPDATE t SET b = upper(b) WHERE a % 10 = 0;
DELETE FROM t WHERE a % 7 = 3;
COMMIT;
SELECT json_group_array(json_object('id', id, 'b', b)) FROM
	(SELECT * FROM t WHERE id % 30000 = 1 ORDER BY id);
SELECT count(DISTINCT b), total(c) FROM t;
PRAGMA integrity_check;
VACUUM;
PRAGMA wal_checkpoint(truncate);
END
sqlite3 out/test.db .dump | md5sum
