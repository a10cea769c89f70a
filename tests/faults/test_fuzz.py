"""Bytes, texts and events that nobody meant: an answer or an error of ours, never anything else."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from rdspatch.adapters.audit_reader import record_from_item
from rdspatch.adapters.dynamodb import item_from_record
from rdspatch.adapters.patch_files import read_lock_file, read_patch_files
from rdspatch.authoring.lint.lint import lint
from rdspatch.authoring.lock import lock
from rdspatch.authoring.models.statements import read_sql
from rdspatch.authoring.proof.named_roles import roles_of
from rdspatch.cli import history, report
from rdspatch.cli.configuration import read_configuration
from rdspatch.cli.history import run_to_json
from rdspatch.core.audit_flaws import flaws_of
from rdspatch.core.audited_ledger import ledger_from_records
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.directory import BASELINE, FileKind, PatchFile, parse_directory
from rdspatch.core.errors import BadInput, BadPatches, BadSettings, LockFileStale
from rdspatch.core.lockfile import LockFile, read, read_known
from rdspatch.core.patch import checksum
from rdspatch.core.recorded_run import runs_of
from rdspatch.core.unended import NotAsked, unended
from rdspatch.handlers import patcher
from rdspatch.handlers.wiring import PatcherPorts
from rdspatch.testing import FakeAuditLog, FakeClock, FakeDatabase
from tests.faults.fuzzing import fuzz
from tests.faults.made_up_sql import statements
from tests.handlers.function import Context
from tests.recorded_runs import LONG_AGO, usual_run

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 2, 1, tzinfo=UTC)
OWN = Path(__file__).parents[2] / "patches"

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
    def parse(example: tuple[str, bytes]) -> None:
        name, data = example
        with contextlib.suppress(BadPatches):
            directory = parse_directory([file_of(BASELINE, b""), file_of(name, data)])
            assert [one.patch for one in lock(directory.patches)] == list(directory.patches)

    trials(fuzz(st.tuples(NAMES, CONTENTS), parse))


HEADS = st.sampled_from(["-- patch: A.", "-- patch: A.\n-- transaction: none", "-- patch: A.\n-- verify: SELECT true"])


@pytest.mark.experiment("Z04")
def test_any_statement_is_judged(trials: Callable[[int], None]) -> None:
    """By the parser, by every rule of the linter, and by what the proof reads from it."""

    def judge(example: tuple[str, list[str], bool]) -> None:
        head, texts, is_baseline = example
        sql = ";\n".join(texts)
        baseline = sql.encode() if is_baseline else b""
        with contextlib.suppress(BadPatches):
            directory = parse_directory(
                [file_of(BASELINE, baseline), file_of("0001_a.sql", f"{head}\n{'' if is_baseline else sql}".encode())]
            )
            assert lint(directory) is not None
            assert roles_of([sql]) is not None
            read_sql(texts, schema="public")
            assert [one.patch for one in lock(directory.patches)] == list(directory.patches)

    trials(fuzz(st.tuples(HEADS, st.lists(statements(), min_size=1, max_size=3), st.booleans()), judge, examples=300))


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
    text, patches = read_lock_file(OWN), parse_directory(read_patch_files(OWN)).patches
    assert text is not None
    assert read(text, patches).patches

    def parse(text: str) -> None:
        for reader in (read, read_known):
            with contextlib.suppress(LockFileStale):
                assert isinstance(reader(text, patches), LockFile)

    trials(fuzz(st.one_of(damaged(text), st.text(max_size=50)), parse))


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
    def handle(event: Any) -> None:
        ports = PatcherPorts(
            target="test",
            dimensions={"target": "test"},
            database=FakeDatabase(),
            audit=FakeAuditLog(),
            clock=FakeClock(),
            lock_file=LockFile,
            looks=lambda _: (),
        )
        with contextlib.suppress(BadInput):
            assert json.dumps(patcher.handle(event, Context(), ports))

    trials(fuzz(nearly_good() | JSON, handle))


URL_WORDS = """postgresql:// postgres:// http:// user : @ / ? & = % %00 %2 [::1] [ ] 127.0.0.1 localhost db.example.com
5432 99999 host= port= owner_role= search_path= sslmode= sslrootcert= trusted_roles= verify-full disable public , # ;"""
URL_PIECES = st.sampled_from(URL_WORDS.split())


@pytest.mark.experiment("Z05")
def test_any_text_is_the_url_of_a_database_or_refused(trials: Callable[[int], None]) -> None:
    def parse(text: str) -> None:
        with contextlib.suppress(BadSettings):
            assert parse_database_url(text).settings.name

    pieces = st.lists(URL_PIECES | st.text(max_size=3), max_size=12).map("".join)
    trials(fuzz(pieces | pieces.map(lambda rest: f"postgresql://u@h/d?{rest}"), parse))


BODIES = tuple(record.body for record in usual_run("first"))


@st.composite
def forged(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The items of two runs, some of them changed, some with a hash that fits."""
    items: list[dict[str, Any]] = [
        item_from_record(one) for one in (*usual_run("first"), *usual_run("second", started=LONG_AGO))
    ]
    for _ in range(draw(st.integers(1, 4))):
        item = items[draw(st.integers(0, len(items) - 1))]
        name = draw(st.sampled_from(sorted(item)))
        if name == "body" and draw(st.integers(0, 3)):
            body = json.loads(BODIES[draw(st.integers(0, len(BODIES) - 1))])
            if body:
                damage(draw, body)
            item["body"] = {"S": json.dumps(body if draw(st.booleans()) else draw(JSON))}
        else:
            item[name] = draw(st.sampled_from([{"S": draw(st.text(max_size=9))}, {"N": "1"}, {"S": "RUN#x#y#z"}]))
    return items


@pytest.mark.experiment("Z06")
def test_any_audit_is_told_and_examined(trials: Callable[[int], None]) -> None:
    def tell(items: list[dict[str, Any]]) -> None:
        records = [record_from_item(item) for item in items]
        for run in runs_of(records):
            assert json.dumps(run_to_json(run, NOW) | report._details(run))
            assert list(report._lines(run, run.result(NOW)))
            assert history._row(run, NOW)
            assert all(flaw.what for flaw in flaws_of(run))
            assert unended(run, NotAsked(why="x"), now=NOW).what
        with contextlib.suppress(ValueError):
            assert ledger_from_records(records).exists

    trials(fuzz(forged(), tell))


TOML = "[tool.rdspatch]\npatches = {}\nmodels = {}\nserver = {}\n[tool.rdspatch.drift]\nignore = {}\nprivileges = {}\n"


@pytest.mark.experiment("Z07")
def test_any_configuration_is_read_or_refused(trials: Callable[[int], None], tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"

    def configure(texts: list[str]) -> None:
        file.write_text(TOML.format(*texts), encoding="utf-8", errors="replace")
        with contextlib.suppress(BadSettings):
            assert read_configuration(tmp_path).patches

    value = JSON.map(json.dumps) | st.sampled_from(["[", '""', "1979-05-27", "inf", "{}", "'\u0000'"])
    trials(fuzz(st.lists(value, min_size=5, max_size=5), configure))
