"""Which objects of a database are the patches' business."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from rdspatch.core.parts import owner_of
from rdspatch.core.privileges import Expectation
from rdspatch.core.schema import ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.schema import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What drift and Verify look at; by default everything that patches may change."""

    schemas: tuple[str, ...] = ()
    """Names of schemas; empty stands for all of them."""
    ignore: tuple[str, ...] = ()
    """Patterns with `*`, `?` and `[…]` for the names from the schema inwards, joined by dots: `public.tmp_*` for
    tables with all that belongs to them, `public.users.legacy_*` for columns."""
    privileges: Expectation = Expectation.PATCHES

    def covers(self, name: ObjectName) -> bool:
        """Whether an object is looked at; what belongs to no schema, as extensions, is left out by `ignore` alone."""
        name = name.subject
        if self.schemas and name.is_in_a_schema and name.path[0] not in self.schemas:
            return False
        ends = range(1, len(name.path) + 1)
        return not any(fnmatchcase(".".join(name.path[:end]), pattern) for end in ends for pattern in self.ignore)

    def covers_with_owner(self, name: ObjectName, properties: Properties) -> bool:
        """Whether an object is looked at, and the table or view that it is a part of as well."""
        if self == Scope():
            return True
        owner = owner_of(name, properties)
        return self.covers(name) and (owner is None or self.covers(ObjectName(ObjectKind.TABLE, owner)))

    def of(self, schema: Schema) -> Schema:
        """The part of a schema that is looked at."""
        if self == Scope():
            return schema
        return Schema({name: properties for name, properties in schema.objects.items() if self.covers(name)})

    def to_json(self) -> dict[str, Any]:
        return {"schemas": list(self.schemas), "ignore": list(self.ignore), "privileges": self.privileges.value}

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Scope:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            schemas=_texts(document["schemas"]),
            ignore=_texts(document["ignore"]),
            privileges=Expectation(document["privileges"]),
        )


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"{value!r} is no list of texts")
    return tuple(value)
