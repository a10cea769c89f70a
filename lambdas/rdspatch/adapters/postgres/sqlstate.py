"""The only module that knows SQLSTATEs: what each means to a run, and what of its message may be shown.

pg8000 raises one class for every error of the server, so classes say nothing; the code in the error response does.
Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.core.errors import (
    AccessDenied,
    DatabaseUnreachable,
    RdspatchError,
    UnsupportedServer,
)
from rdspatch.core.failure import FailureKind, SqlFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN_LOCK_LOST = "RP001"
"""Raised by the fence at the head of each of our messages."""

UNDEFINED_TABLE = "42P01"
UNDEFINED_COLUMN = "42703"
INVALID_SCHEMA = "3F000"
LOCK_NOT_AVAILABLE = "55P03"

_KINDS = {
    LOCK_NOT_AVAILABLE: FailureKind.LOCK_TIMEOUT,
    "40P01": FailureKind.DEADLOCK,
    "57014": FailureKind.CANCELLED,
    RUN_LOCK_LOST: FailureKind.RUN_LOCK_LOST,
    "42501": FailureKind.DENIED,
}
_UNIQUE_VIOLATION = "23505"
_LEDGER_KEY = "ledger_pkey"

_LOGIN_REFUSED = frozenset({"28P01", "28000"})
_NO_SUCH_DATABASE = "3D000"
_UNKNOWN_SETTING = "42704"

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_WITHHELD = "“…”"
_CLASSES_WITH_VALUES = ("22", "HV")
"""Data exceptions quote the value that was refused, which may be a row's."""
_CLASS_OF_RAISED_TEXT = "P0"


def classify(response: Mapping[str, str], *, skipped: int, prefix: int, completed: int) -> SqlFailure:
    """What an error response of the server means.

    Args:
        response: The fields of the error response by their one-letter names: C is the SQLSTATE, M the message,
            P the position in the text that was sent, n the constraint.
        skipped: Characters of our own before the patch's text.
        prefix: Statements of our own before the patch's first.
        completed: Statements that the server had completed when it answered.

    Returns:
        The failure; DETAIL, HINT and context are left out, since they hold row data.
    """
    sqlstate = response.get("C", "")
    kind = _KINDS.get(sqlstate, FailureKind.SQL)
    if sqlstate == _UNIQUE_VIOLATION and response.get("n") == _LEDGER_KEY and response.get("s") == "rdspatch":
        kind = FailureKind.ALREADY_RECORDED
    position = int(response["P"]) - 1 - skipped if response.get("P", "").isdigit() else -1
    return SqlFailure(
        kind=kind,
        sqlstate=sqlstate,
        message=shown(sqlstate, response.get("M", "")),
        position=position if position >= 0 else None,
        statement=completed - prefix if completed >= prefix else None,
    )


def shown(sqlstate: str, message: str) -> str:
    """The server's message without values: data exceptions quote them, RAISE may hold anything."""
    if sqlstate.startswith(_CLASS_OF_RAISED_TEXT):
        return "the patch raised an exception (its text is in the server's log)"
    if sqlstate.startswith(_CLASSES_WITH_VALUES):
        return _QUOTED.sub(_WITHHELD, message)
    return message


def is_login_refused(response: Mapping[str, str]) -> bool:
    """Whether the server refused user or password: worth one more try with a newly fetched secret."""
    return response.get("C") in _LOGIN_REFUSED


def connect_error(response: Mapping[str, str], where: str) -> RdspatchError:
    """The error for a connection that the server refused."""
    sqlstate, message = response.get("C", ""), response.get("M", "")
    text = f"{where}: {message} (SQLSTATE {sqlstate})"
    if sqlstate in _LOGIN_REFUSED:
        return AccessDenied(f"{text}; check the login, its grants and pg_hba")
    if sqlstate == _NO_SUCH_DATABASE:
        return AccessDenied(f"{text}; check RDSPATCH_DATABASE_NAME")
    if sqlstate == _UNKNOWN_SETTING:
        return UnsupportedServer(f"{text}; PostgreSQL 14 or newer is needed, reached directly and not by a pooler")
    return DatabaseUnreachable(f"{text}; the server is there but takes no connection now")
