"""No call to AWS waits for a minute: who is silent is given up in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.cli import aws

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_SECONDS_AN_ATTEMPT = 10


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize(
    "client",
    [aws.dynamodb_client, lambda: aws.dynamodb_client(patient=False), aws.stepfunctions_client],
    ids=["audit", "a look at the audit", "answers"],
)
def test_each_attempt_of_a_client_is_bounded(client: Callable[[], object]) -> None:
    config = client().meta.config  # type: ignore[attr-defined] # every client of boto3 has it
    assert config.connect_timeout <= MOST_SECONDS_AN_ATTEMPT
    assert config.read_timeout <= MOST_SECONDS_AN_ATTEMPT
    assert 1 <= config.retries["total_max_attempts"] <= 4
