from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rdspatch.core.doctor.finding import State
from rdspatch.core.doctor.network import (
    Certificate,
    Connected,
    Handshake,
    Obstacle,
    judge_addresses,
    judge_connection,
    judge_endpoint,
    judge_handshake,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("host", "state", "words"),
    [
        ("app.abc.eu-west-1.rds.amazonaws.com", State.OK, "neither"),
        ("app.cluster-abc.eu-west-1.rds.amazonaws.com", State.OK, "neither"),
        ("app.proxy-abc.eu-west-1.rds.amazonaws.com", State.PROBLEM, "RDS Proxy"),
        ("app.cluster-ro-abc.eu-west-1.rds.amazonaws.com", State.PROBLEM, "reader endpoint"),
        ("10.0.0.1", State.WARNING, "is an address"),
        ("127.0.0.1", State.OK, "neither"),
    ],
)
def test_an_endpoint_that_ddl_does_not_work_through_is_named(host: str, state: State, words: str) -> None:
    finding = judge_endpoint(host)
    assert finding.state is state
    assert words in finding.what
    assert bool(finding.instead) is (state is not State.OK)


def test_a_name_without_addresses_is_a_problem_of_dns() -> None:
    assert judge_addresses("a.b", []).state is State.PROBLEM
    assert judge_addresses("a.b", ["10.0.0.1", "10.0.0.2"]).what == "a.b is 10.0.0.1, 10.0.0.2"


def connection(obstacle: Obstacle | None, address: str = "10.0.0.1") -> str:
    finding = judge_connection(5432, [address], Connected(seconds=4, obstacle=obstacle, detail="EHOSTUNREACH"))
    assert finding.state is (State.OK if obstacle is None else State.PROBLEM)
    return f"{finding.what}; {finding.instead}"


def test_a_port_that_does_not_answer_says_where_to_look() -> None:
    assert "refuses the connection" in connection(Obstacle.REFUSED)
    assert "security group" in connection(Obstacle.SILENT)
    assert "EHOSTUNREACH" in connection(Obstacle.OTHER)
    assert "answers within 4000 ms" in connection(None)


def test_a_silent_public_address_is_called_public() -> None:
    assert "should lead to a private one" in connection(Obstacle.SILENT, "54.1.2.3")
    assert "should lead" not in connection(Obstacle.SILENT, "10.0.0.1")


def handshake(*days: int) -> Handshake:
    names = [("db", "authority"), ("authority", "root"), ("root", "root")]
    chain = [
        Certificate(subject=subject, issuer=issuer, not_after=NOW + timedelta(days=left))
        for (subject, issuer), left in zip(names, days, strict=False)
    ]
    return Handshake(version="TLSv1.3", chain=tuple(chain))


def test_a_good_chain_is_told_with_version_issuer_and_days() -> None:
    finding = judge_handshake(handshake(40, 400), now=NOW)
    assert finding.state is State.OK
    assert finding.what == "TLSv1.3, issued by authority; its certificate expires 2026-07-11 (40 days left)"


@pytest.mark.parametrize(("days", "words"), [((29, 400), "its certificate"), ((40, 20), "the authority authority")])
def test_whatever_of_the_chain_expires_first_is_named_in_time(days: tuple[int, ...], words: str) -> None:
    finding = judge_handshake(handshake(*days), now=NOW)
    assert finding.state is State.WARNING
    assert words in finding.what
