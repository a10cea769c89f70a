CREATE TABLE b.indexed (a integer, kind varchar(9)) PARTITION BY RANGE (a);
CREATE TABLE b.indexed_1 PARTITION OF b.indexed FOR VALUES FROM (0) TO (10);
CREATE INDEX indexed_kind ON b.indexed (lower(kind)) WHERE kind IN ('a', 'b');
CREATE INDEX indexed_only ON ONLY b.indexed (a);
