-- patch: An example.
SELECT pid FROM pg_stat_activity;
