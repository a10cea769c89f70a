-- patch: An example.
CREATE EXTENSION IF NOT EXISTS unaccent;
