"""The patcher as Lambda runs it: its environment, one invocation after the other, and what it logs."""

from __future__ import annotations

import io
import json
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pg8000.native

from rdspatch.handlers import patcher
from tests.audit_table import NAME, REGION, TARGET, AuditTable
from tests.samples import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.core.run import Run
    from tests.patch_directory import PatchDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Lambda's context, with plenty of time left."""

    remaining: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


@dataclass(slots=True, kw_only=True)
class Function:
    """The patcher, wired by its environment to a real database and to the audit table."""

    server: EmbeddedPostgres
    database: str
    patches: PatchDirectory
    table: AuditTable
    monkeypatch: pytest.MonkeyPatch
    run: Run = RUN
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        for name, value in self.environment().items():
            self.monkeypatch.setenv(f"RDSPATCH_{name}", value)
        patcher._ports.cache_clear()
        for handler in patcher._logger.handlers:
            self.monkeypatch.setattr(handler, "stream", self.log)

    def environment(self) -> dict[str, str]:
        return {
            "TARGET": TARGET,
            "DATABASE_HOST": str(self.server.socket_directory),
            "DATABASE_NAME": self.database,
            "DATABASE_TLS": "local-socket",
            "DATABASE_AUTH": "none",
            "DATABASE_USER": "postgres",
            "PATCHES": str(self.patches.path),
            "AUDIT_TABLE": NAME,
        }

    def setenv(self, **variables: str) -> None:
        """Change the environment; the next invocation is a cold start."""
        for name, value in variables.items():
            self.monkeypatch.setenv(f"RDSPATCH_{name}", value)
        patcher._ports.cache_clear()

    @contextmanager
    def with_ports(self, **others: Any) -> Iterator[None]:
        """Put other ports behind the function, by their names, until the context ends."""
        ports = replace(patcher._ports(), **others)
        with self.monkeypatch.context() as patched:
            patched.setattr(patcher, "_ports", lambda: ports)
            yield

    def call(self, action: str, *, remaining: int = 900_000, **event: Any) -> dict[str, Any]:
        """Invoke the function as the workflow does: JSON in, JSON out."""
        run = {"id": self.run.id, "started_at": self.run.started_at}
        sent = json.loads(json.dumps({"action": action, "run": run, **event}))
        return json.loads(json.dumps(patcher.handler(sent, Context(remaining=remaining))))

    def apply(self, **options: Any) -> dict[str, Any]:
        """Plan and apply until nothing is left to do, as the workflow loops."""
        work = self.call("plan", request={})
        while work["status"] != "done":
            work = self.call("apply", request={}, work=work, **options)
        return work

    def query(self, sql: str) -> list[Any]:
        socket = f"{self.server.socket_directory}/.s.PGSQL.{self.server.port}"
        with closing(pg8000.native.Connection("postgres", unix_sock=socket, database=self.database)) as connection:
            rows: list[Any] = connection.run(sql)
            return rows

    def audited(self) -> list[tuple[str, str | None]]:
        """Event and patch of every record of the run, in order."""
        return [(record.event, record.patch_id) for record in self.table.of_run(self.run)]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]
