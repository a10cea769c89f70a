CREATE TABLE b.attached (a integer NOT NULL, at timestamp(3) DEFAULT now(), v varchar(3) DEFAULT 'x') PARTITION BY RANGE (a);
CREATE TABLE b.attached_1 (v varchar(3), a integer NOT NULL, at timestamp(3));
ALTER TABLE b.attached ATTACH PARTITION b.attached_1 FOR VALUES FROM (0) TO (10);
