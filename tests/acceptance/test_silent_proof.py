"""A server that acknowledges and says nothing is given up by a proof, and by what dumps a schema, too."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.baseline.pg_dump import Dumper, DumpFailed, dump
from rdspatch.authoring.postgres_files import server_binaries, server_rights
from rdspatch.authoring.proof.connection import connect
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.errors import ConnectionLost
from tests.acceptance.proxy import Loss, Silence

if TYPE_CHECKING:
    from tests.acceptance.proxy import Proxy
    from tests.acceptance.target import Target

PATIENCE = timedelta(milliseconds=300)


@pytest.mark.parametrize("silence", Silence)
def test_a_text_whose_answer_does_not_come_is_a_lost_connection(target: Target, proxy: Proxy, silence: Silence) -> None:
    url = parse_database_url(proxy.url(str(target.value("SELECT current_database()"))))
    proxy.lose("'the question'", silence)
    with closing(connect(url, longest=PATIENCE)) as connection:
        assert connection.execute("SELECT 1") == [[1]]
        with pytest.raises(ConnectionLost, match=r"database acceptance at .* lost, no answer came within 0\.3 s"):
            connection.execute("SELECT 'the question'")


@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY])
def test_a_connection_that_breaks_is_a_lost_connection(target: Target, proxy: Proxy, loss: Loss) -> None:
    url = parse_database_url(proxy.url(str(target.value("SELECT current_database()"))))
    proxy.lose("'the question'", loss)
    with closing(connect(url)) as connection, pytest.raises(ConnectionLost, match="it broke; nothing"):
        connection.execute("SELECT 'the question'")


def test_a_dump_whose_server_falls_silent_is_stopped(target: Target, proxy: Proxy) -> None:
    url = parse_database_url(proxy.url(str(target.value("SELECT current_database()"))))
    proxy.lose("pg_catalog.pg_namespace", Silence.REPLY)
    dumper = Dumper(path=server_binaries(Path(), server_rights()) / "pg_dump", major=18)
    with pytest.raises(DumpFailed, match=r"it was stopped after 1 s, and .* may have stopped to answer"):
        dump(dumper, url, longest_seconds=1.0)
