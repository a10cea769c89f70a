CREATE TABLE b.numbers (a smallint, c integer, d bigint, e numeric, f numeric(10, 2), g real, h double precision, i money);
