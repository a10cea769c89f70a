CREATE TABLE b.added_not_null (a integer, c integer NOT NULL);
ALTER TABLE b.added_not_null ALTER a SET NOT NULL, ALTER c DROP NOT NULL;
