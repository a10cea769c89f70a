-- What the server says about itself, as one JSON object; every role may ask.
SELECT json_build_object(
    'version', current_setting('server_version_num')::int,
    'in_recovery', pg_is_in_recovery(),
    'read_only', current_setting('default_transaction_read_only') = 'on',
    'now', extract(epoch FROM clock_timestamp())::float8,
    'connections', json_build_object(
        'most', current_setting('max_connections')::int,
        'reserved', current_setting('superuser_reserved_connections')::int
                    + coalesce(current_setting('reserved_connections', true), '0')::int
                    + coalesce(current_setting('rds.rds_superuser_reserved_connections', true), '0')::int,
        'used', (SELECT sum(d.numbackends) FROM pg_catalog.pg_stat_database AS d)
    ),
    'transaction_age', (SELECT max(age(d.datfrozenxid)) FROM pg_catalog.pg_database AS d),
    'autovacuum', current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on',
    'transaction_timeout', coalesce(current_setting('transaction_timeout', true), '0'),
    'session', json_build_object(
        'client_connection_check_interval', current_setting('client_connection_check_interval'),
        'idle_in_transaction_session_timeout', current_setting('idle_in_transaction_session_timeout'),
        'idle_session_timeout', current_setting('idle_session_timeout')
    ),
    'other_settings', (SELECT json_object_agg(o.name, o.value) FROM ({other_values}) AS o (name, value)),
    'overrides', (
        SELECT json_agg(o.setting ORDER BY o.setting)
        FROM (
            SELECT split_part(unnest(s.setconfig), '=', 1)
                   || CASE WHEN s.setrole = 0 THEN ' of the database' ELSE ' of the role' END
            FROM pg_catalog.pg_db_role_setting AS s
            WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()))
              AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user))
        ) AS o (setting)
    ),
    'idle', (
        SELECT json_agg(json_build_array(i.pid, i.application_name, i.age) ORDER BY i.age DESC)
        FROM (
            SELECT a.pid, a.application_name, extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age
            FROM pg_catalog.pg_stat_activity AS a
            WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
              AND a.state LIKE 'idle in transaction%' AND clock_timestamp() - a.xact_start > interval '{idle_seconds} seconds'
        ) AS i
    ),
    'sees_sessions', pg_has_role(session_user, 'pg_read_all_stats', 'USAGE'),
    'login', quote_ident(session_user),
    'login_inherits', (SELECT r.rolinherit FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user)
)
