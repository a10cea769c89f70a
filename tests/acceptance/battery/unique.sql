CREATE TABLE b.uniques (a integer UNIQUE, c integer, d integer, UNIQUE (c, d) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT u UNIQUE (d) WITH (fillfactor = 60));
