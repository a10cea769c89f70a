CREATE TABLE b.by_list (kind varchar(9), n integer) PARTITION BY LIST (kind);
CREATE TABLE b.by_list_1 PARTITION OF b.by_list FOR VALUES IN ('a', 'it''s', NULL);
