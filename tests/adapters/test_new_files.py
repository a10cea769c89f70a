"""New files in the patch directory: all of them or none."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.patch_files import write_baseline, write_new_files

if TYPE_CHECKING:
    from pathlib import Path


def test_every_file_is_written_as_it_is(tmp_path: Path) -> None:
    write_new_files(tmp_path, {"0001_a.sql": "é\r\n", "0002_b.sql": ""})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "0001_a.sql": "é\r\n".encode(),
        "0002_b.sql": b"",
    }
    assert stat.S_IMODE((tmp_path / "0001_a.sql").stat().st_mode) == 0o644


def test_where_a_name_is_taken_none_is_written_and_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "0002_b.sql").write_text("theirs")
    with pytest.raises(FileExistsError):
        write_new_files(tmp_path, {"0001_a.sql": "ours", "0002_b.sql": "ours"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"0002_b.sql": "theirs"}


def test_a_baseline_replaces_the_one_before(tmp_path: Path) -> None:
    write_baseline(tmp_path, "old")
    write_baseline(tmp_path, "new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"baseline.sql": "new"}
