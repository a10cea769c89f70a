"""Which configuration counts: of the project that the patches belong to, wherever the command is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

MODELS = '[tool.rdspatch]\nmodels = "nowhere_to_import:Base"\n'
TYPED = {"lock": ("lock", "--check"), "new": ("new", "x", "--from-models")}
WITH_MODELS = "BadModels: 1 problem in the models:\n  nowhere_to_import:Base: "
WITHOUT = {"lock": "LockFileStale: ", "new": "BadSettings: 1 problem in the settings:\n  --from-models: no models are"}


@pytest.fixture
def other(shell: Shell) -> Path:
    """Another project below the working directory, with a patch directory of its own."""
    patches = shell.patches.path.parent / "other" / "db"
    patches.mkdir(parents=True)
    (patches / "baseline.sql").write_text("-- empty\n")
    return patches


@pytest.mark.parametrize("command", TYPED)
def test_the_models_of_the_working_directory_are_not_those_of_another_project(
    shell: Shell, other: Path, command: str
) -> None:
    Path("pyproject.toml").write_text(MODELS)
    (other.parent / "pyproject.toml").write_text("")
    assert shell.on_patches(*TYPED[command]).err.startswith(WITH_MODELS)
    assert shell.type(*TYPED[command], "--patches", str(other)).err.startswith(WITHOUT[command])


@pytest.mark.parametrize("command", TYPED)
def test_the_models_beside_the_patches_count_wherever_the_command_is_typed(
    shell: Shell, other: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (other.parent / "pyproject.toml").write_text(MODELS)
    assert shell.type(*TYPED[command], "--patches", "other/db").err.startswith(WITH_MODELS)
    assert shell.on_patches(*TYPED[command]).err.startswith(WITHOUT[command])
    monkeypatch.chdir(shell.patches.path)
    assert shell.type(*TYPED[command], "--patches", "../other/db").err.startswith(WITH_MODELS)
    monkeypatch.chdir(other)
    assert shell.type(*TYPED[command], "--patches", ".").err.startswith(WITH_MODELS)


def test_without_the_option_the_working_directorys_configuration_counts_wherever_it_keeps_its_patches(
    shell: Shell, other: Path
) -> None:
    Path("pyproject.toml").write_text(f'{MODELS}patches = "{other}"\n')
    (other.parent / "pyproject.toml").write_text("")
    assert shell.type("lock").err.startswith(WITH_MODELS)


def test_a_rehearsal_takes_the_application_beside_the_patches(shell: Shell, other: Path) -> None:
    Path("pyproject.toml").write_text('[tool.rdspatch.rehearsal]\napp = "false"\n')
    (other.parent / "pyproject.toml").write_text("")
    shell.patches.lock()
    (other / "patches.lock.json").write_text((shell.patches.path / "patches.lock.json").read_text())
    printed = shell.type("rehearse", "--patches", str(other))
    assert (printed.code, "no application in [tool.rdspatch.rehearsal]" in printed.err) == (2, True)
