"""Tests on several versions of PostgreSQL: the embedded server always, the others where time does not count."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.authoring.postgres_releases import throwaway_postgres
from tests.trap import trapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


def embedded_and(*majors: int) -> list[Any]:
    """Parameters of a fixture or a test: None for the embedded server, and slow ones for these versions."""
    return [None, *(pytest.param(major, marks=pytest.mark.slow) for major in majors)]


@contextlib.contextmanager
def server_of(major: int | None, embedded: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The embedded server, or one of a version that lives as long as the context."""
    if major is None:
        yield embedded
        return
    with throwaway_postgres(major) as started:
        yield trapped(started)
