-- Whether one table is a partition of another; PostgreSQL marks a detach that was interrupted as pending.
SELECT h.inhdetachpending
FROM pg_catalog.pg_inherits AS h
WHERE h.inhparent = {parent} AND h.inhrelid = {child}
