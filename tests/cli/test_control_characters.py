"""What comes from a pull request, a database or a record reaches the terminal without control characters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.cli.app import COMMANDS
from rdspatch.cli.render import print_json, show, show_styled, show_table, tell, visible
from tests.audit_table import NAME, REGION, audit_table
from tests.recorded_runs import Records, applied, asked, failed, put, run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.cli.conftest import DatabaseShell

HOSTILE = "x\x1b[2J\x9b31m\u202e\x07\r\x7f\u2066y"
"""Escape sequences of seven and eight bits, bidirectional controls, a bell, a carriage return, a deletion."""
NAME_OF_TABLE = HOSTILE.replace("\r", "")
SHOWN = r"x\x1b[2J\x9b31m\u202e\x07\r\x7f\u2066y"
ELSEWHERE = {"rehearse": "the rehearsal's own tests", "demo": "the rehearsal's own tests", "bundle": "needs npm"}
"""Commands that this file does not run, and why; both print by the functions that are tested below."""


TEXT_AND_JSON = ((), ("--format", "json"))
ON_PATCHES = {
    "lint": [("--format", form) for form in ("text", "json", "sarif", "github")],
    "lock": [(), ("--check",)],
    "explain": [("1", *form) for form in TEXT_AND_JSON],
    "new": [(HOSTILE,)],
}
ON_RECORDS = {
    "history": TEXT_AND_JSON,
    "report": [*(("hostile", *form) for form in TEXT_AND_JSON), (HOSTILE,)],
    "audit": [("verify",)],
    "approve": [(HOSTILE, "--approval-table", "none")],
    "reject": [(HOSTILE, "--approval-table", "none")],
}
"""The words after each command that runs without a database; every other one runs with it."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """A project, a database and an audit table whose names and texts are hostile."""

    shell: DatabaseShell

    def types(self, command: str) -> str:
        """What both streams got of each way to call the command."""
        if command in ON_RECORDS:
            printed = [self.shell.type(command, *words) for words in ON_RECORDS[command]]
        elif command in ON_PATCHES:
            printed = [self.shell.on_patches(command, *words) for words in ON_PATCHES[command]]
        else:
            forms = [("--force",)] if command == "baseline" else TEXT_AND_JSON
            printed = [self.shell.on_database(command, *form) for form in forms]
        return "".join(one.out + one.err for one in printed)


@pytest.fixture
def hostile(database: DatabaseShell, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    patches = database.patches
    patches.write("baseline.sql", f'CREATE TABLE "{NAME_OF_TABLE}" ("{NAME_OF_TABLE}" int);\n')
    patches.patch("0001_a", f'ALTER TABLE "{NAME_OF_TABLE}" ADD COLUMN IF NOT EXISTS "b{NAME_OF_TABLE}" text;')
    assert database.on_patches("lock").code == 0
    database.query(f'CREATE TABLE "{NAME_OF_TABLE}" ("{NAME_OF_TABLE}" bigint); CREATE TABLE "other{NAME_OF_TABLE}" ()')
    for key, value in {"AWS_DEFAULT_REGION": REGION, "RDSPATCH_AUDIT_TABLE": NAME}.items():
        monkeypatch.setenv(key, value)
    end = {"result": "failed", "error": HOSTILE, "message": HOSTILE, "applied": 0, "pending": 1}
    records = Records(run_of("hostile"))
    with audit_table(dynamodb) as table:
        put(table, records.whole(asked(reason=HOSTILE), applied(HOSTILE), failed(HOSTILE, HOSTILE), ended=end))
        yield Hostile(database)


def controls(text: str) -> set[str]:
    return {character for character in text if not character.isprintable() and character != "\n"}


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in ELSEWHERE])
def test_no_command_sends_a_control_character_to_the_terminal(hostile: Hostile, command: str) -> None:
    printed = hostile.types(command)
    assert printed
    assert controls(printed) == set()


def test_a_hostile_name_is_shown_with_its_characters_spelled_out(hostile: Hostile) -> None:
    assert SHOWN.replace(r"\r", "") in hostile.types("drift")


def test_a_message_of_the_server_is_shown_with_its_characters_spelled_out(hostile: Hostile) -> None:
    hostile.shell.patches.patch("0002_b", f"DO $$ BEGIN RAISE EXCEPTION '{HOSTILE}'; END $$;")
    printed = hostile.types("lock")
    assert SHOWN.replace(r"\r", r"\n") in printed
    assert controls(printed) == set()


@pytest.mark.parametrize(
    "printing",
    [
        show,
        tell,
        lambda text: show_styled((text, "red")),
        lambda text: show_table(("a",), [(text.replace("\r", r"\r"),)]),
    ],
    ids=["show", "tell", "show_styled", "show_table"],
)
def test_what_prints_spells_control_characters_out(
    capsys: pytest.CaptureFixture[str], printing: Callable[[str], None]
) -> None:
    printing(HOSTILE)
    out, err = capsys.readouterr()
    assert SHOWN in out + err


def test_json_holds_the_very_text_without_a_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    document: dict[str, Any] = {"text": HOSTILE + "\U000e0001é", "list": [1, None]}
    print_json(document)
    out = capsys.readouterr().out
    assert controls(out) == set()
    assert json.loads(out) == document
    assert "é" in out


def test_lines_and_tabs_stay() -> None:
    assert visible("one\n\ttwo\n") == "one\n    two\n"
