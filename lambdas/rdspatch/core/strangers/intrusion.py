"""What strangers have at the ledger; a stranger is a role that cannot become the one that patches run as.

Whoever owns the ledger says what is applied, and runs code of their own whenever a row is written. See decision 0021.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.errors import LedgerUnusable
from rdspatch.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_NAMED = 3


class IntrusionKind(enum.Enum):
    """What it is."""

    NO_TABLE = "no table"
    """Something else under the name of one of the ledger's tables."""
    CHILD = "child"
    """A table whose rows are read with those of the ledger."""
    OWNER = "owner"
    CODE = "code"
    """A policy, a constraint, an index or statistics that call a stranger's function."""
    CODE_ON_WRITING = "code on writing"
    """A trigger or a default that does."""
    RULE = "rule"
    """A rule on one of the tables, whoever made it: what is written becomes something else."""
    EVENT_TRIGGER = "event trigger"
    """Whatever changes the schema, the ledger's own creation too, runs a stranger's function."""
    PRIVILEGE = "privilege"
    """A stranger may write, or create something beside it."""


_FIRST = tuple(IntrusionKind)
"""In this order they are told: what explains the most comes first."""
RUNS_ON_READING = (IntrusionKind.NO_TABLE, IntrusionKind.CHILD, IntrusionKind.RULE, IntrusionKind.CODE)
"""Because of these even a query may run code, or may not tell the truth; the others matter to whoever writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intrusion:
    """One thing that does not belong there."""

    kind: IntrusionKind
    object: str
    """Quoted as in SQL; where the kind of intrusion does not say what it is, with its own kind in front."""
    role: str
    """The stranger; empty where nobody's rights matter."""
    what: str
    """The privileges, the function, or what it is in place of a table."""

    @classmethod
    def from_json(cls, document: Sequence[str]) -> Intrusion:
        kind, name, role, what = document
        return cls(kind=IntrusionKind(kind), object=name, role=role, what=what)

    def __str__(self) -> str:
        """What is wrong, and what to do."""
        return printable(_SENTENCES[self.kind].format(object=self.object, role=self.role, what=self.what))


_CODE = (
    "{object} calls {what}, which belongs to {role}; drop it, give the function to the role that patches run as, or "
    "name {role} in trusted_roles"
)
_SENTENCES = {
    IntrusionKind.NO_TABLE: "{object} is a {what} and no table; restore the table from a backup: every patch would run "
    "again without it",
    IntrusionKind.CHILD: "the table {object} of {role} inherits from {what}, and its rows would be the ledger's; "
    "ALTER TABLE {object} NO INHERIT {what}",
    IntrusionKind.RULE: "the rule {object} makes something else of what is written; DROP RULE {object}",
    IntrusionKind.CODE: _CODE,
    IntrusionKind.CODE_ON_WRITING: _CODE,
    IntrusionKind.OWNER: "{role}, which cannot become the role that patches run as, owns {object}; let patches run as "
    "{role} (owner_role), give it to the role that they run as (ALTER … OWNER TO …), or name {role} in trusted_roles",
    IntrusionKind.PRIVILEGE: "{role} has {what} on {object}; REVOKE {what} ON {object} FROM {role}",
    IntrusionKind.EVENT_TRIGGER: "the event trigger {object} calls {what}, which belongs to {role}, whenever the "
    "schema is changed; disable it, give the function to the role that patches run as, or name {role} in trusted_roles",
}


def ledger_not_ours(intrusions: Iterable[Intrusion]) -> LedgerUnusable:
    """The error for a ledger that strangers have a hand in."""
    return LedgerUnusable(f"{told(intrusions)}. Nothing was changed")


def told(intrusions: Iterable[Intrusion]) -> str:
    """The first few of them, each with what to do, as the parts of one sentence."""
    found = sorted(intrusions, key=lambda intrusion: _FIRST.index(intrusion.kind))
    rest = len(found) - _MOST_NAMED
    more = [f"and {counted(rest, 'more thing', 'more things')} like that"] if rest > 0 else []
    return "; ".join([*map(str, found[:_MOST_NAMED]), *more])
