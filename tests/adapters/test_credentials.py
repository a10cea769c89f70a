"""Where logins come from: what goes wrong on the way, and that no secret shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.exceptions
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.adapters.aws_credentials import IamCredentials, SecretCredentials, parse_secret
from rdspatch.adapters.postgres.connection import open_connection
from rdspatch.core.errors import AccessDenied, DatabaseUnreachable
from rdspatch.core.settings import Authentication, DatabaseSettings, Tls
from rdspatch.handlers.wiring import credentials
from rdspatch.ports import Login
from rdspatch.testing import FakeCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mesh"
CANARY = "CANARY-s3cret"


@pytest.fixture
def aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that sign, without an account behind them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture
def client(aws_keys: None) -> SecretsManagerClient:
    _ = aws_keys
    return boto3.client("secretsmanager")


def test_a_secret_as_rds_writes_it_is_a_login() -> None:
    text = json.dumps({"engine": "postgres", "host": "h", "username": "me", "password": CANARY, "port": 5432})
    assert parse_secret(text, ARN) == Login(user="me", password=CANARY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANARY,
        f'"{CANARY}"',
        f'["me", "{CANARY}"]',
        f'{{"password": "{CANARY}"}}',
        f'{{"username": "{CANARY}"}}',
        f'{{"user": "me", "password": "{CANARY}"}}',
        f'{{"username": ["{CANARY}"], "password": "x"}}',
        f'{{"username": "me", "password": ["{CANARY}"]}}',
        f'{{"username": "me", "password": null, "x": "{CANARY}"}}',
        f'{{"username": "me", "password": "{CANARY}"',
        "[" * 100_000,
    ],
)
def test_a_secret_of_another_shape_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(AccessDenied) as caught:
        parse_secret(text, ARN)
    assert str(caught.value) == f"the secret {ARN} is not JSON with username and password, as RDS writes it"
    assert caught.value.__context__ is None


@given(st.text())
def test_any_text_is_a_login_or_access_denied(text: str) -> None:
    with pytest.raises(AccessDenied):
        parse_secret(text, ARN)


@pytest.mark.parametrize(
    ("code", "status", "expected", "message"),
    [
        ("ResourceNotFoundException", 400, AccessDenied, "cannot be read: ResourceNotFoundException; check that it"),
        ("AccessDeniedException", 400, AccessDenied, "cannot be read: AccessDeniedException; check that it exists and"),
        ("DecryptionFailure", 400, AccessDenied, "cannot be read: DecryptionFailure"),
        ("ThrottlingException", 400, DatabaseUnreachable, "Secrets Manager answered ThrottlingException; run again"),
        ("InternalServiceError", 500, DatabaseUnreachable, "Secrets Manager answered InternalServiceError"),
        ("ServiceUnavailable", 503, DatabaseUnreachable, "Secrets Manager answered ServiceUnavailable"),
    ],
)
def test_only_trouble_that_may_pass_is_worth_another_try(
    client: SecretsManagerClient, code: str, status: int, expected: type[Exception], message: str
) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error("get_secret_value", service_error_code=code, http_status_code=status)
        with pytest.raises(expected, match=message):
            SecretCredentials(client, ARN).fetch()


def test_a_secret_manager_out_of_reach_is_told_apart(
    client: SecretsManagerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> Any:
        raise botocore.exceptions.ConnectTimeoutError(endpoint_url="https://secretsmanager.example/")

    monkeypatch.setattr(client, "_make_api_call", down)
    with pytest.raises(DatabaseUnreachable, match=r"\(ConnectTimeoutError\); check the VPC endpoint"):
        SecretCredentials(client, ARN).fetch()


def iam_settings() -> DatabaseSettings:
    return DatabaseSettings(
        host="mesh.example",
        port=6432,
        name="mesh",
        authentication=Authentication.IAM,
        tls=Tls.VERIFY_FULL,
        user="patcher",
    )


@pytest.mark.usefixtures("aws_keys")
def test_an_iam_token_is_signed_on_this_machine_for_host_port_and_user() -> None:
    login = credentials(iam_settings()).fetch()
    assert login.user == "patcher"
    token = urlsplit(f"https://{login.password}")
    assert token.netloc == "mesh.example:6432"
    query = {name: values[0] for name, values in parse_qs(token.query).items()}
    assert (query["Action"], query["DBUser"], query["X-Amz-Expires"]) == ("connect", "patcher", "900")
    assert query["X-Amz-Credential"].startswith("AKIDEXAMPLE/")
    assert CANARY not in str(login.password)


def test_without_aws_credentials_no_token_is_signed() -> None:
    def generate_token() -> str:
        raise botocore.exceptions.NoCredentialsError

    with pytest.raises(AccessDenied, match="no IAM token could be signed: NoCredentialsError"):
        IamCredentials(generate_token, "patcher").fetch()


@pytest.fixture
def server_with_login(postgres_server: EmbeddedPostgres, database_name: str) -> Iterator[DatabaseSettings]:
    """A database whose role `rotating` shows a password."""
    postgres_server.create_role("rotating", "new")
    yield DatabaseSettings(
        host=str(postgres_server.socket_directory),
        port=postgres_server.port,
        name=database_name,
        authentication=Authentication.NONE,
        tls=Tls.LOCAL_SOCKET,
    )
    with postgres_server.connect() as connection:
        connection.run("DROP ROLE rotating")


def login(password: str) -> Login:
    return Login(user="rotating", password=password)


@pytest.mark.experiment("F51")
def test_a_login_refused_during_a_rotation_is_tried_again_with_the_new_secret(
    server_with_login: DatabaseSettings,
) -> None:
    source = FakeCredentials([login("old"), login("new")])
    open_connection(server_with_login, source, application="test").close()
    assert source.fetched == 2


@pytest.mark.experiment("F51")
def test_a_login_that_stays_wrong_is_refused_after_two_tries_and_the_password_stays_hidden(
    server_with_login: DatabaseSettings,
) -> None:
    source = FakeCredentials([login(CANARY)])
    with pytest.raises(AccessDenied, match=r"SQLSTATE 28P01\); check the login") as caught:
        open_connection(server_with_login, source, application="test")
    assert source.fetched == 2
    assert CANARY not in str(caught.value)
