"""After a lost database apply and repair say of every patch what is known, and running again is the recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.proxy import Loss, Proxy
from tests.faults.waiting import until
from tests.handlers.repairable import NO_CHECK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import DatabaseShell, Printed

UNREACHABLE = 4
LOSSES = [Loss.REQUEST, Loss.REPLY]


@pytest.fixture
def proxy(postgres_server: EmbeddedPostgres) -> Iterator[Proxy]:
    with Proxy(postgres_server.socket_directory / f".s.PGSQL.{postgres_server.port}") as started:
        yield started


@pytest.fixture
def three_patches(database: DatabaseShell) -> DatabaseShell:
    for name in ("0001_a", "0002_b", "0003_c"):
        database.patches.patch(name, f"CREATE TABLE {name[5:]} (id int);")
    database.patches.lock()
    return database


def through(proxy: Proxy, shell: DatabaseShell, command: str, *words: str) -> Printed:
    [[name]] = shell.query("SELECT current_database()")
    return shell.on_patches(command, "--database", proxy.url(name), *words)


@pytest.mark.experiment("F64")
@pytest.mark.parametrize("loss", LOSSES)
def test_apply_names_what_is_applied_what_is_not_known_and_what_was_not_reached(
    three_patches: DatabaseShell, proxy: Proxy, loss: Loss
) -> None:
    proxy.lose_for_good("'0002_b'", loss)
    printed = through(proxy, three_patches, "apply")
    assert printed.code == UNREACHABLE
    assert [line.split()[:2] for line in printed.out.splitlines()] == [
        ["applied", "0001_a"],
        ["unknown", "0002_b"],
        ["not_reached", "0003_c"],
    ]
    assert printed.err.startswith("DatabaseUnreachable: ")
    assert printed.err.endswith(
        ". Of this run's patches, applied: 0001_a; not known: 0002_b; not reached: 0003_c; "
        "whether it took effect the ledger says, and the next run reads it\n"
    )
    again = three_patches.on_database("apply", "--format", "json")
    late = [] if loss is Loss.REPLY else ["0002_b"]
    assert [(it["id"], it["result"]) for it in again.json["outcomes"]] == [
        (name, "applied") for name in (*late, "0003_c")
    ]


def test_a_connection_that_breaks_too_often_is_told_alike_as_json(three_patches: DatabaseShell, proxy: Proxy) -> None:
    proxy.lose("'0001_a'", *[Loss.REQUEST] * 4)
    printed = through(proxy, three_patches, "apply", "--format", "json")
    assert printed.code == UNREACHABLE
    assert [(it["id"], it["result"]) for it in printed.json["outcomes"]] == [
        ("0001_a", "unknown"),
        ("0002_b", "not_reached"),
        ("0003_c", "not_reached"),
    ]
    assert "ConnectionLost: 4 sessions were lost" in printed.err
    assert "Of this run's patches, not known: 0001_a; not reached: 0002_b, 0003_c;" in printed.err


def test_a_database_that_is_lost_before_the_first_patch_has_nothing_to_name(
    three_patches: DatabaseShell, proxy: Proxy
) -> None:
    proxy.lose_for_good("FROM rdspatch.ledger", Loss.REPLY)
    printed = through(proxy, three_patches, "apply")
    assert (printed.code, printed.out) == (UNREACHABLE, "")
    assert (
        printed.err == "ConnectionLost: the connection broke before the first patch; nothing was applied in this call\n"
    )


def test_a_database_that_is_lost_after_the_last_patch_leaves_them_applied(
    three_patches: DatabaseShell, proxy: Proxy
) -> None:
    three_patches.on_database("apply")
    three_patches.patches.patch("0004_d", "CREATE TABLE d (id int);", "verify: SELECT count(*) = 0 FROM d")
    three_patches.patches.lock()
    proxy.lose_for_good("SELECT count(*) = 0 FROM d\n;ROLLBACK", Loss.REPLY)
    printed = through(proxy, three_patches, "apply")
    assert printed.code == UNREACHABLE
    assert printed.out.split()[:2] == ["applied", "0004_d"]
    assert "while the database was read; nothing was changed by that" in printed.err


@pytest.fixture
def damaged(applied: DatabaseShell) -> DatabaseShell:
    applied.query(NO_CHECK)
    return applied


@pytest.mark.experiment("F64")
@pytest.mark.parametrize("loss", LOSSES)
def test_repair_names_what_is_not_known_and_what_was_not_reached(
    damaged: DatabaseShell, proxy: Proxy, loss: Loss
) -> None:
    proxy.lose_for_good("ALTER TABLE users ADD CONSTRAINT users_phone", loss)
    printed = through(proxy, damaged, "repair")
    assert printed.code == UNREACHABLE
    assert printed.out.splitlines()[1:] == ["unknown: 0002_check", "not_reached: 0003_valid"]
    assert "Of this run's patches, not known: 0002_check; not reached: 0003_valid;" in printed.err
    ours = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rdspatch%' AND datname = current_database()"
    until(lambda: not damaged.query(ours), "the lost session has ended")
    assert damaged.on_database("repair").code == 0


@pytest.mark.experiment("F64")
def test_repair_keeps_what_it_replayed_when_the_database_is_lost_while_it_looks_again(
    damaged: DatabaseShell, proxy: Proxy
) -> None:
    def break_off(number: int) -> None:
        if "FROM rdspatch.ledger" in proxy.queries[-1] and any("VALIDATE" in text for text in proxy.queries):
            proxy.at[number] = Loss.REPLY

    proxy.before_query = break_off
    printed = through(proxy, damaged, "repair", "--format", "json")
    assert printed.code == UNREACHABLE
    assert [(it["id"], it["result"]) for it in printed.json["outcomes"]] == [
        ("0002_check", "replayed"),
        ("0003_valid", "replayed"),
    ]
    assert "while drift was read; run again. Of this run's patches, replayed: 0002_check, 0003_valid" in printed.err
