CREATE TABLE b.replica_full (a integer);
ALTER TABLE b.replica_full REPLICA IDENTITY FULL;
CREATE TABLE b.replica_index (a integer PRIMARY KEY);
ALTER TABLE b.replica_index REPLICA IDENTITY USING INDEX replica_index_pkey;
