"""A hundred kinds of object on every server: no drift as they are, after dump and reload, nor against another version.

Each file of `battery` makes one kind of object; `-- since: 15` says which servers know it.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.postgres_releases import MAJORS, postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.lockfile import LockedBaseline, LockFile, read, render
from rdspatch.engine.drift import read_drift
from tests.acceptance.restored import restore
from tests.acceptance.target import new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.schema import Schema

pytestmark = pytest.mark.slow

FILES = sorted((Path(__file__).parent / "battery").glob("*.sql"))
NEWEST = MAJORS[-1]
HOSTILE = {
    "TimeZone": "Asia/Kolkata",
    "DateStyle": "German, DMY",
    "IntervalStyle": "iso_8601",
    "search_path": "b, public",
    "quote_all_identifiers": "on",
    "bytea_output": "escape",
    "extra_float_digits": "-5",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "escape_string_warning": "off",
    "xmlbinary": "hex",
    "xmloption": "document",
    "lc_monetary": "C",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "check_function_bodies": "off",
    "default_toast_compression": "pglz",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "client_min_messages": "error",
    "row_security": "off",
}
"""What `ALTER DATABASE … SET` may have left on a database."""
_CATALOG = """
SELECT 'relation ' || relkind::text || relpersistence::text FROM pg_class WHERE oid >= 16384 AND relkind <> 't'
UNION SELECT 'constraint ' || contype::text FROM pg_constraint WHERE oid >= 16384
UNION SELECT 'routine ' || prokind::text FROM pg_proc WHERE oid >= 16384
UNION SELECT 'type ' || typtype::text FROM pg_type WHERE oid >= 16384
UNION SELECT 'identity ' || attidentity::text FROM pg_attribute WHERE attrelid >= 16384 AND attidentity <> ''
UNION SELECT 'policy ' || polcmd::text FROM pg_policy
UNION SELECT 'partitioned by ' || partstrat::text FROM pg_partitioned_table
UNION SELECT 'trigger ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION SELECT 'method ' || a.amname FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam WHERE c.oid >= 16384
UNION SELECT 'rule ' || ev_type::text FROM pg_rewrite WHERE ev_class >= 16384
"""
KINDS = {
    "relation": "rp ru fp ip Ip vp mp Sp Su cp pp",
    "constraint": "c f p u x t",
    "routine": "f p a w",
    "type": "b c d e r m",
    "identity": "a d",
    "policy": "* r a d",
    "partitioned by": "r l h",
    "trigger": "O D A",
    "method": "btree hash gist gin spgist brin heap",
    "rule": "1 2 3 4",
}
"""What the catalogs tell apart; the battery has all of it."""


def battery(major: int) -> str:
    """The files that a server of this version knows."""
    texts = [file.read_text() for file in FILES]
    return "CREATE SCHEMA b;\n" + "".join(text for text in texts if _since(text) <= major)


def _since(text: str) -> int:
    found = re.match(r"-- since: (\d+)\n", text)
    return int(found[1]) if found else MAJORS[0]


@dataclass
class Servers:
    """A running server of each version that was asked for, with databases that hold the battery."""

    running: contextlib.ExitStack
    servers: dict[int, EmbeddedPostgres]
    schemas: dict[tuple[int, int], Schema]

    def of(self, major: int) -> EmbeddedPostgres:
        if major not in self.servers:
            server = EmbeddedPostgres(binaries=postgres_binaries(major))
            self.servers[major] = self.running.enter_context(server)
        return self.servers[major]

    def make(self, name: str, major: int, known: int) -> str:
        """A database with what servers of the version `known` know, made before its settings turned hostile."""
        server = self.of(major)
        server.create_database(name)
        with server.connect(name) as connection:
            connection.run(battery(known))
            turn_hostile(server, name)
        return server.url(name)

    def schema_of(self, major: int, known: int) -> Schema:
        """What a server says of what servers of the version `known` know."""
        if (major, known) not in self.schemas:
            name = f"source_{known}"
            session = open_target(self.make(name, major, known)).connect(new_run())
            self.schemas[major, known] = session.read_schema()
            session.close()
        return self.schemas[major, known]


def turn_hostile(server: EmbeddedPostgres, name: str) -> None:
    with server.connect() as connection:
        known = {row[0] for row in connection.run("SELECT name FROM pg_settings")}
        for setting, value in HOSTILE.items():
            assert setting in known
            connection.run(
                f"ALTER DATABASE {name} SET {setting} = {value if setting == 'search_path' else repr(value)}"
            )


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with contextlib.ExitStack() as running:
        yield Servers(running, {}, {})


def drift_of(expected: Schema, url: str) -> list[str]:
    """The differences between a baseline, as a lock file holds it, and a database."""
    written = LockFile(patches=(), baseline=LockedBaseline(checksum="0" * 64, schema=expected), server=NEWEST)
    session = open_target(url).connect(new_run())
    try:
        return [str(difference) for difference in read_drift(read(render(written), []), session).differences]
    finally:
        session.close()


@pytest.mark.parametrize("major", MAJORS)
def test_the_battery_has_no_drift_nor_has_a_copy_of_it(servers: Servers, major: int) -> None:
    server, expected = servers.of(major), servers.schema_of(major, major)
    assert drift_of(expected, server.url(f"source_{major}")) == []
    with server.connect() as connection:
        connection.run("CREATE DATABASE copy TEMPLATE template0")
    restore(server, f"source_{major}", server, "copy")
    turn_hostile(server, "copy")
    assert drift_of(expected, server.url("copy")) == []


@pytest.mark.parametrize("major", MAJORS[:-1])
def test_what_one_version_was_found_to_make_is_what_another_one_makes(servers: Servers, major: int) -> None:
    older, newer = servers.schema_of(major, major), servers.schema_of(NEWEST, major)
    assert drift_of(newer, servers.of(major).url(f"source_{major}")) == []
    assert drift_of(older, servers.of(NEWEST).url(f"source_{major}")) == []


def test_the_battery_holds_all_that_the_catalogs_tell_apart(servers: Servers) -> None:
    servers.schema_of(NEWEST, NEWEST)
    with servers.of(NEWEST).connect(f"source_{NEWEST}") as connection:
        found = {row[0] for row in connection.run(_CATALOG)}
    assert {f"{what} {kind}" for what, kinds in KINDS.items() for kind in kinds.split()} - found == set()
    assert len(FILES) > 100
