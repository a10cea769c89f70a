-- since: 18
CREATE TABLE b.named_not_null (a integer CONSTRAINT must NOT NULL, c integer);
ALTER TABLE b.named_not_null ADD CONSTRAINT also NOT NULL c NOT VALID;
