CREATE TABLE b.clustered (a integer);
CREATE INDEX clustered_a ON b.clustered (a);
ALTER TABLE b.clustered CLUSTER ON clustered_a;
