from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.audit import (
    AuditEntry,
    AuditEvent,
    AuditRecord,
    ChainBreak,
    ChainHead,
    chain,
    find_break,
    record_hash,
)
from tests.samples import AT, OTHER_RUN, RUN, applied

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = f"RUN#{RUN.started_at}#{RUN.id}#"
ENTRIES = (
    applied("0001_a"),
    applied("0002_b"),
    AuditEntry(event=AuditEvent.VERIFIED, at=AT, facts={"patches": 2}),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def by_the_workflow(event: str, seq: int, body: str, previous_hash: str = "") -> AuditRecord:
    """A record as the workflow writes it: `States.Hash(States.Format('{}|{}|{}|{}|{}|{}', …), 'SHA-256')`."""
    partition, sort, at = "TARGET#prod", f"{PREFIX}{seq:06d}", "2026-01-01T12:30:00.500Z"
    text = f"{previous_hash}|{partition}|{sort}|{event}|{at}|{body}"
    return AuditRecord(
        partition=partition,
        sort=sort,
        run_id=RUN.id,
        event=event,
        at=at,
        body=body,
        previous_hash=previous_hash,
        hash=hashlib.sha256(text.encode("utf-8")).hexdigest(),
    )


def whole_run() -> tuple[AuditRecord, ...]:
    started = by_the_workflow("run_started", 0, '{"execution":"arn"}')
    ours = chain(ENTRIES, run=RUN, target="prod", head=ChainHead(started.seq, started.hash))
    health = by_the_workflow("health_checked", 900_000, '{"healthy":true}', ours[-1].hash)
    ended = by_the_workflow("run_ended", 999_999, '{"result":"succeeded"}', health.hash)
    return started, *ours, health, ended


def changed(record: AuditRecord, **changes: Any) -> AuditRecord:
    return dataclasses.replace(record, **changes)


def test_records_of_workflow_and_function_make_one_chain() -> None:
    records = whole_run()
    assert [record.event for record in records] == [
        "run_started",
        "patch_applied",
        "patch_applied",
        "verified",
        "health_checked",
        "run_ended",
    ]
    assert find_break(records) is None


def test_an_entry_becomes_a_record_with_its_place_in_the_run() -> None:
    (record,) = chain([applied("0001_a")], run=RUN, target="prod", head=ChainHead(7, "abc"))
    assert record.partition == "TARGET#prod"
    assert record.sort == f"{PREFIX}000008"
    assert record.seq == 8
    assert record.at == "2026-01-01T12:30:15.123Z"
    assert record.previous_hash == "abc"
    assert (record.run_id, record.patch_id) == ("run-1", "0001_a")
    assert json.loads(record.body) == record.facts == {"checksum": "c0ffee", "patch_id": "0001_a", "run_id": "run-1"}


def test_a_time_in_another_zone_is_recorded_in_utc() -> None:
    late = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    entry = dataclasses.replace(applied(), at=late)
    (record,) = chain([entry], run=RUN, target="prod", head=ChainHead())
    assert record.at == "2026-06-30T23:30:00.000Z"


@given(previous=TEXTS, body=TEXTS)
def test_the_hash_is_what_the_workflow_computes(previous: str, body: str) -> None:
    joined = f"{previous}|TARGET#prod|{PREFIX}000001|verified|2026-01-01T00:00:00.000Z|{body}"
    digest = record_hash(
        previous_hash=previous,
        partition="TARGET#prod",
        sort=f"{PREFIX}000001",
        event="verified",
        at="2026-01-01T00:00:00.000Z",
        body=body,
    )
    assert digest == hashlib.sha256(joined.encode()).hexdigest()


CHANGES: dict[str, tuple[Callable[[tuple[AuditRecord, ...]], tuple[AuditRecord, ...]], int, str]] = {
    "another body": (lambda r: (*r[:2], changed(r[2], body='{"checksum": "beef"}'), *r[3:]), 2, "was changed"),
    "another event": (lambda r: (r[0], changed(r[1], event="patch_failed"), *r[2:]), 1, "was changed"),
    "another time": (lambda r: (r[0], changed(r[1], at="2020-01-01T00:00:00.000Z"), *r[2:]), 1, "was changed"),
    "another patch": (lambda r: (r[0], changed(r[1], patch_id="0002_b"), *r[2:]), 1, "was changed"),
    "no patch": (lambda r: (r[0], changed(r[1], patch_id=None), *r[2:]), 1, "was changed"),
    "another run": (lambda r: (r[0], changed(r[1], run_id="run-2"), *r[2:]), 1, "was changed"),
    "another target": (lambda r: (changed(r[0], partition="TARGET#dev"), *r[1:]), 0, "was changed"),
    "another hash": (lambda r: (*r[:3], changed(r[3], hash="0" * 64), *r[4:]), 3, "was changed"),
    "one removed": (lambda r: (*r[:2], *r[3:]), 2, "does not follow"),
    "the first removed": (lambda r: r[1:], 0, "does not follow"),
    "two in another order": (lambda r: (r[0], r[2], r[1], *r[3:]), 1, "does not follow"),
    "one twice": (lambda r: (*r[:2], r[1], *r[2:]), 2, "does not follow"),
    "one of another run": (
        lambda r: (*r[:2], chain([applied()], run=OTHER_RUN, target="prod", head=ChainHead())[0], *r[2:]),
        2,
        "does not follow",
    ),
}


@pytest.mark.parametrize(("change", "place", "reason"), CHANGES.values(), ids=CHANGES)
def test_the_first_broken_link_is_named(
    change: Callable[[tuple[AuditRecord, ...]], tuple[AuditRecord, ...]], place: int, reason: str
) -> None:
    records = change(whole_run())
    broken = find_break(records)
    assert isinstance(broken, ChainBreak)
    assert broken.sort == records[place].sort
    assert broken.reason.startswith(reason)


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '"patch_id"'])
def test_a_body_that_is_no_object_cannot_hide_a_patch(body: str) -> None:
    forged = changed(by_the_workflow("patch_applied", 0, body), patch_id="0001_a")
    assert find_break([forged]) is not None


def test_no_records_have_no_break() -> None:
    assert find_break([]) is None


@given(st.lists(TEXTS, min_size=1, max_size=5), st.data())
def test_any_changed_character_of_any_body_is_found(texts: list[str], data: st.DataObject) -> None:
    entries = [AuditEntry(event=AuditEvent.PATCH_FAILED, at=AT, facts={"error": text}) for text in texts]
    records = list(chain(entries, run=RUN, target="prod", head=ChainHead()))
    assert find_break(records) is None
    place = data.draw(st.integers(0, len(records) - 1))
    records[place] = changed(records[place], body=records[place].body + " ")
    broken = find_break(records)
    assert broken is not None
    assert broken.sort == records[place].sort
