"""`rdspatch lint` as a person or a program runs it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from rdspatch.cli.app import COMMANDS, run

ROOT = Path(__file__).resolve().parents[2]
HEADER = "-- patch: A test.\n"
CLEAN, WARNED, BAD = "SELECT 1;\n", "REFRESH MATERIALIZED VIEW v;\n", "TRUNCATE a;\n"


@pytest.fixture
def patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "patches"
    directory.mkdir()
    (directory / "baseline.sql").write_text("-- empty\n")
    monkeypatch.chdir(tmp_path)
    return directory


def write(directory: Path, *bodies: str) -> list[str]:
    names = [f"{number:04}_test.sql" for number in range(1, len(bodies) + 1)]
    for name, body in zip(names, bodies, strict=True):
        (directory / name).write_text(HEADER + body)
    return [f"patches/{name}" for name in names]


def test_clean_patches_exit_with_0(patches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(patches, CLEAN)
    assert run(["lint"]) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings\n"


def test_a_warning_is_printed_and_stops_nobody(patches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(patches, WARNED)
    assert run(["lint"]) == 0
    assert "patches/0001_test.sql:2:1: warning[blocking-refresh]" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_an_error_exits_with_3_in_every_format(patches: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    write(patches, CLEAN, BAD)
    assert run(["lint", "--format", form]) == 3
    assert "patches/0002_test.sql" in capsys.readouterr().out


def test_every_file_is_judged_also_beside_one_that_does_not_parse(
    patches: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(patches, "SELEC 1;\n", BAD)
    assert run(["lint", "--format", "json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert [finding["rule"] for finding in document["findings"]] == ["syntax-error", "truncate"]


def test_only_the_files_that_are_named_are_shown(patches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = write(patches, BAD, "CREATE TABLE IF NOT EXISTS t (id int);\n", CLEAN)
    assert run(["lint", second, third]) == 0
    assert run(["lint", first]) == 3
    assert capsys.readouterr().out.count("error[truncate]") == 1


def test_a_file_that_is_no_patch_is_refused(patches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (name,) = write(patches, CLEAN)
    (patches.parent / "0001_test.sql").write_text(HEADER + CLEAN)
    assert run(["lint", name, "0001_test.sql", "patches/0009_gone.sql"]) == 2
    error = capsys.readouterr().err
    assert "BadInput: 2 problems" in error


def test_a_malformed_header_is_bad_input(patches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (patches / "0001_test.sql").write_text("-- patch=A test.\nSELECT 1;\n")
    assert run(["lint"]) == 2
    assert "BadPatches" in capsys.readouterr().err


def test_another_directory_is_shown_from_here_or_in_full(patches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(patches, BAD)
    assert run(["lint", "--patches", str(patches)]) == 3
    assert capsys.readouterr().out.startswith("patches/0001_test.sql:")
    (patches / "deeper").mkdir()
    with pytest.MonkeyPatch.context() as context:
        context.chdir(patches / "deeper")
        assert run(["lint", "--patches", ".."]) == 3
    assert capsys.readouterr().out.startswith(f"{patches.resolve()}/0001_test.sql:")


def test_the_patches_of_this_repository_are_clean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["lint"]) == 0, capsys.readouterr().out


def test_the_hooks_for_pre_commit_run_commands_that_exist() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entries = [shlex.split(entry) for entry in re.findall(r"^  entry: (.+)$", text, re.MULTILINE)]
    commands = set(COMMANDS)
    assert re.findall(r"^- id: (.+)$", text, re.MULTILINE) == ["rdspatch-lint", "rdspatch-lock-check"]
    assert [words[0] for words in entries] == ["rdspatch", "rdspatch"]
    assert {words[1] for words in entries} == {"lint", "lock"} <= commands


def test_the_hooks_look_at_patches_and_nothing_else() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    lint, lock = (re.compile(found) for found in re.findall(r"^  files: (.+)$", text, re.MULTILINE))
    for name in ("patches/0001_a.sql", "0001_a.sql"):
        assert lint.search(name)
        assert lock.search(name)
    assert lock.search("patches/patches.lock.json")
    assert lock.search("db/baseline.sql")
    for name in ("patches/README.md", "queries/report.sql", "patches/0001_a.sql.orig"):
        assert not lint.search(name)
        assert not lock.search(name)
