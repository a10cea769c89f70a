"""Every source of a login: the fake, a secret, an IAM token, and one that is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from rdspatch.adapters.aws_credentials import IamCredentials, SecretCredentials
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.core.errors import AccessDenied
from rdspatch.ports import Login
from rdspatch.testing import FakeCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.ports import Credentials

CANARY = "CANARY-s3cret"


@pytest.fixture(params=["fake", "secret", "iam", "given"])
def credentials(request: pytest.FixtureRequest) -> Iterator[Credentials]:
    with mock_aws():
        match request.param:
            case "fake":
                yield FakeCredentials([Login(user="patcher", password=CANARY)])
            case "secret":
                client = boto3.client("secretsmanager", region_name="eu-west-1")
                text = json.dumps({"engine": "postgres", "username": "patcher", "password": CANARY})
                yield SecretCredentials(client, client.create_secret(Name="mesh", SecretString=text)["ARN"])
            case "iam":
                yield IamCredentials(lambda: CANARY, "patcher")
            case _:
                yield GivenCredentials("patcher", CANARY)


def test_a_login_has_the_user_and_what_proves_it(credentials: Credentials) -> None:
    login = credentials.fetch()
    assert (login.user, login.password) == ("patcher", CANARY)


def test_a_login_can_be_fetched_again(credentials: Credentials) -> None:
    assert credentials.fetch() == credentials.fetch()


def test_what_proves_a_user_is_not_printed(credentials: Credentials) -> None:
    login = credentials.fetch()
    assert CANARY not in f"{login} {login!r} {[login]}"


def test_the_fake_follows_its_script_and_refuses_without_one() -> None:
    old, new = Login(user="patcher", password="old"), Login(user="patcher", password="new")
    fake = FakeCredentials([old, new])
    assert [fake.fetch() for _ in range(3)] == [old, new, new]
    with pytest.raises(AccessDenied):
        FakeCredentials().fetch()
