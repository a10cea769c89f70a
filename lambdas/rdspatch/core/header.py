"""The header comment of a patch: `-- name: value` lines before the first statement."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.duration import parse_duration
from rdspatch.core.errors import Problem
from rdspatch.core.near_names import nearest_name
from rdspatch.core.patch import Allowance, Directives, Retirement, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DIRECTIVE = re.compile(r"-- (?P<name>[a-z][a-z-]*): (?P<value>\S.*)")
_NAMES_SOMETHING = re.compile(r"\s*--\s*(?P<name>[A-Za-z][A-Za-z_ -]*?)\s*[:=]\s*(?P<value>.*)")
_ALLOWANCE = re.compile(r"(?P<name>(?:squawk/)?[a-z][a-z0-9-]*) because (?P<reason>\S.{2,})")
_RETIREMENT = re.compile(r"(?P<patch>[0-9]{4,14}(?:_[a-z0-9_]{1,80})?)(?: (?P<query>[1-9][0-9]{0,3}))?")

MAX_LOCK_TIMEOUT = timedelta(seconds=10)
MAX_STATEMENT_TIMEOUT = timedelta(minutes=14)
"""A Lambda function ends after 15 minutes; the server must stop first."""
MAX_SENTENCE_CHARACTERS = 200


@dataclass(slots=True)
class _Draft:
    """Directives as they are read; the parsers below fill it in."""

    patch: str | None = None
    lock_timeout: timedelta | None = None
    statement_timeout: timedelta | None = None
    transaction: Transaction | None = None
    verify: list[str] = field(default_factory=list)
    retires: list[Retirement] = field(default_factory=list)
    allow: list[Allowance] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Refusal:
    what: str
    instead: str


def parse_header(file_name: str, text: str) -> tuple[Directives, tuple[Problem, ...]]:
    """Read the directives of a patch.

    Args:
        file_name: For the problems' places.
        text: The whole patch with LF line ends.

    Returns:
        The directives (with defaults where a line was unusable) and every problem found.
    """
    draft = _Draft()
    problems: list[Problem] = []
    seen: set[str] = set()
    comments = tuple(_comment_lines(text))
    has_sentence = any(in_header and line.startswith("-- patch: ") for _, line, in_header in comments)
    for number, line, in_header in comments:
        refusal = _read_line(draft, seen, line, has_sentence=has_sentence) if in_header else _misplaced(line)
        if refusal is not None:
            problems.append(
                Problem(where=f"{file_name}:{number}", what=refusal.what, instead=refusal.instead),
            )
    if draft.patch is None and "patch" not in seen:
        problems.append(
            Problem(
                where=f"{file_name}:1",
                what="the directive `patch` is missing",
                instead="write `-- patch: One sentence that says what this is for.` as the first line",
            ),
        )
    return _finish(draft), tuple(problems)


def _comment_lines(text: str) -> Iterator[tuple[int, str, bool]]:
    in_header = True
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        is_comment = stripped.startswith("--")
        in_header = in_header and (is_comment or not stripped)
        if is_comment:
            yield number, line.rstrip(), in_header


def _read_line(draft: _Draft, seen: set[str], line: str, *, has_sentence: bool) -> _Refusal | None:
    candidate = _NAMES_SOMETHING.match(line)
    if candidate is None:
        return None
    name = candidate["name"]
    match = _DIRECTIVE.fullmatch(line)
    if match is None or name not in _PARSERS:
        return _nearly(name, line.strip(), candidate["value"].strip(), has_sentence=has_sentence)
    if name in seen and name not in _REPEATABLE:
        return _Refusal(f"directive `{name}` is given twice", "keep one of them")
    seen.add(name)
    complaint = _PARSERS[name](draft, match["value"].strip())
    return None if complaint is None else _Refusal(complaint, f"write `{_EXAMPLES[name]}`")


def _nearly(name: str, line: str, value: str, *, has_sentence: bool) -> _Refusal | None:
    """What is wrong with a comment that is no directive, where one was meant; any other comment is left alone."""
    plain = _plain(name)
    if name in _PARSERS or (plain in _PARSERS and _is_meant(plain, value, has_sentence=has_sentence)):
        return _Refusal(f"malformed directive `{line}`", f"write `{_EXAMPLES[plain]}`")
    meant = nearest_name(plain, _PARSERS)
    if meant is not None and _is_meant(meant, value, has_sentence=has_sentence):
        return _Refusal(f"unknown directive `{name}`", f"write `{meant}`, or put prose into a /* comment */")
    if "timeout" in plain.split("-") and parse_duration(value) is not None:
        known = ", ".join(sorted(_PARSERS))
        return _Refusal(f"unknown directive `{name}`", f"known are {known}; put prose into a /* comment */")
    return None


def _is_meant(directive: str, value: str, *, has_sentence: bool) -> bool:
    looks_right = _ORDINARY_WORDS.get(directive)
    return (looks_right is None or bool(looks_right(value))) and not (directive == "patch" and has_sentence)


def _misplaced(line: str) -> _Refusal | None:
    match = _NAMES_SOMETHING.match(line)
    name = _plain(match["name"]) if match else ""
    if name not in _PARSERS:
        return None
    return _Refusal(f"directive `{name}` below the header has no effect", "move it to the top of the file")


def _plain(name: str) -> str:
    return "-".join(re.split(r"[ _-]+", name.lower()))


def _patch(draft: _Draft, value: str) -> str | None:
    if len(value) > MAX_SENTENCE_CHARACTERS:
        return f"the sentence has {len(value)} characters, more than {MAX_SENTENCE_CHARACTERS}"
    if not value.isprintable():
        return "the sentence holds characters that do not print"
    draft.patch = value
    return None


def _lock_timeout(draft: _Draft, value: str) -> str | None:
    draft.lock_timeout = parse_duration(value)
    return _complain("lock-timeout", value, draft.lock_timeout, MAX_LOCK_TIMEOUT)


def _statement_timeout(draft: _Draft, value: str) -> str | None:
    draft.statement_timeout = parse_duration(value)
    return _complain("statement-timeout", value, draft.statement_timeout, MAX_STATEMENT_TIMEOUT)


def _complain(name: str, value: str, duration: timedelta | None, limit: timedelta) -> str | None:
    if duration is None:
        return f"`{name}: {value}` is no duration above zero"
    if duration > limit:
        return f"`{name}: {value}` is more than {limit.total_seconds():g} s"
    return None


def _transaction(draft: _Draft, value: str) -> str | None:
    if value != Transaction.NONE.value:
        return f"`transaction: {value}` is unknown; without the directive a patch is one transaction"
    draft.transaction = Transaction.NONE
    return None


def _verify(draft: _Draft, value: str) -> str | None:
    draft.verify.append(value.removesuffix(";").rstrip())
    return None


def _retire_verify(draft: _Draft, value: str) -> str | None:
    match = _RETIREMENT.fullmatch(value)
    if match is None:
        return f"`retire-verify: {value}` names no patch"
    draft.retires.append(Retirement(patch=match["patch"], query=int(match["query"]) if match["query"] else None))
    return None


def _allow(draft: _Draft, value: str) -> str | None:
    match = _ALLOWANCE.fullmatch(value)
    if match is None:
        return f"`allow: {value}` gives no reason"
    draft.allow.append(Allowance(name=match["name"], reason=match["reason"]))
    return None


_PARSERS: dict[str, Callable[[_Draft, str], str | None]] = {
    "allow": _allow,
    "lock-timeout": _lock_timeout,
    "patch": _patch,
    "retire-verify": _retire_verify,
    "statement-timeout": _statement_timeout,
    "transaction": _transaction,
    "verify": _verify,
}
_REPEATABLE = frozenset({"allow", "retire-verify", "verify"})
_EXAMPLES = {
    "allow": "-- allow: drop-column because nothing reads it since release 41",
    "lock-timeout": "-- lock-timeout: 100ms",
    "patch": "-- patch: Remember which solver job produced each mesh result.",
    "retire-verify": "-- retire-verify: 0007_backfill",
    "statement-timeout": "-- statement-timeout: 1min",
    "transaction": "-- transaction: none",
    "verify": "-- verify: SELECT count(*) = 0 FROM users WHERE quota IS NULL",
}
_QUERY = re.compile(r"\(*\s*(select|with|values|table)\b", re.IGNORECASE)
_ORDINARY_WORDS: dict[str, Callable[[str], object]] = {
    "allow": _ALLOWANCE.fullmatch,
    "patch": bool,
    "transaction": re.compile("none", re.IGNORECASE).fullmatch,
    "verify": _QUERY.match,
}
"""Names that prose has too, or comes near (`Batch:`, `Path:`): there the value must look like the directive's."""


def _finish(draft: _Draft) -> Directives:
    defaults = Directives(patch=draft.patch or "")
    return Directives(
        patch=draft.patch or "",
        lock_timeout=draft.lock_timeout or defaults.lock_timeout,
        statement_timeout=draft.statement_timeout,
        transaction=draft.transaction or defaults.transaction,
        verify=tuple(draft.verify),
        retires=tuple(draft.retires),
        allow=tuple(draft.allow),
    )
