"""No byte of SQL and no password to a server whose certificate does not check out."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres.connection import open_connection
from rdspatch.core.errors import AccessDenied, DatabaseUnreachable, InsecureConnection
from rdspatch.core.settings import Authentication, DatabaseSettings, Tls

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.adapters.postgres.conftest import Authority, Endpoint

PASSWORD = "canary-password"


def connect(endpoint: Endpoint, bundle: str | None, *, host: str = "127.0.0.1") -> None:
    settings = DatabaseSettings(
        host=host,
        port=endpoint.port,
        name="app",
        authentication=Authentication.NONE,
        tls=Tls.VERIFY_FULL,
        ca_bundle=bundle,
    )
    open_connection(settings, GivenCredentials("patcher", PASSWORD), application="rdspatch:test")


def test_a_certificate_that_checks_out_lets_the_login_through(
    endpoint: Callable[..., Endpoint], authority: Authority
) -> None:
    server = endpoint(b"S", tls=authority.context())
    with pytest.raises(AccessDenied, match="28P01"):
        connect(server, authority.bundle)
    assert b"patcher" in server.received


@pytest.mark.experiment("F40")
def test_a_server_that_answers_no_to_tls_is_sent_nothing(
    endpoint: Callable[..., Endpoint], authority: Authority
) -> None:
    server = endpoint(b"N")
    with pytest.raises(InsecureConnection, match="offers no TLS; nothing was sent"):
        connect(server, authority.bundle)
    server.stop()
    assert server.received == b""


@pytest.mark.experiment("F40")
def test_an_unknown_authority_is_refused(endpoint: Callable[..., Endpoint], authority: Authority) -> None:
    server = endpoint(b"S", tls=authority.context())
    with pytest.raises(InsecureConnection, match="does not check out"):
        connect(server, None)
    server.stop()
    assert server.received == b""


@pytest.mark.experiment("F40")
def test_a_certificate_for_another_host_is_refused(endpoint: Callable[..., Endpoint], authority: Authority) -> None:
    server = endpoint(b"S", tls=authority.context("127.0.0.2"))
    with pytest.raises(InsecureConnection, match=r"127\.0\.0\.1"):
        connect(server, authority.bundle)
    server.stop()
    assert server.received == b""


@pytest.mark.experiment("F40")
def test_an_expired_certificate_is_refused(endpoint: Callable[..., Endpoint], authority: Authority) -> None:
    server = endpoint(b"S", tls=authority.context(valid_days=-1))
    with pytest.raises(InsecureConnection, match="expired"):
        connect(server, authority.bundle)
    server.stop()
    assert server.received == b""


@pytest.mark.experiment("F40")
def test_tls_older_than_1_2_is_refused(endpoint: Callable[..., Endpoint], authority: Authority) -> None:
    context = authority.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = endpoint(b"S", tls=context)
    with pytest.raises(InsecureConnection, match="no TLS could be agreed on"):
        connect(server, authority.bundle)
    server.stop()
    assert server.received == b""


def test_a_bundle_that_is_not_there_is_named(endpoint: Callable[..., Endpoint]) -> None:
    with pytest.raises(InsecureConnection, match=r"/nowhere/ca\.pem cannot be read"):
        connect(endpoint(b"S"), "/nowhere/ca.pem")


def test_a_closed_port_is_unreachable_and_not_insecure(endpoint: Callable[..., Endpoint], authority: Authority) -> None:
    server = endpoint(b"N")
    server.stop()
    with pytest.raises(DatabaseUnreachable, match="no connection"):
        connect(server, authority.bundle)


def test_the_password_is_in_no_message(endpoint: Callable[..., Endpoint], authority: Authority) -> None:
    server = endpoint(b"S", tls=authority.context())
    with pytest.raises(AccessDenied) as refused:
        connect(server, authority.bundle)
    assert PASSWORD not in str(refused.value)
