-- patch: Search without accents.
CREATE EXTENSION unaccent;
