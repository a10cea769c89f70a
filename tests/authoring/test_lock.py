from __future__ import annotations

import pytest

from rdspatch.authoring.lock import lock
from rdspatch.core.errors import BadPatches
from rdspatch.core.lockfile import LockFile, read, render
from rdspatch.core.statement import StatementKind
from tests.authoring.patch_factory import HEADER, NO_TRANSACTION, patch_of


def test_each_patch_is_locked_with_its_statements_in_order() -> None:
    first = patch_of(f"{HEADER}SELECT 1;\nSELECT 'é'; -- end\n", "0001_first.sql")
    second = patch_of(f"{NO_TRANSACTION}CREATE INDEX CONCURRENTLY i ON t (a);\n", "0002_second.sql")
    locked = lock([first, second])
    assert [entry.patch.name for entry in locked] == ["0001_first", "0002_second"]
    assert [locked[0].text_of(statement) for statement in locked[0].statements] == ["SELECT 1", "SELECT 'é'"]
    assert [statement.line for statement in locked[0].statements] == [2, 3]
    assert locked[1].statements[0].kind is StatementKind.CREATE_INDEX


def test_what_is_locked_survives_the_lock_file() -> None:
    patches = [
        patch_of(f'{HEADER}DROP TABLE "a.b"."c""d", é;', "0001_a.sql"),
        patch_of(f"{NO_TRANSACTION}ALTER TABLE p DETACH PARTITION s.c CONCURRENTLY;VACUUM", "0002_b.sql"),
    ]
    locked = lock(patches)
    assert read(render(LockFile(patches=locked)), patches).patches == locked


def test_every_problem_of_every_patch_is_reported_together() -> None:
    patches = [
        patch_of("-- patch: A.\n-- verify: DELETE FROM t\nCOMMIT;\nSET ROLE x;\n", "0001_a.sql"),
        patch_of(f"{HEADER}SELECT 1;\n", "0002_b.sql"),
        patch_of(f"{HEADER}\\connect x\n", "0003_c.sql"),
        patch_of(f"{HEADER}SELEC 1;\n", "0004_d.sql"),
        patch_of(f"{HEADER}SELECT pg_advisory_lock(1);\n", "0005_e.sql"),
    ]
    with pytest.raises(BadPatches) as caught:
        lock(patches)
    assert [problem.where for problem in caught.value.problems] == [
        "0001_a.sql:2",
        "0001_a.sql:3",
        "0001_a.sql:4",
        "0003_c.sql:2",
        "0004_d.sql:2:1",
        "0005_e.sql:2",
    ]


def test_a_patch_without_a_statement_is_a_problem() -> None:
    with pytest.raises(BadPatches, match=r"0001_test\.sql:1: no statement in it"):
        lock([patch_of(f"{HEADER};; /* ; */")])


def test_a_refused_patch_is_not_classified() -> None:
    with pytest.raises(BadPatches, match="name the index"):
        lock([patch_of(f"{NO_TRANSACTION}CREATE INDEX CONCURRENTLY ON t (a)")])


def test_no_patches_make_an_empty_lock_file() -> None:
    assert lock([]) == ()
    assert read(render(LockFile()), []) == LockFile()
