CREATE TABLE b.keyed (a integer, c integer, PRIMARY KEY (a, c), UNIQUE (c, a)) PARTITION BY RANGE (a);
CREATE TABLE b.keyed_1 PARTITION OF b.keyed FOR VALUES FROM (0) TO (10);
CREATE TABLE b.keyed_user (a integer, c integer, FOREIGN KEY (a, c) REFERENCES b.keyed);
