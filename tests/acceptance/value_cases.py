"""Values of every type that a reader of values may stumble over."""

from __future__ import annotations

VALUES = (
    "'24:00'::time", "'24:00+15:59'::timetz", "'23:59:60'::time", "ARRAY['24:00'::time]",
    "'[0:1]={5,6}'::int[]", "'[2:3][1:1]={{5},{6}}'::text[]", "ARRAY[NULL, 'NULL', '{', '\"', E'\\\\']",
    "'infinity'::date", "'-infinity'::date", "'0044-03-15 BC'::date", "'294276-12-31'::timestamp",
    "'5874897-12-31'::date",
    "'infinity'::timestamp", "'-infinity'::timestamptz", "'4713-01-01 BC'::timestamptz",
    "ARRAY['infinity'::timestamptz]",
    "'178000000 years'::interval", "'-1 mons +2 days -00:00:00.000001'::interval",
    "'NaN'::numeric", "'Infinity'::numeric", "10::numeric ^ 5000", "'NaN'::float8", "'-Infinity'::real",
    "'empty'::int4range", "'(,)'::daterange", "'[2001-01-01,infinity]'::daterange", "'(,infinity)'::tstzrange",
    "'{[1,2),[5,)}'::int4multirange", "'{}'::nummultirange", "'[NaN,NaN]'::numrange",
    "'{[0044-01-01 BC,]}'::datemultirange",
    "ROW(1, NULL, 'a,b', ROW(2, '('))", "ROW()", "t FROM (SELECT 1 AS a, '\"'::text AS b) AS t",
    "repeat('[', 3000)::text || repeat(']', 3000)", "(repeat('[', 2000) || repeat(']', 2000))::json",
    "repeat('9', 5000)::json", "'\"\\ud83d\\ude00\"'::json", "repeat('9', 5000)::jsonb", "ARRAY['{\"a\": 1}'::json]",
    "'(1e308,-0)'::point", "'(Infinity,NaN)'::point", "'{1,-1,0}'::line", "'<(0,0),Infinity>'::circle",
    "'::ffff:1.2.3.4/128'::inet", "'10.0.0.1/8'::inet", "'::/0'::cidr", "'08:00:2b:01:02:03:04:05'::macaddr8",
    "'-92233720368547758.08'::money", "B'101'", "''::bit varying", "'\\x00ff'::bytea", "ARRAY['\\x00'::bytea]",
    "'00000000-0000-0000-0000-000000000000'::uuid", "'a:A & !b'::tsquery", "'''a'':1A'::tsvector", "'0/0'::pg_lsn",
    "'1:2:'::pg_snapshot", "'1 2'::int2vector", "'1 2'::oidvector", "'(0,1)'::tid", "'pg_class'::regclass",
    "'a'::\"char\"", "NULL", "'x'::unknown", "pg_sleep(0)", "'{pg_read_all_data=U/postgres}'::aclitem[]",
)  # fmt: skip
QUERIES = tuple(f"SELECT {value}" for value in VALUES)
