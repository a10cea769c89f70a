-- patch: An example.
SELECT set_config('lock_timeout', '10s', true);
