"""The doctor's way to a database: each step that may fail is made to fail, and is named; what needs it is skipped."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.doctor.finding import State
from tests.handlers.patient import PASSWORD, assert_only

if TYPE_CHECKING:
    from tests.handlers.patient import Patient


def test_a_wrong_password_is_a_problem_of_the_login(patient: Patient) -> None:
    found = patient.examined(patient.url("CANARY-wrong"))
    assert_only(found, "login", State.PROBLEM, "28P01")
    assert "CANARY" not in repr(found)
    assert found["version"].what == "waits for login"


def test_a_database_that_is_not_there_is_a_problem_of_the_login(patient: Patient) -> None:
    found = patient.examined(patient.url().replace(f"/{patient.name}?", "/nothing?"))
    assert_only(found, "login", State.PROBLEM, "3D000")


def test_a_socket_that_is_not_there_is_named(patient: Patient) -> None:
    found = patient.examined("postgresql://u:CANARY@/x?host=/nowhere")
    assert_only(found, "tcp", State.PROBLEM, "/nowhere/.s.PGSQL.5432")


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_closed_port_is_refused_and_what_needs_it_is_skipped(patient: Patient, closed_port: int) -> None:
    found = patient.examined(f"postgresql://u:{PASSWORD}@localhost:{closed_port}/x")
    assert_only(found, "tcp", State.PROBLEM, "nothing listens there")
    assert (found["tls"].what, found["login"].what) == ("waits for tcp", "waits for tcp")


def test_a_port_that_takes_connections_and_says_nothing_is_named_within_its_time(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdspatch.adapters.postgres.handshake.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = patient.examined(f"postgresql://u:{PASSWORD}@localhost:{listener.getsockname()[1]}/x")
    assert_only(found, "tls", State.PROBLEM, "takes connections and says nothing")


def test_a_port_that_drops_packets_is_told_from_one_that_refuses(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener whose queue is full answers nobody, as a security group does."""
    monkeypatch.setattr("rdspatch.adapters.reachability.CONNECT_SECONDS", 0.3)
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        found = patient.examined(f"postgresql://u:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/x")
    assert_only(found, "tcp", State.PROBLEM, "packets are dropped on the way")


def test_a_name_that_does_not_resolve_is_a_problem_of_dns(patient: Patient) -> None:
    found = patient.examined(f"postgresql://u:{PASSWORD}@db.invalid/x")
    assert_only(found, "dns", State.PROBLEM, "db.invalid does not resolve")


def test_a_proxy_and_a_reader_are_named_before_anything_is_sent_there(patient: Patient) -> None:
    host = "app.proxy-abc.eu-west-1.rds.amazonaws.invalid"
    found = patient.examined(f"postgresql://u:{PASSWORD}@{host}/x")
    assert found["endpoint"].state is State.OK  # only Amazon's own names are known
    found = patient.examined(f"postgresql://u:{PASSWORD}@{host.replace('invalid', 'com')}/x")
    assert found["endpoint"].state is State.PROBLEM
