"""What makes a lock file stale, and what is said of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.errors import BadSettings, LockFileStale
from rdspatch.core.lockfile import VERSION, LockedBaseline, LockFile, read, render, require_search_path
from rdspatch.core.proof import StatementTrace
from rdspatch.core.schema import Schema
from tests.core.lock_files import LOCKED, ONE, TWO, patch_of, sealed, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.core.patch import Patch


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


@pytest.mark.parametrize("server", [None, [], "x", [17, 14], [14, 14], ["x"], {}])
def test_a_proof_on_no_versions_or_in_another_order_is_stale(server: object) -> None:
    proven = LockFile(baseline=LockedBaseline(checksum="c", schema=Schema({})), server=18)
    (complaint,) = complaints(sealed(json.loads(render(proven)) | {"server": server}))
    assert complaint.startswith("patches.lock.json: cannot be read")


@pytest.mark.parametrize("entry", [None, [], "x", {}])
def test_an_entry_without_a_checksum_is_stale(entry: object) -> None:
    (complaint,) = complaints(sealed({"version": VERSION, "patches": {"0001_one": entry}}), ONE)
    assert complaint.startswith("0001_one.sql: ")


@pytest.mark.parametrize("path", [("public",), ("app",), ("public", "app"), ("app", "public", "more")])
def test_another_search_path_than_the_proofs_is_refused_naming_both_and_what_to_do(path: tuple[str, ...]) -> None:
    lock = LockFile(server=18, search_path=("app", "public"))
    with pytest.raises(BadSettings) as refused:
        require_search_path(lock, path, where="RDSPATCH_SEARCH_PATH")
    given = ",".join(path)
    (problem,) = refused.value.problems
    assert str(problem) == (
        f"RDSPATCH_SEARCH_PATH: gives the search path {given}, and the patches were proven with app,public "
        "(patches.lock.json); set it to app,public, or prove them again: "
        f"`rdspatch lock --scratch URL?search_path={given}`"
    )


def test_the_proofs_search_path_is_accepted_and_without_a_proof_any() -> None:
    require_search_path(LockFile(server=18, search_path=("app", "public")), ("app", "public"), where="x")
    require_search_path(LockFile(), ("app",), where="x")
