CREATE TABLE b.checks (n integer CHECK (n BETWEEN 1 AND 5 AND n <> 3), state varchar(9) CHECK (state IN ('a', 'b')),
    CONSTRAINT "two words" CHECK (n > 0 OR (state ~ '^x' AND length(state) < 5)),
    CHECK (n::text NOT LIKE '%9' AND state IS DISTINCT FROM 'c'));
