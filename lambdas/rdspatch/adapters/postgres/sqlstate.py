"""The only module that knows SQLSTATEs: what each means to a run, and what of its message may be shown.

pg8000 raises one class for every error of the server, so classes say nothing; the code in the error response does.
Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from rdspatch.core.errors import (
    AccessDenied,
    DatabaseUnreachable,
    RdspatchError,
    UnsupportedServer,
)
from rdspatch.core.failure import FailureKind, SqlFailure
from rdspatch.core.schema import ObjectName

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN_LOCK_LOST = "RP001"
RUN_LOCK_LOST_TEXT = "the run lock is held by another session"
"""Raised by the fence at the head of each of our messages; a patch's ledger row says the same without a key."""
REPLAY_TOUCHES = "RP002"
"""Raised by the guard after a patch that was replayed; its message is a JSON array of names of objects, or null."""

LEDGER_NOT_OURS = "22012"
"""A division by zero: of our own statements, only the fence before what we read of the ledger, or make, divides."""

UNDEFINED_TABLE = "42P01"
UNDEFINED_COLUMN = "42703"
INVALID_SCHEMA = "3F000"
READ_ONLY = "25006"
READ_ONLY_TEXT = "the database is set to default_transaction_read_only"
INVALID_PARAMETER = "22023"
INSUFFICIENT_PRIVILEGE = "42501"
UNDEFINED_OBJECT = "42704"
IN_FAILED_TRANSACTION = "25P02"
"""For a whole message: the ROLLBACK after an earlier one did not get through, and nothing will."""

_KINDS = {
    "55P03": FailureKind.LOCK_TIMEOUT,
    "40P01": FailureKind.DEADLOCK,
    "57014": FailureKind.CANCELLED,
    INSUFFICIENT_PRIVILEGE: FailureKind.DENIED,
}
_ROUTINE_OF_ROW_SECURITY = "check_enable_rls"
"""Where the server refuses, with the SQLSTATE of a missing privilege, what a policy would filter."""
UNIQUE_VIOLATION = "23505"
_LEDGER_KEY = "ledger_pkey"
NOT_NULL_VIOLATION = "23502"
CHECK_VIOLATION = "23514"
EXCLUSION_VIOLATION = "23P01"
_FENCES = {"patch_id": (RUN_LOCK_LOST, RUN_LOCK_LOST_TEXT), "checksum": (READ_ONLY, READ_ONLY_TEXT)}
"""What a ledger row lacks when it may not be written, and what the fence would have raised."""

FEATURE_NOT_SUPPORTED = "0A000"
_LACKING = frozenset({FEATURE_NOT_SUPPORTED, UNDEFINED_OBJECT, "42883", "58P01"})
"""The others are an undefined function and an undefined file, such as an extension's control file."""

_LOGIN_REFUSED = frozenset({"28P01", "28000"})
_NO_SUCH_DATABASE = "3D000"

_QUOTED = re.compile(r"[\"'].*[\"']", re.DOTALL)
"""From the first quote to the last: a value may hold quotes of its own."""
_WITHHELD = "“…”"
_CLASSES_WITH_VALUES = ("22", "HV")
"""Data exceptions quote the value that was refused, which may be a row's."""
_NAME = re.compile(r"\"[^\"]*\"")
_CLASS_OF_CONSTRAINTS = "23"
"""Names constraints and tables only; the values are in DETAIL."""
_CLASS_OF_RAISED_TEXT = "P0"
_ROUTINE_OF_RAISE = "exec_stmt_raise"
"""Where PL/pgSQL's RAISE comes from, whatever SQLSTATE it was given."""


def classify(
    response: Mapping[str, str],
    *,
    sent: str,
    skipped: int,
    prefix: int,
    completed: int,
    start: int = 0,
    number: int = 0,
    statements: int | None = None,
) -> SqlFailure:
    """What an error response of the server means.

    Args:
        response: The fields of the error response by their one-letter names: C is the SQLSTATE, M the message,
            P the position in the text that was sent; s, t, c and n are schema, table, column and constraint.
        sent: The text that was sent; what the message quotes of it may be shown.
        skipped: Characters of our own before the patch's text.
        prefix: Statements of our own before the patch's first.
        completed: Statements that the server had completed when it answered; none when it could not read the text.
        start: Where in the patch's text the part that was sent begins.
        number: The number of that part's first statement.
        statements: How many statements that part has, where others of our own follow.

    Returns:
        The failure; DETAIL, HINT and context are left out, since they hold row data.
    """
    sqlstate = response.get("C", "")
    position = int(response["P"]) - 1 - skipped if response.get("P", "").isdigit() else -1
    is_ours = position < 0 and 0 < completed < prefix
    if is_ours and sqlstate == NOT_NULL_VIOLATION and _is_of_ledger(response) and response.get("c") in _FENCES:
        sqlstate, text = _FENCES[response["c"]]
        response = {"C": sqlstate, "M": text}
    if sqlstate == REPLAY_TOUCHES and statements is not None and completed >= prefix + statements:
        message = _touched(response.get("M", ""))
        return SqlFailure(kind=FailureKind.TOUCHES, sqlstate=sqlstate, message=message)
    return SqlFailure(
        kind=_kind(response, sqlstate, is_ours=is_ours),
        sqlstate=sqlstate,
        message=response.get("M", "") if is_ours else shown(response, sent),
        position=start + position if position >= 0 else None,
        statement=number + completed - prefix if completed >= prefix else None,
    )


def _kind(response: Mapping[str, str], sqlstate: str, *, is_ours: bool) -> FailureKind:
    if sqlstate == UNIQUE_VIOLATION and response.get("n") == _LEDGER_KEY and _is_of_ledger(response):
        return FailureKind.ALREADY_RECORDED
    if is_ours and sqlstate == RUN_LOCK_LOST:
        return FailureKind.RUN_LOCK_LOST
    if is_ours and sqlstate == LEDGER_NOT_OURS:
        return FailureKind.NOT_OURS
    kind = _KINDS.get(sqlstate, FailureKind.SQL)
    if kind is FailureKind.DENIED and response.get("R") == _ROUTINE_OF_ROW_SECURITY:
        return FailureKind.HIDDEN
    return FailureKind.LEDGER if is_ours and kind in (FailureKind.SQL, FailureKind.DENIED) else kind


def _is_of_ledger(response: Mapping[str, str]) -> bool:
    return (response.get("s"), response.get("t")) == ("rdspatch", "ledger")


def _touched(message: str) -> str:
    """What the guard of a replay names; parts of a table that is named as well are left out."""
    found = json.loads(message)
    if found is None:
        return "what is not seen, since the server's track_counts is off"
    names = sorted((ObjectName.from_json(name) for name in found), key=lambda name: name.sort_key)
    paths = {name.path for name in names}
    return ", ".join(str(name) for name in names if name.path == name.path[:2] or name.path[:2] not in paths)


def shown(response: Mapping[str, str], sent: str) -> str:
    """The server's message without values.

    Data exceptions quote values, RAISE may hold anything, and with dynamic SQL any error may name what a row held: so a
    quoted name is shown only when it stands in the text that was sent, or when a constraint was violated.
    """
    sqlstate, message = response.get("C", ""), response.get("M", "")
    if sqlstate.startswith(_CLASS_OF_RAISED_TEXT) or response.get("R") == _ROUTINE_OF_RAISE:
        return "the patch raised an exception (its text is in the server's log)"
    if sqlstate.startswith(_CLASSES_WITH_VALUES):
        return _QUOTED.sub(_WITHHELD, message)
    if sqlstate.startswith(_CLASS_OF_CONSTRAINTS):
        return message
    known = sent.casefold()
    return _NAME.sub(lambda name: name[0] if name[0][1:-1].casefold() in known else _WITHHELD, message)


def may_be_lacking(sqlstate: str) -> bool:
    """Whether a server that is better equipped might have taken the statement."""
    return sqlstate in _LACKING


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
    if sqlstate == UNDEFINED_OBJECT:  # a setting of the session's start
        return UnsupportedServer(f"{text}; PostgreSQL 14 or newer is needed, reached directly and not by a pooler")
    if sqlstate == FEATURE_NOT_SUPPORTED:  # a conversion to the client's encoding
        return UnsupportedServer(f"{text}; the database needs an encoding that PostgreSQL converts to UTF8")
    return DatabaseUnreachable(f"{text}; the server is there but takes no connection now")
