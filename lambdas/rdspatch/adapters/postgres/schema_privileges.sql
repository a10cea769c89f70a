    -- Owners and privileges where they are not what CREATE gives. Roles differ between environments, so the role that
    -- patches run as has no name here: it is the owner of the ledger. "All" says nothing of MAINTAIN, which came with
    -- PostgreSQL 17.
    SELECT (o.head || p.properties)::json
    FROM (
        SELECT jsonb_build_array('privileges', c.nspname, c.relname, CASE c.relkind
                   WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'table' END
               ) AS head,
               c.relowner AS owner, c.relacl AS acl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END AS type,
               NULL AS schema_of_default
        FROM relations AS c
        WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') OR (c.relkind = 'S' AND NOT EXISTS (
            SELECT FROM sequence_columns AS i WHERE i.sequence = c.oid AND i.deptype = 'i'
        ))
        UNION ALL
        SELECT jsonb_build_array('privileges', c.nspname, c.relname, a.attname, 'column'), c.relowner, a.attacl, 'c', NULL
        FROM relations AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE a.attacl IS NOT NULL AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
        UNION ALL
        SELECT jsonb_build_array('privileges', n.nspname, p.proname, oidvectortypes(p.proargtypes), 'function'),
               p.proowner, p.proacl, 'f', NULL
        FROM pg_proc AS p
        JOIN schemas AS n ON n.oid = p.pronamespace
        WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
        UNION ALL
        SELECT jsonb_build_array('privileges', n.nspname, 'schema'), s.nspowner, s.nspacl,
               CASE n.nspname WHEN 'public' THEN 'public' ELSE 'n' END, NULL
        FROM schemas AS n
        JOIN pg_namespace AS s ON s.oid = n.oid
        WHERE NOT n.is_member
        UNION ALL
        SELECT jsonb_build_array('privileges', t.nspname, t.typname, CASE t.typtype
                   WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range type' END
               ), t.typowner, t.typacl, 'T', NULL
        FROM types AS t
        UNION ALL
        SELECT jsonb_build_array('privileges', c.nspname, c.relname, 'composite type'), t.typowner, t.typacl, 'T', NULL
        FROM relations AS c
        JOIN pg_type AS t ON t.oid = c.reltype
        WHERE c.relkind = 'c'
        UNION ALL
        SELECT jsonb_build_array('privileges', s.srvname, 'foreign server'), s.srvowner, s.srvacl, 'S', NULL
        FROM pg_foreign_server AS s
        UNION ALL
        SELECT jsonb_build_array('privileges', w.fdwname, 'foreign data wrapper'), w.fdwowner, w.fdwacl, 'F', NULL
        FROM pg_foreign_data_wrapper AS w
        WHERE w.fdwacl IS NOT NULL
        UNION ALL
        SELECT jsonb_build_array('privileges', l.lanname, 'language'), l.lanowner, l.lanacl, 'l', NULL
        FROM pg_language AS l
        WHERE l.lanispl AND l.lanacl IS NOT NULL
        UNION ALL
        SELECT jsonb_build_array('privileges', p.pubname, 'publication'), p.pubowner, NULL, NULL, NULL
        FROM pg_publication AS p
        UNION ALL
        SELECT jsonb_build_array('privileges', n.nspname, s.stxname, 'statistics'), s.stxowner, NULL, NULL, NULL
        FROM pg_statistic_ext AS s
        JOIN schemas AS n ON n.oid = s.stxnamespace
        UNION ALL
        SELECT jsonb_build_array('default privileges', coalesce(n.nspname, ''), CASE d.defaclrole
                   WHEN r.oid THEN r.name ELSE quote_ident(pg_get_userbyid(d.defaclrole)) END,
                   CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                                        WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END
               ), d.defaclrole, d.defaclacl,
               CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype::text END,
               -- Those of a schema come on top of what is ordinary.
               n.nspname
        FROM pg_default_acl AS d
        CROSS JOIN runner AS r
        LEFT JOIN schemas AS n ON n.oid = d.defaclnamespace
        WHERE d.defaclnamespace = 0 OR n.oid IS NOT NULL
    ) AS o
    CROSS JOIN runner AS r
    CROSS JOIN LATERAL (
        -- A column has none of its own, nor has the server a default for a large object.
        SELECT CASE WHEN o.type NOT IN ('c', 'L') THEN replace(o.type, 'public', 'n') END::"char"
    ) AS t (type)
    CROSS JOIN LATERAL (
        SELECT o.owner <> r.oid AND o.head ->> 0 = 'privileges'
               -- The schema public has an owner that nobody chose.
               AND NOT (o.type IS NOT DISTINCT FROM 'public' AND (o.owner = 10 OR pg_get_userbyid(o.owner) = 'pg_database_owner'))
    ) AS w (is_foreign)
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(e.name, e.value) AS properties
        FROM (
            SELECT 'owner' AS name, quote_ident(pg_get_userbyid(o.owner)) AS value WHERE w.is_foreign
            UNION ALL
            SELECT 'to ' || CASE g.grantee WHEN 0 THEN 'public' WHEN o.owner THEN 'the owner'
                                           WHEN r.oid THEN r.name
                                           ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                   CASE WHEN g.found IS NULL THEN 'nothing'
                        WHEN g.found @> g.most THEN 'all'
                        WHEN g.found @> (SELECT array_agg(m || ' with grant option') FROM unnest(g.most) AS m)
                        THEN 'all with grant option'
                        ELSE array_to_string(g.found, ', ') END
            FROM (
                SELECT x.grantee,
                       array_agg(x.privilege ORDER BY x.privilege COLLATE "C") FILTER (WHERE x.is_found) AS found,
                       array_agg(x.privilege ORDER BY x.privilege COLLATE "C") FILTER (WHERE NOT x.is_found) AS ordinary,
                       (
                           SELECT array_agg(lower(m.privilege_type))
                           FROM aclexplode(acldefault(t.type, o.owner)) AS m
                           WHERE m.grantee = o.owner AND m.privilege_type <> 'MAINTAIN'
                       ) AS most
                FROM (
                    SELECT x.grantee, x.is_found,
                           lower(x.privilege_type) || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END
                    FROM (
                        SELECT f.grantee, f.privilege_type, f.is_grantable, true AS is_found FROM aclexplode(o.acl) AS f
                        UNION
                        SELECT f.grantee, f.privilege_type, f.is_grantable, false
                        FROM aclexplode(acldefault(t.type, o.owner)) AS f
                        WHERE o.schema_of_default IS NULL
                        UNION
                        SELECT 0, 'USAGE', false, false WHERE o.type = 'public'
                    ) AS x
                    WHERE NOT (x.grantee = o.owner AND x.privilege_type = 'MAINTAIN')
                ) AS x (grantee, is_found, privilege)
                GROUP BY x.grantee
            ) AS g
            WHERE o.acl IS NOT NULL AND g.found IS DISTINCT FROM g.ordinary
        ) AS e
    ) AS p
    WHERE (o.acl IS NOT NULL OR w.is_foreign) AND p.properties IS NOT NULL
