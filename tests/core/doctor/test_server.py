from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest

from rdspatch.core.doctor.clock import judge_clock
from rdspatch.core.doctor.finding import Finding, State
from rdspatch.core.doctor.server import (
    Connections,
    IdleSession,
    ServerSeen,
    judge_autovacuum,
    judge_connections,
    judge_run_lock,
    judge_sessions,
    judge_settings,
    judge_transaction_ids,
    judge_version,
    judge_writable,
)
from rdspatch.core.sessions import Holder

SETTINGS = {"idle_session_timeout": "30s"}
SEEN = ServerSeen(
    version=170_002,
    in_recovery=False,
    read_only=False,
    ahead=timedelta(),
    round_trip=timedelta(),
    connections=Connections(most=100, reserved=3, used=10),
    transaction_age=1_000,
    autovacuum=True,
    transaction_timeout="0",
    session=SETTINGS,
    other_settings={},
    overrides=(),
    idle=(),
    sees_sessions=True,
    login="patcher",
    login_inherits=True,
)


def seen(**changes: Any) -> ServerSeen:
    return dataclasses.replace(SEEN, **changes)


def said(finding: Finding, state: State) -> str:
    """What a finding says, once its state is as expected; everything but ok and skipped says what to change."""
    assert finding.state is state, finding
    assert bool(finding.instead) is (state in (State.WARNING, State.PROBLEM))
    return f"{finding.what}; {finding.instead}"


@pytest.mark.parametrize(
    ("version", "today", "state", "words"),
    [
        (170_002, date(2026, 6, 1), State.OK, "PostgreSQL 17.2, with releases until 2029-11-08"),
        (140_020, date(2026, 6, 1), State.WARNING, "gets its last release on 2026-11-12"),
        (140_020, date(2026, 11, 13), State.WARNING, "has had its last release on 2026-11-12"),
        (990_000, date(2026, 6, 1), State.WARNING, "newer than this rdspatch"),
    ],
)
def test_a_version_near_its_end_is_named_in_time(version: int, today: date, state: State, words: str) -> None:
    assert words in said(judge_version(version, today=today), state)


def test_a_server_that_takes_no_writes_says_why() -> None:
    said(judge_writable(SEEN), State.OK)
    assert "standby" in said(judge_writable(seen(in_recovery=True)), State.PROBLEM)
    assert "(parameter group)" in said(judge_writable(seen(read_only=True)), State.PROBLEM)
    by_database = seen(read_only=True, overrides=("default_transaction_read_only of the database",))
    assert "of the database" in said(judge_writable(by_database), State.PROBLEM)


def test_settings_that_do_not_arrive_point_to_a_pooler() -> None:
    lost = judge_settings(SEEN, expected={"idle_session_timeout": "1s"})
    assert "idle_session_timeout is 30s" in said(lost, State.PROBLEM)
    assert "pooler" in lost.instead
    zone = judge_settings(seen(other_settings={"TimeZone": "Europe/Berlin"}), expected=SETTINGS)
    assert "(TimeZone is Europe/Berlin)" in said(zone, State.PROBLEM)
    assert "pooler" in zone.instead


def test_a_setting_that_no_session_can_change_is_named_with_what_resets_it() -> None:
    replica = judge_settings(seen(other_settings={"session_replication_role": "replica"}), expected=SETTINGS)
    assert "session_replication_role is replica and not origin" in said(replica, State.PROBLEM)
    assert "ALTER ROLE … RESET" in replica.instead


def test_settings_of_database_and_role_are_told_apart_by_what_they_do_to_patches() -> None:
    harmless = judge_settings(seen(overrides=("statement_timeout of the role",)), expected=SETTINGS)
    assert "rdspatch's own go before statement_timeout of the role" in said(harmless, State.OK)
    pinned = judge_settings(seen(overrides=("timezone of the database", "work_mem of the role")), expected=SETTINGS)
    words = "own go before timezone of the database; in force in patches too: work_mem of the role"
    assert words in said(pinned, State.OK)
    ending = judge_settings(seen(transaction_timeout="5min"), expected=SETTINGS)
    assert "transaction_timeout is 5min" in said(ending, State.WARNING)
    other = judge_settings(seen(overrides=("role of the database", "work_mem of the role")), expected=SETTINGS)
    assert "in force in patches: role of the database" in said(other, State.WARNING)


@pytest.mark.parametrize(("used", "state"), [(92, State.OK), (93, State.WARNING), (97, State.WARNING)])
def test_few_connections_left_are_a_warning(used: int, state: State) -> None:
    said(judge_connections(Connections(most=100, reserved=3, used=used)), state)


@pytest.mark.parametrize(
    ("age", "state"), [(999_999_999, State.OK), (1_000_000_000, State.WARNING), (1_900_000_000, State.PROBLEM)]
)
def test_old_transaction_ids_are_named_before_the_server_stops(age: int, state: State) -> None:
    said(judge_transaction_ids(age), state)


def test_autovacuum_that_is_off_is_a_warning() -> None:
    said(judge_autovacuum(switched_on=True), State.OK)
    said(judge_autovacuum(switched_on=False), State.WARNING)


def test_sessions_that_would_make_patches_wait_are_named() -> None:
    idle = (IdleSession(pid=7, application="report", seconds=65.2),)
    text = said(judge_sessions(seen(idle=idle)), State.WARNING)
    assert "1 session is idle in transaction: pid 7 ('report') for 65 s" in text
    blind = seen(sees_sessions=False)
    assert said(judge_sessions(blind), State.WARNING).endswith("GRANT pg_read_all_stats TO patcher")
    aside = seen(sees_sessions=False, login_inherits=False)
    assert said(judge_sessions(aside), State.WARNING).endswith("TO patcher WITH INHERIT TRUE")
    older = seen(sees_sessions=False, login_inherits=False, version=150_004)
    assert "patcher is NOINHERIT, and before PostgreSQL 16" in said(judge_sessions(older), State.WARNING)
    said(judge_sessions(SEEN), State.OK)


def test_an_active_run_is_named() -> None:
    holder = Holder(pid=7, user="patcher", application="rdspatch:run-1", query_age_seconds=3)
    assert "rdspatch:run-1" in said(judge_run_lock(holder), State.WARNING)
    said(judge_run_lock(None), State.OK)


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0, State.OK, "agrees"),
        (5.4, State.OK, "agrees"),  # half a second of it may be the round trip
        (6, State.WARNING, "6 s ahead of"),
        (-3_600, State.PROBLEM, "3600 s behind"),
    ],
)
def test_clocks_are_compared_as_far_as_a_round_trip_lets_one_tell(ahead: float, state: State, words: str) -> None:
    finding = judge_clock("clock", timedelta(seconds=ahead), whose="its clock", round_trip=timedelta(seconds=1))
    assert words in said(finding, state)
