"""The questions about one index, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.message import OWN_PATH
from rdspatch.adapters.postgres.quoting import literal, regclass, relation
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.core.statement import StatementKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.statement import Statement

_PROBE = "'pg_temp.rdspatch_probe_index'::regclass"


def facts_query(statement: Statement, path: Sequence[str]) -> str:
    """What stands under the name of the statement's index; `path` is where names without a schema are looked for."""
    return _facts(statement, _oid(statement, path), path)


def comparison(statement: Statement, path: Sequence[str]) -> str:
    """Builds the statement's index on an empty copy of the table, then asks about the existing one and the copy."""
    facts = _facts(statement, f"{_oid(statement, path)}, {_PROBE}", path)
    table = relation(statement.relations[0])
    return f"CREATE TEMP TABLE rdspatch_probe (LIKE {table});\n{statement.probe};\n{OWN_PATH};\n{facts}"


def name_query(statement: Statement, path: Sequence[str]) -> str:
    """The qualified and quoted name of the very relation that `facts_query` is about."""
    return (
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_catalog.pg_class AS c "
        f"JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = {_oid(statement, path)}"
    )


def _facts(statement: Statement, oids: str, path: Sequence[str]) -> str:
    table = regclass(statement.relations[0], path)
    return text_of("index_facts.sql").format_map({"oids": oids, "table": table})


def _oid(statement: Statement, path: Sequence[str]) -> str:
    """An index is made in its table's schema, whatever the search path; a dropped one is found by the path."""
    if statement.object is None:
        raise ValueError(f"the statement on line {statement.line} names no index")
    if statement.kind is StatementKind.CREATE_INDEX:
        table = regclass(statement.relations[0], path)
        return (
            f"(SELECT x.oid FROM pg_catalog.pg_class AS x WHERE x.relname = {literal(statement.object.name)} AND "
            f"x.relnamespace = (SELECT y.relnamespace FROM pg_catalog.pg_class AS y "
            f"WHERE y.oid = {table}))"
        )
    return regclass(statement.object, path)
