-- since: 15
CREATE UNLOGGED SEQUENCE b.unlogged_counter;
