"""What is asked about strangers: their code that a name may mean, and where they may put more of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.core.shadowing import Shadow, ShadowKind

if TYPE_CHECKING:
    from collections.abc import Sequence


def shadows_query(schemas: Sequence[str], trusted: Sequence[str], *, role: str = "current_user") -> str:
    """Ask with the catalog alone on the path.

    Args:
        schemas: Of the search path that patches run with.
        trusted: Roles that count as the patches' own.
        role: An expression for the role that patches run as.
    """
    return _query("shadows.sql", schemas, trusted, role)


def creators_query(schemas: Sequence[str], trusted: Sequence[str], *, role: str = "current_user") -> str:
    """Role and schema, for `Creator`; the same arguments."""
    return _query("creators.sql", schemas, trusted, role)


def _query(file: str, schemas: Sequence[str], trusted: Sequence[str], role: str) -> str:
    strangers = text_of("strangers.sql").format_map({"role": role, "trusted": _array(trusted)})
    return text_of(file).format_map({"strangers": strangers.strip(), "schemas": _array(schemas)}).strip()


def shadows_from(rows: Sequence[Sequence[Any]]) -> tuple[Shadow, ...]:
    """What the answer says."""
    found = []
    for (document,) in rows:
        kind, schema, name, description, owner, on_path, takes_row, hides = json.loads(document)
        found.append(
            Shadow(
                kind=ShadowKind(kind),
                schema=schema,
                name=name,
                description=description,
                owner=owner,
                on_path=on_path,
                takes_row=takes_row,
                hides=hides,
            )
        )
    return tuple(found)


def _array(names: Sequence[str]) -> str:
    return ", ".join(map(literal, names))
