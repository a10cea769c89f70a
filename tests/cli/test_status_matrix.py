"""status over several environments: a column each, from their ledgers or from the audit table."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.audit import AuditEntry, AuditEvent
from tests.audit_table import NAME, REGION, AuditTable, audit_table
from tests.samples import AT, RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import DatabaseShell, Shell

DOWN = "postgresql://me:CANARY@127.0.0.1:1/mesh?sslmode=disable"


@pytest.fixture
def other(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a second database."""
    name = "other_environment"
    postgres_server.create_database(name)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def two(database: DatabaseShell) -> DatabaseShell:
    """Two patches, the first of them applied."""
    database.patches.patch("0001_a", "CREATE TABLE a ()")
    database.on_database("apply")
    database.patches.patch("0002_b", "CREATE TABLE b ()")
    return database


def lines(text: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


def test_each_environment_has_a_column(two: DatabaseShell, other: str) -> None:
    printed = two.on_patches("status", "--database", f"prod={two.url}", "--database", f"test={other}")
    assert (printed.code, printed.err) == (0, "")
    head, first, second, *summaries = lines(printed.out)
    assert head == ["patch", "prod", "test"]
    assert re.fullmatch(r"applied \d{4}-\d\d-\d\d \d\d:\d\d", first[1])
    assert [first[0], first[2]] == ["0001_a", "pending"]
    assert second == ["0002_b", "pending", "pending"]
    assert summaries == [["prod: 1 applied, 1 pending"], ["test: never patched; 2 pending"]]


def test_each_cell_is_in_the_json(two: DatabaseShell, other: str) -> None:
    run_id = two.on_database("plan", "--format", "json").json["applied"][0]["reason"].rpartition(" ")[2]
    words = ("--database", f"prod={two.url}", "--database", f"test={other}", "--format", "json")
    document = two.on_patches("status", *words).json
    assert document["environments"] == {
        "prod": {"patched": True, "drift": None, "error": None},
        "test": {"patched": False, "drift": None, "error": None},
    }
    pending = {"status": "pending", "applied_at": None, "run_id": None}
    first, second = document["patches"]
    assert (first["id"], first["in"]["test"], first["in"]["prod"]["status"]) == ("0001_a", pending, "applied")
    assert first["in"]["prod"]["run_id"] == run_id
    assert second == {"id": "0002_b", "in": {"prod": pending, "test": pending}}


def test_an_edited_patch_is_refused_and_one_without_a_file_is_listed_last(two: DatabaseShell, other: str) -> None:
    two.on_patches("apply", "--database", other)
    (two.patches.path / "0002_b.sql").unlink()
    two.patches.patch("0001_a", "CREATE TABLE other ()")
    printed = two.on_patches("status", "--database", f"prod={two.url}", "--database", f"test={other}")
    _, edited, newer, *_ = lines(printed.out)
    assert [edited[0], *(cell.partition(" 20")[0] for cell in edited[1:])] == ["0001_a", "refused", "refused"]
    assert [newer[0], newer[1], newer[2].partition(" 20")[0]] == ["0002_b", "-", "applied, no file"]
    assert printed.code == 0


def test_an_environment_that_is_down_does_not_hide_the_others(two: DatabaseShell) -> None:
    words = ("--database", f"down={DOWN}", "--database", f"prod={two.url}")
    printed = two.on_patches("status", *words)
    assert printed.code == 4
    head, first, second, down, prod = lines(printed.out)
    assert (head, first[1], second[1]) == (["patch", "down", "prod"], "DatabaseUnreachable", "DatabaseUnreachable")
    assert first[2].startswith("applied 20")
    assert down[0].startswith("down: not read: database mesh at 127.0.0.1:1: no connection (")
    assert prod == ["prod: 1 applied, 1 pending"]
    assert "CANARY" not in printed.out + printed.err
    as_json = two.on_patches("status", *words, "--format", "json")
    assert as_json.code == 4
    assert as_json.json["environments"]["down"]["error"].startswith("DatabaseUnreachable: database mesh at")
    assert as_json.json["environments"]["down"]["patched"] is None
    assert as_json.json["patches"][0]["in"]["down"] is None
    assert as_json.json["patches"][0]["in"]["prod"]["status"] == "applied"


def test_environments_may_come_from_the_variable(
    two: DatabaseShell, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDSPATCH_DATABASE_URL", f"prod={two.url} test={other}")
    assert lines(two.on_patches("status").out)[0] == ["patch", "prod", "test"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--database", f"a={DOWN}", "--database", DOWN], "--database 2: has no name; write NAME=URL"),
        (["--database", f"A={DOWN}"], "--database 1: 'A' is no name; use a-z, 0-9 and -, starting with a letter"),
        (["--database", f"a={DOWN}", "--database", f"a={DOWN}"], "--database 2: a is there twice"),
        (["--database", "a=mysql://h"], "--database a: is no PostgreSQL URL"),
        (["--database", DOWN, "--audit-table", "t"], "--audit-table: is given beside --database; choose one"),
        (["--database", f"a={DOWN}", "--target", "a"], "--target: is given without --audit-table"),
        (["--target", "a"], "--target: is given without --audit-table"),
        (["--audit-table", "t"], "--audit-table: is given without a target; add --target NAME"),
        (["--audit-table", "t", "--target", "a", "--target", "a"], "--target: a is there twice"),
        (["--audit-table", "t", "--target", "a", "--drift"], "--drift: is given with --audit-table"),
        (["--audit-table", "t", "--target", "A B"], "--target: 'A B' is no name"),
    ],
)
def test_environments_that_are_not_clear_are_refused(shell: Shell, words: list[str], complaint: str) -> None:
    printed = shell.on_patches("status", *words)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("BadSettings: ")
    assert complaint in printed.err
    assert "CANARY" not in printed.err


@pytest.fixture
def table(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuditTable]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with audit_table(dynamodb) as made:
        yield made


@pytest.fixture
def audited(shell: Shell, table: AuditTable) -> Callable[..., list[list[str]]]:
    """Records the first of two patches as applied to `prod`; runs status on the audit table."""
    shell.patches.patch("0001_a", "CREATE TABLE a ()")
    shell.patches.patch("0002_b", "CREATE TABLE b ()")
    file = shell.patches.path / "0001_a.sql"
    facts = {"checksum": hashlib.sha256(file.read_bytes()).hexdigest(), "run_id": RUN.id}
    entry = AuditEntry(event=AuditEvent.PATCH_APPLIED, at=AT, facts=facts, patch_id="0001_a")
    table.log("prod").append([entry], run=RUN)

    def status(*words: str, code: int = 0) -> list[list[str]]:
        printed = shell.on_patches("status", *words)
        assert (printed.code, printed.err) == (code, "")
        return lines(printed.out)

    return status


def test_the_audit_table_knows_what_each_target_has(audited: Callable[..., list[list[str]]]) -> None:
    found = audited("--audit-table", NAME, "--target", "prod", "--target", "test")
    assert found == [
        ["patch", "prod", "test"],
        ["0001_a", "applied 2026-01-01 12:30", "pending"],
        ["0002_b", "pending", "pending"],
        ["prod: 1 applied, 1 pending"],
        ["test: never patched; 2 pending"],
    ]


def test_the_audit_table_goes_before_the_variable(
    audited: Callable[..., list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDSPATCH_DATABASE_URL", DOWN)
    assert audited("--audit-table", NAME, "--target", "prod")[0] == ["patch", "prod"]


def test_an_audit_table_that_does_not_answer_ends_with_4(audited: Callable[..., list[list[str]]]) -> None:
    found = audited("--audit-table", "elsewhere", "--target", "prod", code=4)
    assert found[1] == ["0001_a", "AuditUnavailable"]
    assert found[-1][0].startswith("prod: not read: table elsewhere: ResourceNotFoundException; check name, region")


@pytest.fixture
def drifted(database: DatabaseShell, other: str) -> tuple[str, ...]:
    """Two databases with the same proven patches; in the first one, what the second patch did is gone."""
    database.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (n int);")
    database.patches.patch("0002_b", "ALTER TABLE a ADD COLUMN IF NOT EXISTS m int;")
    scratch = database.url.replace(f"/{database.url.rpartition('/')[2].partition('?')[0]}?", "/postgres?")
    assert database.on_patches("lock", "--scratch", scratch).code == 0
    for url in (database.url, other):
        assert database.on_patches("apply", "--database", url).code == 0
    database.query("ALTER TABLE a DROP COLUMN m; CREATE TABLE extra ()")
    return ("--database", f"prod={database.url}", "--database", f"test={other}")


def test_a_patch_whose_effect_is_gone_is_drifted(database: DatabaseShell, drifted: tuple[str, ...]) -> None:
    printed = database.on_patches("status", *drifted, "--drift")
    assert (printed.code, printed.err) == (0, "")
    _, first, second, prod, test = lines(printed.out)
    assert [cell.partition(" ")[0] for cell in first[1:]] == ["applied", "applied"]
    assert [cell.partition(" ")[0] for cell in second[1:]] == ["drifted", "applied"]
    assert prod == ["prod: 1 applied, 1 drifted; 2 differences in its schema"]
    assert test == ["test: 2 applied; 0 differences in its schema"]


def test_drift_is_counted_in_the_json_and_only_when_asked_for(
    database: DatabaseShell, drifted: tuple[str, ...]
) -> None:
    asked = database.on_patches("status", *drifted, "--drift", "--format", "json").json["environments"]
    assert asked["prod"]["drift"] == {"missing": 1, "changed": 0, "extra": 1, "unknown": 0}
    assert asked["test"]["drift"] == {"missing": 0, "changed": 0, "extra": 0, "unknown": 0}
    plain = database.on_patches("status", *drifted, "--format", "json").json
    assert plain["environments"]["prod"]["drift"] is None
    assert plain["patches"][1]["in"]["prod"]["status"] == "applied"


def test_drift_that_cannot_be_judged_is_not_counted_as_none(database: DatabaseShell, drifted: tuple[str, ...]) -> None:
    database.query("UPDATE rdspatch.ledger SET patch_id = '0009_newer' WHERE patch_id = '0002_b'")
    *_, prod, _ = database.on_patches("status", *drifted, "--drift").out.splitlines()
    assert prod.endswith("0 differences in its schema, and 1 object that cannot be judged")


def test_of_one_database_drift_is_a_word_beside_the_patch(database: DatabaseShell, drifted: tuple[str, ...]) -> None:
    assert drifted
    words = [row["status"] for row in database.on_database("status", "--drift", "--format", "json").json["patches"]]
    assert words == ["applied", "drifted"]


def test_drift_without_a_proven_lock_file_ends_with_3(two: DatabaseShell) -> None:
    printed = two.on_patches("status", "--database", f"prod={two.url}", "--drift")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.startswith("LockFileStale: ")
