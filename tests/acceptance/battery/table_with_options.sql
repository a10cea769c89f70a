CREATE TABLE b.with_options (a text) WITH (fillfactor = 70, toast.autovacuum_enabled = off);
