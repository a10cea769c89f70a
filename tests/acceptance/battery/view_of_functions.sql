CREATE VIEW b.of_functions AS SELECT g.n, g.ordinality, x.a FROM generate_series(1, 3) WITH ORDINALITY AS g (n, ordinality), json_to_recordset('[]') AS x (a integer, c text), unnest(ARRAY[1], ARRAY['a']) AS u (q, w);
CREATE VIEW b.of_xml AS SELECT t.a FROM XMLTABLE('/r' PASSING ('<r/>'::xml) COLUMNS a text PATH 'a' DEFAULT 'x') AS t;
