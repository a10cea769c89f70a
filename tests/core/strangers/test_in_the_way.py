"""Which of the things that strangers have made a patch would run into."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import Drifted
from rdspatch.core.proof import StatementTrace
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from rdspatch.core.strangers.in_the_way import Obstacle, StrangersCode, StrangersObject, blocking, require_clear
from tests import samples

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch

JOBS = ObjectName(ObjectKind.TABLE, ("public", "jobs"))
STRONG = "AccessExclusiveLock"


def locked(
    *statements: str,
    made: tuple[ObjectName, ...] = (),
    locks: tuple[tuple[str, str], ...] = (),
    rewrites: tuple[str, ...] = (),
) -> LockedPatch:
    """A patch whose first statement has the trace."""
    patch = samples.locked("".join(f"{statement};\n" for statement in statements))
    first = StatementTrace(locks=locks, rewrites=rewrites)
    return replace(
        patch,
        effects=tuple(Effect(object=name, before=None, after={}) for name in made),
        traces=(first, *(StatementTrace() for _ in statements[1:])),
    )


def code(kind: str, name: str = "t", *, start: str = "public.users", on: str = "users", by: str = "") -> StrangersCode:
    return StrangersCode(
        reached_from=start,
        by=by,
        relation=("public", on),
        kind=kind,
        name=name,
        function="public.evil()",
        role="mallory",
    )


WRITES = locked("UPDATE users SET a = 1", locks=(("public.users", "RowExclusiveLock"),))
DELETES = locked("DELETE FROM users", locks=(("public.users", "RowExclusiveLock"),))
CALLS = locked("/* a */ -- b\n  SELECT f()", locks=(("public.users", "RowExclusiveLock"),))
ALTERS_AND_WRITES = locked("ALTER TABLE users ADD a int", "UPDATE users SET a = 1", locks=(("public.users", STRONG),))
ALTERS = locked("ALTER TABLE users ADD a int", locks=(("public.users", STRONG),))
REWRITES = locked(
    "ALTER TABLE users ALTER a TYPE bigint", locks=(("public.users", STRONG),), rewrites=("public.users",)
)
READS = locked("CREATE TABLE c AS SELECT * FROM users", locks=(("public.users", "AccessShareLock"),))
NAMES = locked("CREATE VIEW c AS SELECT * FROM users", locks=(("public.users", "AccessShareLock"),))
ANALYZES = locked("ANALYZE users", locks=(("public.users", "ShareUpdateExclusiveLock"),))
MAKES = locked("CREATE TABLE IF NOT EXISTS jobs ()", made=(JOBS,))
THEIRS = StrangersObject(object=JOBS, there="view public.jobs", role="mallory")


@pytest.mark.parametrize(
    ("patch", "obstacle", "is_blocked"),
    [
        (MAKES, THEIRS, True),
        (WRITES, THEIRS, False),
        (MAKES, code("trigger", start="public.jobs", on="jobs"), True),
        (MAKES, code("statistics", start="public.jobs", on="jobs"), True),
        (MAKES, code("trigger", start="public.jobs", on="jobs_1"), False),
        (WRITES, code("trigger"), True),
        (WRITES, code("trigger", on="users_1"), True),
        (WRITES, code("statistics"), False),
        (WRITES, code("trigger", start="public.orders", on="orders"), False),
        (WRITES, code("trigger", on="orders", by="delete"), False),
        (WRITES, code("trigger", on="orders", by="update"), True),
        (DELETES, code("trigger", on="orders", by="delete"), True),
        (CALLS, code("trigger", on="orders", by="delete"), True),
        (CALLS, code("trigger"), True),
        (ALTERS_AND_WRITES, code("trigger"), True),
        (ALTERS, code("trigger"), False),
        (ALTERS, code("index"), False),
        (REWRITES, code("trigger"), False),
        (REWRITES, code("index"), True),
        (REWRITES, code("column"), True),
        (REWRITES, code("policy"), False),
        (READS, code("rule", "_RETURN"), True),
        (READS, code("policy"), True),
        (READS, code("trigger"), False),
        (NAMES, code("rule", "_RETURN"), False),
        (ANALYZES, code("index"), True),
        (ANALYZES, code("trigger"), False),
    ],
)
def test_what_a_patch_runs_into(patch: LockedPatch, obstacle: Obstacle, *, is_blocked: bool) -> None:
    assert bool(blocking(patch, [obstacle])) is is_blocked


def test_a_part_that_a_patch_makes_is_there_with_a_strangers_code() -> None:
    stamp = ObjectName(ObjectKind.TRIGGER, ("public", "users", "stamp"))
    index = ObjectName(ObjectKind.INDEX, ("public", "i"))
    patch = locked(
        "CREATE TRIGGER stamp BEFORE UPDATE ON users EXECUTE FUNCTION f()",
        made=(stamp, index),
        locks=(("public.users", STRONG),),
    )
    assert blocking(patch, [code("trigger", "stamp"), code("index", "i")])
    assert not blocking(patch, [code("trigger", "other"), code("index", "j")])


def test_all_of_it_is_told_with_what_to_do() -> None:
    obstacles = [THEIRS, *(code("trigger", name, start="public.jobs", on="jobs") for name in ("a", "b\x1b", "c"))]
    with pytest.raises(Drifted) as caught:
        require_clear(MAKES, obstacles)
    message = str(caught.value)
    assert message.startswith(
        "0001_test.sql: the trigger a on public.jobs calls public.evil(), which belongs to mallory"
    )
    assert "trigger b\\x1b on" in message
    assert "ALTER FUNCTION … OWNER TO …), or name mallory in trusted_roles" in message
    assert message.endswith("and 1 more thing like that. Nothing of the patch was run now; settle it, then run again")
