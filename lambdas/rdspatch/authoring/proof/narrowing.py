"""Whether a column's new type holds less than its old one: values of the old one go there and come back.

No catalog tells: the server calls the cast from bigint to double precision implicit, and it loses digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal, literals
from rdspatch.authoring.proof.extremes import extremes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.state import Column

_NUMBERS = re.compile(r"\(([-\d, ]+)\)")
_MOST_CHARACTERS = 40
_FACTS = """
WITH RECURSIVE bases AS (
    SELECT t.oid, t.typtype, t.typbasetype, {modifier} AS modifier FROM pg_catalog.pg_type AS t WHERE t.oid = {type}
    UNION ALL
    SELECT t.oid, t.typtype, t.typbasetype, d.typtypmod FROM bases AS b
    JOIN pg_catalog.pg_type AS d ON d.oid = b.oid
    JOIN pg_catalog.pg_type AS t ON t.oid = d.typbasetype
    WHERE d.typtype = 'd'
), base AS (SELECT * FROM bases WHERE typtype <> 'd')
SELECT json_build_object(
    'shown', format_type({type}, {modifier}),
    'base', format_type(t.oid, NULL),
    'full', format_type(t.oid, b.modifier),
    'category', t.typcategory,
    'element', CASE WHEN t.typcategory = 'A' THEN format_type(t.typelem, NULL) END,
    'full_element', CASE WHEN t.typcategory = 'A' THEN format_type(t.typelem, b.modifier) END,
    'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e
               WHERE e.enumtypid IN (t.oid, t.typelem))
)
FROM base AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.oid
"""
_THERE_AND_BACK = """
CREATE FUNCTION pg_temp.rdspatch_there_and_back(value text, old text, new text) RETURNS text[]
LANGUAGE plpgsql AS $function$
DECLARE
    before text;
    after text;
BEGIN
    BEGIN
        EXECUTE format('SELECT %L::%s::text', value, old) INTO before;
    EXCEPTION WHEN OTHERS THEN
        RETURN NULL;  -- no value of the old type
    END;
    BEGIN
        EXECUTE format('SELECT %L::%s::%s::%s::text', value, old, new, old) INTO after;
    EXCEPTION WHEN cannot_coerce THEN
        EXECUTE format('SELECT %L::%s::text::%s::text::%s::text', value, old, new, old) INTO after;
    END;
    RETURN ARRAY[before, after];
EXCEPTION WHEN OTHERS THEN
    RETURN ARRAY[before, NULL];
END $function$
"""


def what_is_lost(connection: Connection, before: Column, after: Column) -> str | None:
    """The end of a sentence about a value that does not survive the change of a type; None where each one does.

    Args:
        connection: In a transaction, to a database that has both types; it is left as it was.
        before: The column as it was.
        after: The column as it is.
    """
    connection.execute("SAVEPOINT rdspatch_types")
    try:
        old, new = _facts(connection, before), _facts(connection, after)
        if old is None or new is None:
            return "values may not fit"
        values = _values(old, _limit(new["full_element"] or new["full"]))
        if not values:
            return "values may not fit"
        connection.execute(_THERE_AND_BACK)
        return _first_lost(_trips(connection, values, old["shown"], new["shown"]))
    finally:
        connection.execute("ROLLBACK TO SAVEPOINT rdspatch_types; RELEASE SAVEPOINT rdspatch_types")


def category(connection: Connection, column: Column) -> str | None:
    """What family of types a column belongs to, as in `pg_type.typcategory`; None where its type is gone."""
    facts = _facts(connection, column)
    return None if facts is None else facts["category"]


def _facts(connection: Connection, column: Column) -> dict[str, str] | None:
    query = _FACTS.format(type=column.type_id, modifier=column.modifier)
    facts: dict[str, str] | None = connection.document(f"SELECT coalesce(({query}), 'null'::json)")
    return facts


def _values(old: dict[str, str], limit: int | None) -> Sequence[str]:
    if old["labels"]:
        plain: Sequence[str] = tuple(old["labels"])
    else:
        full = old["full_element"] or old["full"]
        modifiers = [int(number) for number in _numbers(full)]
        plain = extremes(old["element"] or old["base"], modifiers, limit)
    return tuple(_array(value) for value in plain) if old["element"] else plain


def _array(value: str) -> str:
    inside = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{"{inside}"}}'


def _numbers(shown: str) -> list[str]:
    match = _NUMBERS.search(shown)
    return match[1].split(",") if match else []


def _limit(shown: str) -> int | None:
    numbers = _numbers(shown)
    return int(numbers[0]) if numbers else None


def _trips(connection: Connection, values: Sequence[str], old: str, new: str) -> list[list[str | None]]:
    array = literals(values)
    trips = (
        f"pg_temp.rdspatch_there_and_back(v, {literal(old)}, {literal(new)}) AS trip "
        f"FROM unnest(ARRAY[{array}]::text[]) WITH ORDINALITY AS u (v, n)"
    )
    query = f"SELECT coalesce(json_agg(to_json(t.trip) ORDER BY t.n), '[]') FROM (SELECT u.n, {trips}) AS t"  # noqa: S608
    found: list[list[str | None]] = connection.document(query)
    return found


def _first_lost(trips: Iterable[list[str | None] | None]) -> str | None:
    known = [trip for trip in trips if trip is not None]
    for before, after in known:
        if after is None:
            return f"{_short(before)} does not fit"
        if before != after:
            return f"{_short(before)} is refused or comes back as {_short(after)}"
    return None if known else "values may not fit"


def _short(value: str | None) -> str:
    text = value or ""
    shown = text if len(text) <= _MOST_CHARACTERS else f"{text[:10]}… of {len(text)} characters"
    return shown if shown.strip() == shown and shown else f"'{shown}'"
