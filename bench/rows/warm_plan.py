"""Run as a process: the patcher's handler, warm, with nothing to do; beside one query on a connection of its own.

Arguments: how often, then the directory of the socket, the database and the patch directory. Prints a JSON object of
lists of seconds. The first invocation, which is cold, is not in it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import redirect_stdout
from io import StringIO

import pg8000.native

QUERY = "SELECT 1"


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def main(times: int, host: str, database: str, patches: str) -> None:
    os.environ |= {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "RDSPATCH_TARGET": "bench",
        "RDSPATCH_DATABASE_HOST": host,
        "RDSPATCH_DATABASE_NAME": database,
        "RDSPATCH_DATABASE_TLS": "local-socket",
        "RDSPATCH_DATABASE_AUTH": "none",
        "RDSPATCH_DATABASE_USER": "postgres",
        "RDSPATCH_PATCHES": patches,
        "RDSPATCH_AUDIT_TABLE": "audit",
    }
    with redirect_stdout(StringIO()):
        from rdspatch.handlers import patcher  # noqa: PLC0415 - it reads the environment and writes its log

        event = {"action": "plan", "run": {"id": "bench", "started_at": "2026-01-01T00:00:00.000Z"}, "request": {}}
        assert patcher.handler(event, Context())["pending"] == 0
        found: dict[str, list[float]] = {"handler": [], "connect and query": [], "query": []}
        for _ in range(times):
            started = time.perf_counter()
            patcher.handler(event, Context())
            found["handler"].append(time.perf_counter() - started)
            started = time.perf_counter()
            socket = f"{host}/.s.PGSQL.5432"
            connection = pg8000.native.Connection("postgres", unix_sock=socket, database=database, ssl_context=False)
            connection.run(QUERY)
            found["connect and query"].append(time.perf_counter() - started)
            started = time.perf_counter()
            connection.run(QUERY)
            found["query"].append(time.perf_counter() - started)
            connection.close()
    print(json.dumps(found))


main(int(sys.argv[1]), *sys.argv[2:])
