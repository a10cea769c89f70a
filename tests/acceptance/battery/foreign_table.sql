CREATE EXTENSION IF NOT EXISTS postgres_fdw SCHEMA public;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h', dbname 'd');
CREATE FOREIGN TABLE b.remote (a integer OPTIONS (column_name 'x') NOT NULL, c varchar(9) DEFAULT 'q', CHECK (c IN ('x', 'y'))) SERVER elsewhere OPTIONS (table_name 't');
