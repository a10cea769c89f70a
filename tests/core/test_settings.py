from __future__ import annotations

from typing import Any

import pytest

from rdspatch.core.errors import BadSettings
from rdspatch.core.settings import Authentication, DatabaseSettings, HealthSettings, PatcherSettings, Tls

PATCHER = {
    "RDSPATCH_TARGET": "prod",
    "RDSPATCH_DATABASE_HOST": "mesh.c1abc.eu-west-1.rds.amazonaws.com",
    "RDSPATCH_DATABASE_NAME": "mesh",
    "RDSPATCH_DATABASE_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mesh",
    "RDSPATCH_AUDIT_TABLE": "audit",
}
SOCKET = {
    "RDSPATCH_DATABASE_HOST": "/run/postgresql",
    "RDSPATCH_DATABASE_TLS": "local-socket",
    "RDSPATCH_DATABASE_AUTH": "none",
    "RDSPATCH_DATABASE_USER": "postgres",
}
HEALTH = {"RDSPATCH_HEALTH_URL": "https://app.example/api/health"}
PROXY = "mesh.proxy-c1abc.eu-west-1.rds.amazonaws.com"


def patcher_problems(**changes: str | None) -> list[str]:
    return problems(PatcherSettings, PATCHER, changes)


def health_problems(**changes: str | None) -> list[str]:
    return problems(HealthSettings, HEALTH, changes)


def problems(kind: Any, good: dict[str, str], changes: dict[str, str | None]) -> list[str]:
    changed = {f"RDSPATCH_{name}": value for name, value in changes.items()}
    environment = {name: value for name, value in {**good, **changed}.items() if value is not None}
    with pytest.raises(BadSettings) as caught:
        kind.from_env(environment)
    return [str(problem) for problem in caught.value.problems]


def test_the_patcher_needs_five_settings_and_has_safe_defaults() -> None:
    assert PatcherSettings.from_env({**PATCHER, "PATH": "/bin", "AWS_REGION": "eu-west-1"}) == PatcherSettings(
        target="prod",
        database=DatabaseSettings(
            host="mesh.c1abc.eu-west-1.rds.amazonaws.com",
            port=5432,
            name="mesh",
            authentication=Authentication.SECRET,
            tls=Tls.VERIFY_FULL,
            secret_arn=PATCHER["RDSPATCH_DATABASE_SECRET_ARN"],
            search_path=("public",),
        ),
        patches=None,
        audit_table="audit",
        repair_limit=10,
    )


def test_every_setting_of_the_patcher_is_read() -> None:
    settings = PatcherSettings.from_env(
        PATCHER
        | {
            "RDSPATCH_DATABASE_PORT": "6432",
            "RDSPATCH_DATABASE_AUTH": "iam",
            "RDSPATCH_DATABASE_USER": " patcher ",
            "RDSPATCH_DATABASE_CA_BUNDLE": "/opt/ca.pem",
            "RDSPATCH_OWNER_ROLE": "mesh_owner",
            "RDSPATCH_SEARCH_PATH": "app, public",
            "RDSPATCH_TRUSTED_ROLES": "meshapp, Audit Log",
            "RDSPATCH_PATCHES": "/opt/patches",
            "RDSPATCH_REPAIR_LIMIT": "1000",
        }
    )
    assert (settings.patches, settings.repair_limit) == ("/opt/patches", 1000)
    assert settings.database.port == 6432
    assert settings.database.authentication is Authentication.IAM
    assert settings.database.user == "patcher"
    assert settings.database.ca_bundle == "/opt/ca.pem"
    assert settings.database.owner_role == "mesh_owner"
    assert settings.database.search_path == ("app", "public")
    assert settings.database.trusted_roles == ("meshapp", "Audit Log")


def test_a_socket_of_this_machine_may_go_without_tls_and_password() -> None:
    database = PatcherSettings.from_env(PATCHER | SOCKET).database
    assert (database.host, database.tls, database.authentication) == (
        "/run/postgresql",
        Tls.LOCAL_SOCKET,
        Authentication.NONE,
    )


@pytest.mark.parametrize(
    "host", ["10.0.0.5", "::1", "fe80::1", "db", "db_1.internal", "mesh.cluster-c1abc.eu-west-1.rds.amazonaws.com"]
)
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    assert PatcherSettings.from_env(PATCHER | {"RDSPATCH_DATABASE_HOST": host}).database.host == host


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"TARGET": None}, "RDSPATCH_TARGET: is missing"),
        ({"TARGET": "  "}, "RDSPATCH_TARGET: is missing"),
        ({"TARGET": "Prod"}, "RDSPATCH_TARGET: 'Prod' is not accepted; use a-z, 0-9 and -, starting with a letter"),
        ({"TARGET": "a" * 64}, f"RDSPATCH_TARGET: '{'a' * 64}' is not accepted; use a-z, 0-9 and -, starting"),
        ({"TARGET": "a#b"}, "RDSPATCH_TARGET: 'a#b' is not accepted"),
        ({"DATABASE_HOST": None}, "RDSPATCH_DATABASE_HOST: is missing"),
        ({"DATABASE_HOST": "/run"}, "RDSPATCH_DATABASE_HOST: is a socket directory, which has no TLS; set RDSPATCH_"),
        ({"DATABASE_HOST": "db:5432"}, "RDSPATCH_DATABASE_HOST: 'db:5432' is no host name; write it without scheme"),
        ({"DATABASE_HOST": "postgresql://db"}, "RDSPATCH_DATABASE_HOST: 'postgresql://db' is no host name"),
        ({"DATABASE_HOST": "a b"}, "RDSPATCH_DATABASE_HOST: 'a b' is no host name"),
        ({"DATABASE_HOST": PROXY}, "RDSPATCH_DATABASE_HOST: is an RDS Proxy, which breaks session locks and settings;"),
        ({"DATABASE_HOST": f"ro.endpoint.{PROXY}".upper()}, "RDSPATCH_DATABASE_HOST: is an RDS Proxy"),
        ({"DATABASE_NAME": None}, "RDSPATCH_DATABASE_NAME: is missing"),
        ({"DATABASE_PORT": "0"}, "RDSPATCH_DATABASE_PORT: '0' is not accepted; use a number from 1 to 65535"),
        ({"DATABASE_PORT": "65536"}, "RDSPATCH_DATABASE_PORT: '65536' is not accepted"),
        ({"DATABASE_PORT": "5432.5"}, "RDSPATCH_DATABASE_PORT: 5432.5 is not accepted; use a whole number"),
        ({"DATABASE_PORT": "five"}, "RDSPATCH_DATABASE_PORT: 'five' is not accepted"),
        ({"DATABASE_PORT": "5_432"}, "RDSPATCH_DATABASE_PORT: '5_432' is not accepted"),
        ({"DATABASE_PORT": "nan"}, "RDSPATCH_DATABASE_PORT: 'nan' is not accepted"),
        ({"DATABASE_PORT": "inf"}, "RDSPATCH_DATABASE_PORT: 'inf' is not accepted"),
        ({"DATABASE_PORT": "٥٤٣٢"}, "RDSPATCH_DATABASE_PORT: '٥٤٣٢' is not accepted"),
        ({"DATABASE_AUTH": "password"}, "RDSPATCH_DATABASE_AUTH: 'password' is not accepted; use one of secret, iam"),
        ({"DATABASE_AUTH": "none", "DATABASE_USER": "u"}, "RDSPATCH_DATABASE_AUTH: none is for a local socket only;"),
        ({"DATABASE_AUTH": "iam"}, "RDSPATCH_DATABASE_USER: is missing (DATABASE_AUTH is iam)"),
        ({"DATABASE_SECRET_ARN": None}, "RDSPATCH_DATABASE_SECRET_ARN: is missing (DATABASE_AUTH is secret)"),
        ({"DATABASE_TLS": "require"}, "RDSPATCH_DATABASE_TLS: 'require' is not accepted; use one of verify-full"),
        ({"DATABASE_TLS": "loopback"}, "RDSPATCH_DATABASE_TLS: loopback is for the command line only; use verify-full"),
        ({"DATABASE_TLS": "local-socket"}, "RDSPATCH_DATABASE_TLS: local-socket is for a socket directory only;"),
        ({"SEARCH_PATH": "app;drop"}, "RDSPATCH_SEARCH_PATH: 'app;drop' is not accepted; list plain schema names"),
        ({"SEARCH_PATH": '"$user"'}, "RDSPATCH_SEARCH_PATH: '\"$user\"' is not accepted"),
        ({"SEARCH_PATH": ","}, "RDSPATCH_SEARCH_PATH: names no schema; write public"),
        ({"AUDIT_TABLE": ""}, "RDSPATCH_AUDIT_TABLE: is missing"),
        ({"REPAIR_LIMIT": "0"}, "RDSPATCH_REPAIR_LIMIT: '0' is not accepted; use a number from 1 to 1000"),
        ({"REPAIR_LIMIT": "1001"}, "RDSPATCH_REPAIR_LIMIT: '1001' is not accepted"),
        ({"REPAIR_LIMIT": "2.5"}, "RDSPATCH_REPAIR_LIMIT: 2.5 is not accepted; use a whole number from 1 to 1000"),
        (
            {"DATABSE_PORT": "1"},
            "RDSPATCH_DATABSE_PORT: is no setting of this function; did you mean RDSPATCH_DATABASE_",
        ),
        ({"COLOUR": "blue"}, "RDSPATCH_COLOUR: is no setting of this function"),
        ({"HEALTH_URL": "http://x"}, "RDSPATCH_HEALTH_URL: is no setting of this function"),
    ],
)
def test_a_wrong_setting_of_the_patcher_is_named_with_what_to_write(
    changes: dict[str, str | None], expected: str
) -> None:
    (problem,) = patcher_problems(**changes)
    assert problem.startswith(expected)


def test_all_problems_of_the_patcher_are_reported_together() -> None:
    with pytest.raises(BadSettings) as caught:
        PatcherSettings.from_env({"RDSPATCH_DATABASE_PORT": "x", "RDSPATCH_NEW": "1"})
    wheres = [problem.where.removeprefix("RDSPATCH_") for problem in caught.value.problems]
    assert sorted(wheres) == [
        "AUDIT_TABLE",
        "DATABASE_HOST",
        "DATABASE_NAME",
        "DATABASE_PORT",
        "DATABASE_SECRET_ARN",
        "NEW",
        "TARGET",
    ]


def test_the_health_function_needs_one_setting() -> None:
    assert HealthSettings.from_env(HEALTH) == HealthSettings(
        url="https://app.example/api/health",
        smoke_paths=(),
        statuses=frozenset({"healthy", "ok"}),
        attempts=5,
        interval_seconds=5,
        timeout_seconds=5,
    )


def test_every_setting_of_the_health_function_is_read() -> None:
    settings = HealthSettings.from_env(
        HEALTH
        | {
            "RDSPATCH_HEALTH_SMOKE_PATHS": "/api/projects/1, /api/users?x=1,",
            "RDSPATCH_HEALTH_STATUSES": "UP, Green",
            "RDSPATCH_HEALTH_ATTEMPTS": "20",
            "RDSPATCH_HEALTH_INTERVAL_SECONDS": "0",
            "RDSPATCH_HEALTH_TIMEOUT_SECONDS": "2.5",
        }
    )
    assert settings.smoke_paths == ("/api/projects/1", "/api/users?x=1")
    assert settings.statuses == {"up", "green"}
    assert (settings.attempts, settings.interval_seconds, settings.timeout_seconds) == (20, 0, 2.5)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/api/health", "https://app.example:8443/h?deep=1", "http://[::1]:8000/", "HTTPS://app"]
)
def test_a_health_url_is_http_with_a_host(url: str) -> None:
    assert HealthSettings.from_env({"RDSPATCH_HEALTH_URL": url}).url == url


@pytest.mark.parametrize(
    "url",
    [
        "app.example/api/health",
        "ftp://app.example/",
        "file:///etc/passwd",
        "data:text/plain,healthy",
        "http://",
        "http:///api/health",
        "https://app.example:0/",
        "https://app.example:99999/",
        "https://app.example:x/",
        "https://[::1/",
        "https://app.example/a b",
        "https://app.example/\tx",
        "https://äpp.example/",
    ],
)
def test_any_other_health_url_is_refused(url: str) -> None:
    (problem,) = health_problems(HEALTH_URL=url)
    assert problem.startswith("RDSPATCH_HEALTH_URL: is no ")
    assert problem.endswith("; write https://host/api/health")


@pytest.mark.parametrize("user", ["me@", "me:CANARY@", ":CANARY@"])
def test_a_login_in_the_health_url_is_refused_and_not_repeated(user: str) -> None:
    (problem,) = health_problems(HEALTH_URL=f"https://{user}app.example/")
    assert problem == "RDSPATCH_HEALTH_URL: holds a user or password; leave them out"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"HEALTH_URL": None}, "RDSPATCH_HEALTH_URL: is missing"),
        ({"HEALTH_STATUSES": ","}, "RDSPATCH_HEALTH_STATUSES: names no status; write healthy,ok"),
        ({"HEALTH_SMOKE_PATHS": "api/projects"}, "RDSPATCH_HEALTH_SMOKE_PATHS: 'api/projects' is no path; write /api"),
        ({"HEALTH_SMOKE_PATHS": "//evil.example/"}, "RDSPATCH_HEALTH_SMOKE_PATHS: '//evil.example/' is no path"),
        ({"HEALTH_SMOKE_PATHS": "/ok,http://evil/"}, "RDSPATCH_HEALTH_SMOKE_PATHS: 'http://evil/' is no path"),
        ({"HEALTH_ATTEMPTS": "2.5"}, "RDSPATCH_HEALTH_ATTEMPTS: 2.5 is not accepted; use a whole number from 1 to 20"),
        ({"HEALTH_ATTEMPTS": "0"}, "RDSPATCH_HEALTH_ATTEMPTS: '0' is not accepted; use a number from 1 to 20"),
        ({"HEALTH_ATTEMPTS": "-1"}, "RDSPATCH_HEALTH_ATTEMPTS: '-1' is not accepted"),
        ({"HEALTH_ATTEMPTS": "21"}, "RDSPATCH_HEALTH_ATTEMPTS: '21' is not accepted"),
        ({"HEALTH_INTERVAL_SECONDS": "61"}, "RDSPATCH_HEALTH_INTERVAL_SECONDS: '61' is not accepted"),
        ({"HEALTH_INTERVAL_SECONDS": "5s"}, "RDSPATCH_HEALTH_INTERVAL_SECONDS: '5s' is not accepted"),
        ({"HEALTH_TIMEOUT_SECONDS": "0"}, "RDSPATCH_HEALTH_TIMEOUT_SECONDS: '0' is not accepted"),
        ({"HEALTH_TIMEOUT_SECONDS": "31"}, "RDSPATCH_HEALTH_TIMEOUT_SECONDS: '31' is not accepted"),
        ({"HEALTH_TIMEOUT_SECONDS": "1e1"}, "RDSPATCH_HEALTH_TIMEOUT_SECONDS: '1e1' is not accepted"),
        ({"HEALTH_URI": "x"}, "RDSPATCH_HEALTH_URI: is no setting of this function; did you mean RDSPATCH_HEALTH_URL?"),
        ({"DATABASE_HOST": "db"}, "RDSPATCH_DATABASE_HOST: is no setting of this function"),
    ],
)
def test_a_wrong_setting_of_the_health_function_is_named_with_what_to_write(
    changes: dict[str, str | None], expected: str
) -> None:
    (problem,) = health_problems(**changes)
    assert problem.startswith(expected)
