"""A schema of many tables, as SQL; the same one that `peers/compare_metadata.py` describes as models."""

from __future__ import annotations

COLUMNS = (
    "text",
    "integer",
    "numeric(12, 2)",
    "timestamptz NOT NULL DEFAULT now()",
    "boolean NOT NULL DEFAULT false",
    "jsonb",
    "uuid",
    "varchar(80)",
)
"""Of the columns between the key and the reference, in turn."""
TURNS = 18


def table(number: int) -> str:
    """One table of 20 columns, with a key, an index, and a reference to the table before it."""
    columns = "".join(f"    c{place} {COLUMNS[place % len(COLUMNS)]},\n" for place in range(TURNS))
    before = max(number - 1, 0)
    return (
        f"CREATE TABLE t{number} (\n    id bigint PRIMARY KEY,\n{columns}"
        f"    before_id bigint REFERENCES t{before} (id)\n);\nCREATE INDEX t{number}_c0 ON t{number} (c0);\n"
    )


def tables(count: int) -> str:
    return "".join(table(number) for number in range(count))
