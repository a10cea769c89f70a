"""`baseline.sql` of a database that is there already."""
