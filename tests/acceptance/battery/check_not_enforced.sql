-- since: 18
CREATE TABLE b.unenforced (n integer CONSTRAINT unenforced_n CHECK (n > 0) NOT ENFORCED);
