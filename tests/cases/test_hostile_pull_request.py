"""A pull request that nobody has reviewed yet reaches nothing, on a server of the proof's own and on one that stays."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.postgres_releases import postgres_binaries, throwaway_postgres
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.errors import BadPatches
from tests.cases.hostile_files import HOSTILE, PROGRAM, Hostile, computed
from tests.cases.hostile_surroundings import Listener, left_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Printed, Shell

pytestmark = pytest.mark.slow

SECRET = "CANARY-7b1e-of-the-environment"
IN_A_FILE = "CANARY-0c44-of-a-file"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with contextlib.closing(Listener()) as opened:
        yield opened


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that any user of this machine may read and write, as the scratch server's does."""
    folder = tmp_path_factory.mktemp("outside")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o777)
    (folder / "secret").write_text(IN_A_FILE)
    return folder


@pytest.fixture(scope="module")
def staying() -> Iterator[EmbeddedPostgres]:
    """A server that others use as well, with all of PostgreSQL's extensions."""
    with EmbeddedPostgres({"max_prepared_transactions": "5"}, binaries=postgres_binaries(17)) as server:
        with server.connect() as connection:
            for statement in ("CREATE DATABASE bystander", "CREATE ROLE bystander"):
                connection.run(statement)
        yield server


def written(shell: Shell, hostile: Hostile, words: dict[str, str]) -> None:
    def filled(text: str) -> str:
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    folder = shell.patches.path
    shell.patches.write("baseline.sql", filled(hostile.baseline))
    shell.patches.patch("0001_p", filled(hostile.patch), *hostile.directives)
    for name, target in hostile.links.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(filled(target))
    table = "[tool.rdspatch]\n"
    if hostile.models:
        (folder.parent / "models.py").write_text(filled(hostile.models))
        table += 'models = "models:Base"\n'
    (folder.parent / "pyproject.toml").write_text(table)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pull_request_reaches_nothing(
    shell: Shell,
    hostile: Hostile,
    staying: EmbeddedPostgres,
    listener: Listener,
    outside: Path,
) -> None:
    written(
        shell, hostile, {"@PORT@": str(listener.port), "@OUT@": str(outside), "@SERVER@": str(staying.socket_directory)}
    )
    before, url = left_on(staying), staying.url("postgres")
    for words in (("--server", "17"), ("--scratch", url), ("--check", "--scratch", url)):
        if "--check" in words:
            with contextlib.suppress(BadPatches):  # a lock file that nobody has proven
                shell.patches.lock()
        printed = shell.on_patches("lock", *words)
        assert printed.code in ((1, 2, 3) if hostile.says else (0, 1, 3))
        assert hostile.says in printed.err or "--check" in words
        assert "Traceback" not in printed.err
        assert listener.met == 0
        assert reached(printed, shell.patches.path, outside) == []
    assert left_on(staying) == before
    assert a_plain_proof(shell, url).code == 0


def reached(printed: Printed, patches: Path, outside: Path) -> list[str]:
    """What came out, and what was written where it should not have been."""
    texts = {path: path.read_text() for path in patches.iterdir() if path.is_file() and not path.is_symlink()}
    texts |= {patches / "out": printed.out, patches / "err": printed.err}
    found = [path.name for path, text in texts.items() if SECRET in text or IN_A_FILE in text]
    found += [path.name for path in outside.iterdir() if path.name != "secret"]
    return found if (outside / "secret").read_text() == IN_A_FILE else [*found, "secret"]


def a_plain_proof(shell: Shell, url: str) -> Printed:
    """What the next author gets of the same server."""
    for path in shell.patches.path.iterdir():
        path.unlink()
    (shell.patches.path.parent / "pyproject.toml").unlink()
    shell.patches.write("baseline.sql", "CREATE TABLE t (id int PRIMARY KEY);")
    shell.patches.patch("0001_p", "ALTER TABLE t ADD COLUMN IF NOT EXISTS n int;")
    return shell.on_patches("lock", "--scratch", url)


def test_a_server_that_lets_only_its_superuser_in_is_refused(shell: Shell) -> None:
    with throwaway_postgres(None) as server:
        (server.socket_directory / "data" / "pg_hba.conf").write_text("local all postgres trust\n")
        with server.connect() as connection:
            connection.run("SELECT pg_reload_conf()")
        shell.patches.patch("0001_p", "SELECT 1;", "verify: SELECT true")
        printed = shell.on_patches("lock", "--scratch", server.url("postgres"))
        assert (printed.code, "which a patch could become by RESET ROLE" in printed.err) == (2, True), printed
        with server.connect() as connection:
            assert connection.run("SELECT rolname FROM pg_roles WHERE rolname LIKE 'rdspatch%'") == []


def test_the_owner_that_a_url_names_gets_a_login_that_is_nothing_else(
    shell: Shell, staying: EmbeddedPostgres, outside: Path
) -> None:
    """`RESET ROLE` would lead a session of the superuser's back to it."""
    before = left_on(staying)
    program = computed("RESET ROLE") + computed(PROGRAM.replace("@OUT@", str(outside)))
    shell.patches.patch("0001_p", program, "verify: SELECT true")
    printed = shell.on_patches("lock", "--scratch", f"{staying.url('postgres')}&owner_role=bystander")
    assert (printed.code, "denied to COPY to or from an external" in printed.err) == (1, True), printed
    assert left_on(staying) == before
