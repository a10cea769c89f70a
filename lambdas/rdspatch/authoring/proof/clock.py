"""Another day: a patch and the functions of its database, with every look at the clock sent to a clock of ours.

PostgreSQL reads the time of the machine, which no session can change, and `CURRENT_DATE` is no function that another
could stand before. So the words are replaced, in a copy that is thrown away, by calls of functions in the schema
`rdspatch`, whose names hold the replaced words: where such a call ends up in a stored expression, or in the body of a
function, the word is put back before schemas are compared. See decision 0018.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import identifier
from rdspatch.authoring.lock import lock
from rdspatch.core.schema import ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rdspatch.authoring.proof.computed import Computed
    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.core.lockfile import LockedPatch

SHIFT = "491 days 7 hours 13 minutes 11 seconds"
"""Another minute, hour, day of the week and of the month, month, quarter and year."""
_CALLS = ("now", "transaction_timestamp", "statement_timestamp", "clock_timestamp")
_KEYWORDS = {
    "current_date": "date",
    "current_time": "timetz",
    "current_timestamp": "timestamptz",
    "localtime": "time",
    "localtimestamp": "timestamp",
}
_RELATIVE = {"yesterday": "-1 day", "today": "0 days", "tomorrow": "1 day", "now": "0 days"}
_NOT_A_PART = r"(?<![\w$\".])"
_CALL = re.compile(rf"{_NOT_A_PART}(?P<word>(?:pg_catalog\.)?(?:{'|'.join(_CALLS)}))(?=\s*\()", re.IGNORECASE)
_KEYWORD = re.compile(
    rf"{_NOT_A_PART}(?P<word>{'|'.join(_KEYWORDS)})(?![\w$\"])(?P<precision>\s*\(\s*[0-6]\s*\))?", re.IGNORECASE
)
_TYPE = r"\b(?:date|time|timetz|timestamp|timestamptz)\b(?:\s+with(?:out)?\s+time\s+zone)?"
_WORD = rf"(?P<quotes>'{{1,2}})(?P<word>{'|'.join(_RELATIVE)})(?P=quotes)"
_CONSTANTS = (
    re.compile(rf"{_WORD}(?=\s*::\s*(?:pg_catalog\.)?{_TYPE})", re.IGNORECASE),
    re.compile(rf"(?P<before>{_TYPE}\s*){_WORD}", re.IGNORECASE),
    re.compile(rf"(?P<before>{_TYPE}(?:\s+NOT\s+NULL)?\s+DEFAULT\s+){_WORD}", re.IGNORECASE),
    re.compile(rf"(?P<before>\b(?:FROM|TO)\s*\(\s*){_WORD}(?=\s*\))", re.IGNORECASE),
)
_STORED_CALL = re.compile(r'rdspatch\."clock:(?P<word>[A-Za-z_.]+)"(?P<empty>\(\))?')
_STORED_NAME = re.compile(r'"?clock:(?P<word>[A-Za-z_.]+)"?')


def reads_clock(text: str) -> bool:
    """Whether code asks for the time."""
    return any(pattern.search(text) for pattern in (_CALL, _KEYWORD, *_CONSTANTS))


def stores_time(text: str) -> bool:
    """Whether it holds a constant such as `'today'::date`, of which the server stores the day that it is."""
    return any(pattern.search(text) for pattern in _CONSTANTS)


@dataclass(frozen=True, slots=True)
class Shifted:
    """A database whose functions see another time, and how a patch is to be written to see it too."""

    texts: tuple[str, ...]
    """What each relative word, such as `today`, stands for there; in the order of `_RELATIVE`."""

    def patch(self, locked: LockedPatch, computed: Computed) -> LockedPatch:
        """The patch as it would be on another day. Raises BadPatches when it is no SQL any more."""
        parts, end = [], 0
        for statement, is_computed in zip(locked.statements, computed.statements, strict=True):
            text = locked.text_of(statement)
            parts += [locked.patch.sql[end : statement.start], self.moved(text, calls=is_computed)]
            end = statement.end
        return lock([replace(locked.patch, sql="".join((*parts, locked.patch.sql[end:])))])[0]

    def moved(self, text: str, *, calls: bool = True) -> str:
        for pattern in _CONSTANTS:
            text = pattern.sub(self._constant, text)
        return _KEYWORD.sub(_keyword, _CALL.sub(_call, text)) if calls else text

    def _constant(self, match: re.Match[str]) -> str:
        days = dict(zip(_RELATIVE, self.texts, strict=True))
        quotes = match["quotes"]
        return f"{match.groupdict().get('before') or ''}{quotes}{days[match['word'].lower()]}{quotes}"


def shift_clock(connection: Connection, texts: Iterable[str]) -> Shifted:
    """Give a database a clock of its own, and send its functions there.

    Args:
        connection: To a copy that is thrown away, as the owner of its functions.
        texts: What will be sent there.
    """
    days = ", ".join(f"(now() + interval '{SHIFT}' + interval '{away}')::date::text" for away in _RELATIVE.values())
    shifted = Shifted(texts=tuple(connection.execute(f"SELECT {days}")[0]))
    functions = [definition for definition, source in connection.execute(_FUNCTIONS) if reads_clock(source)]
    for sql in _clock_functions([*texts, *functions]):
        connection.execute(sql)
    for definition in functions:
        connection.execute(shifted.moved(definition))
    return shifted


_FUNCTIONS = """
SELECT pg_catalog.pg_get_functiondef(p.oid), p.prosrc FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'rdspatch') AND p.prokind IN ('f', 'p')
  AND l.lanname IN ('sql', 'plpgsql')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                  AND d.objid = p.oid AND d.deptype = 'e')
"""


def _clock_functions(texts: Sequence[str]) -> Iterator[str]:
    calls = {match["word"] for text in texts for match in _CALL.finditer(text)}
    keywords = {match["word"] for text in texts for match in _KEYWORD.finditer(text)}
    for word in sorted(calls):
        yield _function(word, "", "timestamptz", f"pg_catalog.{word.rpartition('.')[2].lower()}()")
    for word in sorted(keywords):
        kind = _KEYWORDS[word.lower()]
        yield _function(word, "", kind, "pg_catalog.now()")
        yield _function(word, "integer", kind, "pg_catalog.now()")


def _function(word: str, argument: str, kind: str, real: str) -> str:
    volatility = "VOLATILE" if "clock" in word.lower() else "STABLE"
    name = identifier(f"clock:{word}")
    body = f"SELECT ({real} + interval '{SHIFT}')::{kind}"
    return (
        f"CREATE FUNCTION rdspatch.{name}({argument}) RETURNS {kind} {volatility} LANGUAGE sql AS $clock${body}$clock$"
    )


def _call(match: re.Match[str]) -> str:
    return f"rdspatch.{identifier('clock:' + match['word'])}"


def _keyword(match: re.Match[str]) -> str:
    return f"{_call(match)}{match['precision'] or '()'}"


def with_own_words(schema: Schema) -> Schema:
    """A schema that was made under another clock, as if it had been made under the server's."""
    return Schema(
        {
            ObjectName(name.kind, tuple(_restored(part) for part in name.path)): {
                key: _restored_value(value, verbatim=name.kind is ObjectKind.FUNCTION)
                for key, value in properties.items()
            }
            for name, properties in schema.objects.items()
        }
    )


def _restored_value(value: Any, *, verbatim: bool) -> Any:
    if isinstance(value, str):
        return _restored(value, verbatim=verbatim)
    if isinstance(value, list):
        return [_restored_value(item, verbatim=verbatim) for item in value]
    if isinstance(value, dict):
        return {key: _restored_value(item, verbatim=verbatim) for key, item in value.items()}
    return value


def _restored(text: str, *, verbatim: bool = False) -> str:
    if "clock:" not in text:
        return text

    def word(match: re.Match[str]) -> str:
        """The word as it was written, or as the server prints it."""
        own = match["word"]
        is_keyword = own.lower() in _KEYWORDS
        rest = "" if is_keyword else match["empty"] or ""
        if verbatim:
            return own + rest
        return (own.upper() if is_keyword else own.rpartition(".")[2].lower()) + rest

    return _STORED_NAME.sub(lambda match: match["word"].rpartition(".")[2].lower(), _STORED_CALL.sub(word, text))
