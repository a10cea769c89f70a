"""The statements around a patch that is replayed: they let it commit only when it did nothing but what is allowed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.adapters.postgres.schema import schema_query
from rdspatch.adapters.postgres.sqlstate import REPLAY_TOUCHES
from rdspatch.adapters.postgres.texts import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.core.schema import ObjectName


@dataclass(frozen=True, slots=True)
class Guard:
    """Our own statements before and after the patch, in its transaction; each needs the settings of our own."""

    before: tuple[str, ...]
    after: tuple[str, ...]


def guard(*, heals: Iterable[ObjectName], adds: Iterable[ObjectName]) -> Guard:
    """What lets a patch commit when every other object, its rows and its privileges are as they were.

    Args:
        heals: Objects that it may add, change or make again.
        adds: Objects that it may add where they are not there.
    """
    facts = text_of("replay_facts.sql").format_map({"schema": schema_query(())})
    may_heal = {name: name.to_json() for name in heals}
    may_add = may_heal | {name: name.to_json() for name in adds}
    before = (
        _names("rdspatch_heals", may_heal.values()),
        _names("rdspatch_adds", may_add.values()),
        _table("rdspatch_before", facts),
    )
    check = text_of("replay_guard.sql").format_map({"sqlstate": REPLAY_TOUCHES})
    return Guard(before=before, after=(_table("rdspatch_after", facts), check))


def _names(table: str, names: Iterable[list[str]]) -> str:
    document = literal(json.dumps(list(names), ensure_ascii=False))
    return _table(table, f"SELECT value AS name FROM pg_catalog.jsonb_array_elements({document}::pg_catalog.jsonb)")


def _table(name: str, query: str) -> str:
    return f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}"
