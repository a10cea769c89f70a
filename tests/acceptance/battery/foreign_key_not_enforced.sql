-- since: 18
CREATE TABLE b.loose_target (a integer PRIMARY KEY);
CREATE TABLE b.loose (a integer REFERENCES b.loose_target NOT ENFORCED);
