"""From the catalog query's answer to a schema."""

from __future__ import annotations

import json

from rdspatch.adapters.postgres.view_text import view_text
from rdspatch.core.schema import ObjectKind, ObjectName, Schema

_VIEWS = (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)


def read_schema(document: str) -> Schema:
    """The schema that the query in `schema.sql` describes.

    Args:
        document: What the query returns, a JSON array of [kind, names from the schema inwards, properties].
    """
    objects = {}
    for kind, *path, properties in json.loads(document):
        more = properties.pop("more", None) or {}
        present = {name: value for name, value in (properties | more).items() if value is not None}
        name = ObjectName(ObjectKind(kind), tuple(path))
        if name.kind in _VIEWS:
            present["definition"] = view_text(present["definition"])
        objects[name] = present
    return Schema(objects)
