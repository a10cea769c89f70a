CREATE TABLE b.constants (
    a integer DEFAULT -1, c numeric(5, 2) DEFAULT 1.50, d text DEFAULT 'it''s', e boolean DEFAULT true, f date DEFAULT '2026-01-02',
    g timestamptz DEFAULT '2026-01-02 03:04+00', h interval DEFAULT '1 day 2:03:04', i bytea DEFAULT '\xdeadbeef',
    j double precision DEFAULT 0.1, k jsonb DEFAULT '{"a": 1}', l text[] DEFAULT ARRAY['a', 'b'], m money DEFAULT 12.5,
    n text DEFAULT E'back\\slash\nline', o time DEFAULT '24:00', p timestamp DEFAULT 'infinity', q bit(3) DEFAULT B'101'
);
