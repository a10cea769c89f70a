"""Reading a printed definition again: the object is made once more beside the real one, printed, and rolled back.

Everything is made in `pg_temp`, most of it on an empty copy of the table that bears the table's name, so that no lock
is taken but the weakest one, and neither a row nor a function of somebody's is touched. See decision 0019.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.adapters.postgres.view_text import view_text
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.core.schema import ObjectName, Properties

_NAME = r'(?:"(?:[^"]|"")+"|[^".\s(]+)'
_QUALIFIED = rf"{_NAME}\.{_NAME}"
_HEADS = {
    ObjectKind.INDEX: re.compile(
        rf"(CREATE (?:UNIQUE )?INDEX )({_NAME})( ON )((?:ONLY )?{_QUALIFIED})( USING .*)", re.DOTALL
    ),
    ObjectKind.TRIGGER: re.compile(
        rf"(CREATE (?:CONSTRAINT )?TRIGGER )({_NAME})( (?:BEFORE|AFTER) .*? ON )({_QUALIFIED})( .*)", re.DOTALL
    ),
    ObjectKind.RULE: re.compile(rf"(CREATE RULE )({_NAME})( AS\s+ON \w+ TO )({_QUALIFIED})(\s.*)", re.DOTALL),
    ObjectKind.STATISTICS: re.compile(
        rf"(CREATE STATISTICS )({_QUALIFIED})(\s.* FROM )((?:{_NAME}\.)?{_NAME})()", re.DOTALL
    ),
    ObjectKind.FUNCTION: re.compile(rf"(CREATE OR REPLACE (?:FUNCTION|PROCEDURE) )({_QUALIFIED})()()(\(.*)", re.DOTALL),
}
"""A definition that names its object and its table: the text between stays, the two names are another's in the copy."""
_WITH_EXPRESSION = ("CHECK ", "EXCLUDE ")
"""How the constraints begin that hold expressions; the others are printed in one way only."""
_ON_A_COPY = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.COLUMN,
        ObjectKind.CONSTRAINT,
        ObjectKind.INDEX,
        ObjectKind.TRIGGER,
        ObjectKind.RULE,
        ObjectKind.POLICY,
        ObjectKind.STATISTICS,
    },
)
_PRINTED_BY = {
    ObjectKind.INDEX: "pg_get_indexdef({probe}::regclass)",
    ObjectKind.TRIGGER: "(SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t "
    "WHERE t.tgname = {name} AND t.tgrelid = {table}::regclass)",
    ObjectKind.RULE: "(SELECT pg_get_ruledef(r.oid) FROM pg_rewrite AS r "
    "WHERE r.rulename = {name} AND r.ev_class = {table}::regclass)",
    ObjectKind.STATISTICS: "(SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext AS s "
    "WHERE s.stxname = {name} AND s.stxrelid = {table}::regclass)",
    ObjectKind.CONSTRAINT: "(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint AS k "
    "WHERE k.conname = {name} AND k.conrelid = {table}::regclass)",
}
_FUNCTION = (
    "(SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p WHERE p.proname = {name} "
    "AND p.pronamespace = pg_my_temp_schema() AND oidvectortypes(p.proargtypes) = {table})"
)
_VIEW = "pg_get_viewdef({probe}::regclass)"
_PARTITION_KEY = "pg_get_partkeydef({probe}::regclass)"
_COLUMN = (
    "(SELECT pg_get_expr(v.adbin, v.adrelid) FROM pg_attribute AS a JOIN pg_attrdef AS v "
    "ON v.adrelid = a.attrelid AND v.adnum = a.attnum WHERE a.attname = {name} AND a.attrelid = {table}::regclass)"
)
_POLICY = (
    "(SELECT pg_get_expr(y.{what}, y.polrelid) FROM pg_policy AS y "
    "WHERE y.polname = {name} AND y.polrelid = {table}::regclass)"
)
_DOMAIN_DEFAULT = "(SELECT pg_get_expr(t.typdefaultbin, 0) FROM pg_type AS t WHERE t.oid = {probe}::regtype)"
_DOMAIN_CHECKS = (
    "(SELECT json_object_agg(k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint AS k "
    "WHERE k.contypid = {probe}::regtype AND k.contype = 'c')"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """One object that is made once more."""

    object: ObjectName
    properties: Properties
    table: tuple[str, ...] | None
    """Schema and name of the relation whose empty copy it is made on."""
    statements: tuple[str, ...]
    answer: str
    """SQL for a JSON object of the properties as they are printed now."""

    def texts(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What was answered, with the names of the object itself."""
        kind, printed = self.object.kind, answer.get("definition")
        if kind in (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW):
            return {"definition": view_text(str(printed))}
        if kind not in _HEADS:
            return answer
        ours, theirs = (_HEADS[kind].fullmatch(str(text)) for text in (self.properties["definition"], printed))
        if ours is None or theirs is None:
            return {}
        return {"definition": f"{theirs[1]}{ours[2]}{theirs[3]}{ours[4]}{theirs[5]}"}


def copy_of(name: ObjectName, properties: Properties, number: int) -> Copy | None:
    """How an object is made once more under a name of its own; None when nothing of it is read again."""
    probe = f"rdspatch_probe_{number}"
    table = owner_of(name, properties) if name.kind in _ON_A_COPY else None
    table = name.path if name.kind is ObjectKind.TABLE else table
    if name.kind in _ON_A_COPY and table is None:
        return None
    made = tuple(_made(name, properties, probe, "" if table is None else f"pg_temp.{identifier(table[1])}"))
    if not made:
        return None
    *statements, answer = made
    return Copy(name, properties, table, tuple(statements), answer)


def reading(copies: Sequence[Copy]) -> str:
    """The SQL that makes these, and answers with one JSON array.

    Args:
        copies: Of objects of one schema, none of them twice, with different numbers.
    """
    tables = dict.fromkeys(copy.table for copy in copies if copy.table is not None)
    names = ((identifier(schema), identifier(table)) for schema, table in tables)
    empty = [f"CREATE TEMP TABLE {table} AS SELECT * FROM {schema}.{table} WITH NO DATA" for schema, table in names]
    made = [statement for copy in copies for statement in copy.statements]
    answers = ", ".join(copy.answer for copy in copies)
    return ";\n".join((*empty, *made, f"SELECT json_build_array({answers})::text"))


def answered(copies: Sequence[Copy], document: str) -> list[dict[str, Any]]:
    """The printed properties of each copy, from the answer to `reading`."""
    return [copy.texts(answer) for copy, answer in zip(copies, json.loads(document), strict=True)]


def _made(name: ObjectName, properties: Properties, probe: str, table: str) -> Iterator[str]:
    """The statements, then the answer; nothing when there is nothing to be read again."""
    text = str(properties.get("definition", ""))
    match name.kind:
        case ObjectKind.CONSTRAINT if text.startswith(_WITH_EXPRESSION):
            yield f"ALTER TABLE {table} ADD CONSTRAINT {probe} {text}"
            yield _answer(probe, table, definition=_PRINTED_BY[name.kind])
        case ObjectKind.INDEX | ObjectKind.TRIGGER | ObjectKind.RULE | ObjectKind.FUNCTION | ObjectKind.STATISTICS:
            yield from _defined(name, text, probe, table)
        case ObjectKind.VIEW | ObjectKind.MATERIALIZED_VIEW:
            yield f"CREATE TEMP VIEW {probe} AS {text}"
            yield _answer(probe, definition=_VIEW)
        case ObjectKind.TABLE if properties.get("partition_by"):
            yield f"CREATE TEMP TABLE {probe} (LIKE {table}) PARTITION BY {properties['partition_by']}"
            yield _answer(probe, partition_by=_PARTITION_KEY)
        case ObjectKind.COLUMN:
            yield from _column(properties, probe, table)
        case ObjectKind.POLICY:
            yield from _policy(properties, probe, table)
        case ObjectKind.DOMAIN:
            yield from _domain(properties, probe)
        case _:
            return


def _defined(name: ObjectName, text: str, probe: str, table: str) -> Iterator[str]:
    match = _HEADS[name.kind].fullmatch(text)
    if match is None:
        return
    if name.kind is ObjectKind.FUNCTION:
        # Under its own name, which its body may say before a parameter's.
        yield f"{match[1]}pg_temp.{identifier(name.path[1])}{match[5]}"
        yield _answer(name.path[1], name.path[2], definition=_FUNCTION)
    else:
        own = f"pg_temp.{probe}" if name.kind is ObjectKind.STATISTICS else probe
        yield f"{match[1]}{own}{match[3]}{table}{match[5]}"
        yield _answer(probe, table, definition=_PRINTED_BY[name.kind])


def _column(properties: Properties, probe: str, table: str) -> Iterator[str]:
    kind = properties["type"] + (f" COLLATE {properties['collation']}" if "collation" in properties else "")
    if "generated" in properties:
        yield f"ALTER TABLE {table} ADD COLUMN {probe} {kind} GENERATED ALWAYS AS ({properties['generated']}) STORED"
        yield _answer(probe, table, generated=_COLUMN)
    elif "default" in properties:
        # In two steps: a column that is added with its default computes it at once.
        yield f"ALTER TABLE {table} ADD COLUMN {probe} {kind}"
        yield f"ALTER TABLE {table} ALTER COLUMN {probe} SET DEFAULT {properties['default']}"
        yield _answer(probe, table, default=_COLUMN)


def _policy(properties: Properties, probe: str, table: str) -> Iterator[str]:
    words = {"using": "USING", "check": "WITH CHECK"}
    clauses = "".join(f" {words[item]} ({properties[item]})" for item in words if item in properties)
    yield f"CREATE POLICY {probe} ON {table} FOR {properties['command']}{clauses}"
    using, check = (_POLICY.replace("{what}", what) for what in ("polqual", "polwithcheck"))
    yield _answer(probe, table, using=using, check=check)


def _domain(properties: Properties, probe: str) -> Iterator[str]:
    collation = f" COLLATE {properties['collation']}" if "collation" in properties else ""
    default = f" DEFAULT {properties['default']}" if "default" in properties else ""
    yield f"CREATE DOMAIN pg_temp.{probe} AS {properties['type']}{collation}{default}"
    for name, check in (properties.get("checks") or {}).items():
        yield f"ALTER DOMAIN pg_temp.{probe} ADD CONSTRAINT {identifier(name)} {check}"
    yield _answer(probe, default=_DOMAIN_DEFAULT, checks=_DOMAIN_CHECKS)


def _answer(probe: str, table: str = "", **printed: str) -> str:
    names = {"name": literal(probe), "probe": literal(f"pg_temp.{probe}"), "table": literal(table)}
    pairs = (f"'{item}', {how.format_map(names)}" for item, how in printed.items())
    return f"json_build_object({', '.join(pairs)})"
