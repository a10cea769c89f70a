CREATE TABLE b.r3 (id integer PRIMARY KEY, n integer, state varchar(9));
CREATE VIEW b.r3_view AS SELECT id, state FROM b.r3;
CREATE RULE put AS ON INSERT TO b.r3_view DO INSTEAD INSERT INTO b.r3 (id, state) SELECT new.id, new.state WHERE new.state IN ('x', 'y') RETURNING id, state;
