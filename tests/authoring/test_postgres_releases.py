"""Servers of other major versions, as the tests and `--server` use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.postgres_releases import MAJORS, postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.errors import BadSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("major", MAJORS)
def test_a_server_of_each_major_version_starts_and_has_the_extensions_of_contrib(major: int) -> None:
    with EmbeddedPostgres(binaries=postgres_binaries(major)) as server, server.connect() as connection:
        assert connection.run("SHOW server_version")[0][0].split(".")[0] == str(major)
        connection.run('CREATE EXTENSION pgcrypto; CREATE EXTENSION "uuid-ossp"')
        assert connection.run("SELECT xmlparse(CONTENT '<a/>')::text") == [["<a/>"]]
        assert connection.run("SELECT count(*) > 0 FROM pg_collation WHERE collprovider = 'i'") == [[True]]


def test_a_version_without_a_package_is_refused_with_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"no package of PostgreSQL 9 .*14, 15, 16, 17, 18"):
        postgres_binaries(9, cache=tmp_path)
