"""Bytes, texts and events that nobody meant: an answer or an error of ours, never anything else."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rdspatch.adapters.patch_files import read_lock_file, read_patch_files
from rdspatch.authoring.lock import lock
from rdspatch.core.directory import BASELINE, FileKind, PatchFile, parse_directory
from rdspatch.core.errors import BadInput, BadPatches, LockFileStale
from rdspatch.core.lockfile import LockFile, read, read_known
from rdspatch.core.patch import checksum
from rdspatch.handlers import patcher
from rdspatch.handlers.wiring import PatcherPorts
from rdspatch.testing import FakeAuditLog, FakeClock, FakeDatabase
from tests.handlers.function import Context

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = 2_000
OWN = Path(__file__).parents[2] / "patches"
FAST = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

pytestmark = pytest.mark.faults_only

PIECES = r"""-- patch: A. transaction: none lock-timeout: 50ms verify: allow: because x : ; $$ $a$ ' E' " U& ( ) [ ] \
\. SELECT CREATE TABLE INDEX CONCURRENTLY ON t a int DO BEGIN END COMMIT COPY FROM STDIN INSERT VALUES 1 . LANGUAGE /*
*/ , plpgsql AS FUNCTION f RETURNS void DECLARE EXECUTE VACUUM REINDEX é"""
WORDS = st.sampled_from([*re.split(r"\s", PIECES), "\n", "\r\n", "\t", "\u202e", "\ufeff"]) | st.text(max_size=3)
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)
CONTENTS = st.one_of(
    st.binary(max_size=200),
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    TEXTS.map(lambda text: f"-- patch: A test.\n{text}".encode("utf-8", "surrogatepass")),
)
NAMES = st.one_of(st.just("0001_a.sql"), st.text(max_size=12).map(lambda text: f"0001{text}.sql"))


def file_of(name: str, data: bytes) -> PatchFile:
    return PatchFile(name=name, kind=FileKind.REGULAR, size=len(data), data=data)


@pytest.mark.experiment("Z01")
def test_any_bytes_are_a_patch_or_named_problems(trials: Callable[[int], None]) -> None:
    trials(EXAMPLES)

    @FAST
    @given(name=NAMES, data=CONTENTS)
    def parse(name: str, data: bytes) -> None:
        with contextlib.suppress(BadPatches):
            directory = parse_directory([file_of(BASELINE, b""), file_of(name, data)])
            assert [one.patch for one in lock(directory.patches)] == list(directory.patches)

    parse()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def damage(draw: st.DrawFn, document: dict[str, Any]) -> None:
    """Replace or remove one value, somewhere in a document."""
    place: Any = document
    key: Any = draw(st.sampled_from(sorted(document)))
    while place[key] and isinstance(place[key], (dict, list)) and draw(st.integers(0, 5)):
        place = place[key]
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    if draw(st.booleans()):
        place[key] = draw(JSON)
    else:
        del place[key]


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The lock file with one value replaced, or with a piece of its text; some with a digest that fits."""
    if draw(st.booleans()):
        start = draw(st.integers(0, len(text)))
        return text[:start] + draw(st.text(max_size=3)) + text[start + draw(st.integers(0, 3)) :]
    document = json.loads(text)
    version = document.pop("version")
    del document["digest"]
    damage(draw, document)
    rest = json.dumps(document)[1:]
    return f'{{\n  "version": {version},\n  "digest": "{checksum(rest)}",\n{rest}'


@pytest.mark.experiment("Z02")
def test_any_text_is_a_lock_file_or_a_stale_one(trials: Callable[[int], None]) -> None:
    trials(EXAMPLES)
    text, patches = read_lock_file(OWN), parse_directory(read_patch_files(OWN)).patches
    assert text is not None
    assert read(text, patches).patches

    @FAST
    @given(text=st.one_of(damaged(text), st.text(max_size=50)))
    def parse(text: str) -> None:
        for reader in (read, read_known):
            with contextlib.suppress(LockFileStale):
                assert isinstance(reader(text, patches), LockFile)

    parse()


EVENT = {
    "run": {"id": "run-1", "started_at": "2026-01-01T12:30:00.000Z"},
    "input": {"mode": "apply", "target": "test", "reason": "why", "allow_out_of_order": False},
    "request": {"mode": "apply", "target": "test", "reason": "why", "allow_out_of_order": False},
    "work": {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 0, "patch": None, "lock_attempts": 0},
    "approval": {"ask": ["destructive"], "given": {"digest": "c0ffee", "by": "ann", "comment": "yes"}},
}
"""What the workflow sends to one action or another."""


@st.composite
def nearly_good(draw: st.DrawFn) -> dict[str, Any]:
    """An event of the workflow with something wrong in up to three places."""
    event = json.loads(json.dumps(EVENT)) | {"action": draw(st.sampled_from(["preflight", "plan", "apply", "verify"]))}
    for _ in range(draw(st.integers(0, 3))):
        if event:
            damage(draw, event)
    return event | draw(st.dictionaries(st.text(max_size=5), JSON, max_size=1))


@pytest.mark.experiment("Z03")
def test_any_event_is_answered_or_bad_input(trials: Callable[[int], None]) -> None:
    trials(EXAMPLES)

    @FAST
    @given(event=nearly_good() | JSON)
    def handle(event: Any) -> None:
        ports = PatcherPorts(
            target="test",
            database=FakeDatabase(),
            audit=FakeAuditLog(),
            clock=FakeClock(),
            lock_file=LockFile,
            looks=lambda _: (),
        )
        with contextlib.suppress(BadInput):
            assert json.dumps(patcher.handle(event, Context(), ports))

    handle()
