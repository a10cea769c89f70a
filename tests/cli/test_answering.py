"""approve and reject, as far as they need no AWS; the rehearsal answers a run that waits."""

from __future__ import annotations

import pytest

from rdspatch.cli.app import run


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RDSPATCH_APPROVAL_TABLE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")


@pytest.mark.parametrize("command", ["approve", "reject"])
def test_a_comment_that_the_audit_would_refuse_is_refused_before_anything_is_asked(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches an answer that the workflow takes and Plan then refuses: the run would fail instead of going on."""
    assert run([command, "run", "--approval-table", "questions", "-m", "x" * 501]) == 2
    assert "--comment: is longer than 500 characters" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["approve", "reject"])
def test_without_a_table_the_option_is_named(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "run"]) == 2
    assert "--approval-table" in capsys.readouterr().err


def test_without_a_region_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["approve", "run", "--approval-table", "questions"]) == 2
    assert "You must specify a region" in capsys.readouterr().err
