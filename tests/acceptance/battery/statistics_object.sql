CREATE TABLE b.measured (a integer, c varchar(9));
CREATE STATISTICS b.measured_both (ndistinct, dependencies) ON a, c FROM b.measured;
CREATE STATISTICS b.measured_open ON (c IN ('x', 'y')), (a + 1) FROM b.measured;
