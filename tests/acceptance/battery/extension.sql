CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
CREATE TABLE b.extended (a public.citext DEFAULT 'x' CHECK (a IN ('x', 'y')), h public.hstore);
