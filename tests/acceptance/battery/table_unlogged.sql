CREATE UNLOGGED TABLE b.unlogged (a integer);
