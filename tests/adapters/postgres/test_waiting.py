"""A wait ends in its time, whatever the peer does meanwhile."""

from __future__ import annotations

import errno
import socket
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.waiting import Waiting, held_to, ran_out

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = timedelta(milliseconds=200)
LONG = timedelta(seconds=60)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def pair(waiting: Waiting) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket that is held to the wait, and its peer."""
    ours, theirs = socket.socketpair()
    held = held_to(waiting, socket.socket)(ours.family, ours.type, ours.proto, fileno=ours.detach())
    with held, theirs:
        yield held, theirs


def test_a_peer_that_says_nothing_is_waited_for_until_the_moment(
    waiting: Waiting, pair: tuple[socket.socket, socket.socket]
) -> None:
    waiting.begin(SHORT)
    with pytest.raises(TimeoutError) as silent:
        pair[0].recv(1)
    assert ran_out(silent.value)
    with pytest.raises(TimeoutError):
        pair[0].recv(1)


def test_a_peer_that_drips_gains_no_time(waiting: Waiting, pair: tuple[socket.socket, socket.socket]) -> None:
    held, peer = pair
    done = threading.Event()

    def drip() -> None:
        while not done.wait(SHORT.total_seconds() / 4):
            peer.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    waiting.begin(SHORT)
    with held.makefile("rwb") as stream, pytest.raises(TimeoutError):
        stream.read(1_000)
    done.set()
    thread.join()


def test_a_peer_that_takes_nothing_is_waited_for_until_the_moment(
    waiting: Waiting, pair: tuple[socket.socket, socket.socket]
) -> None:
    waiting.begin(SHORT)
    with pytest.raises(TimeoutError):
        pair[0].sendall(bytes(10_000_000))
    waiting.begin(SHORT)
    with pytest.raises(TimeoutError):
        pair[0].send(b"x")


def test_an_answer_in_time_is_taken_and_the_next_wait_is_its_own(
    waiting: Waiting, pair: tuple[socket.socket, socket.socket]
) -> None:
    held, peer = pair
    waiting.begin(SHORT)
    peer.send(b"a")
    assert held.recv(1) == b"a"
    time.sleep(SHORT.total_seconds())
    waiting.begin(LONG)
    peer.send(b"b")
    assert held.recv_into(bytearray(1)) == 1
    waiting.begin(None)
    peer.send(b"c")
    assert held.recv(1) == b"c"


def test_what_the_kernel_gives_up_is_a_broken_connection() -> None:
    assert not ran_out(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))
    assert not ran_out(None)
