CREATE TABLE b.defaults (a integer NOT NULL, c text DEFAULT 'p', d timestamptz DEFAULT now()) PARTITION BY RANGE (a);
CREATE TABLE b.defaults_1 PARTITION OF b.defaults (c DEFAULT 'x', d DEFAULT NULL) FOR VALUES FROM (0) TO (10);
ALTER TABLE b.defaults_1 ALTER COLUMN c SET NOT NULL;
