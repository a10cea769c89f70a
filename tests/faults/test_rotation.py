"""Logins that change while a run connects or is under way."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rdspatch.handlers import patcher
from tests.audit_table import REGION
from tests.faults.conftest import NAME
from tests.faults.scenario import USUAL, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.conftest import Place
    from tests.faults.world import World

pytestmark = pytest.mark.slow

OWNER, LOGINS = "app_owner", ("patcher_a", "patcher_b")
OWNED = Scenario(
    name="owned",
    baseline="".join(f"ALTER TABLE {table} OWNER TO {OWNER};" for table in ("things", "victim", "tally"))
    + f"GRANT CREATE ON SCHEMA public TO {OWNER};",
    effects=USUAL.effects,
)
_numbers = itertools.count(1)
MIDDLE = 15
"""The number of a message in the middle of apply."""


class Rotation:
    """Roles that may become the owner, and the secret that says who logs in."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._client = boto3.client("secretsmanager", region_name=REGION)
        self._arn = self._client.create_secret(Name=f"login-{next(_numbers)}", SecretString="{}")["ARN"]
        self.publish(LOGINS[0], "old")
        function = world.function
        function.monkeypatch.delenv("RDSPATCH_DATABASE_USER")
        function.setenv(DATABASE_AUTH="secret", DATABASE_SECRET_ARN=self._arn, OWNER_ROLE=OWNER)
        function.query(f"GRANT CREATE ON DATABASE {NAME} TO {OWNER}")
        for login in LOGINS:
            self.change(login, "old")

    def change(self, login: str, password: str) -> None:
        self._world.function.query(f"ALTER ROLE {login} PASSWORD '{password}'")

    def publish(self, login: str, password: str) -> None:
        self._client.put_secret_value(
            SecretId=self._arn, SecretString=json.dumps({"username": login, "password": password})
        )

    def publish_at_the_second_fetch(self, login: str, password: str) -> None:
        fetched: list[None] = []

        def note(**_: Any) -> None:
            fetched.append(None)
            if len(fetched) == 2:
                self.publish(login, password)

        credentials = patcher._ports().database._credentials  # type: ignore[attr-defined] # the real adapter
        credentials._client.meta.events.register("before-call.secretsmanager.GetSecretValue", note)

    def in_the_middle(self, do: Callable[[], None]) -> None:
        self._world.proxy.before_query = lambda number: do() if number == MIDDLE else None


@pytest.fixture(scope="session", autouse=True)
def roles(place: Place) -> None:
    with place.server.connect() as connection:
        connection.run(f"CREATE ROLE {OWNER}")
        for login in LOGINS:
            place.server.create_role(login, "old")
            connection.run(f"GRANT {OWNER} TO {login}")


def before_the_run(rotation: Rotation) -> None:
    rotation.change(LOGINS[0], "new")
    rotation.publish(LOGINS[0], "new")


def with_a_secret_that_lags(rotation: Rotation) -> None:
    rotation.change(LOGINS[0], "new")
    rotation.publish_at_the_second_fetch(LOGINS[0], "new")


def in_the_middle(rotation: Rotation) -> None:
    rotation.in_the_middle(lambda: before_the_run(rotation))


def to_the_other_user_in_the_middle(rotation: Rotation) -> None:
    def alternate() -> None:
        rotation.change(LOGINS[1], "new")
        rotation.publish(LOGINS[1], "new")
        rotation.change(LOGINS[0], "nobody knows")

    rotation.in_the_middle(alternate)


@pytest.mark.experiment("F51")
@pytest.mark.parametrize("scenario", [OWNED], ids=["owned"])
@pytest.mark.parametrize(
    "rotate", [before_the_run, with_a_secret_that_lags, in_the_middle, to_the_other_user_in_the_middle]
)
def test_a_run_outlives_a_rotation_and_the_owner_owns_what_it_made(
    world: World, expected: dict[str, Any], rotate: Callable[[Rotation], None]
) -> None:
    rotation = Rotation(world)
    world.function.setenv(DATABASE_HOST=str(world.proxy.directory))
    rotate(rotation)
    assert world.run() is None
    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname IN ('results', 'jobs', 'ledger')"
    assert world.function.query(owners) == [[OWNER]]
    world.settle(expected)
