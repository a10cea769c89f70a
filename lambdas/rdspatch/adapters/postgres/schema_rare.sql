    -- Objects that most schemas have none of. Each of these reads a catalog that is small then.
    SELECT json_build_array('statistics', n.nspname, s.stxname, json_build_object(
        'definition', pg_get_statisticsobjdef(s.oid),
        'target', nullif(s.stxstattarget, -1)
    ))
    FROM pg_statistic_ext AS s
    JOIN schemas AS n ON n.oid = s.stxnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_statistic_ext'::regclass AND m.objid = s.oid)
    UNION ALL
    -- Columns and row filters came with PostgreSQL 15, schemas too: they are read in ways that are there without them.
    SELECT json_build_array('publication', p.pubname, json_build_object(
        'all_tables', CASE WHEN p.puballtables THEN true END,
        'publish', nullif(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                                    CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
                                    CASE WHEN p.pubtruncate THEN 'truncate' END), 'insert, update, delete, truncate'),
        'via_partition_root', CASE WHEN p.pubviaroot THEN true END,
        'generated_columns', CASE WHEN to_jsonb(p) ->> 'pubgencols' IN ('s', 'true') THEN 'stored' END,
        'tables', (
            SELECT json_agg(
                r.prrelid::regclass
                || coalesce(' (' || (
                    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                    FROM jsonb_array_elements_text(nullif(to_jsonb(r) -> 'prattrs', 'null')) AS k (attnum)
                    JOIN pg_attribute AS a ON a.attrelid = r.prrelid AND a.attnum = k.attnum::integer
                ) || ')', '')
                || coalesce(' WHERE ' || (
                    SELECT min(to_jsonb(v) ->> 'rowfilter')
                    FROM pg_partition_tree(r.prrelid) AS b
                    JOIN pg_class AS bc ON bc.oid = coalesce(b.relid, r.prrelid)
                    JOIN pg_namespace AS bn ON bn.oid = bc.relnamespace
                    JOIN pg_publication_tables AS v
                        ON v.pubname = p.pubname AND v.schemaname = bn.nspname AND v.tablename = bc.relname
                ), '')
                ORDER BY r.prrelid::regclass::text COLLATE "C")
            FROM pg_publication_rel AS r WHERE r.prpubid = p.oid
        ),
        'schemas', (
            SELECT json_agg(quote_ident(n.nspname) ORDER BY n.nspname COLLATE "C")
            FROM pg_depend AS d
            JOIN pg_depend AS e ON e.classid = d.classid AND e.objid = d.objid
            JOIN pg_namespace AS n ON e.refclassid = 'pg_namespace'::regclass AND n.oid = e.refobjid
            WHERE d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid AND d.deptype = 'a'
        )
    ))
    FROM pg_publication AS p
    UNION ALL
    SELECT json_build_array('event trigger', t.evtname, json_build_object(
        'event', t.evtevent,
        'function', t.evtfoid::regprocedure::text,
        'tags', (SELECT json_agg(g ORDER BY g COLLATE "C") FROM unnest(t.evttags) AS g),
        'enabled', CASE t.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
    ))
    FROM pg_event_trigger AS t
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_event_trigger'::regclass AND m.objid = t.oid)
    UNION ALL
    -- The column of the locale has had three names, and none for ICU before PostgreSQL 15.
    SELECT json_build_array('collation', n.nspname, c.collname, json_build_object(
        'provider', CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END,
        'locale', CASE WHEN c.collprovider = 'c' THEN concat_ws(', ', c.collcollate, nullif(c.collctype, c.collcollate))
                       ELSE coalesce(j.value ->> 'colllocale', j.value ->> 'colliculocale', c.collcollate) END,
        'rules', j.value ->> 'collicurules',
        'deterministic', CASE WHEN NOT c.collisdeterministic THEN false END
    ))
    FROM pg_collation AS c
    JOIN schemas AS n ON n.oid = c.collnamespace
    CROSS JOIN LATERAL (SELECT to_jsonb(c)) AS j (value)
    WHERE c.collencoding IN (-1, (SELECT d.encoding FROM pg_database AS d WHERE d.datname = current_database()))
      AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_collation'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT json_build_array('operator', n.nspname, o.oprname,
        concat_ws(', ', format_type(nullif(o.oprleft, 0), NULL), format_type(nullif(o.oprright, 0), NULL)),
        json_build_object(
            'function', nullif(o.oprcode::oid, 0)::regprocedure::text,
            'commutator', nullif(o.oprcom, 0)::regoperator::text,
            'negator', nullif(o.oprnegate, 0)::regoperator::text,
            'restrict', nullif(o.oprrest::oid, 0)::regprocedure::text,
            'join', nullif(o.oprjoin::oid, 0)::regprocedure::text,
            'hashes', CASE WHEN o.oprcanhash THEN true END,
            'merges', CASE WHEN o.oprcanmerge THEN true END
        ))
    FROM pg_operator AS o
    JOIN schemas AS n ON n.oid = o.oprnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)
    UNION ALL
    SELECT json_build_array('operator family', n.nspname, f.opfname, a.amname, json_build_object(
        'operators', (
            SELECT json_agg(e.entry ORDER BY e.entry COLLATE "C")
            FROM pg_amop AS o
            CROSS JOIN LATERAL (SELECT concat_ws(
                ' ', o.amopstrategy, o.amopopr::regoperator,
                'for order by ' || (SELECT s.opfnamespace::regnamespace || '.' || quote_ident(s.opfname)
                                    FROM pg_opfamily AS s WHERE s.oid = o.amopsortfamily)
            )) AS e (entry)
            WHERE o.amopfamily = f.oid
        ),
        'functions', (
            SELECT json_agg(e.entry ORDER BY e.entry COLLATE "C")
            FROM pg_amproc AS p
            CROSS JOIN LATERAL (SELECT concat_ws(
                ' ', p.amprocnum, '(' || format_type(p.amproclefttype, NULL) || ', '
                                  || format_type(p.amprocrighttype, NULL) || ')', p.amproc::regprocedure
            )) AS e (entry)
            WHERE p.amprocfamily = f.oid
        )
    ))
    FROM pg_opfamily AS f
    JOIN schemas AS n ON n.oid = f.opfnamespace
    JOIN pg_am AS a ON a.oid = f.opfmethod
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_opfamily'::regclass AND m.objid = f.oid)
    UNION ALL
    SELECT json_build_array('operator class', n.nspname, c.opcname, a.amname, json_build_object(
        'type', format_type(c.opcintype, NULL),
        'default', CASE WHEN c.opcdefault THEN true END,
        'family', (SELECT f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname)
                   FROM pg_opfamily AS f WHERE f.oid = c.opcfamily),
        'storage', format_type(nullif(c.opckeytype, 0), NULL)
    ))
    FROM pg_opclass AS c
    JOIN schemas AS n ON n.oid = c.opcnamespace
    JOIN pg_am AS a ON a.oid = c.opcmethod
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_opclass'::regclass AND m.objid = c.oid)
    UNION ALL
    -- A cast has no schema; it counts when one of its types or its function is in one of these.
    SELECT json_build_array('cast', format_type(c.castsource, NULL), format_type(c.casttarget, NULL), json_build_object(
        'method', CASE c.castmethod WHEN 'f' THEN 'function ' || c.castfunc::regprocedure WHEN 'i' THEN 'inout'
                                    ELSE 'binary' END,
        'context', CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' END
    ))
    FROM pg_cast AS c
    WHERE c.oid >= 16384
      AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_cast'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT json_build_array('conversion', n.nspname, c.conname, json_build_object(
        'from', pg_encoding_to_char(c.conforencoding),
        'to', pg_encoding_to_char(c.contoencoding),
        'function', c.conproc::regprocedure::text,
        'default', CASE WHEN c.condefault THEN true END
    ))
    FROM pg_conversion AS c
    JOIN schemas AS n ON n.oid = c.connamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_conversion'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT json_build_array('text search configuration', n.nspname, c.cfgname, json_build_object(
        'parser', (SELECT q.prsnamespace::regnamespace || '.' || quote_ident(q.prsname)
                   FROM pg_ts_parser AS q WHERE q.oid = c.cfgparser),
        'dictionaries', (
            SELECT json_object_agg(t.alias, m.dictionaries ORDER BY t.alias COLLATE "C")
            FROM (
                SELECT m.maptokentype, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
                FROM pg_ts_config_map AS m WHERE m.mapcfg = c.oid GROUP BY m.maptokentype
            ) AS m
            JOIN ts_token_type(c.cfgparser) AS t ON t.tokid = m.maptokentype
        )
    ))
    FROM pg_ts_config AS c
    JOIN schemas AS n ON n.oid = c.cfgnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_config'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT json_build_array('text search dictionary', n.nspname, d.dictname, json_build_object(
        'template', (SELECT t.tmplnamespace::regnamespace || '.' || quote_ident(t.tmplname)
                     FROM pg_ts_template AS t WHERE t.oid = d.dicttemplate),
        'options', d.dictinitoption
    ))
    FROM pg_ts_dict AS d
    JOIN schemas AS n ON n.oid = d.dictnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_dict'::regclass AND m.objid = d.oid)
    UNION ALL
    -- The values of options (host, port, database) are an environment's own, and may be secret.
    SELECT json_build_array('foreign data wrapper', w.fdwname, json_build_object(
        'handler', nullif(w.fdwhandler, 0)::regprocedure::text,
        'validator', nullif(w.fdwvalidator, 0)::regprocedure::text,
        'options', (SELECT json_agg(o.option_name ORDER BY o.option_name COLLATE "C")
                    FROM pg_options_to_table(w.fdwoptions) AS o)
    ))
    FROM pg_foreign_data_wrapper AS w
    WHERE NOT EXISTS (
        SELECT FROM members AS m WHERE m.classid = 'pg_foreign_data_wrapper'::regclass AND m.objid = w.oid
    )
    UNION ALL
    SELECT json_build_array('foreign server', s.srvname, json_build_object(
        'wrapper', w.fdwname,
        'type', s.srvtype,
        'options', (SELECT json_agg(o.option_name ORDER BY o.option_name COLLATE "C")
                    FROM pg_options_to_table(s.srvoptions) AS o)
    ))
    FROM pg_foreign_server AS s
    JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_foreign_server'::regclass AND m.objid = s.oid)
    UNION ALL
    SELECT json_build_array('language', l.lanname, json_build_object(
        'trusted', CASE WHEN l.lanpltrusted THEN true END,
        'handler', nullif(l.lanplcallfoid, 0)::regprocedure::text,
        'inline', nullif(l.laninline, 0)::regprocedure::text,
        'validator', nullif(l.lanvalidator, 0)::regprocedure::text
    ))
    FROM pg_language AS l
    WHERE l.lanispl
      AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_language'::regclass AND m.objid = l.oid)
    UNION ALL
    SELECT json_build_array('transform', format_type(t.trftype, NULL), l.lanname, json_build_object(
        'from_sql', nullif(t.trffromsql::oid, 0)::regprocedure::text,
        'to_sql', nullif(t.trftosql::oid, 0)::regprocedure::text
    ))
    FROM pg_transform AS t
    JOIN pg_language AS l ON l.oid = t.trflang
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_transform'::regclass AND m.objid = t.oid)
