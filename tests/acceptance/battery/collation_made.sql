CREATE COLLATION b.german (provider = icu, locale = 'de-u-co-phonebk');
CREATE TABLE b.german_names (a text COLLATE b.german);
CREATE INDEX german_names_a ON b.german_names (a COLLATE "C");
