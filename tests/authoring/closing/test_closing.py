"""From models to patches: what is written only adds, runs twice, and closes the gap; the rest is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.closing import Wording, propose
from rdspatch.authoring.lint.lint import lint
from rdspatch.authoring.lock import lock
from rdspatch.authoring.models import ExportedModels
from rdspatch.authoring.proof import prove
from rdspatch.core.directory import FileKind, PatchFile, parse_directory
from rdspatch.core.lockfile import render
from rdspatch.core.proof import HazardKind
from rdspatch.core.schema import ObjectKind, ObjectName
from rdspatch.core.scope import Scope
from tests.authoring.closing.column_cases import COLUMNS
from tests.authoring.closing.constraint_cases import CONSTRAINTS
from tests.authoring.closing.schema_object_cases import SCHEMA_OBJECTS
from tests.authoring.closing.table_cases import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdspatch.authoring.closing import Proposal
    from rdspatch.authoring.proof import ScratchServer
    from tests.authoring.closing.case import Case

pytestmark = pytest.mark.slow


def proposal(
    scratch: ScratchServer, before: str, models: str, patches: Mapping[str, str], lock_file: str | None = None
) -> Proposal:
    return propose(
        ExportedModels(source="app:Base", ddl=(models,), mapped=()),
        files({"baseline.sql": before, **patches}),
        lock_file,
        scratch,
        scope=Scope(),
        wording=Wording(
            slug="closing",
            sentence="Close the gap.",
            name_of=lambda number, slug: f"{number + len(patches) + 1:04}_{slug}.sql",
        ),
    )


def files(texts: Mapping[str, str]) -> tuple[PatchFile, ...]:
    pairs = ((name, f"{text};\n".encode()) for name, text in texts.items())
    return tuple(PatchFile(name=name, kind=FileKind.REGULAR, size=len(data), data=data) for name, data in pairs)


def assert_in_order(pieces: Iterable[str], text: str) -> None:
    place = 0
    for piece in pieces:
        assert piece in text[place:], text
        place = text.index(piece, place) + len(piece)


CASES = {**COLUMNS, **CONSTRAINTS, **TABLES, **SCHEMA_OBJECTS}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_patches_close_what_they_can_and_say_what_is_left(scratch: ScratchServer, case: Case) -> None:
    made = proposal(scratch, case.before, case.models, {})
    assert tuple(file[5:-4] for file in made.files) == case.files
    assert_in_order(case.holds, "\n".join(made.files.values()))
    assert len(made.decisions) == len(case.decisions), made.decisions
    for problem, start in zip(made.decisions, case.decisions, strict=True):
        assert str(problem).startswith(start)
    directory = parse_directory(files({"baseline.sql": case.before, **made.files}))
    assert lint(directory).findings == ()
    proven = prove(directory.baseline, lock(directory.patches), scratch)
    hazards = [hazard for patch in proven.lock.patches for hazard in patch.hazards]
    # Models with a key, a check or a trigger ask for what restricts; nothing that they ask for takes or blocks.
    assert [hazard for hazard in hazards if harms(hazard.kind) and hazard.kind is not HazardKind.RESTRICTS] == []
    again = proposal(scratch, case.before, case.models, made.files, render(proven.lock))
    assert (again.files, len(again.decisions)) == ({}, len(made.decisions))


HOSTILE = (
    "a\"b.c it's; DROP TABLE victim; --",
    "new\nline\ttab %s %% :x {y} back\\slash",
    "größe 日本 😀 $$ \u202egnp Mixed",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_written_byte_for_byte(scratch: ScratchServer, name: str) -> None:
    def named(template: str) -> str:
        quoted = name.replace('"', '""')
        return template.replace("@@", f'"{quoted} 2"').replace("@", f'"{quoted}"')

    before = named("CREATE TABLE victim (); CREATE SCHEMA @; CREATE TABLE @.@ (id int PRIMARY KEY)")
    models = named(
        "CREATE SCHEMA @; CREATE TYPE @.@@ AS ENUM ('a'); CREATE TABLE @.@ (id int PRIMARY KEY, @ text UNIQUE,"
        "  CONSTRAINT @ CHECK (@ <> '')); CREATE INDEX ON @.@ (@) WHERE @ > 'a';"
        "CREATE TABLE @.two (@ int CONSTRAINT @ REFERENCES @.@, @@ @.@@ DEFAULT 'a', n serial)"
    )
    made = proposal(scratch, before, models, {})
    assert (len(made.files), made.decisions) == (6, ())
    directory = parse_directory(files({"baseline.sql": before, **made.files}))
    assert lint(directory).findings == ()
    reached = prove(directory.baseline, lock(directory.patches), scratch).schema.objects
    assert ObjectName(ObjectKind.TABLE, ("public", "victim")) in reached
    assert reached[ObjectName(ObjectKind.COLUMN, (name, name, name))] == {"type": "text", "nullable": True}
    assert ObjectName(ObjectKind.CONSTRAINT, (name, name, name)) in reached
    assert ObjectName(ObjectKind.CONSTRAINT, (name, "two", name)) in reached
    assert ObjectName(ObjectKind.ENUM, (name, f"{name} 2")) in reached


def harms(kind: HazardKind) -> bool:
    """Reading a table, to check or to index it, is what these patches do without making anybody wait."""
    return kind is not HazardKind.SCAN
