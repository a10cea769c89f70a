-- since: 18
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE b.temporal (id integer, during tstzrange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE b.temporal_user (id integer, during tstzrange, FOREIGN KEY (id, PERIOD during) REFERENCES b.temporal);
