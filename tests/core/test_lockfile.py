from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.errors import LockFileStale
from rdspatch.core.lockfile import (
    LockedBaseline,
    LockedPatch,
    LockFile,
    read,
    read_known,
    render,
)
from rdspatch.core.models import LockedModels, MappedModel
from rdspatch.core.newer_syntax import NewerSyntax
from rdspatch.core.proof import Hazard, HazardKind, StatementTrace
from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema
from rdspatch.core.scope import Scope
from rdspatch.core.statement import RelationName, Statement, StatementKind
from tests.core.lock_files import LOCKED, ONE, TWO, patch_of, sealed, text_of

HOSTILE = st.one_of(
    st.text(min_size=1, max_size=8),
    st.sampled_from(['a"b', "a.b", "a'b", "", "\\", "\n", "\u202e", "\u2028", "é", "😀", '"', "null", "$$", "x" * 63]),
)
NAMES = st.builds(RelationName, schema=st.none() | HOSTILE, name=HOSTILE)
STATEMENTS = st.builds(
    Statement,
    line=st.integers(min_value=1),
    start=st.just(0),
    end=st.just(0),
    kind=st.sampled_from(StatementKind),
    relations=st.lists(NAMES, max_size=3).map(tuple),
    concurrent=st.booleans(),
    object=st.none() | NAMES,
    probe=st.none() | HOSTILE,
)


TRACES = st.builds(
    StatementTrace,
    locks=st.dictionaries(HOSTILE, HOSTILE, max_size=2).map(lambda found: tuple(found.items())),
    rewrites=st.lists(HOSTILE, max_size=2).map(tuple),
    scans=st.lists(HOSTILE, max_size=2).map(tuple),
)
HAZARDS = st.builds(
    Hazard, kind=st.sampled_from(HazardKind), line=st.integers(min_value=1), on=HOSTILE, sentence=HOSTILE
)
NEWER = st.builds(NewerSyntax, line=st.integers(1), since=st.just(16), what=HOSTILE, instead=HOSTILE)
OBJECTS = st.builds(ObjectName, st.sampled_from(ObjectKind), st.lists(HOSTILE, min_size=1, max_size=3).map(tuple))
VALUES = st.dictionaries(HOSTILE, st.booleans() | HOSTILE | st.lists(HOSTILE, max_size=2), max_size=2)
EFFECTS = st.builds(Effect, object=OBJECTS, before=st.none() | VALUES, after=st.none() | VALUES).filter(
    lambda effect: effect.before != effect.after
)


@st.composite
def locked_patches(draw: st.DrawFn) -> tuple[LockedPatch, ...]:
    found = []
    for number in range(draw(st.integers(0, 3))):
        statements = tuple(draw(st.lists(STATEMENTS, min_size=1, max_size=3)))
        newer = tuple(draw(st.lists(NEWER, max_size=2)))
        entry = LockedPatch(patch=patch_of(f"{number:04}_p"), statements=statements, newer=newer)
        if draw(st.booleans()):
            entry = replace(
                entry,
                effects=tuple(draw(st.lists(EFFECTS, max_size=2))),
                traces=tuple(draw(TRACES) for _ in statements),
                hazards=tuple(draw(st.lists(HAZARDS, max_size=2))),
            )
        found.append(entry)
    return tuple(found)


TEXTS = st.lists(HOSTILE, max_size=2).map(tuple)
MODELS = st.builds(
    LockedModels,
    source=HOSTILE.filter(bool),
    checksum=HOSTILE,
    mapped=st.lists(st.builds(MappedModel, model=HOSTILE, table=NAMES, columns=TEXTS), max_size=2).map(tuple),
)
PROVEN = st.builds(
    LockFile,
    patches=locked_patches(),
    baseline=st.builds(
        LockedBaseline, checksum=st.just("c0ffee"), schema=st.dictionaries(OBJECTS, VALUES, max_size=3).map(Schema)
    ),
    server=st.just(14),
    also=st.sampled_from([(), (17,), (15, 18)]),
    search_path=TEXTS,
    scope=st.builds(Scope, schemas=TEXTS, ignore=TEXTS),
    models=st.none() | MODELS,
)


@given(PROVEN)
def test_what_is_rendered_is_read_back(lock: LockFile) -> None:
    text = render(lock)
    assert read(text, [entry.patch for entry in lock.patches]) == lock
    assert text.isascii()
    assert text == render(lock)


def test_the_order_of_properties_in_memory_does_not_show() -> None:
    name = ObjectName(ObjectKind.TABLE, ("public", "t"))
    one, other = (Effect(object=name, before=None, after=side) for side in ({"a": 1, "b": {"c": 1, "d": 2}},) * 2)
    other = replace(other, after={"b": {"d": 2, "c": 1}, "a": 1})
    first, second = (text_of([replace(LOCKED[0], effects=(effect,))]) for effect in (one, other))
    assert first == second


def test_a_file_without_a_proof_says_so() -> None:
    found = read(text_of(LOCKED), [ONE, TWO])
    assert (found.baseline, found.server) == (None, None)
    assert [entry.effects for entry in found.patches] == [None, None]


def test_any_change_by_hand_is_stale() -> None:
    text = text_of(LOCKED)
    for place in range(text.index("server"), len(text)):
        changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        with pytest.raises(LockFileStale):
            read(changed, [ONE, TWO])


def test_line_ends_of_another_system_are_no_change() -> None:
    assert read(text_of(LOCKED).replace("\n", "\r\n"), [ONE, TWO]).patches == LOCKED


def test_a_conflicts_markers_are_stale() -> None:
    text = text_of(LOCKED).replace('  "server"', '<<<<<<< HEAD\n  "server"')
    with pytest.raises(LockFileStale, match="cannot be read"):
        read(text, [ONE, TWO])


def test_what_is_known_ends_before_the_first_difference() -> None:
    text = text_of(LOCKED)
    assert read_known(text, [ONE, TWO, patch_of("0003_new")]).patches == LOCKED
    assert read_known(text, [ONE, patch_of("0002_two", "SELECT 3")]).patches == LOCKED[:1]
    assert read_known(text, [ONE]).patches == LOCKED[:1]
    assert read_known(text, [patch_of("0000_zero"), ONE, TWO]).patches == ()
    assert read_known(text, [TWO]).patches == ()


def test_a_thousand_patches_are_read_in_a_moment() -> None:
    effect = Effect(
        object=ObjectName(ObjectKind.COLUMN, ("public", "t", "c")),
        before=None,
        after={"type": "text", "nullable": True},
    )
    locked = [
        LockedPatch(
            patch=patch_of(f"{number:04}_p"),
            statements=LOCKED[0].statements,
            effects=(effect,) * 5,
            traces=(StatementTrace(locks=(("public.t", "AccessExclusiveLock"),)),),
        )
        for number in range(1_000)
    ]
    text, patches = text_of(locked), [entry.patch for entry in locked]
    started = time.process_time()
    read(text, patches)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("spans", [[], [[0, 9]], [[-1, 3]], [[4, 2]], [[4, 8], [0, 3]]])
def test_statements_that_do_not_lie_in_the_patchs_text_are_refused(spans: list[list[int]]) -> None:
    document = json.loads(text_of(LOCKED[:1]))
    document["patches"][ONE.name]["statements"] = [{"line": 1, "span": span} for span in spans]
    with pytest.raises(LockFileStale, match="do not lie in its text"):
        read(sealed(document), [ONE])


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(LockFileStale, match="cannot be read"):
        read("[" * 100_000, [ONE])


def test_the_text_has_one_line_for_each_statement() -> None:
    text = text_of(LOCKED)
    assert text.endswith("}\n")
    assert [line.strip() for line in text.splitlines() if "span" in line] == [
        '{"line": 1, "span": [0, 8]}',
        (
            '{"line": 1, "span": [0, 8], "kind": "create-index-concurrently", "relations": [["app", "t"], "u"],'
            ' "concurrent": true, "object": ["app", "i"], "probe": "CREATE INDEX \\u2026"}'
        ),
    ]


def test_a_statement_has_its_text_and_a_patch_its_relations() -> None:
    sql = "SELECT 'é'; SELECT 2"
    first = Statement(line=1, start=0, end=10, relations=(RelationName(schema=None, name="a"),))
    second = Statement(line=1, start=12, end=20, relations=(first.relations[0], RelationName(schema="s", name="a")))
    locked = LockedPatch(patch=patch_of("0001_a", sql), statements=(first, second))
    assert [locked.text_of(statement) for statement in locked.statements] == ["SELECT 'é'", "SELECT 2"]
    assert [str(relation) for relation in locked.relations] == ["a", "s.a"]
