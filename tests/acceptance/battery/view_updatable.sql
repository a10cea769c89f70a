CREATE TABLE b.v11 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE FUNCTION b.v11_insert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE VIEW b.v11_view AS SELECT id, n FROM b.v11 GROUP BY id;
CREATE TRIGGER t INSTEAD OF INSERT ON b.v11_view FOR EACH ROW EXECUTE FUNCTION b.v11_insert();
ALTER VIEW b.v11_view ALTER n SET DEFAULT 5;
