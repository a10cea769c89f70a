CREATE TABLE b.excluded (a integer, state varchar(9), r int4range, EXCLUDE USING btree (a WITH =) WHERE (state IN ('a', 'b')), EXCLUDE USING gist (r WITH &&) DEFERRABLE);
