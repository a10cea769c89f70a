"""A small vocabulary: a patch directory, a database, the project's own workflow, and what they say afterwards."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock
from rdspatch.authoring.proof import ScratchServer, prove
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockFile, render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.rehearsal.history import Execution
    from rdspatch.rehearsal.rehearsal import Rehearsal


def write_patches(directory: Path, patches: Mapping[str, str], *, scratch: str | None = None) -> Path:
    """A patch directory with an empty baseline and a lock file that fits; proven where there is a server for it."""
    directory.mkdir(exist_ok=True)
    (directory / "baseline.sql").write_text("-- nothing\n")
    for name, sql in patches.items():
        (directory / f"{name}.sql").write_text(f"-- patch: {name}.\n{sql}\n")
    found = parse_directory(read_patch_files(directory))
    locked = LockFile(patches=lock(found.patches))
    if scratch is not None:
        with contextlib.closing(ScratchServer(scratch)) as server:
            locked = prove(found.baseline, locked.patches, server).lock
    write_lock_file(directory, render(locked))
    return directory


@dataclass(frozen=True)
class Stage:
    """A rehearsal with its database at hand."""

    rehearsal: Rehearsal
    server: EmbeddedPostgres
    database: str

    def run(self, document: Any = None, **settings: Any) -> Execution:
        return self.rehearsal.run(document, **settings)

    def wait_for(self, name: str) -> Execution:
        """The end of a run that something else has started."""
        found = self.rehearsal.find(name)
        assert found is not None, f"no run {name}"
        return self.rehearsal.wait(found.arn)

    def wait_until_in(self, state: str, arn: str) -> None:
        """Wait for a run to enter a state, and for what it does there to begin."""
        deadline = time.monotonic() + 30
        while state not in self.rehearsal.describe(arn).state_names:
            assert time.monotonic() < deadline, f"never came to {state}"
            time.sleep(0.05)
        while self.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
        ) == [[0]]:
            assert time.monotonic() < deadline, f"{state} did not begin"
            time.sleep(0.05)

    def rows(self, query: str) -> list[list[Any]]:
        with self.server.connect(self.database) as connection:
            return [list(row) for row in connection.run(query)]

    def ledger(self) -> list[str]:
        if self.rows("SELECT to_regclass('rdspatch.ledger') IS NULL") == [[True]]:
            return []
        return [row[0] for row in self.rows("SELECT patch_id FROM rdspatch.ledger ORDER BY 1")]

    def audit(self) -> list[tuple[str, str | None]]:
        return [(record["event"], record.get("patch_id")) for record in self.rehearsal.audit_records]

    def ended(self) -> dict[str, Any]:
        """The body of the newest record, which must be the run's end."""
        last = self.rehearsal.audit_records[-1]
        assert last["event"] == "run_ended"
        facts: dict[str, Any] = json.loads(last["body"])
        return facts
