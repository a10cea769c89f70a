"""Values at the edges of the built-in types, as text: what a narrower type would refuse, cut or round."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INTEGERS = ("0", "-1", "16777217")
_TEXTS = ("", " a ", "0", 'it\'s \\ "x"', "ä€😀", "x" * 64)
_LONGEST = 1_000_000

EXTREMES: Mapping[str, Sequence[str]] = {
    "bigint": (*_INTEGERS, "-9223372036854775808", "9223372036854775807", "9007199254740993"),
    "bit": ("1", "0", "10110111"),
    "bit varying": ("1", "0", "10110111" * 9),
    "boolean": ("true", "false"),
    "box": ("(1,1),(0,0)",),
    "bytea": ("\\x", "\\x00ff27"),
    '"char"': ("x", ""),
    "character": ("", "a", "ä"),
    "character varying": _TEXTS,
    "cidr": ("192.168.100.128/25", "::/0"),
    "circle": ("<(1.5,2.5),0.1>",),
    "date": ("4713-01-01 BC", "5874897-12-31", "infinity", "2024-02-29"),
    "daterange": ("empty", "[2024-01-01,2024-02-01)", "(,)"),
    "double precision": (
        *("0.1", "0.30000000000000004", "1.7976931348623157e+308", "5e-324", "NaN", "-Infinity"),
        *("16777217", "9007199254740992"),
    ),
    "inet": ("192.168.0.1/24", "::1", "10.0.0.0/8"),
    "int4range": ("empty", "[1,5)", "(,)"),
    "int8range": ("empty", "[1,9223372036854775807)", "(,)"),
    "integer": (*_INTEGERS, "-2147483648", "2147483647", "70000"),
    "interval": ("178000000 years", "-1 mons -3 days 00:00:00.000001", "1 year 13:00:00"),
    "json": ('{"b": 1,  "a": 2, "a": 3}', "null", "1e400"),
    "jsonb": ('{"a": 3, "b": [1.50, "x"]}', "null", "1e400"),
    "line": ("{1,2,3}",),
    "lseg": ("[(1,2),(3,4)]",),
    "macaddr": ("08:00:2b:01:02:03",),
    "macaddr8": ("08:00:2b:01:02:03:04:05", "08:00:2b:ff:fe:03:04:05"),
    "money": ("-92233720368547758.08", "0.01"),
    "name": ("a", "", " b "),
    "numeric": ("0.1", "9" * 40 + "." + "9" * 40, "-1e200", "NaN", "Infinity", "16777217", "1.50"),
    "numrange": ("empty", "[1.5,2.50)", "(,)"),
    "oid": ("0", "4294967295"),
    "path": ("[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"),
    "pg_lsn": ("16/B374D848",),
    "point": ("(1.5,-2)",),
    "polygon": ("((0,0),(1,1),(2,0))",),
    "real": ("0.1", "3.4028235e+38", "1e-45", "16777216", "NaN", "Infinity"),
    "regclass": ("pg_class",),
    "regproc": ("pg_backend_pid",),
    "regtype": ("integer",),
    "smallint": ("0", "-32768", "32767"),
    "text": _TEXTS,
    "time with time zone": ("24:00:00-15:59", "23:59:59.999999+02"),
    "time without time zone": ("24:00:00", "23:59:59.999999"),
    "timestamp with time zone": ("4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "infinity"),
    "timestamp without time zone": ("4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999", "infinity"),
    "tsquery": ("'a' & 'b'",),
    "tsrange": ("empty", "(,)", '["2024-01-01 00:00:00","2024-01-02 00:00:00.5")'),
    "tstzrange": ("empty", "(,)", '["2024-01-01 00:00:00+00","2024-01-02 00:00:00.5+00")'),
    "tsvector": ("'a':1 'b':2A",),
    "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",),
    "xid": ("4294967295",),
    "xid8": ("4294967295", "18446744073709551615"),
    "xml": ("<a/>",),
}
"""By the name that `format_type` gives a type without its modifiers."""


def extremes(base: str, modifiers: Sequence[int], limit: int | None) -> tuple[str, ...]:
    """Values of a type.

    Args:
        base: Its name without modifiers.
        modifiers: What stands in parentheses behind it.
        limit: The first number in parentheses behind the type that the values are to become.
    """
    values = [*EXTREMES.get(base, ())]
    if base in ("text", "character varying", "character"):
        lengths = (*modifiers[:1], *([limit + 1] if limit is not None else []))
        values += ["x" * length for length in lengths if length <= (modifiers[0] if modifiers else _LONGEST)]
    if base in ("bit", "bit varying") and modifiers:
        values.append("1" * modifiers[0])
    if base == "numeric" and modifiers:
        digits, scale = (*modifiers, 0)[:2]
        whole = "9" * max(digits - scale, 1)
        values += [f"{whole}.{'9' * scale}" if scale > 0 else whole, f"-{whole}"]
    return tuple(dict.fromkeys(values))
