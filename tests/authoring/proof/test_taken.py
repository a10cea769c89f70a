"""What somebody may miss after a patch: everything that is gone, refused or taken, and nothing else."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.lock import lock
from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.proof import ScratchServer
from rdspatch.authoring.proof.hazards import hazards_of
from rdspatch.authoring.proof.inventory import InventoryReader
from rdspatch.authoring.proof.inventory_query import LEFT_OUT
from rdspatch.authoring.proof.state import read_state
from rdspatch.authoring.proof.trace import head, trace
from tests.authoring.patch_factory import HEADER, NO_TRANSACTION, patch_of
from tests.authoring.proof.conftest import start
from tests.authoring.proof.takings import GIVEN, NOTHING_TAKEN, TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.authoring.proof.scratch import ScratchDatabase
    from rdspatch.core.proof import Hazard


@pytest.fixture(scope="module")
def scratch(postgres_server: EmbeddedPostgres) -> Iterator[ScratchServer]:
    """Statements run as a superuser here: some of what is taken nobody else can take."""
    with contextlib.closing(ScratchServer(f"{postgres_server.url('postgres')}&owner_role=postgres")) as server:
        yield server


@pytest.fixture(scope="module")
def used(scratch: ScratchServer) -> Iterator[ScratchDatabase]:
    """A database in which there is one of everything."""
    with scratch.database() as database:
        start(database, GIVEN)
        yield database


def hazards(scratch: ScratchServer, used: ScratchDatabase, sql: str) -> tuple[Hazard, ...]:
    apart = "CONCURRENTLY" in sql
    (locked,) = lock([patch_of((NO_TRANSACTION if apart else HEADER) + sql + "\n")])
    parsed = parse_statements(locked.patch.sql)
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(scratch.database(used)) if apart else used
        connection = stack.enter_context(database.connect())
        first = read_state(connection)
        seen = trace(connection, database, locked, parsed)
    transaction = locked.patch.directives.transaction
    return hazards_of(parsed, seen, first=first, search_path=("public",), transaction=transaction)


@pytest.mark.parametrize("sql", TAKEN)
def test_whatever_a_statement_takes_is_a_hazard(scratch: ScratchServer, used: ScratchDatabase, sql: str) -> None:
    found = hazards(scratch, used, sql)
    assert [str(hazard).replace("public.", "") for hazard in found] == TAKEN[sql]
    assert all(hazard.sentence for hazard in found)


@pytest.mark.parametrize("sql", NOTHING_TAKEN)
def test_a_statement_that_takes_nothing_has_no_hazard(scratch: ScratchServer, used: ScratchDatabase, sql: str) -> None:
    assert hazards(scratch, used, sql) == ()


def test_a_hazard_stands_at_the_statement_that_leads_to_it(scratch: ScratchServer, used: ScratchDatabase) -> None:
    sql = "ALTER TABLE t ADD COLUMN x integer;\nALTER TABLE t ALTER a DROP DEFAULT;\nDROP VIEW above;\nSELECT 1"
    before = HEADER.count("\n")
    found = [(hazard.line - before, hazard.on) for hazard in hazards(scratch, used, sql)]
    assert found == [(2, "public.t.a"), (3, "public.above")]


def test_an_index_that_is_gone_between_two_statements_is_missed_by_whoever_reads_meanwhile(
    scratch: ScratchServer, used: ScratchDatabase
) -> None:
    sql = "DROP INDEX CONCURRENTLY t_a;\nCREATE INDEX CONCURRENTLY t_a ON t (a)"
    assert [str(hazard) for hazard in hazards(scratch, used, sql)] == ["removes on public.t_a"]


def test_what_a_patch_of_single_statements_makes_is_in_nobodys_way(
    scratch: ScratchServer, used: ScratchDatabase
) -> None:
    sql = (
        "CREATE TABLE fresh (id bigint PRIMARY KEY, state text);\nCREATE INDEX fresh_state ON fresh (state);\n"
        "CREATE INDEX CONCURRENTLY fresh_id ON fresh (id);\nREINDEX TABLE fresh;\nCREATE INDEX wide ON unkeyed (n)"
    )
    (found,) = hazards(scratch, used, sql)
    assert found.sentence == (
        "builds an index on public.unkeyed under ShareLock: nobody else writes to it until the statement is done"
    )


def test_every_catalog_with_identifiers_is_read_or_left_out_for_a_reason(used: ScratchDatabase) -> None:
    with used.connect() as connection:
        inventory = InventoryReader(connection, head(used.surroundings)).read_alone()
        rows = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid' "
            "WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared"
        )
    read = {key.catalog for key in inventory.things}
    empty_here = {
        "pg_am", "pg_amop", "pg_amproc", "pg_conversion", "pg_event_trigger", "pg_extension", "pg_language",
        "pg_opclass", "pg_opfamily", "pg_publication_namespace", "pg_transform", "pg_ts_parser", "pg_ts_template",
    }  # fmt: skip
    assert {name for (name,) in rows} - read - empty_here == set(LEFT_OUT)
