"""Values that a constraint's own text suggests for a column: its constants, what its patterns match, lengths."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.proof.generated.patterns import UnknownPattern, alike, matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rdspatch.authoring.proof.generated.tables import Type

    Accepted = Callable[[Sequence[str]], tuple[str, ...]]

_CONSTANT = re.compile(r"(!?~~?\*?|similar_to_escape)?\s*\(*'((?:[^']|'')*)'")
"""With the operator of a pattern before it."""
_NUMBER = re.compile(r"(?<![\w.\"$])-?\d+(?:\.\d+)?(?![\w.\"])")
_MOST_CONSTANTS = 40
_LONGEST_TEXT = 2_000
_LONGEST_ARRAY = 50
_STEPS = {
    "date": ("{0}", "({0} + 1)", "({0} + 2)", "({0} - 1)"),
    "timestamp": ("{0}", "({0} + '1 hour'::interval)", "({0} + '2 hours'::interval)", "({0} - '1 hour'::interval)"),
    "timestamptz": ("{0}", "({0} + '1 hour'::interval)", "({0} + '2 hours'::interval)", "({0} - '1 hour'::interval)"),
}


def suggested(kind: Type, expressions: Sequence[str], number: int, accepted: Accepted) -> tuple[str, ...]:
    """Expressions of the type, for the row of this number.

    Args:
        kind: The column's type.
        expressions: Of the constraints that the column is part of; those of its domain are added here.
        number: Rows of different numbers start with different ones.
        accepted: Those that the server takes: a constant of another type is no value of this column.
    """
    found: dict[str, None] = {}
    for expression in (*expressions, *kind.all_checks):
        constants = [(operator, text.replace("''", "'")) for operator, text in _CONSTANT.findall(expression)]
        numbers = _NUMBER.findall(re.sub(r"'(?:[^']|'')*'", "''", expression))
        values = list(_of(kind.plain, constants[:_MOST_CONSTANTS], numbers, number))
        found |= dict.fromkeys(values if kind.plain.category == "N" else _rotated(values, number))
    casts = [value if kind.plain is kind else f"({value})::{kind.name}" for value in found]
    return accepted(casts)


def _rotated(values: list[str], number: int) -> Iterable[str]:
    start = (number - 1) % len(values) if values else 0
    return itertools.islice(itertools.cycle(values), start, start + len(values))


def _of(kind: Type, constants: Sequence[tuple[str, str]], numbers: Sequence[str], row: int) -> Iterator[str]:
    texts = [text for operator, text in constants if not operator]
    if kind.category == "N":
        yield from (f"{value}::{kind.name}" for value in _near([*numbers, *filter(_NUMBER.fullmatch, texts)]))
    elif kind.category == "S":
        yield from (f"{literal(text)}::{kind.name}" for text in _strings(constants, numbers, row))
    elif kind.category == "A" and kind.inner is not None:
        inner = kind.inner.plain
        elements = list(_of(inner, constants, [] if inner.category == "S" else numbers, row))
        yield from (f"ARRAY[{element}]::{kind.name}" for element in elements)
        yield from (f"array_fill({elements[0]}, ARRAY[{size}])::{kind.name}" for size in _sizes(numbers) if elements)
    elif kind.catalog_name in _STEPS:
        for text, step in itertools.product(texts, _STEPS[kind.catalog_name]):
            yield step.format(f"{literal(text)}::{kind.name}")
    elif kind.catalog_name in ("json", "jsonb"):
        names = [text for text in texts if text.isidentifier()]
        members = ", ".join(f"{literal(name)}, '{row}'" for name in dict.fromkeys(names))
        if names:
            yield f"{kind.catalog_name}_build_object({members})"
        yield from (f"{literal(text)}::{kind.name}" for text in texts)
    elif kind.category != "E":
        yield from (f"{literal(text)}::{kind.name}" for text in texts)


def _strings(constants: Sequence[tuple[str, str]], numbers: Sequence[str], row: int) -> Iterator[str]:
    for operator, text in constants:
        try:
            if not operator:
                yield text
            elif operator in ("~", "~*"):
                yield matching(text, row)
            elif operator in ("~~", "~~*"):
                yield alike(text, row)
            elif operator == "similar_to_escape":
                yield matching(text.replace("%", ".*").replace("_", "."), row)
        except UnknownPattern:
            continue
    for number in numbers:
        for size in (int(float(number)) + step for step in (0, 1, -1)):
            if 0 < size <= _LONGEST_TEXT:
                yield str(row).rjust(size, "0")


def _near(numbers: Iterable[str]) -> Iterator[str]:
    """The numbers and their neighbours; and zero, which is what a sum leaves for the others."""
    for number in dict.fromkeys(numbers):
        if "." in number:
            yield from (number, f"({number} + 0.01)", f"({number} - 0.01)")
        else:
            yield from (f"({value})" for value in (int(number), 0, int(number) + 1, int(number) - 1, int(number) + 2))


def _sizes(numbers: Iterable[str]) -> Iterator[int]:
    for number in numbers:
        yield from (size for step in (0, 1) if 0 < (size := int(float(number)) + step) <= _LONGEST_ARRAY)
