"""A small vocabulary: a patch directory, a database, the project's own workflow, and what they say afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockFile, render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.rehearsal.history import Execution
    from rdspatch.rehearsal.rehearsal import Rehearsal


def write_patches(directory: Path, patches: Mapping[str, str]) -> Path:
    """A patch directory with an empty baseline and a lock file that fits."""
    directory.mkdir(exist_ok=True)
    (directory / "baseline.sql").write_text("-- nothing\n")
    for name, sql in patches.items():
        (directory / f"{name}.sql").write_text(f"-- patch: {name}.\n{sql}\n")
    write_lock_file(directory, render(LockFile(patches=lock(parse_directory(read_patch_files(directory)).patches))))
    return directory


@dataclass(frozen=True)
class Stage:
    """A rehearsal with its database at hand."""

    rehearsal: Rehearsal
    server: EmbeddedPostgres
    database: str

    def run(self, document: Any = None, **settings: Any) -> Execution:
        return self.rehearsal.run(document, **settings)

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
