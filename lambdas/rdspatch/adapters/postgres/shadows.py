"""What is asked about names: which code of strangers one may mean, and who may put more of it there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import literals
from rdspatch.adapters.postgres.strangers import CURRENT, strangers
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.core.strangers.shadowing import Shadow, ShadowKind

if TYPE_CHECKING:
    from collections.abc import Sequence


def shadows_query(schemas: Sequence[str], trusted: Sequence[str], *, role: str = CURRENT) -> str:
    """Ask with the catalog alone on the path.

    Args:
        schemas: Of the search path that patches run with.
        trusted: Roles that count as the patches' own.
        role: An expression for the role that patches run as.
    """
    return _query("shadows.sql", schemas, trusted, role)


def creators_query(schemas: Sequence[str], trusted: Sequence[str], *, role: str = CURRENT) -> str:
    """Role and schema, for `Creator`; the same arguments."""
    return _query("creators.sql", schemas, trusted, role)


def _query(file: str, schemas: Sequence[str], trusted: Sequence[str], role: str) -> str:
    parts = {"strangers": strangers(trusted, role), "schemas": literals(schemas)}
    return text_of(file).format_map(parts).strip()


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
