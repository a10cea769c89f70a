"""plan, apply, verify and status: what they print, on which stream, and with which exit code."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell

COMMANDS = ("plan", "apply", "verify", "status")


@pytest.fixture
def two_patches(database: DatabaseShell) -> DatabaseShell:
    database.patches.patch("0001_users", "CREATE TABLE users (email text UNIQUE);")
    database.patches.patch("0002_seed", "INSERT INTO users VALUES ('a');", "verify: SELECT count(*) = 1 FROM users")
    return database


def checksum(shell: DatabaseShell, name: str) -> str:
    return hashlib.sha256((shell.patches.path / f"{name}.sql").read_bytes()).hexdigest()


def test_plan_says_as_json_what_is_pending_applied_and_refused(two_patches: DatabaseShell) -> None:
    first, second = (checksum(two_patches, name) for name in ("0001_users", "0002_seed"))
    document = two_patches.on_database("plan", "--format", "json").json
    assert (set(document), document["applied"], document["refused"]) == ({"pending", "applied", "refused"}, [], [])
    assert [{key: step[key] for key in ("id", "checksum", "reason")} for step in document["pending"]] == [
        {"id": "0001_users", "checksum": first, "reason": "A test."},
        {"id": "0002_seed", "checksum": second, "reason": "A test."},
    ]
    assert two_patches.tables() == []


def test_plan_says_as_text_what_is_pending_and_why(two_patches: DatabaseShell) -> None:
    printed = two_patches.on_database("plan")
    assert (printed.code, printed.err) == (0, "")
    lines = [line.split() for line in printed.out.splitlines()]
    assert ["0001_users", "pending", "A", "test."] in lines
    assert printed.out.rstrip().endswith("0 applied, 2 pending, 0 refused")


def test_apply_says_as_json_what_became_of_each_patch(two_patches: DatabaseShell) -> None:
    printed = two_patches.on_database("apply", "--format", "json")
    assert (printed.code, printed.err) == (0, "")
    document = printed.json
    assert set(document) == {"run_id", "outcomes", "verification"}
    assert document["verification"] == {
        "verified": ["0001_users", "0002_seed"],
        "missing": [],
        "untrue": [],
        "unjudged": [],
        "lost": [],
    }
    assert document["run_id"].startswith("cli-")
    assert [(o["id"], o["result"], o["lock_attempts"]) for o in document["outcomes"]] == [
        ("0001_users", "applied", 0),
        ("0002_seed", "applied", 0),
    ]
    assert all(set(o) == {"id", "result", "duration_ms", "lock_attempts"} for o in document["outcomes"])
    assert two_patches.query("SELECT patch_id, run_id FROM rdspatch.ledger ORDER BY 1") == [
        ["0001_users", document["run_id"]],
        ["0002_seed", document["run_id"]],
    ]


def test_apply_says_as_text_what_it_did_and_that_there_is_nothing_left(two_patches: DatabaseShell) -> None:
    printed = two_patches.on_database("apply")
    assert printed.code == 0
    assert [line.split()[:2] for line in printed.out.splitlines()] == [
        ["applied", "0001_users"],
        ["applied", "0002_seed"],
        ["2", "applied"],
    ]
    again = two_patches.on_database("apply")
    assert (again.code, again.out) == (0, "nothing to do: every patch is applied\n2 applied patches verified\n")


def test_an_applied_patch_is_planned_with_when_and_by_whom(two_patches: DatabaseShell) -> None:
    run_id = two_patches.on_database("apply", "--format", "json").json["run_id"]
    document = two_patches.on_database("plan", "--format", "json").json
    assert document["pending"] == document["refused"] == []
    assert document["applied"][0]["reason"].startswith("applied 20")
    assert document["applied"][0]["reason"].endswith(f" UTC by run {run_id}")


def test_a_failed_patch_ends_with_1_its_place_on_stderr_and_every_outcome_on_stdout(
    two_patches: DatabaseShell,
) -> None:
    two_patches.patches.patch("0003_bad", "\nSELECT missing FROM users;")
    two_patches.patches.patch("0004_late", "SELECT 1;")
    printed = two_patches.on_database("apply", "--format", "json")
    assert printed.code == 1
    assert printed.err.startswith('PatchFailed: 0003_bad.sql:3:8: column "missing" does not exist (SQLSTATE 42703)')
    outcomes = printed.json["outcomes"]
    assert [outcome["result"] for outcome in outcomes] == ["applied", "applied", "failed", "not_reached"]
    assert printed.err.strip() == outcomes[2]["error"]
    text = two_patches.on_database("apply")
    assert [line.split() for line in text.out.splitlines()] == [["failed", "0003_bad"], ["not_reached", "0004_late"]]


def test_verify_counts_the_applied_patches_that_are_true(two_patches: DatabaseShell) -> None:
    two_patches.on_database("apply")
    assert two_patches.on_database("verify").out == "2 applied patches verified\n"
    document = two_patches.on_database("verify", "--format", "json").json
    nothing: dict[str, list[str]] = {"missing": [], "untrue": [], "unjudged": [], "lost": []}
    assert document == {"verified": ["0001_users", "0002_seed"]} | nothing


def test_a_verification_that_fails_ends_with_3_and_names_the_query(two_patches: DatabaseShell) -> None:
    two_patches.on_database("apply")
    two_patches.query("DELETE FROM users")
    printed = two_patches.on_database("verify")
    assert (printed.code, printed.out) == (3, "")
    assert "0002_seed.sql: `SELECT count(*) = 1 FROM users` is not true" in printed.err


def test_status_lists_every_patch(two_patches: DatabaseShell) -> None:
    (two_patches.patches.path / "0002_seed.sql").rename(two_patches.patches.path / "aside")
    run_id = two_patches.on_database("apply", "--format", "json").json["run_id"]
    (two_patches.patches.path / "aside").rename(two_patches.patches.path / "0002_seed.sql")
    applied, pending = two_patches.on_database("status", "--format", "json").json["patches"]
    assert (applied["id"], applied["status"], applied["run_id"]) == ("0001_users", "applied", run_id)
    assert pending == {"id": "0002_seed", "status": "pending", "applied_at": None, "run_id": None}
    assert [line.split()[:2] for line in two_patches.on_database("status").out.splitlines()[1:]] == [
        ["0001_users", "applied"],
        ["0002_seed", "pending"],
    ]


def test_a_patch_without_a_file_is_applied_and_no_problem(two_patches: DatabaseShell) -> None:
    two_patches.on_database("apply")
    (two_patches.patches.path / "0002_seed.sql").unlink()
    document = two_patches.on_database("plan", "--format", "json").json
    assert document["applied"][1]["id"] == "0002_seed"
    assert document["applied"][1]["reason"].endswith("UTC; its file is not in this directory")
    assert two_patches.on_database("apply").code == 0
    assert two_patches.on_database("status", "--format", "json").json["patches"][1]["status"] == "applied, no file"


def test_a_patch_out_of_order_ends_with_3_until_it_is_allowed(database: DatabaseShell) -> None:
    database.patches.patch("0002_b", "SELECT 1;")
    database.on_database("apply")
    database.patches.patch("0001_a", "SELECT 1;")
    for command in ("plan", "apply"):
        printed = database.on_database(command)
        assert printed.code == 3
        assert "0001_a.sql: it comes before 0002_b, which is applied" in printed.err
    assert database.on_database("plan", "--format", "json").json["refused"][0]["id"] == "0001_a"
    assert database.on_database("apply", "--allow-out-of-order").code == 0


def test_an_edited_applied_patch_ends_with_3_and_names_both_checksums(two_patches: DatabaseShell) -> None:
    two_patches.on_database("apply")
    recorded = checksum(two_patches, "0001_users")
    two_patches.patches.patch("0001_users", "CREATE TABLE users (email text);")
    for command in ("plan", "apply"):
        printed = two_patches.on_database(command)
        assert printed.code == 3
        assert f"has checksum {recorded}, the file has {checksum(two_patches, '0001_users')}" in printed.err
    assert two_patches.on_database("status", "--format", "json").json["patches"][0]["status"] == "refused"


def test_line_ends_of_windows_are_the_same_patch(two_patches: DatabaseShell) -> None:
    two_patches.on_database("apply")
    file = two_patches.patches.path / "0001_users.sql"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert two_patches.on_database("plan", "--format", "json").json["refused"] == []


def test_a_sentence_is_printed_as_it_was_written(database: DatabaseShell) -> None:
    sentence = "See [/int] and [bold]arrays[/] :smile: " + "of a long sentence " * 8
    database.patches.write("0001_a.sql", f"-- patch: {sentence.strip()}\nSELECT 1;\n")
    (line,) = [line for line in database.on_database("plan").out.splitlines() if line.startswith("0001_a")]
    assert sentence.strip() in line


def test_another_active_run_ends_with_4_and_is_named(two_patches: DatabaseShell) -> None:
    from rdspatch.cli.target import open_database  # noqa: PLC0415 - the very session that apply would open
    from tests.samples import RUN  # noqa: PLC0415

    holder = open_database(two_patches.url).connect(RUN)
    assert holder.try_run_lock() is None
    printed = two_patches.on_database("apply", "--run-lock-wait", "0")
    holder.close()
    assert printed.code == 4
    assert f"application 'rdspatch:{RUN.id}'" in printed.err
    assert two_patches.tables() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_password_ends_with_2(two_patches: DatabaseShell, command: str) -> None:
    url = two_patches.url.replace("postgres@", "nobody:CANARY@")
    printed = two_patches.on_patches(command, "--database", url)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("AccessDenied: database ")
    assert "CANARY" not in printed.err


@pytest.mark.parametrize("command", COMMANDS)
def test_the_database_may_come_from_the_environment(
    two_patches: DatabaseShell, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDSPATCH_DATABASE_URL", two_patches.url)
    assert two_patches.on_patches(command).code == 0
