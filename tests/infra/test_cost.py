"""The page about costs counts what is deployed; the rehearsal that counts a run is its script's own."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parents[2] / "docs" / "cost"
PAGE = (HERE / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cost() -> dict[str, Any]:
    return runpy.run_path(str(HERE / "cost.py"))


def rows_of(stage: str) -> dict[str, tuple[str, str]]:
    """How many, and the price of one, by what it is."""
    table = PAGE.partition(f"`{stage}`")[2].partition("| all of it")[0]
    return {
        name: (number, price)
        for name, number, price in re.findall(r"^\| ([\w -]+) \| (\d+) \| (\S+) \|", table, re.MULTILINE)
    }


def test_the_page_counts_what_the_stack_has(cost: dict[str, Any], sandbox: Any) -> None:
    """Catches an alarm, a metric or an endpoint that came later."""
    written = {name: int(number) for name, (number, _) in rows_of("sandbox").items()}
    assert written == cost["standing"](sandbox.body)


def test_every_price_says_from_where_and_when(cost: dict[str, Any]) -> None:
    prices = cost["Prices"].read(HERE / "prices.json")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", prices.read_on)
    assert f"those of {prices.region}" in PAGE
    assert prices.read_on in PAGE
    for name, source in prices.sources.items():
        assert source.startswith("https://aws.amazon.com/"), name
        assert f"| {name} | {cost['_written'](prices.of_one[name])} | <{source}> |" in PAGE


def test_a_price_that_is_changed_changes_the_page(cost: dict[str, Any], sandbox: Any, tmp_path: Path) -> None:
    text = (HERE / "prices.json").read_text(encoding="utf-8").replace('"of_one": 3,', '"of_one": 5,')
    (tmp_path / "prices.json").write_text(text, encoding="utf-8")
    kept = cost["standing"](sandbox.body)
    page = cost["page"]({}, {}, {"sandbox": kept}, cost["Prices"].read(tmp_path / "prices.json"))
    assert "| dashboard | 1 | 5 | 5.00 |" in page


@pytest.mark.parametrize(
    ("record", "units"),
    [
        ({"PK": "a", "run_id": "r"}, 2),
        ({"PK": "a", "run_id": "r", "patch_id": "0001"}, 3),
        ({"PK": "a", "run_id": "r", "body": "x" * 1024}, 4),
    ],
)
def test_a_record_is_paid_in_each_index_that_it_is_in(cost: dict[str, Any], record: dict[str, str], units: int) -> None:
    assert cost["write_units"](record, ["run_id", "patch_id"]) == units
