"""lock with models: parity goes into the lock file, differences end the command, changed models make it stale."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

import pytest

from rdspatch.cli.configuration import read_configuration
from rdspatch.core.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import DatabaseShell, Printed, Shell

pytestmark = pytest.mark.slow

Lock: TypeAlias = "Callable[..., Printed]"

MODELS = """
from sqlalchemy import orm
class Base(orm.DeclarativeBase): ...
class User(Base):
    __tablename__ = "users"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    email: orm.Mapped[str] = orm.mapped_column(unique=True)
"""
MORE = "    nick: orm.Mapped[str | None]\n    age: orm.Mapped[int]\n"
USERS = (
    "CREATE TABLE IF NOT EXISTS users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar NOT NULL UNIQUE);"
)


@pytest.fixture
def lock(shell: Shell, postgres_server: EmbeddedPostgres) -> Lock:
    """Types `rdspatch lock` in a project with models in `src` and a patch for them."""
    root = shell.patches.path.parent
    (root / "pyproject.toml").write_text('[tool.rdspatch]\nmodels = "app:Base"\nmodels-path = "src"\n')
    (root / "src").mkdir()
    (root / "src" / "app.py").write_text(MODELS)
    shell.patches.patch("0001_users", USERS)
    return lambda *words: shell.on_patches("lock", "--scratch", postgres_server.url("postgres"), *words)


def lock_file(shell: Shell) -> Path:
    return shell.patches.path / "patches.lock.json"


def models(shell: Shell, text: str) -> None:
    (shell.patches.path.parent / "src" / "app.py").write_text(text)


def test_models_in_parity_are_in_the_lock_file_which_is_the_same_every_time(shell: Shell, lock: Lock) -> None:
    assert lock().out == "patches.lock.json written: 1 patch\n"
    written = lock_file(shell).read_text()
    locked = json.loads(written)["models"]
    assert locked["source"] == "app:Base"
    assert len(locked["checksum"]) == 64
    assert locked["mapped"] == [{"model": "User", "table": "users", "columns": ["id", "email"]}]
    assert lock().out == "patches.lock.json is up to date: 1 patch\n"
    assert lock("--check").code == 0
    assert lock("--all").code == 0
    assert lock_file(shell).read_text() == written


def test_models_that_differ_end_with_3_and_every_difference_and_nothing_is_written(shell: Shell, lock: Lock) -> None:
    models(shell, MODELS + MORE)
    printed = lock()
    assert (printed.code, printed.out) == (3, "")
    assert printed.err == (
        "ModelsDiffer: 2 problems in the models:\n"
        "  column public.users.age: no patch makes it (nullable false, type integer); "
        "`rdspatch new SLUG --from-models` writes the patch\n"
        "  column public.users.nick: no patch makes it (nullable true, type character varying); "
        "`rdspatch new SLUG --from-models` writes the patch\n"
    )
    assert not lock_file(shell).exists()


def test_models_that_differ_leave_the_lock_file_as_it_was(shell: Shell, lock: Lock) -> None:
    lock()
    before = lock_file(shell).read_text()
    models(shell, MODELS + MORE)
    shell.patches.patch("0002_more", "ALTER TABLE users ADD COLUMN IF NOT EXISTS nick text;")
    printed = lock()
    assert printed.code == 3
    assert "column public.users.nick: type is text, expected character varying; write a patch" in printed.err
    assert lock_file(shell).read_text() == before


def test_check_notices_changed_models_before_it_needs_a_server(shell: Shell, lock: Lock) -> None:
    lock()
    models(shell, MODELS + MORE)
    printed = shell.on_patches("lock", "--check", "--scratch", "postgresql://u@/d?host=/nowhere")
    assert (printed.code, printed.out) == (3, "")
    assert "patches.lock.json: was written before the models of app:Base changed; run `rdspatch lock`" in printed.err


def test_check_notices_a_renamed_class_and_not_a_comment(shell: Shell, lock: Lock) -> None:
    lock()
    models(shell, MODELS + "# nothing\n")
    assert lock("--check").code == 0
    models(shell, MODELS.replace("class User", "class Person"))
    assert lock("--check").code == 3


def test_check_notices_other_models_and_none(shell: Shell, lock: Lock) -> None:
    lock()
    file = shell.patches.path.parent / "pyproject.toml"
    file.write_text(file.read_text().replace("app:Base", "app:User"))
    assert "is about other models than the configured ones: app:Base, not app:User" in lock("--check").err
    file.write_text("[tool.rdspatch]\n")
    assert "is about other models than the configured ones: app:Base, not none" in lock("--check").err
    assert lock().code == 0
    assert json.loads(lock_file(shell).read_text())["models"] == {"mapped": []}
    assert lock("--check").code == 0


def test_models_that_cannot_be_imported_end_with_2_and_nothing_is_written(shell: Shell, lock: Lock) -> None:
    models(shell, "import os\nos.environ['STAGE']\n" + MODELS)
    printed = lock()
    assert (printed.code, printed.out) == (2, "")
    assert "BadModels: 1 problem in the models:\n  app:Base: app.py:2: KeyError: 'STAGE'; models-path" in printed.err
    assert not lock_file(shell).exists()
    file = shell.patches.path.parent / "pyproject.toml"
    file.write_text(file.read_text() + 'models-environment = { STAGE = "test" }\n')
    assert lock().code == 0


def test_what_drift_ignores_is_no_difference(shell: Shell, lock: Lock) -> None:
    models(shell, MODELS + MORE)
    file = shell.patches.path.parent / "pyproject.toml"
    file.write_text(file.read_text() + '[tool.rdspatch.drift]\nignore = ["public.users.nick", "public.users.age"]\n')
    assert lock().code == 0


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("models = 3", "models: is no text"),
        ("models-environment = 3", "models-environment: is no table"),
        ("models-environment = { A = 3 }", "models-environment] A: is no text"),
    ],
)
def test_a_setting_of_another_type_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.rdspatch]\n{line}\n")
    with pytest.raises(BadSettings) as caught:
        read_configuration(tmp_path)
    assert complaint in str(caught.value)


def test_verify_selects_the_models_once_no_patch_is_pending(database: DatabaseShell, lock: Lock) -> None:
    database.query(
        "CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar NOT NULL UNIQUE)"
    )
    assert lock().code == 0
    assert database.on_database("apply").code == 0
    assert database.on_database("verify").code == 0
    database.query("ALTER TABLE users RENAME COLUMN email TO mail")
    printed = database.on_database("verify")
    assert printed.code == 3
    assert 'model User: its columns cannot be selected from users: column "email" does not exist' in printed.err
