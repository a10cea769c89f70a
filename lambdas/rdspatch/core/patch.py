"""A patch: one reviewed SQL file, its identity, its directives and its checksum."""

from __future__ import annotations

import enum
import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta

FILE_NAME = re.compile(r"(?P<number>[0-9]{4,14})_(?P<slug>[a-z0-9_]{1,80})\.sql", re.ASCII)
MAX_FILE_BYTES = 5 * 1024 * 1024
"""A driver needs about 4.3 bytes of memory for each byte of SQL that it sends."""

DEFAULT_LOCK_TIMEOUT = timedelta(seconds=1)
DEFAULT_STATEMENT_TIMEOUT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, order=True)
class PatchId:
    """The number orders patches; number and slug together are the name in the ledger."""

    number: int
    slug: str
    stem: str = field(compare=False)

    def __str__(self) -> str:
        return self.stem

    @property
    def file_name(self) -> str:
        return f"{self.stem}.sql"

    @classmethod
    def from_file_name(cls, name: str) -> PatchId | None:
        """The identity that a file name stands for, or None when the name is not a patch's."""
        match = FILE_NAME.fullmatch(name)
        if match is None:
            return None
        return cls(int(match["number"]), match["slug"], name.removesuffix(".sql"))


class Transaction(enum.Enum):
    """How the statements of a patch share a transaction."""

    ONE = "one"
    """All statements and the ledger row commit together."""
    NONE = "none"
    """Statement by statement, each with a post-condition; for statements that PostgreSQL refuses in a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A hazard or lint rule that the author accepts, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """That queries of an earlier patch are not asked any more."""

    patch: str
    """Its name, or its number as the file name has it."""
    query: int | None = None
    """Which of its queries, from 1; None for all of them."""

    def __str__(self) -> str:
        return self.patch if self.query is None else f"{self.patch} {self.query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directives:
    """What the header comment of a patch says."""

    patch: str
    """One sentence for people: what this patch is for."""
    lock_timeout: timedelta = DEFAULT_LOCK_TIMEOUT
    """The longest time that any statement may wait in a lock queue, and so hold the application up."""
    statement_timeout: timedelta | None = None
    """The longest time that one statement may run; None means the default of the patch's kind."""
    transaction: Transaction = Transaction.ONE
    verify: tuple[str, ...] = ()
    """Queries that must each return one row with one true value after the patch."""
    retires: tuple[Retirement, ...] = ()
    """Which queries of earlier patches end with this one."""
    allow: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """The content of one patch file. What a database knows of it is an `AppliedPatch`."""

    id: PatchId
    sql: str
    """The file's text with line ends normalised to LF."""
    directives: Directives
    checksum: str
    """SHA-256 of the normalised text, in hexadecimal."""

    @property
    def name(self) -> str:
        return str(self.id)


def normalise(text: str) -> str:
    """The text with every line end as LF, so that a checkout on Windows has the same checksum."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def checksum(normalised: str) -> str:
    """SHA-256 of the text in hexadecimal."""
    return hashlib.sha256(normalised.encode("utf-8")).hexdigest()
