-- since: 18
CREATE TABLE b.virtual (a varchar(9), c boolean GENERATED ALWAYS AS (a IN ('x', 'y')), d text GENERATED ALWAYS AS (upper(a)) VIRTUAL);
