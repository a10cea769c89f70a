"""lock and explain: what the proof says, what a lock file keeps, and what git makes of it."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import pytest

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock as parse
from rdspatch.cli.app import run
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockedBaseline, LockFile, render
from rdspatch.core.patch import checksum
from rdspatch.core.proof import StatementTrace
from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import DatabaseShell, Printed, Shell


Lock: TypeAlias = "Callable[..., Printed]"


@pytest.fixture
def lock(shell: Shell, postgres_server: EmbeddedPostgres) -> Lock:
    """Types `rdspatch lock` for the tests' own server, which is up already."""

    def type_it(*words: str) -> Printed:
        return shell.on_patches("lock", "--scratch", postgres_server.url("postgres"), *words)

    return type_it


def lock_file(shell: Shell) -> Path:
    return shell.patches.path / "patches.lock.json"


def test_a_patch_that_fails_its_proof_ends_with_1_and_writes_nothing(shell: Shell, lock: Lock) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);")
    shell.patches.patch("0002_b", "CREATE TABLE IF NOT EXISTS b (id int);\nINSERT INTO b VALUES (1);")
    printed = lock()
    assert (printed.code, printed.out) == (1, "")
    assert "ProofFailed: 2 problems in the proof:" in printed.err
    assert (
        '0001_a.sql:2: does not run a second time: relation "a" already exists (SQLSTATE 42P07); guard' in printed.err
    )
    assert "0002_b.sql:3: a second run is not without effect: it inserts" in printed.err
    assert not lock_file(shell).exists()


def test_a_baseline_that_the_server_refuses_ends_with_1(shell: Shell, lock: Lock) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE a (id nonsense);\n")
    printed = lock()
    assert printed.code == 1
    assert 'baseline.sql: type "nonsense" does not exist (SQLSTATE 42704)' in printed.err


def test_the_same_patches_give_the_same_bytes_however_often_they_are_proven(shell: Shell, lock: Lock) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE a (id int PRIMARY KEY, n int);\n")
    shell.patches.patch("0001_a", "UPDATE a SET n = 2 WHERE n = 1;")
    shell.patches.patch("0002_b", "ALTER TABLE a ALTER COLUMN n SET NOT NULL;")
    lock()
    at_once = lock_file(shell).read_bytes()
    lock("--all")
    assert lock_file(shell).read_bytes() == at_once
    (shell.patches.path / "0002_b.sql").rename(shell.patches.path / "later")
    lock()
    (shell.patches.path / "later").rename(shell.patches.path / "0002_b.sql")
    lock()
    assert lock_file(shell).read_bytes() == at_once
    assert lock("--check", "--all").code == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("0001_a.sql", "-- patch: A test.\nCREATE TABLE IF NOT EXISTS a (id bigint);\n"),
        ("baseline.sql", "CREATE SCHEMA s;\n"),
    ],
)
def test_an_edited_file_makes_the_lock_file_stale_until_it_is_proven_again(
    shell: Shell, lock: Lock, name: str, text: str
) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    lock()
    shell.patches.write(name, text)
    printed = lock("--check")
    assert printed.code == 3
    assert f"{name}: has checksum" in printed.err
    assert lock().code == 0
    assert lock("--check").code == 0


def test_effects_that_somebody_changed_and_sealed_again_are_found_by_the_replay(shell: Shell, lock: Lock) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    lock()
    brace, version, _, rest = lock_file(shell).read_text().split("\n", 3)
    rest = rest.replace('"type": "integer"', '"type": "bigint"')
    assert '"type": "bigint"' in rest
    lock_file(shell).write_text(f'{brace}\n{version}\n  "digest": "{checksum(rest)}",\n{rest}')
    printed = lock("--check")
    assert printed.code == 3
    assert "patches.lock.json: is not what the proof finds on PostgreSQL" in printed.err
    assert lock().out == "patches.lock.json written: 1 patch\n"
    assert '"type": "integer"' in lock_file(shell).read_text()


def git(folder: Path, *words: str, code: int = 0) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("theirs", ["0002_b", "0003_b", "0000_b"])
def test_two_branches_that_each_add_a_patch_conflict_and_lock_resolves_it(
    shell: Shell, lock: Lock, theirs: str
) -> None:
    folder = shell.patches.path
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    lock()
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    git(folder, "checkout", "-qb", "theirs")
    shell.patches.patch(theirs, "CREATE TABLE IF NOT EXISTS b (id int);")
    lock()
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "theirs")
    git(folder, "checkout", "-q", "main")
    shell.patches.patch("0004_c", "CREATE TABLE IF NOT EXISTS c (id int);")
    lock()
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "ours")
    assert "CONFLICT (content): Merge conflict in patches.lock.json" in git(folder, "merge", "theirs", code=1)
    assert "<<<<<<<" in lock_file(shell).read_text()
    assert lock("--check").code == 3
    assert run(["plan", "--patches", str(folder), "--database", "postgresql://u@/d?host=/nowhere"]) == 3
    assert lock().out == "patches.lock.json written: 3 patches\n"
    merged = lock_file(shell).read_text()
    assert [name in merged for name in ("0001_a", theirs, "0004_c", "<<<<<<<", ">>>>>>>")] == [True] * 3 + [False] * 2
    assert lock("--check").code == 0


def test_either_side_of_a_conflict_alone_is_stale(shell: Shell, lock: Lock) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    lock()
    shell.patches.patch("0000_b", "CREATE TABLE IF NOT EXISTS b (id int);")
    assert "0000_b.sql: is not in the lock file" in lock("--check").err


@pytest.mark.slow
def test_one_patch_on_top_of_a_thousand_takes_seconds(shell: Shell, lock: Lock) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE t (id int PRIMARY KEY);\n")
    for number in range(1, 1_001):
        shell.patches.patch(f"{number:04}_c", f"ALTER TABLE t ADD COLUMN IF NOT EXISTS c{number} int;")
    write_known(shell)
    shell.patches.patch("1001_last", "ALTER TABLE t ADD COLUMN IF NOT EXISTS last text;")
    started = time.monotonic()
    assert lock().out == "patches.lock.json written: 1001 patches\n"
    assert time.monotonic() - started < 60
    text = lock_file(shell).read_text()
    assert '{"object": ["column", "public", "t", "last"], "after": {"nullable": true, "type": "text"}}' in text


def write_known(shell: Shell) -> None:
    """The lock file that proving each of these patches would give; that takes minutes."""
    directory = parse_directory(read_patch_files(shell.patches.path))
    column = {"nullable": True, "type": "integer"}
    locked = [
        replace(
            entry,
            effects=(
                Effect(
                    object=ObjectName(ObjectKind.COLUMN, ("public", "t", f"c{entry.patch.id.number}")),
                    before=None,
                    after=column,
                ),
            ),
            traces=(StatementTrace(locks=(("public.t", "AccessExclusiveLock"),)),),
        )
        for entry in parse(directory.patches)
    ]
    start = {
        ObjectName(ObjectKind.SCHEMA, ("public",)): {},
        ObjectName(ObjectKind.EXTENSION, ("plpgsql",)): {"schema": "pg_catalog"},
        ObjectName(ObjectKind.TABLE, ("public", "t")): {"kind": "table"},
        ObjectName(ObjectKind.COLUMN, ("public", "t", "id")): {"nullable": False, "type": "integer"},
        ObjectName(ObjectKind.CONSTRAINT, ("public", "t", "t_pkey")): {
            "definition": "PRIMARY KEY (id)",
            "validated": True,
        },
    }
    baseline = LockedBaseline(checksum=checksum(directory.baseline), schema=Schema(start))
    known = LockFile(patches=tuple(locked), baseline=baseline, server=18, search_path=("public",))
    write_lock_file(shell.patches.path, render(known))


def test_explain_says_what_a_patch_was_proven_to_do(shell: Shell, lock: Lock) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE t (id int PRIMARY KEY, n int);\n")
    shell.patches.patch("0001_a", "ALTER TABLE t ALTER COLUMN n TYPE bigint;\nUPDATE t SET n = 0 WHERE n IS NULL;")
    lock()
    printed = shell.on_patches("explain", "1")
    alone = "under AccessExclusiveLock: nobody else reads or writes it until the patch is done"
    assert printed.code == 0
    assert printed.out.splitlines() == [
        "0001_a: A test.",
        "",
        "Statements",
        "  line 2: ALTER TABLE t ALTER COLUMN n TYPE bigint",
        "    takes AccessExclusiveLock on public.t",
        "    rewrites public.t",
        "  line 3: UPDATE t SET n = 0 WHERE n IS NULL",
        "    reads all of public.t",
        "",
        "Effects",
        "  changes column public.t.n: type integer -> bigint",
        "",
        "Hazards",
        f"  rewrite, line 2: writes every row of public.t again {alone}",
        f"  blocking-scan, line 3: reads all of public.t {alone}",
        "  data-change, line 3: updates rows of public.t",
    ]
    for name in ("0001_a", "0001_a.sql", "0001", "1"):
        document = shell.on_patches("explain", name, "--format", "json").json
        assert document["effects"] == ["changes column public.t.n: type integer -> bigint"]
        assert [hazard["hazard"] for hazard in document["hazards"]] == ["rewrite", "blocking-scan", "data-change"]
        assert document["statements"][0]["locks"] == {"public.t": "AccessExclusiveLock"}


def test_explain_without_a_proof_says_so(shell: Shell) -> None:
    shell.patches.patch("0001_a", "SELECT 1;")
    assert "Not proven: `rdspatch lock`" in shell.on_patches("explain", "0001_a").out
    assert shell.on_patches("explain", "0001_a", "--format", "json").json["effects"] is None


def test_explain_of_no_patch_of_the_directory_is_bad_input(shell: Shell) -> None:
    shell.patches.patch("0001_a", "SELECT 1;")
    printed = shell.on_patches("explain", "7")
    assert printed.code == 2
    assert "PATCH: '7' is no patch of this directory" in printed.err


def test_plan_shows_locks_and_hazards_of_what_is_pending(
    database: DatabaseShell, postgres_server: EmbeddedPostgres
) -> None:
    database.patches.write("baseline.sql", "CREATE TABLE t (id int PRIMARY KEY, n int);\n")
    database.patches.patch("0001_a", "ALTER TABLE t ALTER COLUMN n TYPE bigint;")
    assert database.on_patches("lock", "--scratch", postgres_server.url("postgres")).code == 0
    (item,) = database.on_database("plan", "--format", "json").json["pending"]
    assert [(hazard["hazard"], hazard["on"]) for hazard in item["hazards"]] == [("rewrite", "public.t")]
    assert item["locks"] == {"public.t": "AccessExclusiveLock"}
    printed = database.on_database("plan").out
    assert ("rewrite on public.t" in printed, "AccessExclusive on public.t" in printed) == (True, True)
