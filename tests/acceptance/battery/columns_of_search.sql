CREATE TABLE b.search (a tsvector, c tsquery, d pg_lsn, e oid, f regclass, g regtype, h xid8);
