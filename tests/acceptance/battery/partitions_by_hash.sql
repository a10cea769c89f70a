CREATE TABLE b.by_hash (a integer, c text) PARTITION BY HASH (a, lower(c));
CREATE TABLE b.by_hash_0 PARTITION OF b.by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
