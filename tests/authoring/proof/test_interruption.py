from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.lock import lock
from rdspatch.authoring.proof import interruption
from rdspatch.authoring.proof.interruption import interruption_problems
from tests.authoring.patch_factory import NO_TRANSACTION, patch_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.proof.one import Result
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer

TWO_INDEXES = """CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON users (name);
CREATE INDEX CONCURRENTLY IF NOT EXISTS b ON users (age)"""
HALVES = """DO $$ BEGIN
    IF to_regclass('half') IS NULL AND to_regclass('whole') IS NULL THEN CREATE SEQUENCE half;
    ELSIF to_regclass('whole') IS NULL THEN CREATE SEQUENCE other;
    END IF;
END $$;
CREATE SEQUENCE IF NOT EXISTS whole"""
"""Works twice as a whole, and not after its first half."""


def test_a_patch_that_can_be_finished_from_anywhere_is_proven(proven: Callable[..., Result]) -> None:
    result = proven(f"ALTER TABLE users ADD COLUMN IF NOT EXISTS x text;\n{TWO_INDEXES}", apart=True)
    assert result.problems == ()
    assert [str(effect.object) for effect in result.locked.effects or ()] == [
        "index public.a",
        "index public.b",
        "column public.users.x",
    ]


def test_a_patch_that_cannot_follow_its_own_half_is_caught(proven: Callable[..., Result]) -> None:
    (problem,) = proven(HALVES, apart=True).problems
    assert problem.where == "0001_test.sql:8"
    assert problem.what.startswith("stopped before this statement and run again, it ends in another schema: it adds ")
    assert "sequence public.other" in problem.what
    assert proven(HALVES).problems == ()


@pytest.mark.parametrize("unique", ["", "UNIQUE "])
def test_a_build_is_really_stopped_in_the_middle_and_then_repaired(
    scratch: ScratchServer, template: ScratchDatabase, monkeypatch: pytest.MonkeyPatch, unique: str
) -> None:
    seen: list[list[object]] = []
    finish = interruption._finish

    def look(copy: ScratchDatabase, *rest: object) -> str:
        with copy.connect() as connection:
            seen.append(connection.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")[0])
        return finish(copy, *rest)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(interruption, "_finish", look)
    sql = f"CREATE {unique}INDEX CONCURRENTLY a ON users (name)"
    (locked,) = lock([patch_of(f"{NO_TRANSACTION}{sql};\n")])
    with scratch.database(template) as after:
        with after.runner() as runner:
            runner.apply_one(locked, 0)
        expected = after.read_schema()
    assert interruption_problems(locked, template, scratch, expected=expected) == []
    assert seen == [[1]]
