"""`docs/rules` is written from the rules; `python -m rdspatch.authoring.lint.docs docs/rules` writes it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from rdspatch.authoring.lint.docs import pages, write
from rdspatch.authoring.lint.rules import RULES

DOCS = Path(__file__).resolve().parents[3] / "docs" / "rules"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("rules")
    (directory / "gone.md").write_text("the page of a rule that is gone")
    assert write(directory) == len(RULES) + 1
    return directory


def content(directory: Path) -> dict[str, str]:
    return {path.relative_to(directory).as_posix(): path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_the_pages_are_what_the_rules_say_now(written: Path) -> None:
    assert content(DOCS) == content(written), "run `python -m rdspatch.authoring.lint.docs docs/rules`"


def test_a_page_shows_the_finding_of_each_bad_example_and_none_of_a_good_one(written: Path) -> None:
    page = (written / "drop-table.md").read_text()
    assert page.count("error[drop-table]") == page.count("## Bad") == 3
    assert page.count("0 errors, 0 warnings") == page.count("## Good") == 2


def test_the_index_links_every_page() -> None:
    found = pages()
    index = found.pop("README.md")
    assert [name for name in found if f"({name})" not in index] == []
