"""Which names of a patch may mean something of a stranger's."""

from __future__ import annotations

import pytest

from rdspatch.core.strangers.shadowing import Shadow, ShadowKind, shadowed

FUNCTION = Shadow(
    kind=ShadowKind.FUNCTION,
    schema="public",
    name="split_part",
    description="the function public.split_part(text)",
    owner="app",
    on_path=True,
)
OPERATOR = Shadow(
    kind=ShadowKind.OPERATOR,
    schema="public",
    name="=",
    description="the operator public.=(text,text)",
    owner="app",
    on_path=True,
)
ELSEWHERE = Shadow(
    kind=ShadowKind.FUNCTION,
    schema="app",
    name="Do It",
    description='the function app."Do It"()',
    owner="app",
    on_path=False,
)
OF_ROWS = Shadow(
    kind=ShadowKind.FUNCTION,
    schema="public",
    name="nick",
    description="the function public.nick(public.users)",
    owner="app",
    on_path=True,
    takes_row=True,
)
TYPE = Shadow(
    kind=ShadowKind.TYPE,
    schema="public",
    name="email",
    description="the type public.email, which calls the function public.f(text)",
    owner="app",
    on_path=True,
)

MEANT = (
    (FUNCTION, "SELECT split_part('a')"),
    (FUNCTION, "SELECT Split_Part\n(1)"),
    (FUNCTION, 'SELECT "split_part" (1)'),
    (FUNCTION, 'SELECT public."split_part"(1)'),
    (FUNCTION, "SELECT split_part -- a note\n /* another */ (1)"),
    (FUNCTION, "EXECUTE 'SELECT split_part(''a'')'"),
    (FUNCTION, "EXECUTE format('SELECT %I(%L)', 'split_part', 'a')"),
    (FUNCTION, "-- verify: SELECT split_part('a') = 'a'\nSELECT 1"),
    (FUNCTION, "-- 5\" wide\nSELECT split_part('a')"),
    (OPERATOR, "SELECT a=-1"),
    (OPERATOR, "SELECT a IN ('b')"),
    (OPERATOR, "SELECT nullif(a, b)"),
    (OPERATOR, "SELECT FROM a JOIN b USING (c)"),
    (ELSEWHERE, 'SELECT app."Do It"()'),
    (OF_ROWS, "SELECT u.nick FROM users u"),
    (TYPE, "SELECT 'a'::email"),
    (TYPE, "SELECT CAST('a' AS public.EMAIL)"),
)
NOT_MEANT = (
    (FUNCTION, "SELECT split_part"),
    (FUNCTION, "EXECUTE format('SELECT %I(%L)', 'split_parts', 'a')"),
    (FUNCTION, "SELECT xsplit_part(1), split_parts(1), other.split_part(1)"),
    (OPERATOR, "ALTER TABLE a ADD COLUMN b int"),
    (OPERATOR, "SELECT a <-> b"),
    (ELSEWHERE, 'SELECT "Do It"(), app."do it"()'),
    (OF_ROWS, "SELECT nickname FROM users"),
    (TYPE, "SELECT emails FROM users"),
)


@pytest.mark.parametrize(("shadow", "sql"), MEANT)
def test_a_name_that_may_mean_it_is_found(shadow: Shadow, sql: str) -> None:
    why = shadowed(sql, (shadow,))
    assert f"it may call {shadow.description}, whose owner is app" in why
    assert why.endswith("name in `trusted_roles`: app")


@pytest.mark.parametrize(("shadow", "sql"), NOT_MEANT)
def test_another_name_is_no_reason(shadow: Shadow, sql: str) -> None:
    assert shadowed(sql, (shadow,)) == ""


def test_many_are_counted() -> None:
    assert "and 3 others; code of others" in shadowed("SELECT split_part(1)", (FUNCTION,) * 8)


def test_without_code_of_others_nothing_is_looked_for() -> None:
    assert shadowed("SELECT split_part('a')", ()) == ""
