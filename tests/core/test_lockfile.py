from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.errors import LockFileStale
from rdspatch.core.lockfile import VERSION, LockedBaseline, LockedPatch, LockFile, read, read_known, render
from rdspatch.core.models import LockedModels, MappedModel
from rdspatch.core.patch import Directives, Patch, PatchId, checksum
from rdspatch.core.proof import Hazard, HazardKind, StatementTrace
from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema
from rdspatch.core.scope import Scope
from rdspatch.core.statement import RelationName, Statement, StatementKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def patch_of(name: str, sql: str = "SELECT 1") -> Patch:
    patch_id = PatchId.from_file_name(f"{name}.sql")
    assert patch_id is not None
    return Patch(id=patch_id, sql=sql, directives=Directives(patch="A test."), checksum=checksum(sql))


ONE, TWO = patch_of("0001_one"), patch_of("0002_two", "SELECT 2")
INDEX = Statement(
    line=1,
    start=0,
    end=8,
    kind=StatementKind.CREATE_INDEX,
    relations=(RelationName(schema="app", name="t"), RelationName(schema=None, name="u")),
    concurrent=True,
    object=RelationName(schema="app", name="i"),
    probe="CREATE INDEX …",
)
LOCKED = (
    LockedPatch(patch=ONE, statements=(Statement(line=1, start=0, end=8),)),
    LockedPatch(patch=TWO, statements=(INDEX,)),
)

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
        entry = LockedPatch(patch=patch_of(f"{number:04}_p"), statements=statements)
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
    server=st.just(18),
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


def text_of(patches: Sequence[LockedPatch]) -> str:
    return render(LockFile(patches=tuple(patches)))


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


def sealed(document: dict[str, Any]) -> str:
    """A document with a digest that matches."""
    rest = json.dumps({name: value for name, value in document.items() if name not in ("version", "digest")})[1:]
    return f'{{\n"version": {json.dumps(document["version"])},\n"digest": "{checksum(rest)}",\n{rest}'


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


def complaints(text: str, *patches: Patch) -> list[str]:
    with pytest.raises(LockFileStale) as caught:
        read(text, patches)
    assert all("rdspatch lock" in problem.instead for problem in caught.value.problems)
    return [f"{problem.where}: {problem.what}" for problem in caught.value.problems]


def test_a_patch_that_is_not_in_the_file_makes_it_stale() -> None:
    assert complaints(text_of(LOCKED[:1]), ONE, TWO) == ["0002_two.sql: is not in the lock file"]


def test_an_edited_patch_makes_it_stale_and_both_sums_are_named() -> None:
    edited = patch_of("0002_two", "SELECT 3")
    (complaint,) = complaints(text_of(LOCKED), ONE, edited)
    assert complaint.startswith("0002_two.sql: has checksum ")
    assert edited.checksum in complaint
    assert TWO.checksum in complaint


def test_a_deleted_patch_makes_it_stale() -> None:
    assert complaints(text_of(LOCKED), ONE) == ["patches.lock.json: describes 0002_two, which is not there"]


def test_a_renamed_patch_makes_it_stale_under_both_names() -> None:
    assert complaints(text_of(LOCKED), ONE, patch_of("0002_too", "SELECT 2")) == [
        "0002_too.sql: is not in the lock file",
        "patches.lock.json: describes 0002_two, which is not there",
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "{}", '{"version": 2, "patches": []}', "\ufeff{}"])
def test_a_file_that_is_no_lock_file_is_stale(text: str) -> None:
    (complaint,) = complaints(text, ONE)
    assert complaint.startswith("patches.lock.json: cannot be read")


@pytest.mark.parametrize("version", [0, 1, "2", None])
def test_another_version_is_stale(version: object) -> None:
    (complaint,) = complaints(json.dumps({"version": version, "patches": {}}))
    assert f"version {version}" in complaint


def damaged(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(text_of([replace(LOCKED[1], effects=(), traces=(StatementTrace(),))]))
    change(document["patches"]["0002_two"])
    return sealed(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.pop("statements"),
        lambda entry: entry.update(statements=None),
        lambda entry: entry.update(statements=[1]),
        lambda entry: entry["statements"][0].pop("line"),
        lambda entry: entry["statements"][0].pop("span"),
        lambda entry: entry["statements"][0].update(span=[1]),
        lambda entry: entry["statements"][0].update(line="one"),
        lambda entry: entry["statements"][0].update(kind="magic"),
        lambda entry: entry["statements"][0].update(object=["a", "b", "c"]),
        lambda entry: entry["statements"][0].update(relations=7),
        lambda entry: entry["statements"][0].update(locks=[]),
        lambda entry: entry["statements"][0].update(locks={"t": 1}),
        lambda entry: entry["statements"][0].update(rewrites="t"),
        lambda entry: entry["statements"][0].update(scans=[None]),
        lambda entry: entry.update(effects=None),
        lambda entry: entry.update(effects=[{"object": ["table", "t"]}]),
        lambda entry: entry.update(effects=[{"object": ["magic", "t"], "after": {}}]),
        lambda entry: entry.update(effects=[{"object": ["table", "t"], "after": "text"}]),
        lambda entry: entry.pop("hazards"),
        lambda entry: entry.update(hazards=[{"hazard": "magic", "line": 1, "on": "t", "sentence": "x"}]),
        lambda entry: entry.update(hazards=[{"hazard": "rewrite", "line": 1, "on": "t"}]),
    ],
)
def test_a_damaged_entry_is_stale(change: Callable[[dict[str, Any]], object]) -> None:
    (complaint,) = complaints(damaged(change), TWO)
    assert complaint.startswith("patches.lock.json: cannot be read")


@pytest.mark.parametrize("entry", [None, [], "x", {}])
def test_an_entry_without_a_checksum_is_stale(entry: object) -> None:
    (complaint,) = complaints(sealed({"version": VERSION, "patches": {"0001_one": entry}}), ONE)
    assert complaint.startswith("0001_one.sql: ")
