"""What is asked about strangers: what they have at the ledger, and what they have put in the way of patches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import literal, literals
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.core.schema import ObjectName
from rdspatch.core.strangers.in_the_way import StrangersCode, StrangersObject
from rdspatch.core.strangers.intrusion import RUNS_ON_READING, Intrusion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rdspatch.core.strangers.in_the_way import Obstacle, Path
    from rdspatch.core.strangers.intrusion import IntrusionKind

CURRENT = "current_user"
"""The expression for the role that a message runs as."""


def ledger_query(trusted: Sequence[str], *, role: str = CURRENT) -> str:
    """A query for one JSON array: what `intrusions_from` takes. Ask with the catalog alone on the path.

    Args:
        trusted: Roles that are no strangers, whatever they can become.
        role: An expression for the role that patches run as.
    """
    found = _query("strange_ledger.sql", trusted, role)
    document = "json_agg(json_build_array(f.kind, f.object, f.role, f.what) ORDER BY f.object, f.kind, f.role, f.what)"
    return f"SELECT coalesce({document}, '[]') FROM (\n{found}) AS f"


def ledger_fence(trusted: Sequence[str], kinds: Iterable[IntrusionKind] = RUNS_ON_READING) -> str:
    """A query without rows that fails where one of `kinds` is there, before any later statement is even planned.

    What it lets through is the value of the setting `rdspatch.strangers` until the end of the transaction. It divides
    by zero to fail (see `sqlstate.py`), since a database may lack the language that could raise an error of its own.
    """
    refused = literals(kind.value for kind in kinds)
    return (
        f"SELECT FROM ({ledger_query(trusted)}) AS l (there) "
        "WHERE set_config('rdspatch.strangers', l.there::text, true) IS NULL OR 1 / CASE WHEN EXISTS ("
        f"SELECT FROM json_array_elements(l.there) AS e (item) WHERE e.item ->> 0 IN ({refused})"
        ") THEN 0 ELSE 1 END = 0"
    )


def intrusions_from(document: Iterable[Sequence[str]]) -> tuple[Intrusion, ...]:
    """What such a JSON array says."""
    return tuple(Intrusion.from_json(item) for item in document)


def obstacles_query(paths: Iterable[Path], trusted: Sequence[str]) -> str:
    """A query for what is in the way of these; `obstacles_from` takes its rows."""
    on_the_way = tuple(paths)
    made = sorted({name for path in on_the_way for name in path.made}, key=lambda name: name.sort_key)
    relations = sorted({name for path in on_the_way for name in path.relations})
    document = json.dumps([name.to_json() for name in made], ensure_ascii=False)
    parts = {"made": literal(document), "relations": literals(relations)}
    return _query("in_the_way.sql", trusted, CURRENT, **parts)


def obstacles_from(rows: Iterable[Sequence[Any]]) -> tuple[Obstacle, ...]:
    """What the answer says."""
    return tuple(_obstacle(*json.loads(document)) for (document,) in rows)


def _obstacle(kind: str, *facts: Any) -> Obstacle:
    if kind == "object":
        name, there, role = facts
        return StrangersObject(object=ObjectName.from_json(name), there=there, role=role)
    start, by, schema, relation, part, name, function, role, in_force = facts
    return StrangersCode(
        reached_from=start,
        by=by,
        relation=(schema, relation),
        kind=part,
        name=name,
        function=function,
        role=role,
        in_force=in_force,
    )


def strangers(trusted: Sequence[str], role: str = CURRENT) -> str:
    """A query for the roles that cannot become the one that patches run as, but those that are trusted."""
    return text_of("strangers.sql").format_map({"role": role, "trusted": literals(trusted)}).strip()


def _query(file: str, trusted: Sequence[str], role: str, **parts: str) -> str:
    code = text_of("strange_code.sql").strip()
    return text_of(file).format_map({"strangers": strangers(trusted, role), "code": code, "role": role, **parts})
