-- What calls a function of a stranger, and what it is called from: `carried` has one row for each. A function that
    -- runs as its own owner (SECURITY DEFINER) takes nobody's rights, and extensions are chosen as a whole.
    functions AS (
        SELECT p.oid, s.rolname
        FROM pg_catalog.pg_proc AS p
        JOIN strangers AS s ON s.oid = p.proowner
        WHERE NOT p.prosecdef AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        )
    ), called AS (
        SELECT 'pg_proc'::regclass::oid AS classid, f.oid AS objid, f.oid, f.rolname FROM functions AS f
        UNION ALL
        SELECT 'pg_operator'::regclass::oid, o.oid, f.oid, f.rolname
        FROM functions AS f
        JOIN pg_catalog.pg_operator AS o ON o.oprcode = f.oid
    ), callers AS (
        SELECT d.classid, d.objid, d.objsubid, c.oid, c.rolname
        FROM called AS c
        JOIN pg_catalog.pg_depend AS d ON d.refclassid = c.classid AND d.refobjid = c.objid
    ), carried AS (
        SELECT g.tgrelid AS relation, 'trigger' AS kind, g.tgname AS name, c.oid AS function, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_trigger AS g ON c.classid = 'pg_trigger'::regclass AND g.oid = c.objid
        WHERE g.tgenabled IN ('O', 'A')
        UNION
        SELECT r.ev_class, 'rule', r.rulename, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_rewrite AS r ON c.classid = 'pg_rewrite'::regclass AND r.oid = c.objid
        WHERE r.ev_enabled IN ('O', 'A')
        UNION
        SELECT y.polrelid, 'policy', y.polname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_policy AS y ON c.classid = 'pg_policy'::regclass AND y.oid = c.objid
        UNION
        SELECT a.attrelid, 'column', a.attname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_attrdef AS v ON c.classid = 'pg_attrdef'::regclass AND v.oid = c.objid
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = v.adrelid AND a.attnum = v.adnum
        UNION
        -- Up to PostgreSQL 14 the column itself depends on what generates it.
        SELECT a.attrelid, 'column', a.attname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_attribute AS a
            ON c.classid = 'pg_class'::regclass AND a.attrelid = c.objid AND a.attnum = c.objsubid
        WHERE c.objsubid > 0
        UNION
        SELECT k.conrelid, 'constraint', k.conname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_constraint AS k ON c.classid = 'pg_constraint'::regclass AND k.oid = c.objid
        WHERE k.conrelid <> 0
        UNION
        SELECT a.attrelid, 'column', a.attname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_constraint AS k ON c.classid = 'pg_constraint'::regclass AND k.oid = c.objid
        JOIN pg_catalog.pg_attribute AS a ON a.atttypid = k.contypid
        WHERE a.attnum > 0 AND k.contypid <> 0
        UNION
        SELECT i.indrelid, 'index', b.relname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_index AS i ON c.classid = 'pg_class'::regclass AND i.indexrelid = c.objid
        JOIN pg_catalog.pg_class AS b ON b.oid = i.indexrelid
        UNION
        SELECT t.partrelid, 'table', b.relname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_partitioned_table AS t ON c.classid = 'pg_class'::regclass AND t.partrelid = c.objid
        JOIN pg_catalog.pg_class AS b ON b.oid = t.partrelid
        WHERE c.objsubid = 0
        UNION
        SELECT t.stxrelid, 'statistics', t.stxname, c.oid, c.rolname
        FROM callers AS c
        JOIN pg_catalog.pg_statistic_ext AS t ON c.classid = 'pg_statistic_ext'::regclass AND t.oid = c.objid
    )
