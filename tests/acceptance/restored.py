"""A copy of a database by `pg_dump` and `psql`, on the same server or on another one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.authoring.postgres_files import server_binaries, server_rights
from tests.acceptance.dump import printed_by_pg_dump

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres

_NEWER = re.compile(r"^SET transaction_timeout = .*$", re.MULTILINE)
"""What a `pg_dump` of 17 or newer writes for its own session and older servers do not know."""


def restore(source: EmbeddedPostgres, database: str, target: EmbeddedPostgres, copy: str) -> None:
    """Copy everything, rows and ledger included, into a database that is there. Any complaint of psql's fails."""
    printed = _NEWER.sub("", printed_by_pg_dump(source, database))
    rights = server_rights()
    psql = server_binaries(target.socket_directory, rights) / "psql"
    command = [str(psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", target.url(copy)]
    done = subprocess.run(command, input=printed, capture_output=True, text=True, check=False, cwd=Path("/"), **rights)
    assert done.returncode == 0, done.stderr
