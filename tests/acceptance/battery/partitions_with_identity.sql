CREATE TABLE b.identity_by_range (id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE b.identity_by_range_1 PARTITION OF b.identity_by_range FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
