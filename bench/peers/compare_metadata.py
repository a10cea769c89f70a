"""Run by the peers' own Python: Alembic's comparison of a database with models, and the seconds that it takes.

Arguments: the database's URL and the number of tables of `bench/tables.py`. Prints the seconds from connecting to the
last difference; building the models is not in it. Ends with an error when it finds a difference, since there is none.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql

TURNS = 18


def column(place: int) -> sa.Column[Any]:
    name = f"c{place}"
    kinds = (
        lambda: sa.Column(name, sa.Text, index=False),
        lambda: sa.Column(name, sa.Integer),
        lambda: sa.Column(name, sa.Numeric(12, 2)),
        lambda: sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        lambda: sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()),
        lambda: sa.Column(name, postgresql.JSONB),
        lambda: sa.Column(name, sa.Uuid),
        lambda: sa.Column(name, sa.String(80)),
    )
    return kinds[place % len(kinds)]()


def models(count: int) -> sa.MetaData:
    metadata = sa.MetaData()
    for number in range(count):
        before = max(number - 1, 0)
        sa.Table(
            f"t{number}",
            metadata,
            sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
            *(column(place) for place in range(TURNS)),
            sa.Column("before_id", sa.BigInteger, sa.ForeignKey(f"t{before}.id")),
            sa.Index(f"t{number}_c0", "c0"),
        )
    return metadata


def main(url: str, count: int) -> None:
    metadata = models(count)
    engine = sa.create_engine(url)
    started = time.perf_counter()
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    seconds = time.perf_counter() - started
    if found:
        sys.exit(f"{len(found)} differences, the first: {found[0]}")
    print(seconds)


main(sys.argv[1], int(sys.argv[2]))
