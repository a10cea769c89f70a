from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import BadSettings
from rdspatch.rehearsal.overrides import local_database, rds_secret, rdspatch_variables

if TYPE_CHECKING:
    from rdspatch.rehearsal.invocation import FunctionSpec


def variables(function: FunctionSpec, environment: dict[str, str]) -> dict[str, str]:
    return rdspatch_variables(
        dataclasses.replace(function, environment=environment),
        database=local_database("postgresql://rd:secret@/app?host=/run/pg&port=5433"),
        secret_arn="arn:secret",
        health_url="http://127.0.0.1:1/api/health",
        patches=Path("/patches"),
    )


def test_the_patcher_is_led_to_the_local_database_by_way_of_a_secret(worker: FunctionSpec) -> None:
    deployed = {"RDSPATCH_TARGET": "app", "RDSPATCH_DATABASE_HOST": "db.example.com"}
    assert variables(worker, deployed) == {
        "RDSPATCH_TARGET": "app",
        "RDSPATCH_DATABASE_HOST": "/run/pg",
        "RDSPATCH_DATABASE_PORT": "5433",
        "RDSPATCH_DATABASE_NAME": "app",
        "RDSPATCH_DATABASE_AUTH": "secret",
        "RDSPATCH_DATABASE_SECRET_ARN": "arn:secret",
        "RDSPATCH_DATABASE_TLS": "local-socket",
        "RDSPATCH_PATCHES": "/patches",
    }


def test_what_belongs_to_another_way_in_is_left_out(worker: FunctionSpec) -> None:
    deployed = {"RDSPATCH_DATABASE_HOST": "db", "RDSPATCH_DATABASE_USER": "u", "RDSPATCH_DATABASE_CA_BUNDLE": "/ca"}
    assert not {"RDSPATCH_DATABASE_USER", "RDSPATCH_DATABASE_CA_BUNDLE"} & set(variables(worker, deployed))


def test_a_function_without_a_database_gets_none(worker: FunctionSpec) -> None:
    deployed = {"RDSPATCH_HEALTH_URL": "https://app.example.com/api/health", "RDSPATCH_HEALTH_ATTEMPTS": "5"}
    assert variables(worker, deployed) == {
        "RDSPATCH_HEALTH_URL": "http://127.0.0.1:1/api/health",
        "RDSPATCH_HEALTH_ATTEMPTS": "5",
    }


def test_the_secret_has_the_format_of_rds() -> None:
    assert rds_secret(local_database("postgresql://rd:s%40@/app?host=/run/pg")) == {
        "engine": "postgres",
        "host": "/run/pg",
        "port": 5432,
        "dbname": "app",
        "username": "rd",
        "password": "s@",
    }


def test_a_database_over_a_network_is_refused() -> None:
    with pytest.raises(BadSettings, match=r"db\.example\.com"):
        local_database("postgresql://u:p@db.example.com/app")
