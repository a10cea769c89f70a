"""The examples of each rule: patches that it finds fault with, and patches that nothing is wrong with."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from rdspatch.core.directory import BASELINE, FileKind, PatchDirectory, PatchFile, parse_directory

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from rdspatch.authoring.lint.rule import Rule

EXAMPLE = "0001_example.sql"
_PACKAGE = "rdspatch.authoring.lint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One patch as a file `bad.sql`, `bad_2.sql`, `good.sql` … in the rule's folder."""

    name: str
    sql: str
    baseline: str
    """The folder's `baseline.sql`: what was there before; empty when there is none."""

    @property
    def is_bad(self) -> bool:
        """Whether the rule finds fault with it."""
        return self.name.startswith("bad")

    def directory(self) -> PatchDirectory:
        """A patch directory that holds only this patch.

        Raises:
            BadPatches: When the header of the example is not in order.
        """
        files = ((BASELINE, self.baseline), (EXAMPLE, self.sql))
        return parse_directory(
            [
                PatchFile(name=name, kind=FileKind.REGULAR, size=len(text.encode()), data=text.encode())
                for name, text in files
            ],
        )


def examples_of(rule: Rule) -> tuple[Example, ...]:
    """The examples of a rule by name, the bad ones first; none when it has no folder."""
    folder = resources.files(_PACKAGE).joinpath("examples", *rule.id.split("/"))
    if not folder.is_dir():
        return ()
    files = {item.name: _read(item) for item in folder.iterdir() if item.name.endswith(".sql")}
    baseline = files.pop(BASELINE, "")
    return tuple(
        Example(name=name, sql=files[f"{name}.sql"], baseline=baseline)
        for name in sorted((name.removesuffix(".sql") for name in files), key=_order)
    )


def _order(name: str) -> tuple[str, int]:
    kind, _, number = name.partition("_")
    return kind, int(number or 1)


def _read(item: Traversable) -> str:
    return item.read_text(encoding="utf-8")
