CREATE FUNCTION b.partition_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE b.triggered (a integer, kind varchar(9)) PARTITION BY RANGE (a);
CREATE TABLE b.triggered_1 PARTITION OF b.triggered FOR VALUES FROM (0) TO (10);
CREATE TRIGGER t AFTER INSERT ON b.triggered FOR EACH ROW WHEN (new.kind IN ('a', 'b')) EXECUTE FUNCTION b.partition_trigger();
