"""Proofs of single patches on the scratch server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.lock import lock
from rdspatch.authoring.proof.one import Result, prove_one
from tests.acceptance.schema_cases import BEFORE
from tests.authoring.patch_factory import HEADER, NO_TRANSACTION, patch_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdspatch.authoring.proof import ScratchServer
    from rdspatch.authoring.proof.scratch import ScratchDatabase


def start(database: ScratchDatabase, sql: str) -> None:
    """Make a schema, and the ledger beside it."""
    with database.connect() as connection:
        connection.execute(f"SET search_path = public; {sql}")
    with database.runner() as runner:
        runner.read_or_create_ledger()


@pytest.fixture(scope="module")
def template(scratch: ScratchServer) -> Iterator[ScratchDatabase]:
    """The schema of `schema_cases`; the tests work on copies."""
    with scratch.database() as database:
        start(database, BEFORE)
        yield database


@pytest.fixture
def proven(scratch: ScratchServer, template: ScratchDatabase) -> Callable[..., Result]:
    """Proves one patch: `proven(sql, "directive: value", apart=…, given="SQL before it")`."""

    def run(sql: str, *directives: str, apart: bool = False, given: str = "") -> Result:
        header = (NO_TRANSACTION if apart else HEADER) + "".join(f"-- {line}\n" for line in directives)
        (locked,) = lock([patch_of(f"{header}{sql};\n")])
        with scratch.database(template) as trunk:
            if given:
                with trunk.connect() as connection:
                    connection.execute(f"SET search_path = public; {given}")
            return prove_one(locked, trunk, scratch, before=trunk.read_schema())

    return run
