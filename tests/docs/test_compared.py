"""docs/compared.md judges every catalog that a server has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rdspatch.authoring.postgres_releases import MAJORS, postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres

_ROW = re.compile(r"^\| `(pg_\w+)` \| (?:compared as|left out because) \S", re.MULTILINE)
_CATALOGS = "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'"


def unjudged(server: EmbeddedPostgres) -> set[str]:
    judged = set(_ROW.findall(Path("docs/compared.md").read_text(encoding="utf-8")))
    with server.connect() as connection:
        return {name for (name,) in connection.run(_CATALOGS)} - judged


def test_every_catalog_is_compared_or_left_out_with_a_reason(postgres_server: EmbeddedPostgres) -> None:
    assert unjudged(postgres_server) == set()


@pytest.mark.slow
@pytest.mark.parametrize("major", MAJORS)
def test_so_is_every_catalog_of_each_supported_version(major: int) -> None:
    with EmbeddedPostgres(binaries=postgres_binaries(major)) as server:
        assert unjudged(server) == set()
