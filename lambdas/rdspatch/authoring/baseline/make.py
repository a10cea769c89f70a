"""The baseline of a database: its text, and what it was found to make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.authoring.baseline.clean import clean
from rdspatch.authoring.baseline.details import major_version, read_details
from rdspatch.authoring.baseline.pg_dump import DumpFailed, dump, find_dumper
from rdspatch.authoring.baseline.settle import settle
from rdspatch.authoring.baseline.text import baseline_text, preamble
from rdspatch.authoring.baseline.via import Via
from rdspatch.authoring.ddl.script import Step, creation_steps
from rdspatch.authoring.parser import SqlSyntaxError
from rdspatch.authoring.proof.connection import Refused, connect
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.expectation import POPULATED
from rdspatch.core.schema import Effect, ObjectKind, Schema, effects_between
from rdspatch.core.settings import Tls
from rdspatch.engine.wording import in_expected_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.authoring.proof.scratch import ScratchServer
    from rdspatch.core.database_url import DatabaseUrl

_SHOWN_CHARACTERS = 120
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for a byte that belongs to no character; only a database of encoding SQL_ASCII has any."""
_VIEWS = (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A baseline that may be written."""

    text: str
    via: Via
    missing: tuple[str, ...] = ()
    """What it does not make as the database has it; one line each."""
    unproven: str = ""
    """Why the scratch server does not take it as a whole; nothing is known then of what it makes."""
    notes: tuple[str, ...] = ()


def make_baseline(
    url: DatabaseUrl, schema: Schema, server: ScratchServer, *, via: Via | None, search: str | None
) -> Baseline:
    """Write the statements that make a database's schema, and see on a scratch server what they make.

    Args:
        url: The database; it is only read.
        schema: Its snapshot.
        server: Where the statements are tried.
        via: Who writes them; None for `pg_dump` where one fits, and otherwise the snapshot.
        search: Where to look for `pg_dump`, as in the variable PATH.

    Raises:
        BadInput: `pg_dump` was asked for, and none fits or the one that does fails; or the schema cannot be written.
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    unreadable = [str(name) for name, properties in schema.objects.items() if _UNREADABLE in f"{name}{properties}"]
    if unreadable:
        what = f"has bytes that are no UTF-8, which a baseline cannot hold, in {', '.join(unreadable)}"
        raise BadInput([Problem(where="--database", what=what, instead="rename or drop them, or convert the database")])
    notes: tuple[str, ...] = ()
    if via is not Via.SNAPSHOT:
        try:
            return _checked(schema, server, Via.PG_DUMP, [*preamble(schema), *clean(_dumped(url, search))], ())
        except (DumpFailed, SqlSyntaxError) as error:
            if via is Via.PG_DUMP:
                instead = "leave --via out: then the snapshot of the schema is written"
                raise BadInput([Problem(where="pg_dump", what=str(error), instead=instead)]) from None
            notes = (f"written from the snapshot of the schema, since pg_dump could not: {error}",)
    return replace(_from_snapshot(url, schema, server), notes=notes)


def _dumped(url: DatabaseUrl, search: str | None) -> str:
    connection = connect(url)
    try:
        major = major_version(connection)
    finally:
        connection.close()
    found = find_dumper(url.settings.tls, major, search)
    if found is None:
        able = " that speaks TLS" if url.settings.tls is Tls.VERIFY_FULL else ""
        raise DumpFailed(f"there is none of version {major} or newer{able} on this machine")
    return dump(found, url)


def _from_snapshot(url: DatabaseUrl, schema: Schema, server: ScratchServer) -> Baseline:
    connection = connect(url)
    try:
        details = read_details(connection)
    finally:
        connection.close()
    steps = creation_steps(_with_queries(schema, details.views), details.columns)
    with server.database(for_patches=False) as scratch, scratch.connect_as_given() as trial:
        settled = settle(trial, [*map(Step, preamble(schema)), *steps])
    refused = [f"{' '.join(sql.split())[:_SHOWN_CHARACTERS]}: {why}" for sql, why in settled.refused]
    return _checked(schema, server, Via.SNAPSHOT, settled.statements, refused)


def _checked(
    schema: Schema, server: ScratchServer, via: Via, statements: Sequence[str], refused: Sequence[str]
) -> Baseline:
    text = baseline_text(statements, ())
    try:
        made = _made(text, schema, server)
    except Refused as error:
        return Baseline(text=text, via=via, unproven=f"PostgreSQL {server.major}: {error}")
    missing = (*refused, *(_line(effect) for effect in effects_between(_definitions(made), _definitions(schema))))
    return Baseline(text=baseline_text(statements, missing), via=via, missing=missing)


def _made(text: str, schema: Schema, server: ScratchServer) -> Schema:
    """What the text makes, in the words of the database's schema."""
    with server.database(for_patches=False) as scratch:
        with scratch.connect_as_given() as connection:
            connection.execute(f"SET search_path = {', '.join(scratch.search_path)}")
            connection.execute(text)
        with scratch.as_given.runner() as runner:
            return in_expected_words(schema.objects, runner.session.read_schema(), runner.session)


def _definitions(schema: Schema) -> Schema:
    """What a baseline is for: no owners, no privileges, and no rows of a materialized view."""
    return Schema(
        {
            name: {key: value for key, value in it.items() if key != POPULATED}
            for name, it in schema.objects.items()
            if not name.kind.is_privileges
        }
    )


def _line(effect: Effect) -> str:
    if effect.before is None:
        return f"{effect.object}"
    if effect.after is None:
        return f"{effect.object} is too much"
    return str(effect).removeprefix("changes ")


def _with_queries(schema: Schema, views: Mapping[tuple[str, ...], str]) -> Schema:
    """The schema with the queries of its views as they have to be written."""
    objects = {
        name: {**properties, "definition": views[name.path]}
        if name.kind in _VIEWS and name.path in views
        else properties
        for name, properties in schema.objects.items()
    }
    return Schema(objects)
