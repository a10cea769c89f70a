-- patch: Offer plans in a table of their own.
-- verify: SELECT EXISTS (SELECT FROM plans WHERE name = 'team')
CREATE TABLE IF NOT EXISTS plans (name text PRIMARY KEY);
INSERT INTO plans VALUES ('team');
