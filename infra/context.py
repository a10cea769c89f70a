"""Reads untrusted context: notes every problem with its place instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class BadContext(Exception):
    """The context in `cdk.json` (or from `-c`) cannot be used; carries every problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{len(self.problems)} problem(s) in the context:\n{listed}")


class Section:
    """One object of the context.

    Every getter returns a value of the right type also when it notes a problem, so that reading goes on;
    the values count only when `problems` stays empty.
    """

    def __init__(self, value: object, *, where: str, problems: list[str]) -> None:
        """Take `value`, which stands at `where` in the context."""
        self.where = where
        self.problems = problems
        self._asked: set[str] = set()
        self._values: dict[str, object] = {}
        if isinstance(value, Mapping):
            self._values = {str(key): item for key, item in value.items()}
        else:
            problems.append(f"{where}: is {_shown(value)}; write an object")

    def text(self, key: str, *, pattern: str = r"\S.*", default: str | None = None) -> str:
        """A string that matches `pattern` as a whole; required when `default` is None."""
        value = self._get(key, default)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            if value != default:
                self.note(key, f"is {_shown(value)}; write a string that matches {pattern}")
            return default or ""
        return value

    def optional_text(self, key: str, *, pattern: str = r"\S.*") -> str | None:
        """The same, None when the key is absent."""
        self._asked.add(key)
        return self.text(key, pattern=pattern) if key in self else None

    def number(self, key: str, *, lowest: int, highest: int, default: int) -> int:
        """An integer from `lowest` to `highest`."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.note(key, f"is {_shown(value)}; write an integer from {lowest} to {highest}")
            return default
        return value

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        value = self._get(key, default=False)
        if not isinstance(value, bool):
            self.note(key, f"is {_shown(value)}; write true or false")
            return False
        return value

    def is_false(self, key: str) -> bool:
        """Whether the key says false, where otherwise it would hold something else."""
        self._asked.add(key)
        return self._values.get(key) is False

    def texts(self, key: str, *, pattern: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of strings, each matching `pattern`; required, and not empty, when `default` is None."""
        value = self._get(key, default)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.note(key, f"is {_shown(value)}; write a list of strings")
            return ()
        if not value and default is None:
            self.note(key, "is empty; list at least one")
        wrong = [item for item in value if not isinstance(item, str) or not re.fullmatch(pattern, item)]
        for item in wrong:
            self.note(key, f"holds {_shown(item)}; write strings that match {pattern}")
        return tuple(str(item) for item in value)

    def section(self, key: str) -> Section:
        """The object under `key`; required."""
        value = self._get(key, None)
        missing = value is None  # already noted
        return Section({} if missing else value, where=f"{self.where}.{key}", problems=self.problems)

    def optional_section(self, key: str) -> Section:
        """The same, empty when the key is absent."""
        self._asked.add(key)
        return self.section(key) if key in self else Section({}, where=f"{self.where}.{key}", problems=self.problems)

    def refuse_unknown(self) -> None:
        """Note every key that nothing has asked for; call it last."""
        for key in self._values:
            if key not in self._asked:
                self.note(key, f"unknown key; known are {', '.join(sorted(self._asked))}")

    def note(self, key: str, problem: str) -> None:
        """Note a problem with one key."""
        self.problems.append(f"{self.where}.{key}: {problem}")

    def __contains__(self, key: str) -> bool:
        """Whether the context says anything about `key`."""
        return key in self._values

    def _get(self, key: str, default: object) -> object:
        self._asked.add(key)
        value = self._values.get(key, default)
        if key not in self._values and default is None:
            self.note(key, "is missing")
        elif value is None:
            self.note(key, "is null; leave the key out or give it a value")
        return value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"  # noqa: PLR2004 - a width for people
