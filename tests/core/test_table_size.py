from __future__ import annotations

import pytest

from rdspatch.core.table_size import TableSize


@pytest.mark.parametrize(
    ("size", "rows", "text"),
    [
        (0, 0, "0 bytes, about 0 rows"),
        (8192, None, "8 kB, an unknown number of rows"),
        (999_499_999, 1, "999 MB, about 1 rows"),
        (41_000_000_000, 210_000_000, "41 GB, about 210,000,000 rows"),
        (3_000_000_000_000_000, 2, "3000 TB, about 2 rows"),
    ],
)
def test_a_size_is_told_in_its_own_unit(size: int, rows: int | None, text: str) -> None:
    assert str(TableSize(bytes=size, rows=rows)) == text
