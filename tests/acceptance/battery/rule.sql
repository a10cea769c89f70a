CREATE TABLE b.r1 (id integer PRIMARY KEY, n integer, state varchar(9));
CREATE TABLE b.r2 (id integer PRIMARY KEY, n integer, state varchar(9));
CREATE RULE keep AS ON DELETE TO b.r1 WHERE old.state IN ('x', 'y') DO INSTEAD NOTHING;
CREATE RULE copied AS ON INSERT TO b.r1 DO ALSO (INSERT INTO b.r2 (id, n) VALUES (new.id, new.n); UPDATE b.r2 SET n = new.n WHERE r2.state IN ('x', 'y'));
CREATE RULE told AS ON UPDATE TO b.r1 WHERE new.n BETWEEN 1 AND 5 AND new.n <> 3 DO ALSO DELETE FROM b.r2;
ALTER TABLE b.r1 DISABLE RULE told;
