CREATE TABLE b.tree (id integer PRIMARY KEY, up integer REFERENCES b.tree);
CREATE TABLE b.ring_1 (id integer PRIMARY KEY, other integer);
CREATE TABLE b.ring_2 (id integer PRIMARY KEY, other integer REFERENCES b.ring_1);
ALTER TABLE b.ring_1 ADD FOREIGN KEY (other) REFERENCES b.ring_2;
