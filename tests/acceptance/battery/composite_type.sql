CREATE TYPE b.pair AS (a integer, "B b" varchar(3)[], c text COLLATE "C");
CREATE TABLE b.pairs (p b.pair, q b.pair[] DEFAULT ARRAY[ROW(1, NULL, 'x')::b.pair], CHECK ((p).a > 0));
