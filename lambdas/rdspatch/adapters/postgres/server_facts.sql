SELECT current_setting('server_version_num')::int4,
       pg_is_in_recovery(),
       current_user::text,
       to_regnamespace('rdspatch') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE'),
       (
           SELECT coalesce(json_object_agg(o.name, o.value), '{{}}')::text
           FROM ({other_values}) AS o (name, value)
       ),
       (
           SELECT coalesce(json_agg(json_build_array(c.role, c.schema)), '[]')::text
           FROM ({creators}) AS c (role, schema)
       )
