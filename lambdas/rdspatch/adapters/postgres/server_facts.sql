SELECT current_setting('server_version_num')::int4,
       pg_is_in_recovery(),
       current_user::text,
       to_regnamespace('rdspatch') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE')
