"""What the doctor finds of certificates, on endpoints that speak TLS; a login is never begun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.doctor.finding import Finding, State
from rdspatch.core.settings import Authentication, DatabaseSettings, Tls
from rdspatch.engine.doctor import examine
from rdspatch.handlers.doctor_way import way_to_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.adapters.postgres.conftest import Authority, Endpoint


def examined(endpoint: Endpoint, bundle: str | None) -> Finding:
    """The finding about TLS; the endpoint has seen nothing but the request for it."""
    settings = DatabaseSettings(
        host="127.0.0.1",
        port=endpoint.port,
        name="app",
        authentication=Authentication.NONE,
        tls=Tls.VERIFY_FULL,
        ca_bundle=bundle,
    )
    found = examine(way_to_database(settings, SystemClock()), clock=SystemClock(), time=timedelta(minutes=1))
    endpoint.stop()
    assert endpoint.received == b""
    *before, tls = found
    assert [(finding.check, finding.state) for finding in before] == [
        (check, State.OK) for check in ("endpoint", "dns", "tcp")
    ]
    assert tls.check == "tls"
    return tls


def test_a_certificate_that_checks_out_is_told_with_version_issuer_and_the_day_it_expires(
    endpoint: Callable[..., Endpoint], authority: Authority
) -> None:
    tls = examined(endpoint(b"S", tls=authority.context(valid_days=90)), authority.bundle)
    expires = datetime.now(UTC) + timedelta(days=10)  # the authority's, which is the first
    assert tls.state is State.WARNING
    assert tls.what == (
        f"TLSv1.3, issued by test authority; the authority test authority expires {expires:%Y-%m-%d} (9 days left)"
    )


def test_a_certificate_that_expires_before_its_authority_is_the_one_that_is_named(
    endpoint: Callable[..., Endpoint], authority: Authority
) -> None:
    tls = examined(endpoint(b"S", tls=authority.context(valid_days=3)), authority.bundle)
    assert tls.state is State.WARNING
    assert "its certificate expires" in tls.what
    assert "(2 days left)" in tls.what


@pytest.mark.parametrize(
    ("address", "days", "known", "words"),
    [
        ("127.0.0.1", -1, True, "expired"),
        ("127.0.0.2", 90, True, "127.0.0.1"),
        ("127.0.0.1", 90, False, "does not check out"),
    ],
    ids=["expired", "for another host", "of an unknown authority"],
)
def test_a_certificate_that_does_not_check_out_is_a_problem_that_says_why(
    endpoint: Callable[..., Endpoint], authority: Authority, address: str, *, days: int, known: bool, words: str
) -> None:
    server = endpoint(b"S", tls=authority.context(address, valid_days=days))
    tls = examined(server, authority.bundle if known else None)
    assert tls.state is State.PROBLEM
    assert words in tls.what


def test_a_server_without_tls_is_told_from_something_that_is_no_postgresql(
    endpoint: Callable[..., Endpoint], authority: Authority
) -> None:
    assert "offers no TLS" in examined(endpoint(b"N"), authority.bundle).what
    assert "is not PostgreSQL" in examined(endpoint(b"HTTP/1.1 400"), authority.bundle).what


def test_authorities_that_cannot_be_read_are_named(endpoint: Callable[..., Endpoint]) -> None:
    assert "/nowhere/ca.pem cannot be read" in examined(endpoint(b"S"), "/nowhere/ca.pem").what
