CREATE TABLE b.by_expression (kind varchar(9)) PARTITION BY LIST ((kind IN ('a', 'b')));
CREATE TABLE b.by_expression_1 PARTITION OF b.by_expression FOR VALUES IN (true);
