CREATE TABLE b.targets (a integer);
ALTER TABLE b.targets ALTER a SET STATISTICS 500;
ALTER TABLE b.targets ALTER a SET (n_distinct = 5);
