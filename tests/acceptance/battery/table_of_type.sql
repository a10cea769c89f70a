CREATE TYPE b.shape AS (a integer, c text);
CREATE TABLE b.of_type OF b.shape (a WITH OPTIONS DEFAULT 3 NOT NULL);
