CREATE FUNCTION b.t1_fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE b.t1 (id integer PRIMARY KEY, n integer, state varchar(9));
CREATE TRIGGER before_all BEFORE INSERT OR UPDATE OF n, state OR DELETE ON b.t1 FOR EACH ROW EXECUTE FUNCTION b.t1_fires('a', 'it''s');
CREATE TRIGGER when_open BEFORE UPDATE ON b.t1 FOR EACH ROW WHEN (new.state IN ('x', 'y') AND old.n BETWEEN 1 AND 5 AND old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION b.t1_fires();
