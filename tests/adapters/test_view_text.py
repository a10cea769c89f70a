"""A view's text is the same whether or not the server prints the only relation's name before every column."""

from __future__ import annotations

import pytest

from rdspatch.adapters.postgres.view_text import view_text


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (" SELECT t.a,\n    t.b\n   FROM s.t;", " SELECT a,\n    b\n   FROM s.t;"),
        (" SELECT x.a FROM s.t x WHERE (x.b > 3);", " SELECT a FROM s.t x WHERE (b > 3);"),
        (' SELECT "T x".a FROM s."T x";', ' SELECT a FROM s."T x";'),
        (' SELECT "T".a FROM s."T";', ' SELECT a FROM s."T";'),
        (" SELECT x.a FROM ONLY s.t x;", " SELECT a FROM ONLY s.t x;"),
        (" SELECT x.a FROM ( SELECT u.a FROM s.u) x;", " SELECT a FROM ( SELECT u.a FROM s.u) x;"),
        (" SELECT g.n FROM generate_series(1, 2) g(n);", " SELECT n FROM generate_series(1, 2) g(n);"),
        (" SELECT t.a FROM s.t WHERE (EXISTS ( SELECT FROM s.u WHERE (u.a = t.a)));",) * 2,
        (" WITH w AS ( SELECT u.a FROM s.u) SELECT w.a FROM w;", " WITH w AS ( SELECT u.a FROM s.u) SELECT a FROM w;"),
    ],
)
def test_both_ways_of_printing_one_view_become_one_text(older: str, newer: str) -> None:
    assert view_text(older) == view_text(newer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (" SELECT t.a FROM s.t;", " SELECT t.b FROM s.t;"),
        (" SELECT t.a FROM s.t, s.u;", " SELECT u.a FROM s.t, s.u;"),
        (" SELECT t.a FROM (s.t JOIN s.u ON (true));", " SELECT u.a FROM (s.t JOIN s.u ON (true));"),
        (" SELECT t.a FROM s.t;", " SELECT t.a FROM r.t;"),
        (" SELECT 't.a' AS x FROM s.t;", " SELECT 'a' AS x FROM s.t;"),
        (' SELECT a AS "t.a" FROM s.t;', " SELECT a FROM s.t;"),
        (" SELECT 'a  b' AS x FROM s.t;", " SELECT 'a b' AS x FROM s.t;"),
        (" SELECT t.a FROM s.t UNION SELECT u.a FROM s.u;", " SELECT u.a FROM s.t UNION SELECT t.a FROM s.u;"),
    ],
)
def test_views_that_differ_have_texts_that_differ(one: str, other: str) -> None:
    assert view_text(one) != view_text(other)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT t.a, u.b FROM s.t, s.u WHERE (t.a = u.b)",
        "SELECT t.a, u.b FROM (s.t JOIN s.u ON ((t.a = u.b)))",
        "SELECT t.a FROM s.t UNION SELECT u.b FROM s.u",
        "SELECT 1 AS a",
    ],
)
def test_a_query_of_none_or_several_relations_stays_as_it_is(text: str) -> None:
    assert view_text(f" {text};") == text


def test_the_text_is_one_line() -> None:
    assert view_text(" SELECT t.a,\n    'x\n;' AS b\n   FROM s.t;") == "SELECT a, 'x\n;' AS b FROM s.t"
