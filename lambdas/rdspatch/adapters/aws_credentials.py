"""A database login that AWS gives: a Secrets Manager secret, or an IAM token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rdspatch.core.errors import AccessDenied, DatabaseUnreachable
from rdspatch.ports import Login

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

_THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"})
_SERVER_ERRORS = 500


class SecretCredentials:
    """A secret in the format that RDS writes: JSON with `username` and `password`.

    Nothing is kept between calls: after a rotation the next call gives the new password.
    """

    def __init__(self, client: SecretsManagerClient, secret_arn: str) -> None:
        self._client = client
        self._secret_arn = secret_arn

    def fetch(self) -> Login:
        """The secret's login.

        Raises:
            AccessDenied: The secret is not there, may not be read, or has another shape.
            DatabaseUnreachable: Secrets Manager did not answer; worth another try.
        """
        try:
            text = self._client.get_secret_value(SecretId=self._secret_arn).get("SecretString", "")
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "?")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in _THROTTLED or status >= _SERVER_ERRORS:
                raise DatabaseUnreachable(f"Secrets Manager answered {code}; run again") from None
            why = f"cannot be read: {code}; check that it exists and that the function's role may read it"
            raise AccessDenied(f"the secret {self._secret_arn} {why}") from None
        except BotoCoreError as error:
            why = f"Secrets Manager cannot be reached ({type(error).__name__}); check the VPC endpoint"
            raise DatabaseUnreachable(why) from None
        return parse_secret(text, self._secret_arn)


def parse_secret(text: str, secret_arn: str) -> Login:
    """The login in a secret's text; the text itself is never part of an error.

    Raises:
        AccessDenied: It is no JSON object with a `username` and a `password`.
    """
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    user = document.get("username") if isinstance(document, dict) else None
    password = document.get("password") if isinstance(document, dict) else None
    if not isinstance(user, str) or not isinstance(password, str):
        raise AccessDenied(f"the secret {secret_arn} is not JSON with username and password, as RDS writes it")
    return Login(user=user, password=password)


class IamCredentials:
    """A token of 15 minutes, signed on this machine; PostgreSQL checks it when the connection is made."""

    def __init__(self, generate_token: Callable[[], str], user: str) -> None:
        self._generate_token = generate_token
        self._user = user

    def fetch(self) -> Login:
        """A fresh token. Raises AccessDenied when the function has no AWS credentials to sign it with."""
        try:
            return Login(user=self._user, password=self._generate_token())
        except BotoCoreError as error:
            raise AccessDenied(f"no IAM token could be signed: {type(error).__name__}") from None
