-- A schema as applications have it: cycles, checks over several columns, every kind of type, partitions, exclusions.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE address AS (street text, number integer, city varchar(20));
CREATE TYPE span AS RANGE (subtype = integer);
CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@\s]+@[^@\s]+\.[a-z]{2,}$');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive CHECK (VALUE < 100) NOT NULL;
CREATE DOMAIN slug AS varchar(40) CHECK (VALUE = lower(VALUE) AND VALUE ~ '^[a-z][a-z0-9-]*$');

-- Cycles: nullable, deferrable, neither; of three; over two columns; to itself.
CREATE TABLE teams (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams, email email NOT NULL UNIQUE);
ALTER TABLE teams ADD COLUMN owner_id bigint REFERENCES users;
CREATE TABLE hens (id serial PRIMARY KEY, egg_id integer NOT NULL);
CREATE TABLE eggs (id serial PRIMARY KEY, hen_id integer NOT NULL REFERENCES hens);
ALTER TABLE hens ADD CONSTRAINT hens_egg FOREIGN KEY (egg_id) REFERENCES eggs DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE rock (id uuid PRIMARY KEY, beats uuid NOT NULL);
CREATE TABLE paper (id uuid PRIMARY KEY, beats uuid NOT NULL REFERENCES rock);
CREATE TABLE scissors (id uuid PRIMARY KEY, beats uuid NOT NULL REFERENCES paper);
ALTER TABLE rock ADD CONSTRAINT rock_beats FOREIGN KEY (beats) REFERENCES scissors;
CREATE TABLE tenants (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, admin_id integer);
CREATE TABLE members (
    tenant_id integer NOT NULL REFERENCES tenants, id integer NOT NULL, boss_id integer,
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, boss_id) REFERENCES members
);
ALTER TABLE tenants ADD FOREIGN KEY (id, admin_id) REFERENCES members (tenant_id, id);
CREATE TABLE folders (id integer PRIMARY KEY, parent_id integer NOT NULL REFERENCES folders, name text NOT NULL);
CREATE TABLE comments (id integer PRIMARY KEY, reply_to integer REFERENCES comments, CHECK (reply_to <> id));
CREATE TABLE invoices (
    tenant_id integer NOT NULL, id integer NOT NULL, member_id integer NOT NULL, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id) REFERENCES tenants, FOREIGN KEY (tenant_id, member_id) REFERENCES members
);
CREATE TABLE lines (
    tenant_id integer, invoice_id integer, number small_positive, FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices
);

-- Checks.
CREATE TABLE bookings (
    starts date NOT NULL, ends date NOT NULL, adults integer NOT NULL, children integer NOT NULL,
    CHECK (ends > starts), CHECK (adults + children BETWEEN 1 AND 4), CHECK (adults >= 1)
);
CREATE TABLE shares (a integer NOT NULL, b integer NOT NULL, c integer NOT NULL, CHECK (a + b + c = 100));
CREATE TABLE contacts (phone text, mail email, CHECK (num_nonnulls(phone, mail) = 1));
CREATE TABLE tickets (
    state text NOT NULL CHECK (state IN ('open', 'it''s done')), closed_at timestamptz,
    CHECK ((state = 'it''s done') = (closed_at IS NOT NULL))
);
CREATE TABLE products (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}-[0-9]{4}$'), colour char(7) CHECK (colour ~* '^#[0-9a-f]{6}$'),
    sha bytea CHECK (octet_length(sha) = 32), ean varchar(13) NOT NULL CHECK (length(ean) = 13), path text CHECK (path LIKE '/var/_%')
);
CREATE TABLE prices (net numeric(6, 2) NOT NULL CHECK (net > 0.5), gross numeric(6, 2) NOT NULL, CHECK (gross >= net * 1.19));
CREATE TABLE documents (
    body jsonb NOT NULL CHECK (body ? 'title' AND body ? 'author'), tags text[] NOT NULL CHECK (tags <@ ARRAY['red', 'blue']),
    pair integer[] NOT NULL CHECK (array_length(pair, 1) = 2), list jsonb CHECK (jsonb_typeof(list) = 'array')
);
CREATE TABLE places (latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90), zip slug NOT NULL);
CREATE TABLE thirds (a integer NOT NULL CHECK (a % 1000 = 777), b smallint NOT NULL CHECK (b BETWEEN 2 AND 4), c text CHECK (c <> ''));
CREATE TABLE kinds (kind text NOT NULL, size integer, CHECK ((kind = 'big' AND size > 100) OR (kind = 'none' AND size IS NULL)));
CREATE TABLE later (due timestamptz NOT NULL CHECK (due > '2030-01-01'), day date NOT NULL CHECK (day < '1950-01-01'));

-- Types.
CREATE TABLE types_of_numbers (a smallint, b integer NOT NULL, c bigint, d numeric, e numeric(3, 3) NOT NULL, f real, g money NOT NULL,
    h double precision, i oid NOT NULL, j bit(5) NOT NULL, k bit varying(3) NOT NULL, l positive NOT NULL, m numeric(2, 0)[] NOT NULL);
CREATE TABLE types_of_text (a char(3) NOT NULL, b varchar(2) NOT NULL, c text NOT NULL, d name NOT NULL, e "char" NOT NULL,
    f bytea NOT NULL, g varchar(1)[] NOT NULL, h email[] NOT NULL);
CREATE TABLE types_of_time (a date NOT NULL, b time NOT NULL, c time(2) with time zone NOT NULL, d timestamp(3) NOT NULL,
    e timestamptz NOT NULL, f interval NOT NULL, g interval day to second NOT NULL, h timestamptz[] NOT NULL);
CREATE TABLE types_of_ranges (a int4range NOT NULL, b numrange NOT NULL, c tstzrange NOT NULL, d daterange NOT NULL, e span NOT NULL,
    f int8multirange NOT NULL, g datemultirange NOT NULL, h tsrange[] NOT NULL, i span_multirange CHECK (NOT isempty(i)), CHECK (NOT isempty(d)));
CREATE TABLE types_of_space (a point NOT NULL, b line NOT NULL, c lseg NOT NULL, d box NOT NULL, e path NOT NULL, f polygon NOT NULL,
    g circle NOT NULL, h point[] NOT NULL);
CREATE TABLE types_of_networks (a inet NOT NULL, b cidr NOT NULL, c macaddr NOT NULL, d macaddr8 NOT NULL, e inet[] NOT NULL);
CREATE TABLE types_of_documents (a json NOT NULL, b jsonb NOT NULL, c jsonpath NOT NULL, d tsvector NOT NULL, e tsquery NOT NULL,
    f uuid NOT NULL, g json[] NOT NULL);
CREATE TABLE types_of_the_server (a regclass NOT NULL, b regtype NOT NULL, c regproc NOT NULL, d regrole NOT NULL, e regnamespace NOT NULL,
    f pg_lsn NOT NULL, g xid NOT NULL, h xid8 NOT NULL, i pg_snapshot NOT NULL, j regconfig NOT NULL, k regoper NOT NULL, l tid NOT NULL,
    m int2vector NOT NULL, n oidvector NOT NULL, o regcollation NOT NULL, p regprocedure NOT NULL);
CREATE TABLE types_of_ours (a mood NOT NULL, b address NOT NULL, c mood[] NOT NULL, d address[] NOT NULL, e slug NOT NULL, f small_positive);

-- Columns that fill themselves.
CREATE TABLE generated (id bigint GENERATED ALWAYS AS IDENTITY, twice bigint GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE taken (id serial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
INSERT INTO taken (id, at) SELECT i, '2020-01-01 00:00+00' FROM generate_series(1, 3) AS i;
CREATE TABLE nothing ();

-- Keys.
CREATE TABLE flags (on_ boolean NOT NULL, mood mood NOT NULL, UNIQUE (on_, mood));
CREATE TABLE one_of (only_ boolean PRIMARY KEY DEFAULT true CHECK (only_));
CREATE TABLE names (name varchar(3) NOT NULL, UNIQUE (name));
CREATE UNIQUE INDEX names_lower ON names (lower(name));
CREATE TABLE rooms (room int4range NOT NULL, during tstzrange NOT NULL, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE votes (user_id bigint NOT NULL REFERENCES users, team_id bigint NOT NULL REFERENCES teams, PRIMARY KEY (user_id, team_id));

-- Partitions.
CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_2026_a PARTITION OF events_2026 FOR VALUES IN ('a', 'b');
CREATE TABLE events_2026_rest PARTITION OF events_2026 DEFAULT;
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE hashed (id integer NOT NULL, user_id bigint REFERENCES users) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE hashed_2 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE of_events (id bigint, at timestamptz, kind text, FOREIGN KEY (id, at, kind) REFERENCES events);
CREATE TABLE by_word (word text NOT NULL) PARTITION BY LIST (lower(word));
CREATE TABLE by_word_yes PARTITION OF by_word FOR VALUES IN ('yes');
CREATE TABLE by_number (number integer NOT NULL) PARTITION BY RANGE (number);
CREATE TABLE by_number_low PARTITION OF by_number FOR VALUES FROM (MINVALUE) TO (-5);
CREATE TABLE by_number_high PARTITION OF by_number FOR VALUES FROM (100000) TO (MAXVALUE);

-- Guards.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not like this'; END $$;
CREATE TABLE guarded (id integer PRIMARY KEY);
CREATE TRIGGER guard BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TABLE always_guarded (id integer PRIMARY KEY);
CREATE TRIGGER guard AFTER INSERT ON always_guarded FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE always_guarded ENABLE ALWAYS TRIGGER guard;
CREATE TABLE policed (id integer PRIMARY KEY);
ALTER TABLE policed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TABLE parent_of_children (id integer NOT NULL);
CREATE TABLE child_of_parent (more text) INHERITS (parent_of_children);

-- None of these can have a row.
CREATE TABLE never (a integer UNIQUE CHECK (false));
CREATE TABLE needs_never (a integer NOT NULL REFERENCES never (a));
CREATE TABLE elsewhere (a integer);
CREATE RULE away AS ON INSERT TO elsewhere DO INSTEAD NOTHING;
