-- What runs the code of a stranger and may be meant by a name in a patch; one JSON array for each. A stranger is a role
-- that cannot become the one that patches run as. Members of extensions are left out: an extension is chosen as a whole.
WITH strangers AS (
    {strangers}
), functions AS (
    SELECT p.oid, p.proname, p.pronamespace, p.pronargs, p.proargtypes, p.prorettype, s.rolname
    FROM pg_catalog.pg_proc AS p
    JOIN strangers AS s ON s.oid = p.proowner
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )
), called_by_types AS (
    SELECT d.objid AS type, d.refobjid AS function
    FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_type'::regclass AND d.refclassid = 'pg_proc'::regclass
    UNION ALL
    SELECT c.contypid, coalesce(o.oprcode::oid, d.refobjid)
    FROM pg_catalog.pg_constraint AS c
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
    LEFT JOIN pg_catalog.pg_operator AS o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
    WHERE c.contypid <> 0 AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
    UNION ALL
    SELECT t.oid, c.castfunc
    FROM pg_catalog.pg_cast AS c
    JOIN pg_catalog.pg_type AS t ON t.oid IN (c.castsource, c.casttarget)
    WHERE c.castfunc <> 0 AND t.typnamespace <> 'pg_catalog'::regnamespace
), found AS (
    SELECT 'function' AS kind, f.pronamespace AS namespace, f.proname AS name, f.rolname AS owner,
           format('the function %s', f.oid::regprocedure) AS description,
           f.pronargs = 1 AND EXISTS (
               SELECT FROM pg_catalog.pg_type AS t WHERE t.oid = f.proargtypes[0] AND t.typtype = 'c'
           ) AS takes_row,
           EXISTS (
               SELECT FROM pg_catalog.pg_proc AS c
               WHERE c.proname = f.proname AND c.pronamespace = 'pg_catalog'::regnamespace
           ) AS hides
    FROM functions AS f
    WHERE f.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    UNION ALL
    SELECT 'operator', o.oprnamespace, o.oprname, s.rolname, format('the operator %s', o.oid::regoperator), false,
           EXISTS (
               SELECT FROM pg_catalog.pg_operator AS c
               WHERE c.oprname = o.oprname AND c.oprnamespace = 'pg_catalog'::regnamespace
           )
    FROM pg_catalog.pg_operator AS o
    LEFT JOIN functions AS f ON f.oid = o.oprcode
    JOIN strangers AS s ON s.oid = o.oprowner OR s.rolname = f.rolname
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e'
    )
    UNION ALL
    SELECT DISTINCT ON (t.oid) 'type', t.typnamespace, t.typname, f.rolname,
           format('the type %s, which calls the function %s', t.oid::regtype, f.oid::regprocedure), false, false
    FROM called_by_types AS c
    JOIN functions AS f ON f.oid = c.function
    JOIN pg_catalog.pg_type AS t ON t.oid = c.type
)
SELECT json_build_array(
    f.kind, n.nspname, f.name, f.description, f.owner, n.nspname = ANY (ARRAY[{schemas}]::name[]), f.takes_row, f.hides
)::text
FROM found AS f
JOIN pg_catalog.pg_namespace AS n ON n.oid = f.namespace
ORDER BY f.kind, n.nspname, f.name, f.description
