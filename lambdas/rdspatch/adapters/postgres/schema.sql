-- Every object that a patch may change, as one JSON array of [kind, names from the schema inwards, properties].
-- The same DDL gives the same properties on PostgreSQL 14 to 18. A property that is null has its ordinary value; columns
-- come table by table, without the names of what every one of them has, so that 20,000 are read in half the time.
-- docs/compared.md says of every catalog how it is compared, or why it is left out.
WITH schemas AS MATERIALIZED (
    SELECT n.oid, n.nspname,
           EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid
                   AND d.deptype = 'e') AS is_member
    FROM pg_namespace AS n
    WHERE n.nspname NOT IN ('information_schema', 'rdspatch') AND NOT starts_with(n.nspname, 'pg_') AND {wanted}
), members AS MATERIALIZED (
    SELECT d.classid, d.objid, d.deptype FROM pg_depend AS d
    WHERE d.deptype = 'e' OR (d.deptype = 'i' AND d.classid IN ('pg_proc'::regclass, 'pg_cast'::regclass))
), relations AS MATERIALIZED (
    SELECT c.*, n.nspname
    FROM pg_class AS c
    JOIN schemas AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c', 'S') AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
), types AS MATERIALIZED (
    SELECT t.*, n.nspname
    FROM pg_type AS t
    JOIN schemas AS n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
), sequences AS (
    SELECT s.seqrelid, s.seqtypid,
           nullif(concat_ws(
               ' ',
               CASE WHEN s.seqincrement <> 1 THEN 'increment ' || s.seqincrement END,
               CASE WHEN s.seqmin <> o.lowest THEN 'minvalue ' || s.seqmin END,
               CASE WHEN s.seqmax <> o.highest THEN 'maxvalue ' || s.seqmax END,
               CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END
                    THEN 'start ' || s.seqstart END,
               CASE WHEN s.seqcache <> 1 THEN 'cache ' || s.seqcache END,
               CASE WHEN s.seqcycle THEN 'cycle' END
           ), '') AS options
    FROM pg_sequence AS s
    CROSS JOIN LATERAL (
        SELECT CASE s.seqtypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                               ELSE 9223372036854775807 END AS most
    ) AS w
    CROSS JOIN LATERAL (
        SELECT CASE WHEN s.seqincrement > 0 THEN 1 ELSE -w.most - 1 END AS lowest,
               CASE WHEN s.seqincrement > 0 THEN w.most ELSE -1 END AS highest
    ) AS o
), sequence_columns AS (
    SELECT d.objid AS sequence, d.refobjid AS attrelid, d.refobjsubid AS attnum, d.deptype
    FROM pg_depend AS d
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
      AND d.deptype IN ('a', 'i') AND d.objid IN (SELECT s.seqrelid FROM pg_sequence AS s)
), runner AS MATERIALIZED (
    -- Whose objects are nobody else's: the role that patches run as, which made the ledger.
    SELECT coalesce(
        (SELECT c.relowner FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('rdspatch') AND c.relname = 'ledger'),
        (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database())
    ) AS oid, {role_of_patches} AS name
), switched AS MATERIALIZED (
    -- Triggers that do not fire as usual: a foreign key's own are how it is enforced, and a partition has those that
    -- come from its parent. Such a one is said of the partition, by the name of what it comes from.
    SELECT t.oid, t.tgrelid, t.tgisinternal AND k.oid IS NOT NULL AS enforces, k.oid AS constraint_oid,
           coalesce(k.oid, t.oid) <> r.root AS is_inherited,
           CASE WHEN t.tgisinternal AND k.oid IS NOT NULL
                THEN 'constraint ' || (SELECT quote_ident(o.conname) FROM pg_constraint AS o WHERE o.oid = r.root)
                ELSE 'trigger ' || quote_ident(t.tgname) END AS name,
           CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END AS state
    FROM pg_trigger AS t
    LEFT JOIN pg_constraint AS k ON k.oid = t.tgconstraint AND k.contype <> 't'
    CROSS JOIN LATERAL (
        WITH RECURSIVE above AS (
            SELECT coalesce(k.oid, t.oid) AS oid, coalesce(k.conparentid, t.tgparentid) AS parent
            UNION ALL
            SELECT a.parent, coalesce(kp.conparentid, tp.tgparentid)
            FROM above AS a
            LEFT JOIN pg_constraint AS kp ON kp.oid = a.parent AND k.oid IS NOT NULL
            LEFT JOIN pg_trigger AS tp ON tp.oid = a.parent AND k.oid IS NULL
            WHERE a.parent <> 0
        )
        SELECT a.oid AS root FROM above AS a WHERE a.parent = 0
    ) AS r
    WHERE t.tgenabled <> 'O'
), found AS (
    SELECT json_build_array('schema', n.nspname, json_build_object()) AS object
    FROM schemas AS n
    WHERE NOT n.is_member
    UNION ALL
    SELECT json_build_array('extension', e.extname, json_build_object('schema', n.nspname))
    FROM pg_extension AS e
    JOIN pg_namespace AS n ON n.oid = e.extnamespace
    UNION ALL
    SELECT json_build_array('table', c.nspname, c.relname, json_build_object(
        'kind', CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
        'unlogged', CASE WHEN c.relpersistence = 'u' THEN true END,
        'access_method', (SELECT nullif(m.amname, 'heap') FROM pg_am AS m WHERE m.oid = c.relam AND c.relkind = 'r'),
        'of_type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        'partition_of', CASE WHEN c.relispartition THEN p.parents || ' ' || pg_get_expr(c.relpartbound, c.oid) END,
        'partition_by', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
        'inherits', CASE WHEN NOT c.relispartition THEN p.parents END,
        'row_security', CASE WHEN c.relrowsecurity THEN true END,
        'force_row_security', CASE WHEN c.relforcerowsecurity THEN true END,
        'options', (
            SELECT json_agg(o.option ORDER BY o.option COLLATE "C")
            FROM (SELECT unnest(c.reloptions) UNION ALL SELECT 'toast.' || unnest(t.reloptions)) AS o (option)
        ),
        'replica_identity', CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN (
            SELECT 'index ' || i.indexrelid::regclass FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisreplident
        ) END,
        'clustered_on', (
            SELECT i.indexrelid::regclass::text FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisclustered
        ),
        'inherited_triggers', (
            SELECT json_agg(DISTINCT e.how ORDER BY e.how)
            FROM switched AS s CROSS JOIN LATERAL (SELECT s.name || ' ' || s.state) AS e (how)
            WHERE s.tgrelid = c.oid AND s.is_inherited
        ),
        'server', f.srvname,
        'server_options', (SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(f.ftoptions) AS o)
    ))
    FROM relations AS c
    LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
    LEFT JOIN LATERAL (
        SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) AS parents
        FROM pg_inherits AS h WHERE h.inhrelid = c.oid
    ) AS p ON true
    LEFT JOIN LATERAL (
        SELECT s.srvname, ft.ftoptions FROM pg_foreign_table AS ft JOIN pg_foreign_server AS s ON s.oid = ft.ftserver
        WHERE ft.ftrelid = c.oid
    ) AS f ON c.relkind = 'f'
    WHERE c.relkind IN ('r', 'p', 'f')
    UNION ALL
    -- All columns of a table at once, each without the names of its properties: they are most of what is sent.
    SELECT json_build_array('columns', c.nspname, c.relname, json_agg(json_build_array(
        a.attname,
        format_type(a.atttypid, a.atttypmod),
        NOT a.attnotnull,
        -- A default names no column, so its table need not be opened. NULL is what there is without one, except for a
        -- domain, whose own default it replaces; pg_dump writes it for a partition without its parent's default.
        CASE WHEN a.attgenerated = '' AND NOT (t.typtype <> 'd' AND starts_with(pg_get_expr(v.adbin, 0), 'NULL::'))
             THEN pg_get_expr(v.adbin, 0) END,
        CASE WHEN a.attgenerated <> '' OR a.attidentity <> '' OR a.attcompression <> '' OR k.conrelid IS NOT NULL
                     OR a.attcollation <> t.typcollation OR a.attstorage <> t.typstorage
                     OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL OR a.attfdwoptions IS NOT NULL THEN json_build_object(
            'not_null_validated', CASE WHEN k.conrelid IS NOT NULL THEN false END,
            'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(v.adbin, v.adrelid) END,
            'virtual', CASE WHEN a.attgenerated = 'v' THEN true END,
            'identity', CASE WHEN i.attrelid IS NOT NULL THEN
                CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END END,
            'identity_options', CASE WHEN a.attidentity <> '' THEN s.options END,
            'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
            'storage', CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage
                WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END,
            'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
            'statistics', nullif(a.attstattarget, -1),
            'options', (SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(a.attoptions || a.attfdwoptions) AS o)
        ) END
    ) ORDER BY a.attnum))
    FROM relations AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef AS v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
    LEFT JOIN sequence_columns AS i ON i.attrelid = a.attrelid AND i.attnum = a.attnum AND i.deptype = 'i'
    LEFT JOIN sequences AS s ON s.seqrelid = i.sequence
    -- Since PostgreSQL 18 a NOT NULL may be there and not hold yet.
    LEFT JOIN pg_constraint AS k
        ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
    WHERE c.relkind IN ('r', 'p', 'f')
    GROUP BY c.nspname, c.relname
    UNION ALL
    -- Foreign keys that a partition has from its parent are left out: how many there are depends on the version.
    SELECT json_build_array('constraint', c.nspname, c.relname, k.conname, json_build_object(
        'definition', CASE WHEN k.convalidated THEN pg_get_constraintdef(k.oid)
                           ELSE regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') END,
        'validated', k.convalidated,
        'valid', CASE WHEN NOT (i.indisvalid AND i.indisready) THEN false END,
        'index_options', (SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(x.reloptions) AS o),
        'enforcement', (
            SELECT json_agg(DISTINCT e.how ORDER BY e.how)
            FROM switched AS s CROSS JOIN LATERAL (SELECT s.state || ' on ' || s.tgrelid::regclass) AS e (how)
            WHERE s.constraint_oid = k.oid AND s.enforces
        )
    ))
    FROM relations AS c
    JOIN pg_constraint AS k ON k.conrelid = c.oid
    LEFT JOIN pg_index AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_class AS x ON x.oid = i.indexrelid
    WHERE k.contype IN ('c', 'p', 'u', 'x') OR (k.contype = 'f' AND k.conparentid = 0)
    UNION ALL
    SELECT json_build_array('index', c.nspname, x.relname, json_build_object(
        'definition', pg_get_indexdef(i.indexrelid),
        'valid', i.indisvalid AND i.indisready,
        'partition_of', (SELECT h.inhparent::regclass::text FROM pg_inherits AS h WHERE h.inhrelid = i.indexrelid),
        'statistics', (
            SELECT json_object_agg(a.attnum, a.attstattarget ORDER BY a.attnum)
            FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0 AND i.indexprs IS NOT NULL
        )
    ))
    FROM relations AS c
    JOIN pg_index AS i ON i.indrelid = c.oid
    JOIN pg_class AS x ON x.oid = i.indexrelid
    WHERE NOT EXISTS (
        SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
    )
    UNION ALL
    SELECT json_build_array('sequence', c.nspname, c.relname, json_build_object(
        'type', format_type(s.seqtypid, NULL),
        'options', s.options,
        'unlogged', CASE WHEN c.relpersistence = 'u' THEN true END,
        'owned_by', (
            SELECT o.attrelid::regclass || '.' || quote_ident(a.attname) FROM sequence_columns AS o
            JOIN pg_attribute AS a ON a.attrelid = o.attrelid AND a.attnum = o.attnum WHERE o.sequence = c.oid
        )
    ))
    FROM relations AS c
    JOIN sequences AS s ON s.seqrelid = c.oid
    WHERE NOT EXISTS (SELECT FROM sequence_columns AS i WHERE i.sequence = c.oid AND i.deptype = 'i')
    UNION ALL
    SELECT json_build_array(CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, c.nspname, c.relname,
        json_build_object(
            'definition', pg_get_viewdef(c.oid),
            'populated', CASE WHEN NOT c.relispopulated THEN false END,
            'options', (SELECT json_agg(o ORDER BY o COLLATE "C") FROM unnest(c.reloptions) AS o),
            'access_method', (SELECT nullif(m.amname, 'heap') FROM pg_am AS m WHERE m.oid = c.relam),
            'column_defaults', (
                SELECT json_object_agg(a.attname, pg_get_expr(v.adbin, 0) ORDER BY a.attname COLLATE "C")
                FROM pg_attrdef AS v JOIN pg_attribute AS a ON a.attrelid = v.adrelid AND a.attnum = v.adnum
                WHERE v.adrelid = c.oid
            ),
            'columns', (
                SELECT json_object_agg(a.attname, concat_ws(
                    ', ',
                    'statistics ' || nullif(a.attstattarget, -1),
                    'storage ' || CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END,
                    'compression ' || nullif(a.attcompression::text, ''),
                    'options ' || array_to_string(a.attoptions, ' ')
                ) ORDER BY a.attname COLLATE "C")
                FROM pg_attribute AS a
                JOIN pg_type AS t ON t.oid = a.atttypid
                WHERE c.relkind = 'm' AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND (a.attstattarget >= 0 OR a.attstorage <> t.typstorage OR a.attcompression <> ''
                       OR a.attoptions IS NOT NULL)
            )
        ))
    FROM relations AS c
    WHERE c.relkind IN ('v', 'm')
    UNION ALL
    SELECT json_build_array('rule', c.nspname, c.relname, r.rulename, json_build_object(
        'definition', pg_get_ruledef(r.oid),
        'enabled', CASE r.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
    ))
    FROM relations AS c
    JOIN pg_rewrite AS r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'
    UNION ALL
    SELECT json_build_array('function', n.nspname, p.proname, oidvectortypes(p.proargtypes), json_build_object(
        'definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE (
            SELECT concat_ws(
                ', ',
                'AGGREGATE ' || g.aggtransfn::regprocedure,
                'state ' || format_type(g.aggtranstype, NULL),
                'final ' || nullif(g.aggfinalfn::oid, 0)::regprocedure,
                'combine ' || nullif(g.aggcombinefn::oid, 0)::regprocedure,
                'serial ' || nullif(g.aggserialfn::oid, 0)::regprocedure,
                'deserial ' || nullif(g.aggdeserialfn::oid, 0)::regprocedure,
                'initial ' || quote_literal(g.agginitval),
                'kind ' || nullif(g.aggkind::text, 'n') || ' of ' || g.aggnumdirectargs,
                'final with all arguments ' || nullif(g.aggfinalextra, false),
                'final modifies ' || nullif(g.aggfinalmodify::text, CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END),
                'space ' || nullif(g.aggtransspace, 0),
                'moving ' || nullif(g.aggmtransfn::oid, 0)::regprocedure || ', ' || g.aggminvtransfn::regprocedure
                          || ', ' || format_type(g.aggmtranstype, NULL),
                'moving final ' || nullif(g.aggmfinalfn::oid, 0)::regprocedure,
                'moving initial ' || quote_literal(g.aggminitval),
                'sort operator ' || nullif(g.aggsortop, 0)::regoperator,
                'strict ' || nullif(p.proisstrict, false),
                'volatility ' || nullif(p.provolatile::text, 'i'),
                'parallel ' || nullif(p.proparallel::text, 'u')
            )
            FROM pg_aggregate AS g WHERE g.aggfnoid = p.oid
        ) END
    ))
    FROM pg_proc AS p
    JOIN schemas AS n ON n.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
    UNION ALL
    SELECT json_build_array('trigger', c.nspname, c.relname, t.tgname, json_build_object(
        'definition', pg_get_triggerdef(t.oid),
        'enabled', CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
    ))
    FROM relations AS c
    JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT json_build_array('policy', c.nspname, c.relname, y.polname, json_build_object(
        'command', CASE y.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                                 WHEN 'd' THEN 'delete' ELSE 'all' END,
        'roles', (
            SELECT json_agg(g.name ORDER BY g.name COLLATE "C")
            FROM unnest(y.polroles) AS r
            CROSS JOIN LATERAL (
                -- As with privileges: this one has another name in every environment.
                SELECT CASE r WHEN 0 THEN 'public' WHEN l.oid THEN l.name ELSE pg_get_userbyid(r)::text END AS name
                FROM runner AS l
            ) AS g
        ),
        'using', pg_get_expr(y.polqual, y.polrelid),
        'check', pg_get_expr(y.polwithcheck, y.polrelid),
        'restrictive', CASE WHEN NOT y.polpermissive THEN true END
    ))
    FROM relations AS c
    JOIN pg_policy AS y ON y.polrelid = c.oid
    UNION ALL
    SELECT json_build_array('enum', t.nspname, t.typname, json_build_object(
        'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid)
    ))
    FROM types AS t
    WHERE t.typtype = 'e'
    UNION ALL
    SELECT json_build_array('domain', t.nspname, t.typname, json_build_object(
        'type', format_type(t.typbasetype, t.typtypmod),
        'nullable', NOT t.typnotnull,
        'default', pg_get_expr(t.typdefaultbin, 0),
        'collation', CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END,
        'checks', (
            SELECT json_object_agg(k.conname, pg_get_constraintdef(k.oid) ORDER BY k.conname COLLATE "C")
            FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c'
        )
    ))
    FROM types AS t
    JOIN pg_type AS b ON b.oid = t.typbasetype
    WHERE t.typtype = 'd'
    UNION ALL
    SELECT json_build_array('range type', t.nspname, t.typname, json_build_object(
        'type', format_type(r.rngsubtype, NULL),
        'collation', CASE WHEN r.rngcollation <> b.typcollation THEN r.rngcollation::regcollation::text END,
        'difference', nullif(r.rngsubdiff::oid, 0)::regprocedure::text,
        'canonical', nullif(r.rngcanonical::oid, 0)::regprocedure::text,
        'multirange', format_type(r.rngmultitypid, NULL)
    ))
    FROM types AS t
    JOIN pg_range AS r ON r.rngtypid = t.oid
    JOIN pg_type AS b ON b.oid = r.rngsubtype
    UNION ALL
    SELECT json_build_array('composite type', c.nspname, c.relname, json_build_object(
        'attributes', (
            SELECT json_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || CASE
                WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
                ORDER BY a.attnum)
            FROM pg_attribute AS a
            JOIN pg_type AS t ON t.oid = a.atttypid
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        )
    ))
    FROM relations AS c
    WHERE c.relkind = 'c'
    UNION ALL
{rare}
    UNION ALL
{privileges}
)
SELECT coalesce(json_agg(f.object), '[]')::text FROM found AS f
