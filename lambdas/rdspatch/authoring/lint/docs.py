"""Writes `docs/rules`: a page for each rule from its row, its examples and what `rdspatch lint` says of them.

python -m rdspatch.authoring.lint.docs docs/rules
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.authoring.lint.examples import examples_of
from rdspatch.authoring.lint.formats.text import to_text
from rdspatch.authoring.lint.lint import lint
from rdspatch.authoring.lint.rules import RULE_GROUPS, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.lint.examples import Example
    from rdspatch.authoring.lint.rule import Rule

INDEX = "README.md"


def pages() -> dict[str, str]:
    """The text of every page by its path below `docs/rules`."""
    return {INDEX: _index(), **{f"{rule.id}.md": _page(rule) for rule in RULES}}


def write(directory: Path) -> int:
    """Write every page, remove those of rules that are gone, and say how many there are."""
    found = pages()
    for old in directory.rglob("*.md"):
        if old.relative_to(directory).as_posix() not in found:
            old.unlink()
    for name, text in found.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return len(found)


def _index() -> str:
    lines = [
        "# The rules of `rdspatch lint`",
        "",
        "Each page is written from the rule's row and its examples, with what the tool says of them.",
        "A patch accepts a finding by a line in its header: `-- allow: NAME because REASON`.",
        "A rule that squawk asks goes by the name behind the slash there.",
    ]
    for title, rules in RULE_GROUPS:
        lines += ["", f"## {title}", "", "| rule | severity | `allow` | found when |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.id}]({rule.id}.md) | {rule.severity.value} | {'yes' if rule.allowable else 'no'} "
            f"| {_in_a_cell(rule.condition)} |"
            for rule in rules
        ]
    return "\n".join(lines) + "\n"


def _page(rule: Rule) -> str:
    back = "../" * rule.id.count("/") + INDEX
    lines = [
        f"# {rule.id}",
        "",
        f"Severity: {rule.severity.value}. {_allowing(rule)}",
        "",
        f"**Found when** {rule.condition}.",
        "",
        f"**What happens.** {rule.effect}.",
        "",
        f"**Instead,** {rule.instead}.",
    ]
    for example in examples_of(rule):
        lines += ["", *_example(example)]
    return "\n".join([*lines, "", f"[All rules]({back})"]) + "\n"


def _allowing(rule: Rule) -> str:
    if not rule.allowable:
        return "Nothing allows it."
    return f"Accepted by `-- allow: {rule.id} because …` in the header of the patch."


def _example(example: Example) -> Iterator[str]:
    yield f"## {example.name.replace('_', ' ').capitalize()}"
    if example.baseline:
        yield from ("", "Before it:", "", "```sql", example.baseline.rstrip("\n"), "```")
        yield from ("", "The patch:")
    yield from ("", "```sql", example.sql.rstrip("\n"), "```", "")
    yield from ("```text", to_text(lint(example.directory()), directory="patches").rstrip("\n"), "```")


def _in_a_cell(clause: str) -> str:
    return clause.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]))} pages written\n")
