"""baseline: what it writes, when it refuses, and that the next commands take it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from rdspatch.authoring.postgres_server import EmbeddedPostgres
from tests.acceptance.schema_cases import BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import DatabaseShell, Printed

pytestmark = pytest.mark.slow

OLDER = Path("/usr/lib/postgresql/15/bin")
SCHEMA = "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE)"
PATCH = "ALTER TABLE users ADD COLUMN IF NOT EXISTS quota bigint;"


@pytest.fixture
def existing(database: DatabaseShell) -> DatabaseShell:
    """A database with a schema, and no patch directory yet."""
    database.query(SCHEMA)
    shutil.rmtree(database.patches.path)
    return database


def take(shell: DatabaseShell, *words: str, url: str | None = None) -> Printed:
    """Take the baseline; the database's own server is the scratch server too, which is quicker than another one."""
    return shell.on_patches("baseline", "--database", url or shell.url, "--scratch", shell.url, *words)


def lock(shell: DatabaseShell) -> Printed:
    return shell.on_patches("lock", "--scratch", shell.url)


def text(shell: DatabaseShell) -> str:
    return (shell.patches.path / "baseline.sql").read_text()


@pytest.mark.parametrize("via", ["pg_dump", "snapshot"])
def test_after_it_lock_works_and_there_is_no_drift(existing: DatabaseShell, via: str) -> None:
    printed = take(existing, "--via", via)
    by = "by pg_dump" if via == "pg_dump" else "from the snapshot"
    path = existing.patches.path / "baseline.sql"
    assert (printed.code, printed.out, printed.err) == (0, f"{path} written {by}: 7 objects\n", "")
    assert existing.on_patches("lint").code == 0
    assert lock(existing).out == "patches.lock.json written: 0 patches\n"
    assert existing.on_database("drift").out == "no drift\n"


@pytest.mark.parametrize("via", ["pg_dump", "snapshot"])
def test_so_it_is_for_an_older_server(existing: DatabaseShell, via: str) -> None:
    if not (OLDER / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDER}")
    with EmbeddedPostgres(binaries=OLDER) as server:
        server.create_database("old")
        with server.connect("old") as connection:
            connection.run(BEFORE)
        assert take(existing, "--via", via, url=server.url("old")).code == 0
        assert lock(existing).code == 0
        assert existing.on_patches("drift", "--database", server.url("old")).out == "no drift\n"


def test_without_a_scratch_server_an_embedded_one_is_started(existing: DatabaseShell) -> None:
    assert existing.on_database("baseline").code == 0
    assert existing.on_patches("lock").code == 0


def test_patches_go_on_top_of_it(existing: DatabaseShell) -> None:
    take(existing)
    existing.patches.patch("0001_quota", PATCH)
    assert lock(existing).code == 0
    assert existing.on_database("apply").code == 0
    assert existing.on_database("drift").out == "no drift\n"


def test_a_database_is_only_read(existing: DatabaseShell) -> None:
    take(existing)
    assert existing.tables() == ["public.users"]


def test_the_same_baseline_again_is_up_to_date(existing: DatabaseShell) -> None:
    take(existing)
    written = text(existing)
    assert "baseline.sql is up to date by pg_dump: 7 objects" in take(existing).out
    assert text(existing) == written


def test_another_baseline_is_replaced_by_force_alone(existing: DatabaseShell) -> None:
    existing.patches.path.mkdir()
    existing.patches.write("baseline.sql", "-- By hand.\n")
    printed = take(existing)
    assert (printed.code, printed.out) == (2, "")
    assert "baseline.sql: is there and says something else; --force writes it all the same" in printed.err
    assert text(existing) == "-- By hand.\n"
    assert take(existing, "--force").code == 0
    assert "CREATE TABLE public.users" in text(existing)


def test_a_baseline_that_patches_were_proven_on_is_replaced_by_force_alone(existing: DatabaseShell) -> None:
    existing.patches.path.mkdir()
    existing.patches.write("baseline.sql", SCHEMA.replace("bigint", "integer") + ";\n")
    existing.patches.patch("0001_quota", PATCH)
    existing.patches.patch("0002_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    printed = take(existing)
    assert (printed.code, printed.out) == (2, "")
    assert (
        "baseline.sql: is what 0001_quota and 1 other patch were proven on; "
        "`rdspatch lock` would have to prove them on another one; --force writes it all the same" in printed.err
    )
    assert take(existing, "--force").code == 0
    assert lock(existing).code == 0


def test_patches_without_a_baseline_get_one(existing: DatabaseShell) -> None:
    existing.patches.path.mkdir()
    existing.patches.patch("0001_quota", PATCH)
    assert take(existing).code == 0


def test_a_database_that_has_the_patches_makes_no_baseline_even_by_force(existing: DatabaseShell) -> None:
    take(existing)
    existing.patches.patch("0001_quota", PATCH)
    lock(existing)
    existing.on_database("apply")
    written = text(existing)
    printed = take(existing, "--force")
    assert (printed.code, printed.out) == (2, "")
    assert (
        "--database: has 0001_quota applied, so its schema is not the one before the first patch; "
        "take a database that no patch was applied to" in printed.err
    )
    assert text(existing) == written


def test_a_ledger_that_no_file_stands_for_is_taken_in_by_force_alone(existing: DatabaseShell) -> None:
    take(existing)
    existing.patches.patch("0001_quota", PATCH)
    lock(existing)
    existing.on_database("apply")
    shutil.rmtree(existing.patches.path)
    printed = take(existing)
    assert printed.code == 2
    assert "--database: has 0001_quota applied, which no file stands for" in printed.err
    assert take(existing, "--force").code == 0
    assert "quota bigint" in text(existing)


def test_what_it_cannot_write_is_said_and_ends_with_3(existing: DatabaseShell) -> None:
    existing.query("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w")
    existing.query("CREATE FOREIGN TABLE far (a int) SERVER s")
    printed = take(existing, "--via", "snapshot")
    assert printed.code == 3
    assert printed.err == (
        "not in it as the database has it:\n  table public.far\n  column public.far.a\n"
        "  foreign server s\n  foreign data wrapper w\n"
        "write that by hand, or let `ignore` in [tool.rdspatch.drift] leave it out\n"
    )
    assert "-- table public.far\n" in text(existing)
    assert lock(existing).code == 0


def test_a_login_that_may_not_read_the_tables_gets_the_snapshot(
    existing: DatabaseShell, postgres_server: EmbeddedPostgres, login: str
) -> None:
    name = existing.url.rpartition("@/")[2].partition("?")[0]
    url = postgres_server.url(name, login, "Xs3cret/X")
    printed = take(existing, url=url)
    assert printed.code == 0, printed.err
    assert "written from the snapshot: 7 objects" in printed.out
    assert printed.err.startswith(
        "note: written from the snapshot of the schema, since pg_dump could not: pg_dump: error"
    )
    assert "permission denied for table users" in printed.err
    refused = take(existing, "--via", "pg_dump", url=url)
    assert (refused.code, refused.out) == (2, "")
    assert "leave --via out: then the snapshot of the schema is written" in refused.err
    for said in (printed.out, printed.err, refused.err, text(existing)):
        assert "Xs3cret" not in said
        assert quote("Xs3cret/X", safe="") not in said


@pytest.fixture
def login(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """A role that may connect, and nothing else."""
    postgres_server.create_role("onlooker", "Xs3cret/X")
    yield "onlooker"
    with postgres_server.connect() as connection:
        connection.run("DROP ROLE onlooker")


def test_a_server_that_is_not_there_is_an_error_and_nothing_is_written(existing: DatabaseShell, tmp_path: Path) -> None:
    printed = existing.on_patches("baseline", "--database", f"postgresql://ann:Xs3cretX@/shop?host={tmp_path}")
    assert (printed.code, printed.out) == (4, "")
    assert "Xs3cretX" not in printed.err
    assert not (existing.patches.path / "baseline.sql").exists()
