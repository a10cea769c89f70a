"""A text that a pattern of PostgreSQL matches: of LIKE, or a regular expression without look-around."""

from __future__ import annotations

import re
import string

_CLASSES = {
    "alpha": string.ascii_lowercase,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "digit": string.digits,
    "alnum": string.ascii_lowercase + string.digits,
    "xdigit": string.digits + "abcdef",
    "space": " ",
    "blank": " ",
    "punct": "-_.",
    "word": string.ascii_lowercase + string.digits,
}
_ESCAPES = {"d": string.digits, "w": _CLASSES["word"], "s": " ", "D": "a", "W": "-", "S": "a"}
_NOTHING_WIDE = frozenset("mMyYAZ<>")
"""Escapes that match a place and no character."""
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_ANY = string.ascii_lowercase + string.digits + string.ascii_uppercase + " -_.,:/@"
_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_MOST = 2_000
"""Characters that one part is repeated to, at most."""


class UnknownPattern(ValueError):
    """The pattern has something that is not known here."""


def matching(pattern: str, number: int) -> str:
    """A text that a regular expression matches from end to end; another one for another number, where it can be.

    Raises:
        UnknownPattern: It has look-around or back references, or is malformed.
    """
    reader = _Reader(re.sub(r"^(\*\*\*[:=]|\(\?[a-z]+\))", "", pattern), number)
    text = reader.alternatives()
    if reader.rest:
        raise UnknownPattern(pattern)
    return text


def alike(pattern: str, number: int) -> str:
    """A text that a pattern of LIKE matches."""
    text = re.sub(r"\\(.)|(%)|(_)", lambda m: m[1] or (f"x{number}" if m[2] else "x"), pattern, flags=re.DOTALL)
    return text.replace("\\", "")


class _Reader:
    """Reads a pattern and writes what it matches, in one go."""

    def __init__(self, pattern: str, number: int) -> None:
        self.rest = pattern
        self._number = number

    def alternatives(self) -> str:
        found = [self._sequence()]
        while self._take("|"):
            found.append(self._sequence())
        return found[(self._number - 1) % len(found)]

    def _sequence(self) -> str:
        text = ""
        while self.rest and self.rest[0] not in "|)":
            text += self._repeated(self._atom())
        return text

    def _repeated(self, choices: str | tuple[str, ...]) -> str:
        count = 1
        if self.rest[:1] in ("*", "+", "?") and self.rest:
            count = 0 if self.rest[0] == "?" else 1
            self.rest = self.rest[1:]
        elif found := _COUNT.match(self.rest):
            count = int(found[1])
            if count == 0 and (found[2] and found[3] != "0"):
                count = 1
            self.rest = self.rest[found.end() :]
        self._take("?")
        if count > _MOST:
            raise UnknownPattern(self.rest)
        return "".join(choices[(self._number + place) % len(choices)] for place in range(count)) if choices else ""

    def _atom(self) -> str | tuple[str, ...]:
        """What one of stands here; a tuple where one is no single character."""
        first, self.rest = self.rest[0], self.rest[1:]
        match first:
            case "^" | "$":
                return ""
            case ".":
                return string.ascii_lowercase
            case "[":
                return self._bracket()
            case "\\":
                return self._escape()
            case "(":
                return self._group()
            case "*" | "+" | "?" | "{":
                raise UnknownPattern(first + self.rest)
        return first

    def _group(self) -> tuple[str, ...]:
        if self.rest.startswith("?") and not self._take("?:"):
            raise UnknownPattern(self.rest)
        text = self.alternatives()
        if not self._take(")"):
            raise UnknownPattern(self.rest)
        return (text,)

    def _escape(self) -> str:
        if not self.rest:
            raise UnknownPattern("\\")
        letter, self.rest = self.rest[0], self.rest[1:]
        if letter in _NOTHING_WIDE:
            return ""
        if letter.isdigit():
            raise UnknownPattern(f"\\{letter}")
        return _ESCAPES.get(letter) or _CONTROL.get(letter) or letter

    def _bracket(self) -> str:
        is_negated = self._take("^")
        found = ""
        while self.rest and (self.rest[0] != "]" or not found):
            if named := re.match(r"\[:(\w+):\]", self.rest):
                found += _CLASSES.get(named[1], "")
                self.rest = self.rest[named.end() :]
                continue
            if ranged := re.match(r"([^\\\]])-([^\]\\])", self.rest):
                found += "".join(map(chr, range(ord(ranged[1]), min(ord(ranged[2]), ord(ranged[1]) + 200) + 1)))
                self.rest = self.rest[3:]
                continue
            first, self.rest = self.rest[0], self.rest[1:]
            found += self._escape() if first == "\\" else first
        if not self._take("]"):
            raise UnknownPattern("[")
        return "".join(c for c in _ANY if c not in found) or "\N{SECTION SIGN}" if is_negated else found

    def _take(self, text: str) -> bool:
        if not self.rest.startswith(text):
            return False
        self.rest = self.rest[len(text) :]
        return True
