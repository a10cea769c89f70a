from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.database_url import DatabaseUrl, is_loopback, parse_database_url
from rdspatch.core.errors import BadSettings
from rdspatch.core.settings import Tls

SECRETS = st.text(st.characters(min_codepoint=33, exclude_categories=["C", "Z"]), min_size=1, max_size=12)


def refusal(url: str) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        parse_database_url(url)
    assert all(problem.where == "--database" for problem in caught.value.problems)
    return [str(problem).removeprefix("--database: ") for problem in caught.value.problems]


def parts(parsed: DatabaseUrl) -> tuple[object, ...]:
    return parsed.user, parsed.password, parsed.settings.host, parsed.settings.port, parsed.settings.name


@pytest.mark.parametrize(
    ("url", "expected", "tls"),
    [
        ("postgresql://me:pw@db.example:6432/mesh", ("me", "pw", "db.example", 6432, "mesh"), Tls.VERIFY_FULL),
        ("postgres://me@db.example/mesh", ("me", None, "db.example", 5432, "mesh"), Tls.VERIFY_FULL),
        (
            "postgresql://me:@DB.example/mesh?sslmode=verify-full",
            ("me", None, "DB.example", 5432, "mesh"),
            Tls.VERIFY_FULL,
        ),
        ("postgresql://me:p%40ss%2F%23@h/a%20b", ("me", "p@ss/#", "h", 5432, "a b"), Tls.VERIFY_FULL),
        ("postgresql://%C3%BC:pw@h/d", ("ü", "pw", "h", 5432, "d"), Tls.VERIFY_FULL),
        ("postgresql://me@[::1]:6432/d?sslmode=disable", ("me", None, "::1", 6432, "d"), Tls.LOOPBACK),
        ("postgresql://me@[::1]/d?sslmode=disable", ("me", None, "::1", 5432, "d"), Tls.LOOPBACK),
        ("postgresql://me@localhost/d?sslmode=disable", ("me", None, "localhost", 5432, "d"), Tls.LOOPBACK),
        ("postgresql://me@/d?host=/run/postgresql", ("me", None, "/run/postgresql", 5432, "d"), Tls.LOCAL_SOCKET),
        ("postgresql://me@/d?host=%2Frun&port=6432", ("me", None, "/run", 6432, "d"), Tls.LOCAL_SOCKET),
    ],
)
def test_a_url_says_where_the_database_is_and_who_logs_in(url: str, expected: tuple[object, ...], tls: Tls) -> None:
    parsed = parse_database_url(url)
    assert parts(parsed) == expected
    assert parsed.settings.tls is tls


def test_the_parameters_become_settings() -> None:
    url = "postgresql://me@h/d?owner_role=owner&search_path=app,%20public&sslrootcert=/opt/ca.pem"
    settings = parse_database_url(url).settings
    assert (settings.owner_role, settings.search_path, settings.ca_bundle) == (
        "owner",
        ("app", "public"),
        "/opt/ca.pem",
    )
    assert parse_database_url("postgresql://me@h/d").settings.search_path == ("public",)


def test_roles_that_are_trusted_are_listed() -> None:
    assert parse_database_url("postgresql://me@h/d").settings.trusted_roles == ()
    url = "postgresql://me@h/d?trusted_roles=meshapp,%20Audit%20Log,"
    assert parse_database_url(url).settings.trusted_roles == ("meshapp", "Audit Log")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://me@h/d", "is no PostgreSQL URL; write postgresql://user:password@host:port/name"),
        ("postgresql://me@/d", "names no host; write one, or ?host=/directory/of/the/socket"),
        ("postgresql://me@h", "names no database; write it after the host: /name"),
        ("postgresql://me@h/", "names no database"),
        ("postgresql://h/d", "names no user; write it before the host: user@"),
        ("postgresql://me@h:0/d", "has no number from 1 to 65535 as its port"),
        ("postgresql://me@h:65536/d", "has no number from 1 to 65535 as its port"),
        ("postgresql://me@h:abc/d", "has no number from 1 to 65535 as its port"),
        ("postgresql://me@h:²/d", "has no number from 1 to 65535 as its port"),
        ("postgresql://me@/d?host=/run&port=x", "has no number from 1 to 65535 as its port"),
        ("postgresql://me@a:1,b:2/d", "has no number from 1 to 65535 as its port"),
        ("postgresql://me@a,b/d", "names several hosts; write the one that takes writes"),
        ("postgresql://me@h/d?user=x", "has the unknown parameter 'user'; known are host, owner_role, port, search_"),
        ("postgresql://me@h/d?search_path=", "has '' in its search_path; list plain schema names"),
        ("postgresql://me@h/d?search_path=a;b", "has 'a;b' in its search_path"),
        ("postgresql://me@h/d%00user%00postgres", "holds a control character"),
        ("postgresql://m%0Ae@h/d", "holds a control character"),
        ("postgresql://me@h/d?owner_role=a%00b", "holds a control character"),
        ("postgresql://me@h/d?sslmode=disable", "asks for sslmode=disable to h; use verify-full"),
        ("postgresql://me@10.0.0.1/d?sslmode=disable", "asks for sslmode=disable to 10.0.0.1"),
        ("postgresql://me@localhost.evil.example/d?sslmode=disable", "asks for sslmode=disable to localhost.evil"),
        ("postgresql://me@h/d?sslmode=require", "asks for sslmode=require to h"),
        ("postgresql://me@localhost/d?sslmode=prefer", "asks for sslmode=prefer to localhost"),
        ("postgresql://me@h/d?sslmode=", "asks for sslmode= to h"),
    ],
)
def test_a_url_with_one_mistake_is_refused_with_what_to_write(url: str, expected: str) -> None:
    (problem,) = refusal(url)
    assert problem.startswith(expected)


def test_all_problems_of_a_url_are_reported_together() -> None:
    assert len(refusal("mysql://?sslmode=require&x=1")) == 6


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:pw/CANARY@h/d",
        "postgresql://me:pw?CANARY@h/d",
        "postgresql://me:pw#CANARY@h/d",
        "postgresql://me:pw[CANARY@h/d",
        "postgresql://me:pw]CANARY@h/d",
        "postgresql://me:CANARY℀@h/d",
        "me:CANARY@h/d",
        "postgresql://me:CANARY/d",
        "postgresql://me:CANARY",
        "postgresql://:CANARY@h:x/d?sslmode=require",
        "mysql://me:CANARY@h:x,y/?a=b",
    ],
)
def test_a_password_is_in_no_message_wherever_the_mistake_is(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        parse_database_url(url)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_password_is_in_no_repr() -> None:
    parsed = parse_database_url("postgresql://me:CANARY@h/d")
    assert parsed.password == "CANARY"
    assert "CANARY" not in repr(parsed)


@given(st.text(max_size=40) | st.builds("postgresql://{}:{}@{}/{}?{}".format, *[SECRETS] * 5))
def test_any_text_is_a_url_or_bad_settings(text: str) -> None:
    try:
        parsed = parse_database_url(text)
    except BadSettings:
        return
    assert parsed.user
    assert parsed.settings.host


@pytest.mark.parametrize(("host", "expected"), [("127.8.8.8", True), ("::1", True), ("10.0.0.1", False), ("db", False)])
def test_only_this_machine_is_loopback(host: str, expected: bool) -> None:  # noqa: FBT001 - a case
    assert is_loopback(host) is expected
