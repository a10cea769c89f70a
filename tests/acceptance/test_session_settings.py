"""docs/settings.md judges every setting that a session can have on 14 to 18, and says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.connection import SESSION_SETTINGS
from rdspatch.adapters.postgres.pinned import set_statements
from rdspatch.authoring.postgres_releases import MAJORS, postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.errors import UnsupportedServer
from rdspatch.core.session_settings import CHECKED, PINNED, SET_BY_EACH_RUN, pinned_later, version_number
from rdspatch.engine.inspect import preflight
from tests.acceptance.target import new_run, open_target

if TYPE_CHECKING:
    from tests.acceptance.target import Target

_DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
_OF_A_SESSION = "context IN ('user', 'superuser', 'backend', 'superuser-backend')"
_NEWEST = 180_000


def _tables() -> dict[str, list[list[str]]]:
    """The rows of each section's table, cell by cell."""
    sections = re.split(r"^## ", _DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0]: [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in section.splitlines()
            if line.startswith("| `")
        ]
        for section in sections
    }


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _values(rows: list[list[str]]) -> dict[str, str]:
    return {_names(row[0])[0]: "" if row[1] == "empty" else row[1].strip("`") for row in rows}


def test_the_tables_of_the_document_say_what_the_code_does() -> None:
    tables = _tables()
    assert _values(tables["Pinned"]) == {**PINNED, **pinned_later(_NEWEST)}
    assert _values(tables["Checked"]) == dict(CHECKED)
    ours = {name for row in tables["Set by each run"] for name in _names(row[0])}
    assert ours == SET_BY_EACH_RUN
    assert set(SESSION_SETTINGS) - set(PINNED) <= ours


def test_no_setting_is_judged_twice() -> None:
    names = [name for rows in _tables().values() for row in rows for name in _names(row[0])]
    assert sorted(names) == sorted(set(names))


@pytest.mark.slow
@pytest.mark.parametrize("major", MAJORS)
def test_every_setting_of_a_server_is_judged_and_pinned_where_it_exists(major: int) -> None:
    judged = {name for rows in _tables().values() for row in rows for name in _names(row[0])}
    with EmbeddedPostgres(binaries=postgres_binaries(major)) as server:
        with server.connect() as connection:
            connection.run("LOAD 'plpgsql'")
            found = {name for (name,) in connection.run(f"SELECT name FROM pg_settings WHERE {_OF_A_SESSION}")}
            version = version_number(connection.run("SHOW server_version")[0][0])
            assert found - judged == set()
            for statement in set_statements({**PINNED, **pinned_later(version)}, scope=""):
                if "local_preload_libraries" not in statement:  # only at a session's start
                    connection.run(statement)
        assert {"TimeZone", *pinned_later(version)} <= found
        assert preflight(open_target(server.url("postgres")), new_run()).other_settings == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [("14.23", 140_023), ("15.18 (Debian 15.18-1)", 150_018), ("18beta1", 180_000), ("", 0)],
)
def test_a_version_is_read_from_what_a_server_says_of_itself(text: str, number: int) -> None:
    assert version_number(text) == number


@pytest.mark.parametrize(
    ("version", "names"),
    [
        (140_012, set()),
        (140_013, {"restrict_nonsystem_relation_kind"}),
        (150_007, set()),
        (160_003, {"createrole_self_grant", "icu_validation_level"}),
        (160_004, {"restrict_nonsystem_relation_kind", "createrole_self_grant", "icu_validation_level"}),
        (190_000, {"restrict_nonsystem_relation_kind", "createrole_self_grant", "icu_validation_level"}),
    ],
)
def test_a_server_is_sent_the_settings_that_it_knows(version: int, names: set[str]) -> None:
    assert set(pinned_later(version)) == names


HOSTILE = {
    "session_replication_role": "replica",
    "lo_compat_privileges": "on",
    "zero_damaged_pages": "on",
    "ignore_checksum_failure": "on",
    "plpgsql.variable_conflict": "use_column",
}


@pytest.mark.experiment("F55")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_setting_that_no_session_of_ours_can_change_stops_a_run_before_its_first_patch(
    target: Target, name: str
) -> None:
    database = target.value("SELECT current_database()")
    target.execute(f"ALTER DATABASE {database} SET {name} = '{HOSTILE[name]}'")
    with pytest.raises(UnsupportedServer, match=f"{name} is {HOSTILE[name]} and not {CHECKED[name]}"):
        preflight(target.database, new_run())
