CREATE TEXT SEARCH DICTIONARY b.plain_words (TEMPLATE = pg_catalog.simple);
CREATE TEXT SEARCH CONFIGURATION b.plain_search (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION b.plain_search ALTER MAPPING FOR word WITH b.plain_words;
CREATE TABLE b.searched (a text, t tsvector GENERATED ALWAYS AS (to_tsvector('b.plain_search', a)) STORED);
