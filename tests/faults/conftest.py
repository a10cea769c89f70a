"""A target in a known state for each trial."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.proxy import Proxy
from tests.audit_table import audit_table
from tests.faults.scenario import BASELINE, USUAL, Scenario
from tests.faults.world import World, prints
from tests.handlers.function import Function
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

TEMPLATE, NAME = "faults_template", "faults"


class Place:
    """A server with the databases that trials start from, and the files of their patches."""

    def __init__(self, server: EmbeddedPostgres, files: Callable[[str], PatchDirectory]) -> None:
        self.server = server
        self._files = files
        self._known: dict[str, tuple[PatchDirectory, dict[str, Any]]] = {}

    def patch_files(self, scenario: Scenario) -> PatchDirectory:
        return self._of(scenario)[0]

    def expected(self, scenario: Scenario) -> dict[str, Any]:
        """What the patches make of the baseline when somebody types them in, without us."""
        return self._of(scenario)[1]

    def fresh(self, scenario: Scenario) -> None:
        self._create(NAME, template_of(scenario))

    def drop(self, name: str = NAME) -> None:
        with self.server.connect() as connection:
            connection.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _of(self, scenario: Scenario) -> tuple[PatchDirectory, dict[str, Any]]:
        if scenario.name not in self._known:
            directory = self._files(scenario.name)
            for name, sql in scenario.patches.items():
                directory.patch(name, sql, *scenario.directives_of(name))
            directory.lock()
            self._create(template_of(scenario), "template1")
            with self.server.connect(template_of(scenario)) as connection:
                connection.run(BASELINE + scenario.baseline)
            self._known[scenario.name] = (directory, self._type_in(scenario))
        return self._known[scenario.name]

    def _type_in(self, scenario: Scenario) -> dict[str, Any]:
        name = f"{NAME}_expected"
        self._create(name, template_of(scenario))
        with self.server.connect(name) as connection:
            for statement in (
                scenario.afterwards,
                *(line for sql in scenario.patches.values() for line in sql.split("\n")),
            ):
                connection.run(statement or "SELECT 1")
            found = prints(connection.run)
        self.drop(name)
        return found

    def _create(self, name: str, template: str) -> None:
        self.drop(name)
        with self.server.connect() as connection:
            connection.run(f"CREATE DATABASE {name} TEMPLATE {template}")


def template_of(scenario: Scenario) -> str:
    return f"{TEMPLATE}_{scenario.name}"


def place_on(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(server, lambda name: PatchDirectory(tmp_path_factory.mktemp(f"faults_{name}") / "patches"))


@pytest.fixture(scope="session")
def place(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return place_on(postgres_server, tmp_path_factory)


@contextlib.contextmanager
def world_in(
    place: Place, scenario: Scenario, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    files = place.patch_files(scenario)
    place.fresh(scenario)
    socket = place.server.socket_directory / f".s.PGSQL.{place.server.port}"
    with audit_table(dynamodb) as table, Proxy(socket) as proxy:
        function = Function(server=place.server, database=NAME, patches=files, table=table, monkeypatch=monkeypatch)
        yield World(function=function, proxy=proxy, scenario=scenario)
    place.drop()


@pytest.fixture
def scenario() -> Scenario:
    """The patches of a test; one that has others parametrizes it."""
    return USUAL


@pytest.fixture
def world(
    place: Place, scenario: Scenario, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A database before its first patch, an empty audit, and a proxy in front of the server."""
    with world_in(place, scenario, dynamodb, monkeypatch) as opened:
        yield opened


@pytest.fixture
def expected(place: Place, scenario: Scenario) -> dict[str, Any]:
    return place.expected(scenario)
