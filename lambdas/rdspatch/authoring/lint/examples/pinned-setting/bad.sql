-- patch: An example.
SET LOCAL lock_timeout = '10s';
