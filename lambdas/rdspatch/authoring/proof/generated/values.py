"""Values by type: for the row of a number, what may stand in a column, the likeliest first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.proof.generated.tables import Type

    Accepts = Callable[[str], bool]

_FAR = 31_000
"""Away from the ids of rows that a baseline brings, and still a smallint."""
_SIZES = re.compile(r"\((-?\d+)(?:,\s*(-?\d+))?")
_WHOLE = frozenset(("int2", "int4", "int8", "oid", "xid", "cid"))
_TEXT = frozenset(("text", "varchar", "bpchar", "name", "citext", "char"))
_OF_ANY_TYPE = (
    "{0}",
    "({0},{0})",
    "[{0},{0}]",
    "{{{0}}}",
    "[{0}]",
    "n{0}",
    '"n"=>"{0}"',
    "POINT({0} {0})",
    "{0}:{0}",
    "",
)
"""What is tried on a type that nothing is known of."""
_LONGEST_VECTOR = 20_000


def samples(kind: Type, number: int, accepts: Accepts) -> tuple[str, ...]:
    """Expressions for the row of this number (from 1); none where nothing of the type is known.

    Args:
        kind: The type.
        number: Rows of different numbers get different values, as far as the type has enough.
        accepts: Asked about values of types that are not PostgreSQL's own.
    """
    if kind.inner is not None:
        return _made_of(kind, kind.inner, number, accepts)
    if kind.kind == "e":
        labels = [kind.labels[(number - 1 + place) % len(kind.labels)] for place in range(len(kind.labels))]
        return tuple(f"{literal(label)}::{kind.name}" for label in labels)
    if kind.kind == "c":
        parts = [next(iter(samples(part, number, accepts)), "NULL") for part in kind.attributes]
        return (f"ROW({', '.join(parts)})::{kind.name}",)
    known = _texts(kind, number)
    if known is None:
        tried = (f"{literal(form.format(number))}::{kind.name}" for form in (*_long_forms(kind), *_OF_ANY_TYPE))
        return next(((value,) for value in tried if accepts(value)), ())
    return tuple(f"{literal(text)}::{kind.name}" for text in known)


def _made_of(kind: Type, inner: Type, number: int, accepts: Accepts) -> tuple[str, ...]:
    """Of a domain, a range, a multirange, an array, a vector of the catalog."""
    if kind.kind == "d":
        return tuple(f"{value}::{kind.name}" for value in samples(inner, number, accepts))
    if kind.kind in ("r", "m"):
        return _ranges(kind, inner, number, accepts)
    if kind.catalog_name in ("int2vector", "oidvector"):
        return (f"'{number}'::{kind.name}",)
    elements = samples(inner, number, accepts)[:2]
    return (*(f"ARRAY[{element}]::{kind.name}" for element in elements), f"'{{}}'::{kind.name}")


def _ranges(kind: Type, inner: Type, number: int, accepts: Accepts) -> tuple[str, ...]:
    bounds = samples(inner, number, accepts)[:2]
    if kind.kind == "m":
        return (*(f"{kind.name}({bound})" for bound in bounds), f"'{{}}'::{kind.name}")
    closed = tuple(f"{kind.name}({bound}, {bound}, '[]')" for bound in bounds)
    return (*closed, *(f"{kind.name}({bound}, NULL, '[)')" for bound in bounds[:1]), f"'empty'::{kind.name}")


def _long_forms(kind: Type) -> tuple[str, ...]:
    """Types such as `vector(384)` want that many numbers."""
    count = kind.modifier
    if not 0 < count < _LONGEST_VECTOR:
        return ()
    numbers = ",".join(["{0}"] * count)
    return (f"[{numbers}]", f"{{{{1:1}}}}/{count}", "1" * count)


def _texts(kind: Type, number: int) -> tuple[str, ...] | None:
    """Values as the type reads them; None for a type that is not PostgreSQL's own."""
    name = kind.catalog_name
    size = _SIZES.search(kind.name)
    width, scale = (int(size[1]), int(size[2] or 0)) if size else (0, 0)
    spread = (_FAR + number, number, _FAR + 1_000 + number, 0, 100 + number)
    if name in _WHOLE:
        return tuple(map(str, spread))
    if name in ("float4", "float8", "money"):
        return (*map(str, spread), f"0.{number}")
    if name == "numeric":
        return _numerics(width, scale, number, spread) if size else (*map(str, spread), f"0.{number}")
    if name in _TEXT:
        return _words(name, width, number)
    if name in ("bit", "varbit"):
        return _bits(width or (1 if name == "bit" else 8), number)
    return _by_name(name, number)


def _numerics(width: int, scale: int, number: int, spread: tuple[int, ...]) -> tuple[str, ...]:
    if width > scale:
        large = 10 ** (width - scale)
        return tuple(str(value) for value in (number, *spread) if value < large)
    return (f"0.{'0' * (max(scale, 1) - 1)}{number}", "0")


def _words(name: str, width: int, number: int) -> tuple[str, ...]:
    longest = 1 if name == "char" else 60 if name == "name" else width or 1_000
    words = (str(_FAR + number)[-longest:], "abc"[number % 3] * min(number + 2, longest), f"user{number}@example.com")
    more = (f"https://example.com/{number}", "ABC"[number % 3] * min(2, longest), f"a{number}", "")
    return tuple(dict.fromkeys(word for word in (*words, *more) if len(word) <= longest))


def _bits(width: int, number: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys((f"{number:0{width}b}"[-width:], "1" * width, "0" * width)))


def _by_name(name: str, n: int) -> tuple[str, ...] | None:
    days = (f"2001-02-0{n}", f"2001-03-0{n}", f"2999-01-0{n}", f"1900-01-0{n}")
    large = _FAR + n
    known = {
        "bool": ("true", "false") if n % 2 else ("false", "true"),
        "date": days,
        "time": (f"0{n}:00", f"1{n}:00"),
        "timetz": (f"0{n}:00+00", f"1{n}:00+00"),
        "timestamp": tuple(f"{day} 12:00:00" for day in days),
        "timestamptz": tuple(f"{day} 12:00:00+00" for day in days),
        "interval": (f"{n} days", f"{n} hours", "0", f"{n} years"),
        "uuid": (f"00000000-0000-4000-8000-{large:012}",),
        "json": (f'{{"n": {n}}}', f"[{n}]", f'"{n}"', f"{n}"),
        "jsonb": (f'{{"n": {n}}}', f"[{n}]", f'"{n}"', f"{n}"),
        "jsonpath": (f"$.n{n}",),
        "bytea": (f"\\x0{n}", "\\x" + f"0{n}" * 16, "\\x" + f"0{n}" * 32, "\\x" + f"0{n}" * 20),
        "inet": (f"10.0.0.{n}", f"2001:db8::{n}", f"10.0.{n}.0/24"),
        "cidr": (f"10.0.{n}.0/24", f"2001:db8:{n}::/48"),
        "macaddr": (f"08:00:2b:01:02:0{n}",),
        "macaddr8": (f"08:00:2b:01:02:03:04:0{n}",),
        "xml": (f"<n>{n}</n>",),
        "tsvector": (f"n{n}",),
        "tsquery": (f"n{n}",),
        "point": (f"({n},{n})",),
        "line": (f"{{1,-1,{n}}}",),
        "lseg": (f"[({n},0),(0,{n})]",),
        "box": (f"({n},{n}),(0,0)",),
        "path": (f"[({n},0),(0,{n})]",),
        "polygon": (f"((0,0),({n},0),(0,{n}))",),
        "circle": (f"<(0,0),{n}>",),
        "pg_lsn": (f"0/{n}",),
        "xid8": (str(n),),
        "pg_snapshot": (f"{n}:{n}:",),
        "txid_snapshot": (f"{n}:{n}:",),
        "tid": (f"(0,{n})",),
        "regclass": ("pg_catalog.pg_class",),
        "regtype": ("text",),
        "regproc": ("pg_catalog.now",),
        "regprocedure": ("pg_catalog.now()",),
        "regrole": ("pg_monitor",),
        "regnamespace": ("pg_catalog",),
        "regoper": ("pg_catalog.||/",),
        "regoperator": ("pg_catalog.=(integer,integer)",),
        "regconfig": ("simple",),
        "regdictionary": ("simple",),
        "regcollation": ('"C"',),
    }
    return known.get(name)
