-- Who the login is, who the patches would run as, and what that role may do; one JSON object.
WITH login AS (
    SELECT r.* FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user
), worker AS (
    SELECT r.* FROM pg_catalog.pg_roles AS r WHERE r.rolname = {role}
), admin AS (
    SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'rds_superuser'
), foreign_relations AS (
    SELECT n.nspname || '.' || c.relname AS name, o.rolname AS owner
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
    WHERE n.nspname = ANY (ARRAY[{schemas}]::name[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT pg_has_role((SELECT w.oid FROM worker AS w), c.relowner, 'USAGE')
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      )
)
SELECT json_build_object(
    'login', (SELECT quote_ident(l.rolname) FROM login AS l),
    'login_is_superuser', (SELECT l.rolsuper FROM login AS l),
    'login_is_rds_superuser', coalesce((SELECT pg_has_role(l.oid, a.oid, 'MEMBER') FROM login AS l, admin AS a), false),
    'valid_until', (
        -- A client's calendar ends with the year 9999, and the server's begins before the client's.
        SELECT extract(epoch FROM greatest(l.rolvaliduntil, 'epoch'))::float8
        FROM login AS l
        WHERE l.rolvaliduntil < '9999-12-31'
    ),
    'worker', quote_ident({role}),
    'worker_exists', EXISTS (SELECT FROM worker),
    'worker_is_superuser', (SELECT w.rolsuper FROM worker AS w),
    'is_member', (SELECT pg_has_role(l.oid, w.oid, 'MEMBER') FROM login AS l, worker AS w),
    'may_create_schemas', (
        SELECT has_database_privilege(w.oid, current_database(), 'CREATE') FROM worker AS w
    ),
    'schemas', (
        SELECT json_agg(json_build_array(
            quote_ident(s.name),
            n.oid IS NOT NULL,
            coalesce((
                SELECT has_schema_privilege(w.oid, n.oid, 'USAGE') AND has_schema_privilege(w.oid, n.oid, 'CREATE')
                FROM worker AS w
            ), false)
        ) ORDER BY s.place)
        FROM unnest(ARRAY[{schemas}]::name[]) WITH ORDINALITY AS s (name, place)
        LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.name
    ),
    'foreign_count', (SELECT count(*) FROM foreign_relations),
    'foreign_names', (
        SELECT json_agg(json_build_array(f.name, f.owner) ORDER BY f.name)
        FROM (SELECT * FROM foreign_relations ORDER BY name LIMIT 5) AS f
    )
)
