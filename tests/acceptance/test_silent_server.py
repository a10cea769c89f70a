"""A server that acknowledges and says nothing is given up in time; one that works is left to its work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.errors import ConnectionLost
from tests.acceptance.proxy import Silence
from tests.acceptance.target import noted, open_target

if TYPE_CHECKING:
    from rdspatch.ports import Database
    from tests.acceptance.proxy import Proxy
    from tests.acceptance.target import Target

PATIENCE = timedelta(seconds=1)
TIMEOUT = "statement-timeout: 300ms"


def impatient(target: Target, proxy: Proxy) -> Database:
    url = proxy.url(str(target.value("SELECT current_database()")))
    return open_target(url, most_for_ours=PATIENCE)


@pytest.fixture
def traced(target: Target) -> Target:
    target.execute("CREATE TABLE trace (id serial, what text)")
    return target


@pytest.mark.parametrize("silence", Silence)
def test_a_patch_whose_server_falls_silent_is_applied_exactly_once(
    traced: Target, proxy: Proxy, silence: Silence
) -> None:
    traced.patch("0001_a", noted("a"), TIMEOUT)
    proxy.lose("INSERT INTO rdspatch.ledger", silence)
    report = traced.apply(database=impatient(traced, proxy), clock=SystemClock())
    assert (traced.results(report), proxy.all_lost) == (["0001_a applied"], True)
    assert traced.rows("SELECT what FROM trace") == [["a"]]


def test_a_question_whose_answer_does_not_come_is_a_lost_connection(target: Target, proxy: Proxy) -> None:
    proxy.lose("pg_try_advisory_lock", Silence.REPLY)
    with pytest.raises(
        ConnectionLost, match="no answer came within 1 s while taking the run lock; nothing was changed"
    ):
        target.apply(database=impatient(target, proxy), clock=SystemClock())


def test_a_server_that_falls_silent_again_and_again_is_named_so(traced: Target, proxy: Proxy) -> None:
    traced.patch("0001_a", noted("a"), "statement-timeout: 1ms")
    proxy.lose("INSERT INTO rdspatch.ledger", *[Silence.REQUEST] * 4)
    report = traced.apply_once(database=impatient(traced, proxy), clock=SystemClock())
    assert "4 sessions were lost in one invocation, the last one because no answer came within 1.002 s" in str(
        report.failure
    )
    assert traced.results(report) == ["0001_a unknown"]


@pytest.mark.parametrize(
    ("sql", "directives"),
    [
        ("SELECT pg_sleep(0.25);\n" * 6, (TIMEOUT,)),
        ("SELECT pg_sleep(1.5)", ("statement-timeout: 5s",)),
        ("CREATE INDEX CONCURRENTLY slow_idx ON slow (slow(id))", ("transaction: none",)),
        ("INSERT INTO checked VALUES (1)", ("statement-timeout: 800ms",)),
    ],
    ids=["many statements", "one statement", "an index", "what COMMIT checks"],
)
def test_work_that_takes_longer_than_our_patience_is_not_cut(
    target: Target, proxy: Proxy, sql: str, directives: tuple[str, ...]
) -> None:
    target.execute(
        "CREATE TABLE slow AS SELECT 1 AS id; CREATE TABLE checked (id int); "
        "CREATE FUNCTION slow(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
        "$$BEGIN PERFORM pg_sleep(1.5); RETURN id; END$$; "
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(2.1); RETURN NULL; END$$; "
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON checked DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION late()"
    )
    target.patch("0001_a", sql, *directives)
    report = target.apply(database=impatient(target, proxy), clock=SystemClock())
    assert target.results(report) == ["0001_a applied"]
    sessions = [text for text in proxy.queries if text.startswith("SELECT pg_catalog.pg_try_advisory_lock(")]
    assert len(sessions) == 1
