"""A primary and a physical standby behind it: cut off at a moment, it lacks what is committed later; then promoted."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from rdspatch.authoring.postgres_files import server_rights
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from tests.faults.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "wal_level": "replica",
    "max_wal_senders": "4",
    "wal_keep_size": "64MB",
    "hot_standby": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",  # waits for the primary alone: no standby is named
}
_LEFT_OUT = shutil.ignore_patterns("postmaster.*", "pg_stat_tmp", "pgsql_tmp*")


class Primary(EmbeddedPostgres):
    """A server that a standby may follow."""

    def __init__(self) -> None:
        super().__init__(SETTINGS)

    def _initialise(self, binaries: Path, data: Path) -> None:
        super()._initialise(binaries, data)
        with (data / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write("local replication postgres trust\n")


class Standby(EmbeddedPostgres):
    """Follows a primary from a backup that it takes when it starts."""

    def __init__(self, primary: Primary) -> None:
        super().__init__(SETTINGS)
        self._primary = primary

    def cut(self) -> None:
        """Let it come up with the primary as of now, and receive nothing from then on."""
        with self._primary.connect() as connection:
            # Its commit sends all that was written before; what only tidies up would wait longer than a run does.
            now = connection.run("SELECT pg_logical_emit_message(true, 'cut', '')::text")[0][0]
        until(lambda: self._ask(f"SELECT pg_last_wal_replay_lsn() >= '{now}'::pg_lsn"), "the standby is up to date")
        self._follow("")
        self._ask("SELECT pg_reload_conf()")
        until(lambda: self._ask("SELECT count(*) = 0 FROM pg_stat_wal_receiver"), "the standby receives nothing")

    def promote(self) -> None:
        """Let it become a primary of its own; the other one has to be stopped."""
        assert self._ask("SELECT pg_promote()"), "the standby was not promoted"

    def _initialise(self, binaries: Path, data: Path) -> None:  # noqa: ARG002 - what is copied needs no initdb
        source = self._primary.socket_directory / "data"
        with self._primary.connect() as connection:
            connection.run("SELECT pg_backup_start('standby', fast => true)")
            shutil.copytree(source, data, ignore=_LEFT_OUT, symlinks=True)
            label = connection.run("SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)")[0][0]
        (data / "backup_label").write_text(label, encoding="utf-8")
        (data / "standby.signal").touch()
        self._follow(f"host={self._primary.socket_directory} port={self._primary.port} user=postgres")
        rights = server_rights()
        for folder, _, files in os.walk(data) if rights else ():
            for path in (folder, *(os.path.join(folder, file) for file in files)):  # noqa: PTH118 - as os.walk has it
                os.chown(path, rights["user"], rights["group"], follow_symlinks=False)

    def _follow(self, primary: str) -> None:
        file = self.socket_directory / "data" / "postgresql.auto.conf"
        file.write_text(f"primary_conninfo = '{primary}'\n", encoding="utf-8")

    def _ask(self, question: str) -> Any:
        with self.connect() as connection:
            return connection.run(question)[0][0]
