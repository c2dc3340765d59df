-- SPDX-License-Identifier: MIT
-- tables.sql - inserts, an index, joins, grouping, text functions, deletes.
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, score INTEGER, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 180000)
INSERT INTO item
SELECT i, 'item ' || (i * 7919 % 180000), i * 31 % 1000,
       substr('the quick brown fox jumps over the lazy dog', i % 40 + 1) FROM n;
CREATE INDEX item_name ON item(name);
SELECT count(*), sum(length(a.note)) FROM item a JOIN item b
    ON a.name = b.name WHERE b.score > 300;
SELECT score % 10, count(*), group_concat(substr(name, 6), '') FROM item
    WHERE id % 50 = 0 GROUP BY score % 10;
SELECT count(DISTINCT upper(note) || score) FROM item;
DELETE FROM item WHERE id % 3 = 0;
UPDATE item SET note = note || name WHERE id % 2 = 0;
SELECT sum(length(note)), max(name) FROM item;
SELECT count(*) FROM (SELECT note FROM item ORDER BY note, score LIMIT 20000);
