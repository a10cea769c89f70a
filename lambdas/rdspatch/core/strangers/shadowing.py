"""Code of other roles that a name in a patch may mean, since a schema of the search path holds it.

PostgreSQL looks for the best match in every schema of the path: `split_part(varchar, text, int)` of anybody who may
create in `public` goes before the catalog's `split_part(text, text, int)`, and runs with the rights of the patches.
See https://www.postgresql.org/docs/current/typeconv-func.html and decision 0020.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import cached_property

from rdspatch.core.counted import counted

_MOST_NAMED = 5

# Repetitions have an end, so that no text takes longer than in proportion to its length.
_WORD = r"(?<![\w$])[^\W\d][\w$]*+"
_QUOTED = r'"((?:[^"]|""){1,200}+)"'
_GAP = r"(?>\s+|--[^\n]{0,200}+|/\*(?:[^*]|\*(?!/)){0,200}+\*/){0,20}+"
_WORDS, _QUOTED_NAMES = re.compile(_WORD), re.compile(_QUOTED)
# A quotation mark may stand alone in a comment, so words are words within quotation marks as well.
_CALLS = re.compile(rf'(?:({_WORD})"?{_GAP}\.{_GAP}"?)?({_WORD})"?{_GAP}\(')
_QUOTED_CALLS = re.compile(rf"(?:(?:{_QUOTED}|({_WORD})){_GAP}\.{_GAP})?{_QUOTED}{_GAP}\(")
_OPERATORS = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_OF_KEYWORDS = {
    **dict.fromkeys(("in", "case", "nullif", "distinct", "using", "natural"), ("=",)),
    "between": (">=", "<="),
    "like": ("~~", "!~~"),
    "ilike": ("~~*", "!~~*"),
    "similar": ("~", "!~"),
}
"""Operators that SQL has words for; they are looked up in the path like those that are written."""


class ShadowKind(enum.Enum):
    """What a name can mean that runs code."""

    FUNCTION = "function"
    """A function, a procedure or an aggregate."""
    OPERATOR = "operator"
    TYPE = "type"
    """A type whose check, default, range or cast calls somebody's function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """Something that runs the code of a role which cannot become the one that patches run as."""

    kind: ShadowKind
    schema: str
    name: str
    description: str
    """Its kind, qualified name and arguments, for people."""
    owner: str
    """Whose code it is."""
    on_path: bool
    """Whether its schema is one of the search path."""
    takes_row: bool = False
    """A function of one row: `t.name` calls it as well."""
    hides: bool = False
    """The catalog has something of this kind and name."""

    def __str__(self) -> str:
        return f"{self.description}, whose owner is {self.owner}"


class MentionedNames:
    """What a text may call: too much rather than too little.

    Nothing is left out for standing in a string, a comment or a body, since strings are executed and bodies are run. A
    name that is put together from pieces of itself is not found.
    """

    def __init__(self, sql: str) -> None:
        """Read a patch, with the queries in its header, or one query."""
        self._sql = sql

    def may_mean(self, shadow: Shadow) -> bool:
        """Whether one of the names may be resolved to it."""
        if not shadow.on_path and shadow.schema not in self._words:
            return False
        match shadow.kind:
            case ShadowKind.FUNCTION:
                called = (shadow.schema, shadow.name) in self._calls
                called |= shadow.on_path and ("", shadow.name) in self._calls
                # `t.name` calls a function of a row, and `EXECUTE format('SELECT %I(…)', 'name')` whatever it names.
                is_called_otherwise = shadow.takes_row or "execute" in self._words
                return called or (is_called_otherwise and shadow.name in self._words)
            case ShadowKind.OPERATOR:
                return shadow.name in self._implied or any(shadow.name in run for run in self._runs)
            case ShadowKind.TYPE:
                return shadow.name in self._words

    @cached_property
    def _words(self) -> frozenset[str]:
        found = _WORDS.findall(self._sql)
        return frozenset(found) | frozenset(map(str.lower, found)) | self._quoted

    @cached_property
    def _quoted(self) -> frozenset[str]:
        return frozenset(map(_unquoted, _QUOTED_NAMES.findall(self._sql)))

    @cached_property
    def _calls(self) -> frozenset[tuple[str, str]]:
        found = set(_CALLS.findall(self._sql))
        found |= {(schema.lower(), name.lower()) for schema, name in found}
        quoted = _QUOTED_CALLS.findall(self._sql)
        return frozenset(found | {(_unquoted(one) or other.lower(), _unquoted(name)) for one, other, name in quoted})

    @cached_property
    def _runs(self) -> frozenset[str]:
        """Operators without space between them: `a=-1` has `=` and `-`, and which belong together is the server's."""
        return frozenset(_OPERATORS.findall(self._sql))

    @cached_property
    def _implied(self) -> frozenset[str]:
        implied = {name for word, names in _OF_KEYWORDS.items() if word in self._words for name in names}
        return frozenset(implied | ({"<>"} if "!=" in self._sql else set()))


def shadowed(sql: str, shadows: tuple[Shadow, ...]) -> str:
    """Why a text must not run: what its names may mean; empty where nothing speaks against it.

    Args:
        sql: A patch with its header, or a query.
        shadows: What there is in the database.
    """
    if not shadows:
        return ""
    names = MentionedNames(sql)
    found = [shadow for shadow in shadows if names.may_mean(shadow)]
    if not found:
        return ""
    owners = ", ".join(sorted({shadow.owner for shadow in found}))
    return (
        f"it may call {_listed(found)}; code of others must not run with the rights of the patches: drop it, give it "
        f"to the role that patches run as (ALTER … OWNER TO …), or name in `trusted_roles`: {owners}"
    )


def _listed(shadows: list[Shadow]) -> str:
    rest = len(shadows) - _MOST_NAMED
    more = f" and {counted(rest, 'other', 'others')}" if rest > 0 else ""
    return ", ".join(map(str, shadows[:_MOST_NAMED])) + more


def _unquoted(name: str) -> str:
    return name.replace('""', '"')
