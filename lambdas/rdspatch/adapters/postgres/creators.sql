    -- Who else may put something into the schemas of the search path. An owner may always grant it to itself.
    SELECT coalesce(s.rolname::text, 'PUBLIC'), n.nspname::text
    FROM pg_catalog.pg_namespace AS n
    CROSS JOIN LATERAL (
        SELECT x.grantee FROM aclexplode(n.nspacl) AS x WHERE x.privilege_type = 'CREATE'
        UNION
        SELECT n.nspowner
    ) AS c (role)
    LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = c.role AND g.rolname = 'pg_database_owner'
    LEFT JOIN pg_catalog.pg_database AS d ON g.oid IS NOT NULL AND d.datname = current_database()
    LEFT JOIN ({strangers}) AS s ON s.oid = coalesce(d.datdba, c.role)
    WHERE n.nspname = ANY (ARRAY[{schemas}]::name[]) AND (c.role = 0 OR s.oid IS NOT NULL)
    ORDER BY 2, 1
