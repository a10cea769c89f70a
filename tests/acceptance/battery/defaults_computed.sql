CREATE TABLE b.computed (a timestamptz DEFAULT now(), c date DEFAULT CURRENT_DATE, d text DEFAULT CURRENT_USER,
    e uuid DEFAULT gen_random_uuid(), f timestamp DEFAULT (now() AT TIME ZONE 'utc'), g text DEFAULT lower('ABC') || 'd',
    h boolean DEFAULT (current_user::varchar IN ('a', 'b')), i float DEFAULT random() * 2 + 1, j text DEFAULT COALESCE(current_setting('a.b', true), 'x'));
