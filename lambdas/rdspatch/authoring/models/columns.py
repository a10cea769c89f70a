"""When a column of the patches does what the models' column does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.core.schema import ObjectName, Properties

_NAME = re.compile(r'"(?:[^"]|"")+"|[^".]+')
_FILLED = ("default", "identity", "generated")


def serial_columns(objects: Mapping[ObjectName, Properties]) -> frozenset[tuple[str, ...]]:
    """The columns that take their values from a sequence of their own, as `create_all` makes of integer keys."""
    columns = {name.path: it for name, it in objects.items() if name.kind is ObjectKind.COLUMN}
    owners = {names_in(str(it.get("owned_by", ""))) for name, it in objects.items() if name.kind is ObjectKind.SEQUENCE}
    return frozenset(path for path in owners if counts_up(columns.get(path, {})))


def counts_up(column: Properties) -> bool:
    """Whether a column without a value in an INSERT gets the next number."""
    return "identity" in column or str(column.get("default")).startswith("nextval(")


def unlike(wanted: Properties, found: Properties, *, is_serial: bool) -> Iterator[str]:
    """The properties of a column that are not as the models set them, or that refuse what the models write.

    Args:
        wanted: What the models make.
        found: What the patches make.
        is_serial: The models' column is one of `serial_columns`, for which an identity is as good.
    """
    for item in sorted(wanted):
        if wanted[item] != found.get(item) and not (item == "default" and is_serial and counts_up(found)):
            yield item
    if "generated" in found and "generated" not in wanted:
        yield "generated"
    if found.get("identity") == "always" and "identity" not in wanted and not is_serial:
        yield "identity"


def must_be_filled(column: Properties, objects: Mapping[ObjectName, Properties]) -> bool:
    """Whether an INSERT that does not name the column fails."""
    if column["nullable"] or any(item in column for item in _FILLED):
        return False
    path = names_in(str(column["type"]))
    return not any(
        name.kind is ObjectKind.DOMAIN and name.path == path and "default" in it for name, it in objects.items()
    )


def names_in(text: str) -> tuple[str, ...]:
    """The parts of a dotted name as PostgreSQL prints it."""
    return tuple(part[1:-1].replace('""', '"') if part.startswith('"') else part for part in _NAME.findall(text))
