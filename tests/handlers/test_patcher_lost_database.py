"""A run of the workflow whose database is lost: every try says what the audit has of each patch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.audit import find_break
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.errors import AccessDenied, ConnectionLost, DatabaseUnreachable
from tests.acceptance.proxy import Loss, Proxy, Silence
from tests.handlers.repairable import FRESH, NO_CHECK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.ports import Login
    from tests.handlers.function import Function

REQUEST: dict[str, object] = {}
TO_DO = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 3, "patch": None, "lock_attempts": 0}
SHORT_MS = 7_000
"""Of which five seconds are kept for recording."""
KNOWN = (
    "The audit has of this run: applied: 0001_a; not known: 0002_b; not reached: 0003_c; "
    "whether it took effect the ledger says, and the next run reads it"
)


@pytest.fixture
def proxy(function: Function) -> Iterator[Proxy]:
    """In front of the function's server, and not yet in its way."""
    with Proxy(function.server.socket_directory / f".s.PGSQL.{function.server.port}") as started:
        yield started


@pytest.fixture
def three_patches(function: Function) -> Function:
    for name in ("0001_a", "0002_b", "0003_c"):
        function.patches.patch(name, f"CREATE TABLE {name[5:]} (id int);")
    function.patches.lock()
    return function


def go_through(proxy: Proxy, function: Function) -> None:
    function.setenv(DATABASE_HOST=str(proxy.directory))


def go_directly(function: Function) -> None:
    function.setenv(DATABASE_HOST=str(function.server.socket_directory))


@pytest.mark.experiment("F64")
@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY])
def test_each_try_of_a_run_says_what_is_known_and_the_next_run_finishes(
    three_patches: Function, proxy: Proxy, loss: Loss
) -> None:
    go_through(proxy, three_patches)
    proxy.lose_for_good("'0002_b'", loss)
    for _ in range(2):  # the second one comes no further than the attempt to connect
        with pytest.raises(DatabaseUnreachable) as lost:
            three_patches.call("apply", request=REQUEST, work=TO_DO)
        assert str(lost.value).endswith(KNOWN)
    assert three_patches.audited() == [("patch_applied", "0001_a"), ("patch_unknown", "0002_b")]
    assert three_patches.table.of_run(three_patches.run)[1].facts["not_reached"] == ["0003_c"]
    go_directly(three_patches)
    work = three_patches.call("apply", request=REQUEST, work=TO_DO)
    assert (work["status"], work["applied"]) == ("done", 3)
    records = three_patches.table.of_run(three_patches.run)
    assert [(it.event, it.patch_id) for it in records[2:]] == [("patch_applied", "0002_b"), ("patch_applied", "0003_c")]
    assert find_break(records) is None


@pytest.mark.experiment("F64")
def test_a_database_that_is_lost_when_all_is_applied_says_so_too(three_patches: Function, proxy: Proxy) -> None:
    three_patches.call("apply", request=REQUEST, work=TO_DO)
    go_through(proxy, three_patches)
    proxy.lose_for_good("FROM rdspatch.ledger", Loss.REPLY)
    for kind in (ConnectionLost, DatabaseUnreachable):
        with pytest.raises(kind, match=r"The audit has of this run: applied: 0001_a, 0002_b, 0003_c$"):
            three_patches.call("verify", request=REQUEST)


def test_a_run_that_has_done_nothing_yet_has_nothing_to_say(three_patches: Function, proxy: Proxy) -> None:
    go_through(proxy, three_patches)
    proxy.lose_for_good("FROM rdspatch.ledger", Loss.REPLY)
    with pytest.raises(ConnectionLost) as lost:
        three_patches.call("plan", request=REQUEST)
    assert str(lost.value).endswith("while the database was read; nothing was changed by that, run again")


class RevokedLater(GivenCredentials):
    """Gives a login once."""

    given = False

    def fetch(self) -> Login:
        if self.given:
            raise AccessDenied("the secret is gone")
        self.given = True
        return super().fetch()


def test_a_login_that_is_refused_after_the_loss_ends_the_run_with_every_patch_recorded(
    three_patches: Function, proxy: Proxy
) -> None:
    proxy.lose("'0002_b'", Loss.REQUEST)
    settings = parse_database_url(proxy.url(three_patches.database)).settings
    database = PostgresDatabase(settings, RevokedLater("postgres", None))
    with three_patches.with_ports(database=database), pytest.raises(AccessDenied) as refused:
        three_patches.call("apply", request=REQUEST, work=TO_DO)
    assert str(refused.value) == (
        "the secret is gone. Of this run's patches, applied: 0001_a; not known: 0002_b; not reached: 0003_c; "
        "whether it took effect the ledger says, and the next run reads it"
    )
    assert three_patches.audited() == [
        ("patch_applied", "0001_a"),
        ("patch_unknown", "0002_b"),
        ("patch_not_reached", "0003_c"),
    ]


@pytest.mark.experiment("F64")
@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY])
def test_a_repair_says_what_is_known_of_its_replays(applied: Function, proxy: Proxy, loss: Loss) -> None:
    applied.query(NO_CHECK)
    go_through(proxy, applied)
    proxy.lose_for_good("VALIDATE CONSTRAINT users_phone", loss)
    with pytest.raises(DatabaseUnreachable) as lost:
        applied.call("repair", request=REQUEST, work=FRESH)
    assert "The audit has of this run: replayed: 0002_check; not known: 0003_valid;" in str(lost.value)
    assert [event for event, _ in applied.audited()] == ["repair_planned", "patch_replayed", "patch_unknown"]
    go_directly(applied)
    assert applied.call("repair", request=REQUEST, work=FRESH)["status"] == "done"


@pytest.mark.experiment("F63")
@pytest.mark.parametrize("silence", [Silence.REQUEST, Silence.REPLY])
def test_a_silent_server_leaves_the_invocation_time_to_ask_the_ledger(
    three_patches: Function, proxy: Proxy, silence: Silence
) -> None:
    go_through(proxy, three_patches)
    proxy.lose("'0001_a'", silence)
    work = three_patches.call("apply", request=REQUEST, work=TO_DO, remaining=SHORT_MS)
    assert (work["status"], work["applied"], proxy.all_lost) == ("continue", 1, True)
    assert three_patches.audited() == [("patch_applied", "0001_a")]


@pytest.mark.slow
@pytest.mark.experiment("F63")
def test_a_server_that_stays_silent_leaves_it_time_to_record_what_is_known(
    three_patches: Function, proxy: Proxy
) -> None:
    go_through(proxy, three_patches)
    proxy.lose("'0001_a'", *[Silence.REQUEST] * 4)
    with pytest.raises(ConnectionLost, match="the last one because no answer came within 1 s; run again") as lost:
        three_patches.call("apply", request=REQUEST, work=TO_DO, remaining=SHORT_MS)
    assert "The audit has of this run: not known: 0001_a; not reached: 0002_b, 0003_c" in str(lost.value)
    assert three_patches.audited() == [("patch_unknown", "0001_a")]
