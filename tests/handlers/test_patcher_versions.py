"""What Plan says of a server of another version than the patches were proven on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.patch_files import load_lock_file, write_lock_file
from rdspatch.core.errors import PlanRefused
from rdspatch.core.lockfile import LockedBaseline, render
from rdspatch.core.schema import Schema

if TYPE_CHECKING:
    from tests.handlers.function import Function


def proven_on(function: Function, *versions: int) -> None:
    """Write a lock file that says so of patches that nobody tried."""
    server, *also = versions
    function.patches.lock()
    lock = replace(
        load_lock_file(function.patches.path),
        baseline=LockedBaseline(checksum="c", schema=Schema({})),
        server=server,
        also=tuple(also),
        search_path=("public",),
    )
    write_lock_file(function.patches.path, render(lock))


def major_of(function: Function) -> int:
    return int(function.query("SHOW server_version_num")[0][0]) // 10_000


def test_a_plan_for_another_version_says_so_and_one_for_a_version_of_the_proof_does_not(function: Function) -> None:
    function.patches.patch("0001_users", "CREATE TABLE users (email text);")
    major = major_of(function)
    proven_on(function, 14, major)
    assert function.call("plan", request={})["note"] == ""
    proven_on(function, 14, 15)
    function.setenv()
    note = function.call("plan", request={})["note"]
    assert note.startswith(
        f" Note: the patches were proven on PostgreSQL 14 and 15 and the server is PostgreSQL {major}"
    )
    assert note.endswith("then `rdspatch lock`.")
    assert function.apply()["status"] == "done"
    assert function.call("plan", request={})["note"] == "", "nothing is pending"


def test_a_plan_refuses_what_the_server_would_read_otherwise(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No function of the tests has an older server; the version from which on it is read so is moved instead."""
    monkeypatch.setattr("rdspatch.authoring.newer._NUMBERS_SINCE", major_of(function) + 1)
    function.patches.patch("0001_users", "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1_0);")
    function.patches.lock()
    with pytest.raises(
        PlanRefused, match=r"0001_users\.sql: the server is PostgreSQL \d+ and reads it otherwise: line 3"
    ):
        function.call("plan", request={})
    assert function.query("SELECT to_regclass('users')") == [[None]]
