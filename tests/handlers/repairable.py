"""A function whose database has proven patches applied, before something happens to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.adapters.patch_files import write_lock_file
from rdspatch.core.lockfile import render
from rdspatch.engine.applier import ApplyPolicy
from tests.acceptance.damaged import proven

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.handlers.function import Function

REQUEST: dict[str, object] = {}
FRESH = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 0, "patch": None, "lock_attempts": 0}
BASELINE = "CREATE TABLE users (id integer)"
PATCHES = {
    "0001_phone": "ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text",
    "0002_check": """DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'users_phone') THEN
            ALTER TABLE users ADD CONSTRAINT users_phone CHECK (phone <> '') NOT VALID;
        END IF; END $$""",
    "0003_valid": "ALTER TABLE users VALIDATE CONSTRAINT users_phone",
    "0004_notes": "CREATE TABLE IF NOT EXISTS notes (id integer, body text CONSTRAINT notes_body CHECK (body <> ''))",
}
NO_CHECK = "ALTER TABLE users DROP CONSTRAINT users_phone"


def proof(server: EmbeddedPostgres, directory: Path) -> str:
    """The lock file of the patches above."""
    return render(proven(server, directory, BASELINE, PATCHES))


def prepare(function: Function, lock_file: str) -> None:
    """Put files and database of a function in order; what it recorded is of an earlier run."""
    function.patches.write("baseline.sql", BASELINE)
    for name, sql in PATCHES.items():
        function.patches.patch(name, f"{sql};")
    write_lock_file(function.patches.path, lock_file)
    function.query(BASELINE)
    now = function.run
    function.run = replace(now, id="earlier")
    function.apply()
    function.run = now


def repair(function: Function, **options: object) -> dict[str, object]:
    """Call until nothing is left to do, as the workflow loops."""
    work: dict[str, object] = FRESH
    while work["status"] == "continue":
        work = function.call("repair", request=REQUEST, work=work, **options)  # type: ignore[arg-type] # JSON
    return work


def impatient(function: Function) -> AbstractContextManager[None]:
    """Does not wait for the run lock."""
    return function.with_ports(policy=ApplyPolicy(run_lock_patience=timedelta()))
