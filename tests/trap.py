"""What a stranger has put into the path of every database of the tests: functions that tell when a run calls them.

Their names are those that rdspatch's own SQL calls and the tests' patches do not. Some are doubles of the catalog's,
which are called where the path names `public` first; others fit an argument better than the catalog's, and are called
where `public` is in the path at all.

A test fails for what ran, and for nothing else: they answer as the catalog's do, and they are members of an extension,
which are no drift and not refused. The server's log keeps what they tell: it forgets nothing when a transaction is
rolled back, or when a database is dropped.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres

STRANGER: Final = "test_stranger"
SPRUNG: Final = "a run called code of a stranger:"
TRAPS: Final = f"""
CREATE EXTENSION IF NOT EXISTS plpgsql;
DO $traps$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.proname AS name, w.arguments, w.call, format_type(p.prorettype, NULL) AS result
        FROM (VALUES
            ('current_setting(text)', 'text', '$1'), ('current_setting(text)', 'name', '$1::text'),
            ('format_type(oid,integer)', 'oid, integer', '$1, $2'),
            ('format_type(oid,integer)', 'regtype, integer', '$1::oid, $2'),
            ('pg_get_indexdef(oid)', 'oid', '$1'), ('pg_get_indexdef(oid)', 'regclass', '$1::oid'),
            ('pg_try_advisory_xact_lock(integer,integer)', 'integer, integer', '$1, $2'),
            ('quote_ident(text)', 'text', '$1'), ('quote_ident(text)', 'name', '$1::text'),
            ('to_regclass(text)', 'text', '$1'), ('to_regclass(text)', 'name', '$1::text')
        ) AS w (original, arguments, call)
        JOIN pg_proc AS p ON p.oid = w.original::regprocedure
    LOOP
        EXECUTE format(
            'CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.name, f.arguments, f.result,
            'BEGIN IF pg_catalog.current_setting(''application_name'') OPERATOR(pg_catalog.~~) ''rdspatch%'' THEN '
            'RAISE LOG ''{SPRUNG} %'', ' || quote_literal(f.name) || '; END IF; '
            'RETURN pg_catalog.' || quote_ident(f.name) || '(' || f.call || '); END'
        );
        EXECUTE format('ALTER FUNCTION public.%I(%s) OWNER TO {STRANGER}', f.name, f.arguments);
        EXECUTE format('ALTER EXTENSION plpgsql ADD FUNCTION public.%I(%s)', f.name, f.arguments);
    END LOOP;
END
$traps$;
"""
"""For a database from whose schema `public` they, and the extension with them, were dropped."""


class Log:
    """A server's log, read on from where it was last left."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._path = server.socket_directory / "server.log"
        self._read = 0

    def sprung(self) -> list[str]:
        """What the traps have told since; nothing of a server that is gone with its log."""
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as log:
            log.seek(self._read)
            added = log.read()
            self._read += len(added)
            return [line for line in added.decode(errors="replace").splitlines() if f"LOG:  {SPRUNG}" in line]
        return []


_logs: list[Log] = []
_Server = TypeVar("_Server", bound="EmbeddedPostgres")


def trapped(server: _Server) -> _Server:
    """The server, with traps in each database that is made on it from now on."""
    with server.connect("template1") as connection:
        connection.run(f"CREATE ROLE {STRANGER}; {TRAPS}")
    return watched(server)


def watched(server: _Server) -> _Server:
    """The server, which has traps already, since it is the copy of one that has."""
    _logs.append(Log(server))
    return server


def sprung() -> list[str]:
    """What the traps of all servers have told since this was last asked."""
    return [line for log in _logs for line in log.sprung()]
