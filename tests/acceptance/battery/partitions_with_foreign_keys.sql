CREATE TABLE b.pointed (a integer PRIMARY KEY);
CREATE TABLE b.pointing (a integer REFERENCES b.pointed) PARTITION BY RANGE (a);
CREATE TABLE b.pointing_1 PARTITION OF b.pointing FOR VALUES FROM (0) TO (10);
