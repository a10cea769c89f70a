from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.errors import LockFileStale
from rdspatch.core.lockfile import LockedPatch, read, render
from rdspatch.core.patch import Directives, Patch, PatchId, checksum
from rdspatch.core.statement import RelationName, Statement, StatementKind

if TYPE_CHECKING:
    from collections.abc import Callable


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


@given(st.lists(st.lists(STATEMENTS, min_size=1, max_size=3).map(tuple), max_size=3))
def test_what_is_rendered_is_read_back(contents: list[tuple[Statement, ...]]) -> None:
    locked = tuple(
        LockedPatch(patch=patch_of(f"{number:04}_p"), statements=statements)
        for number, statements in enumerate(contents)
    )
    text = render(locked)
    assert read(text, [entry.patch for entry in locked]) == locked
    assert text.isascii()


@pytest.mark.parametrize("spans", [[], [[0, 9]], [[-1, 3]], [[4, 2]], [[4, 8], [0, 3]]])
def test_statements_that_do_not_lie_in_the_patchs_text_are_refused(spans: list[list[int]]) -> None:
    document = json.loads(render(LOCKED[:1]))
    document["patches"][ONE.name]["statements"] = [{"line": 1, "span": span} for span in spans]
    with pytest.raises(LockFileStale, match="do not lie in its text"):
        read(json.dumps(document), [ONE])


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(LockFileStale, match="cannot be read"):
        read("[" * 100_000, [ONE])


def test_the_text_has_one_line_for_each_statement() -> None:
    text = render(LOCKED)
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
    assert complaints(render(LOCKED[:1]), ONE, TWO) == ["0002_two.sql: is not in the lock file"]


def test_an_edited_patch_makes_it_stale_and_both_sums_are_named() -> None:
    edited = patch_of("0002_two", "SELECT 3")
    (complaint,) = complaints(render(LOCKED), ONE, edited)
    assert complaint.startswith("0002_two.sql: has checksum ")
    assert edited.checksum in complaint
    assert TWO.checksum in complaint


def test_a_deleted_patch_makes_it_stale() -> None:
    assert complaints(render(LOCKED), ONE) == ["patches.lock.json: describes 0002_two, which is not there"]


def test_a_renamed_patch_makes_it_stale_under_both_names() -> None:
    assert complaints(render(LOCKED), ONE, patch_of("0002_too", "SELECT 2")) == [
        "0002_too.sql: is not in the lock file",
        "patches.lock.json: describes 0002_two, which is not there",
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "{}", '{"version": 1, "patches": []}', "\ufeff{}"])
def test_a_file_that_is_no_lock_file_is_stale(text: str) -> None:
    (complaint,) = complaints(text, ONE)
    assert complaint.startswith("patches.lock.json: cannot be read")


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_is_stale(version: object) -> None:
    (complaint,) = complaints(json.dumps({"version": version, "patches": {}}))
    assert f"version {version}" in complaint


def damaged(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(render(LOCKED[1:]))
    change(document["patches"]["0002_two"])
    return json.dumps(document)


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
    ],
)
def test_a_damaged_entry_is_stale(change: Callable[[dict[str, Any]], object]) -> None:
    (complaint,) = complaints(damaged(change), TWO)
    assert complaint.startswith("patches.lock.json: cannot be read")


@pytest.mark.parametrize("entry", [None, [], "x", {}])
def test_an_entry_without_a_checksum_is_stale(entry: object) -> None:
    (complaint,) = complaints(json.dumps({"version": 1, "patches": {"0001_one": entry}}), ONE)
    assert complaint.startswith("0001_one.sql: ")
