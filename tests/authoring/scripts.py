"""Scripts that are hard to split; the server says how many statements each has."""

from __future__ import annotations

from hypothesis import strategies as st

SCRIPTS = {
    "plain": "SELECT 1; SELECT 2",
    "empty statements": ";;SELECT 1;; ;\n;SELECT 2;;",
    "only empty statements": ";;",
    "only a comment": "-- nothing; here",
    "semicolon in a string": "SELECT 'a;b'; SELECT ';'",
    "doubled quotes": "SELECT 'it''s; fine'; SELECT ''';'",
    "backslash in a plain string": r"SELECT 'a\'; SELECT 'b\'",
    "escape string": r"SELECT E'it\'s; fine'; SELECT e'\\'; SELECT 3",
    "unicode string": r"SELECT U&'\0041;\0042'; SELECT 2",
    "unicode string with its own escape": "SELECT U&'!0041;!!' UESCAPE '!'; SELECT 2",
    "string over lines": "SELECT 'a;'\n  'b;'; SELECT 2",
    "bit and hex strings": "SELECT B'01', X'1F'; SELECT 2",
    "national string": "SELECT N'a;b'; SELECT 2",
    "quoted identifier": 'SELECT 1 AS "a;b"; SELECT 2 AS "c""d;"',
    "unicode identifier": r'SELECT 1 AS U&"d\0061t;a"; SELECT 2',
    "dollar quotes": "SELECT $$a;b$$; SELECT $x$ $$;$$ ; $y$ $x$",
    "dollar in an identifier": "SELECT 1 AS a$b$; SELECT 2 AS c$b$",
    "non-ASCII dollar tag": "SELECT $é$a;b$é$; SELECT 2",
    "positional dollar": "SELECT $$1$1$$; SELECT 2",
    "line comment": "SELECT 1 -- ; SELECT 9\n; SELECT 2 -- end",
    "comment at the end of text": "SELECT 1; -- 'unclosed",
    "nested comments": "SELECT 1 /* a /* b; */ ; c */; /* ; */ SELECT 2",
    "comment with a quote": "SELECT 1 /* it's; */; SELECT 2 -- don't;\n",
    "comment that looks nested in a line comment": "SELECT 1; -- /*\nSELECT 2; -- */\nSELECT 3",
    "minus minus inside of a string": "SELECT '--;'; SELECT 2",
    "operator with a star": "SELECT 2*/* ; */3; SELECT 2",
    "operator with a minus": "SELECT 1 - -1; SELECT 2",
    "astral characters": "SELECT '😀;'; /* 😀 */ SELECT 'é' AS \"ü;\"",
    "combining characters": "SELECT 'e\u0301;' ; SELECT '\u202e;'",
    "no-break space in a string": "SELECT '\u00a0;'; SELECT 2",
    "tabs and form feeds": "SELECT\t1;\f\tSELECT\f2;",
    "do block": "DO $$ BEGIN PERFORM 1; PERFORM 2; END $$; SELECT 2",
    "do block in quotes": "DO 'BEGIN PERFORM ''a;b''; END'; SELECT 2",
    "function with a string body": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $f$ SELECT 1; SELECT 2; $f$; SELECT f()"
    ),
    "function with an atomic body": (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT f()"
    ),
    "procedure with an empty atomic body": "CREATE PROCEDURE p() BEGIN ATOMIC END; CALL p()",
    "function that returns": "CREATE FUNCTION f(a int) RETURNS int RETURN a + 1; SELECT f(1)",
    "rule with several actions": (
        "CREATE TABLE t (a int); CREATE TABLE u (a int);"
        "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); INSERT INTO u VALUES (2););"
        "INSERT INTO t VALUES (3); SELECT count(*) FROM u"
    ),
    "rule that does nothing": "CREATE TABLE t (a int); CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING; SELECT 1",
    "schema with its tables": (
        "CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t; SELECT * FROM s.v"
    ),
    "with and semicolon words": 'WITH "end;" AS (SELECT 1) SELECT * FROM "end;"; SELECT 2',
}

STATEMENTS = (
    "SELECT 'é;'",
    "SELECT $é$;\n$é$",
    "SELECT '😀\n' WHERE false",
    'SELECT 1 AS "ü;"',
    "SELECT\n2",
    "DO 'BEGIN END;'",
)
FILLERS = ("", " ", "\n", "-- ü;\n", "/* 😀; /* é */\n */", ";", "\t;\n", "-- '\n", "/* $$ */")

PIECES = st.lists(st.tuples(st.lists(st.sampled_from(FILLERS)).map("".join), st.sampled_from(STATEMENTS)))
"""Statements, each with what may stand before it."""
