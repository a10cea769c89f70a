-- What strangers have at the ledger; for each a row of kind, object, role, and what they have.
WITH strangers AS (
{strangers}
), {code}, tables AS (
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.oid::regclass::text AS name
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'rdspatch' AND (c.relname IN ('ledger', 'progress') OR c.relkind = 'S')
), owned AS (
    SELECT 'the schema rdspatch' AS name, n.nspowner AS owner FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'rdspatch'
    UNION ALL
    SELECT 'the ' || CASE t.relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || t.name, t.relowner FROM tables AS t
    UNION ALL
    SELECT 'the function ' || p.oid::regprocedure, p.proowner
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = 'rdspatch' AND p.proname = 'keep_rows' AND p.pronargs = 0
), granted AS (
    SELECT 'SCHEMA rdspatch' AS name, n.nspowner AS owner, g.grantee, g.privilege_type, ARRAY['CREATE'] AS writing
    FROM pg_catalog.pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(n.nspacl) AS g
    WHERE n.nspname = 'rdspatch'
    UNION ALL
    SELECT CASE t.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || t.name, t.relowner, g.grantee, g.privilege_type,
           CASE t.relkind WHEN 'S' THEN ARRAY['USAGE', 'UPDATE']
                          ELSE ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER'] END
    FROM tables AS t
    CROSS JOIN LATERAL (
        SELECT e.grantee, e.privilege_type FROM aclexplode(t.relacl) AS e
        UNION
        SELECT e.grantee, e.privilege_type
        FROM pg_catalog.pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS e
        WHERE a.attrelid = t.oid AND NOT a.attisdropped
    ) AS g
), found AS (
    SELECT 'no table'::text AS kind, t.name AS object, ''::text AS role, CASE t.relkind
        WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
        WHEN 'p' THEN 'partitioned table' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'index' END AS what
    FROM tables AS t
    WHERE t.relname IN ('ledger', 'progress') AND t.relkind <> 'r'
    UNION ALL
    SELECT 'child', h.inhrelid::regclass::text, pg_get_userbyid(c.relowner), t.name
    FROM tables AS t
    JOIN pg_catalog.pg_inherits AS h ON h.inhparent = t.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
    WHERE t.relkind = 'r'
    UNION ALL
    SELECT 'rule', format('%I ON %s', r.rulename, t.name), pg_get_userbyid(t.relowner), ''
    FROM tables AS t
    JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = t.oid
    WHERE t.relkind = 'r'
    UNION ALL
    -- Nothing is ever deleted from the ledger: what keeps its rows from that does not run.
    SELECT CASE WHEN c.kind IN ('trigger', 'column') THEN 'code on writing' ELSE 'code' END,
           format('the %s %I on %s', c.kind, c.name, t.name), c.rolname, c.function::regprocedure::text
    FROM tables AS t
    JOIN carried AS c ON c.relation = t.oid
    WHERE c.kind <> 'rule' AND NOT (t.relname = 'ledger' AND c.kind = 'trigger' AND EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS g
        WHERE g.tgrelid = t.oid AND g.tgname = c.name AND g.tgtype & (4 | 16) = 0
    ))
    UNION ALL
    SELECT 'owner', string_agg(o.name, ', ' ORDER BY o.name), s.rolname, ''
    FROM owned AS o
    JOIN strangers AS s ON s.oid = o.owner
    GROUP BY s.rolname
    UNION ALL
    -- Whoever may not write to the ledger only reads it, and its owner counts as the patches' own role: unless progress
    -- can be written all the same, and statements outside of transactions be run.
    SELECT 'owner', 'the table ' || l.name, pg_get_userbyid(l.relowner), ''
    FROM tables AS l
    JOIN tables AS p ON p.relname = 'progress'
    WHERE l.relname = 'ledger' AND NOT pg_has_role(l.relowner, {role}, 'MEMBER')
      AND has_table_privilege({role}, p.oid, 'INSERT') AND NOT has_table_privilege({role}, l.oid, 'INSERT')
    UNION ALL
    -- Without USAGE on the schema, what default privileges may have given with the tables is of no use.
    SELECT 'privilege', g.name, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END,
           string_agg(DISTINCT g.privilege_type, ', ')
    FROM granted AS g
    WHERE g.privilege_type = ANY (g.writing) AND g.grantee <> g.owner
      AND (g.grantee = 0 OR g.grantee IN (SELECT s.oid FROM strangers AS s))
      AND (g.writing = ARRAY['CREATE'] OR EXISTS (
          SELECT FROM strangers AS s
          WHERE s.rolname !~ '^pg_' AND has_schema_privilege(s.oid, 'rdspatch', 'USAGE')
            AND (g.grantee = 0 OR pg_has_role(s.oid, g.grantee, 'USAGE'))
      ))
    GROUP BY g.name, g.grantee
    UNION ALL
    SELECT 'event trigger', quote_ident(e.evtname), f.rolname, f.oid::regprocedure::text
    FROM pg_catalog.pg_event_trigger AS e
    JOIN functions AS f ON f.oid = e.evtfoid
    WHERE e.evtenabled IN ('O', 'A') AND e.evtevent <> 'login'
)
SELECT kind, object, role, what FROM found
