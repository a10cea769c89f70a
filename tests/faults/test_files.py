"""Files that were edited after they were applied, and files that are very large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.errors import BadPatches, PlanRefused
from rdspatch.core.patch import MAX_FILE_BYTES
from tests.faults.processes import FORKS
from tests.faults.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.world import World

MOST_MEGABYTES = 512
"""What the function is given."""
NAME = "0005_results"


@pytest.fixture
def applied(world: World) -> Iterator[Path]:
    """The file of an applied patch; it gets its text back."""
    assert world.run() is None
    file = world.function.patches.path / f"{NAME}.sql"
    content = file.read_bytes()
    yield file
    file.write_bytes(content)
    world.function.patches.lock()


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "one byte": lambda content: content.replace(b"REFERENCES things", b"REFERENCES thingS"),
    "a space at the end": lambda content: content + b" ",
    "a comment": lambda content: content + b"-- harmless\n",
    "another statement": lambda content: content + b"DROP TABLE victim;\n",
    "the header": lambda content: content.replace(b"-- patch: A test.", b"-- patch: Another test."),
}


@pytest.mark.experiment("F20")
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_patch_stops_the_next_run(world: World, applied: Path, edit: Callable[[bytes], bytes]) -> None:
    before = world.function.query("SELECT checksum FROM rdspatch.ledger WHERE patch_id = '0005_results'")[0][0]
    applied.write_bytes(edit(applied.read_bytes()))
    world.function.patches.lock()
    error = world.run()
    assert isinstance(error, PlanRefused)
    assert f"{NAME}.sql" in str(error)
    assert before in str(error)
    assert world.function.query("SELECT count(*) FROM victim") == [[1]]


@pytest.mark.experiment("F20")
def test_line_ends_of_another_system_are_no_edit(world: World, applied: Path, expected: dict[str, Any]) -> None:
    applied.write_bytes(applied.read_bytes().replace(b"\n", b"\r\n"))
    world.function.patches.lock()
    world.settle(expected)


@pytest.mark.experiment("F20")
def test_a_byte_order_mark_stops_the_next_run_by_its_name(world: World, applied: Path) -> None:
    applied.write_bytes(b"\xef\xbb\xbf" + applied.read_bytes())
    error = world.run()
    assert isinstance(error, BadPatches)
    assert f"{NAME}.sql:1: starts with a byte order mark" in str(error)


def large(name: str, sql: str) -> Scenario:
    return Scenario(name=name, baseline="CREATE TABLE bulk (id int, text text);", effects={"0001_large": sql})


def rows(size: int) -> str:
    """An INSERT of about so many bytes."""
    row = "({}, '" + "x" * 80 + "')"
    return f"INSERT INTO bulk VALUES {', '.join(row.format(number) for number in range(size // 96))};"


MEGABYTE = 1024 * 1024
LARGE = (
    large("one_megabyte", rows(MEGABYTE)),
    large("largest", rows(MAX_FILE_BYTES - 150_000)),
    large("one_literal", f"INSERT INTO bulk VALUES (1, '{'x' * (MAX_FILE_BYTES - 1000)}');"),
    large("ten_thousand", "\n".join(f"INSERT INTO bulk VALUES ({number}, 'x');" for number in range(10_000))),
)


@pytest.mark.faults_only
@pytest.mark.experiment("F32")
@pytest.mark.parametrize("scenario", LARGE, ids=lambda scenario: scenario.name)
def test_a_large_patch_is_applied_within_the_functions_memory(
    world: World, expected: dict[str, Any], seen: Callable[[str, float], None]
) -> None:
    reader, writer = FORKS.Pipe(duplex=False)
    process = world.start(writer)
    megabytes = reader.recv()
    process.join()
    seen("memory of the process, MB", megabytes)
    assert megabytes < MOST_MEGABYTES
    world.settle(expected)


@pytest.mark.experiment("F32")
@pytest.mark.parametrize("size", [MAX_FILE_BYTES + 1, 20 * MEGABYTE])
def test_a_patch_that_is_too_large_is_refused_before_anything_is_connected_to(world: World, size: int) -> None:
    file = world.function.patches.path / "0009_large.sql"
    with file.open("wb") as opened:
        opened.truncate(size)
    try:
        error = world.run(through=world.proxy)
    finally:
        file.unlink()
    assert isinstance(error, BadPatches)
    assert f"has {size} bytes" in str(error)
    assert world.proxy.queries == []
