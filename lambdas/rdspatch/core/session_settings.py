"""The settings that decide what a statement means, and the values that every session of ours has.

A database, a role or a parameter group may set others; a patch would then mean something else there than in its proof.
docs/settings.md says what becomes of every other setting, and a test holds it against the servers of 14 to 18.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

PINNED: Final[Mapping[str, str]] = MappingProxyType(
    {
        # How texts are read, and values written.
        "standard_conforming_strings": "on",
        "backslash_quote": "safe_encoding",
        "escape_string_warning": "on",
        "array_nulls": "on",
        "transform_null_equals": "off",
        "TimeZone": "UTC",
        "timezone_abbreviations": "Default",
        "DateStyle": "ISO, MDY",
        "IntervalStyle": "postgres",
        "bytea_output": "hex",
        "extra_float_digits": "1",
        "xmlbinary": "base64",
        "xmloption": "content",
        "quote_all_identifiers": "off",
        "lc_monetary": "C",
        "lc_numeric": "C",
        "lc_time": "C",
        "default_text_search_config": "pg_catalog.english",
        # What a definition gets that does not say it itself.
        "default_tablespace": "",
        "temp_tablespaces": "",
        "default_table_access_method": "heap",
        "default_toast_compression": "pglz",
        "password_encryption": "scram-sha-256",
        # What is checked, and which rows are seen.
        "check_function_bodies": "on",
        "default_transaction_isolation": "read committed",
        "row_security": "on",
        "gin_fuzzy_search_limit": "0",
        "exit_on_error": "off",
        "plpgsql.check_asserts": "on",
        "plpgsql.extra_errors": "none",
        "plpgsql.extra_warnings": "none",
        "plpgsql.print_strict_params": "off",
        # Code that runs with every statement.
        "local_preload_libraries": "",
    }
)
"""Sent in the startup packet, so that `RESET ALL` goes back to them; every user may set them on 14 and newer."""

_LATER: Final = (
    ("restrict_nonsystem_relation_kind", "", (140_013, 150_008, 160_004)),
    ("createrole_self_grant", "", (160_000,)),
    ("icu_validation_level", "warning", (160_000,)),
)
"""Settings that an older server does not know, with the first minor version of each major one that does."""

PINNED_LATER: Final = frozenset(name for name, *_ in _LATER)

SET_BY_EACH_RUN: Final = frozenset(
    {
        "search_path",
        "lock_timeout",
        "statement_timeout",
        "client_encoding",
        "client_min_messages",
        "application_name",
        "client_connection_check_interval",
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "tcp_keepalives_count",
        "tcp_user_timeout",
        "idle_session_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_isolation",
        "transaction_read_only",
        "transaction_deferrable",
    }
)
"""What a session or a message of ours sets beside these, for reasons of its own."""

CHECKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "session_replication_role": "origin",
        "lo_compat_privileges": "off",
        "event_triggers": "on",
        "zero_damaged_pages": "off",
        "ignore_checksum_failure": "off",
        "plpgsql.variable_conflict": "error",
    }
)
"""Settings that only a superuser may set: a session of ours cannot, and a run does not begin with others."""

_VERSION = re.compile(r"(?P<major>\d+)(?:\.(?P<minor>\d+))?")


def version_number(server_version: str) -> int:
    """`server_version_num` for what a server says of its version at the start of a session, `16.4 (Debian …)`."""
    found = _VERSION.match(server_version)
    return int(found["major"]) * 10_000 + int(found["minor"] or 0) if found else 0


def pinned_later(version: int) -> Mapping[str, str]:
    """What a server of this version knows and 14.0 does not; sent with each message, since a start would be refused."""
    return {name: value for name, value, since in _LATER if _knows(version, since)}


def _knows(version: int, since: tuple[int, ...]) -> bool:
    same = [first for first in since if first // 10_000 == version // 10_000]
    return version >= (same[0] if same else since[-1])


def trouble_with(found: Mapping[str, str]) -> Problem | None:
    """Why a run does not begin where settings have other values than those above.

    Args:
        found: The settings that have, with their values.
    """
    lost = [f"{name} is {value or 'empty'}" for name, value in found.items() if name in PINNED]
    if lost:
        what = (
            f"settings of a session's start do not arrive ({', '.join(lost)}), and patches would mean something else "
            "than they were proven to"
        )
        return Problem(where="the server", what=what, instead="connect to the server itself, not to a pooler")
    fixed = [f"{name} is {value} and not {CHECKED[name]}" for name, value in found.items()]
    if not fixed:
        return None
    what = (
        f"{', '.join(fixed)}: patches would mean something else than they were proven to, and only a superuser may set "
        "it"
    )
    instead = "reset it for the login and the database: ALTER ROLE … RESET, ALTER DATABASE … RESET, the parameter group"
    return Problem(where="the server", what=what, instead=instead)
