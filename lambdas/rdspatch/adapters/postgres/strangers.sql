    -- Administrators could do anyhow what a trap of theirs would do: superusers are members of every role, and those
    -- of RDS, and up to PostgreSQL 15 whoever may create roles, can make themselves members. To a role that may only
    -- read the ledger, the ledger's owner is whom patches run as.
    SELECT r.oid, r.rolname
    FROM pg_catalog.pg_roles AS r
    WHERE NOT pg_has_role(r.oid, {role}, 'MEMBER')
      AND NOT (r.rolcreaterole AND current_setting('server_version_num')::integer < 160000)
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_roles AS a WHERE a.rolname = 'rds_superuser' AND pg_has_role(r.oid, a.oid, 'MEMBER')
      )
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_class AS l
          JOIN pg_catalog.pg_namespace AS n ON n.oid = l.relnamespace
          WHERE n.nspname = 'rdspatch' AND l.relname = 'ledger' AND pg_has_role(r.oid, l.relowner, 'MEMBER')
            AND NOT has_table_privilege({role}, l.oid, 'INSERT')
      )
      AND r.rolname <> ALL (ARRAY[{trusted}]::name[])
