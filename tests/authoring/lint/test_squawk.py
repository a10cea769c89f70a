"""The other linter: what it is asked, and what happens when it does not answer."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rdspatch.authoring.lint import squawk
from rdspatch.authoring.lint.rules_squawk import NOT_UNDERSTOOD, SQUAWK_RULES
from rdspatch.core.errors import BadSettings
from tests.authoring.lint.findings import assert_clean, assert_finds, lint_sql

BLOCKING = "CREATE INDEX IF NOT EXISTS i ON t (a);"


def test_every_rule_of_squawk_that_is_on_exists_in_the_installed_one(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1;")
    names = {rule.allowance for rule in SQUAWK_RULES} - {NOT_UNDERSTOOD.allowance}
    binary = Path(sys.executable).parent / "squawk"
    for name in sorted(names):
        done = subprocess.run(
            [binary, f"--exclude={name}", "a.sql"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [binary, "--exclude=no-such-rule", "a.sql"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0


def test_the_projects_own_configuration_of_squawk_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".squawk.toml").write_text('excluded_rules = ["require-concurrent-index-creation"]\n')
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # squawk looks in the folders above it too
    assert_finds(lint_sql(BLOCKING), "squawk/require-concurrent-index-creation")


@pytest.mark.parametrize("comment", ["-- squawk-ignore-file\n", "-- squawk-ignore\n", "/* squawk-ignore */"])
def test_no_comment_makes_squawk_look_away(comment: str) -> None:
    assert_finds(lint_sql(f"SELECT 1;\n{comment}{BLOCKING}"), "squawk/require-concurrent-index-creation")
    assert_finds(lint_sql(BLOCKING.replace("ON", f"{comment} ON")), "squawk/require-concurrent-index-creation")


def test_what_squawk_does_not_understand_is_said_once_and_hides_nothing_else() -> None:
    report = lint_sql(f"ALTER TABLE t ADD COLUMN IF NOT EXISTS a text COMPRESSION lz4;\n{BLOCKING}")
    found = [finding.rule.id for finding in report.findings]
    assert found == ["squawk/not-understood", "squawk/require-concurrent-index-creation"]


def test_squawk_is_not_started_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(squawk, "_binary", lambda: pytest.fail("started"))
    assert_clean(lint_sql("SELECT 1;"))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho '[]'; echo no disk >&2\nexit 7\n", "exit code 7: no disk"),
        ("#!/bin/sh\necho '{}'\n", "exit code 0: no message"),
        ("#!/bin/sh\necho nonsense\n", "exit code 0: no message"),
    ],
)
def test_a_squawk_that_fails_is_an_error_and_no_empty_answer(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "squawk"
    binary.write_text(script)
    binary.chmod(0o755)
    monkeypatch.setattr(squawk, "_binary", lambda: str(binary))
    with pytest.raises(BadSettings, match=said):
        lint_sql(BLOCKING)


def test_a_missing_squawk_is_an_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(squawk.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadSettings, match="pip install"):
        lint_sql(BLOCKING)


def test_squawk_reports_what_this_reads() -> None:
    """A new release that names its fields otherwise must not pass for one that finds nothing."""
    binary = Path(sys.executable).parent / "squawk"
    done = subprocess.run(
        [binary, "--reporter=json"], input="DROP TABLE a;", capture_output=True, text=True, check=False
    )
    assert {"rule_name", "line", "column", "line_end", "column_end", "file"} <= set(json.loads(done.stdout)[0])
