"""A PostgreSQL server that lives and dies with this process."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import pg8000.native

from rdspatch.authoring.postgres_files import make_server_directory, server_binaries, server_rights
from rdspatch.core.session_settings import version_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PORT = 5432
SUPERUSER = "postgres"
DEADLINE_SECONDS = 20.0

# Nothing here is kept, so the server need not wait for the disk.
THROWAWAY_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_wal_senders": "0",
        "wal_level": "minimal",
        "max_connections": "60",
        "shared_buffers": "32MB",
        "autovacuum": "off",
        "max_locks_per_transaction": "1024",  # a baseline of thousands of tables is one transaction
    }
)

# The directory's permissions let the superuser in, and the logins of a proof, which have passwords that nobody needs.
# Everyone else shows a password, so a wrong one fails.
CLIENT_AUTHENTICATION = f"local all {SUPERUSER},+rdspatch_scratch trust\nlocal all all scram-sha-256\n"

# All that the server and what it starts know of the caller's environment. A patch under review could read more of it
# from there: credentials, tokens, the home directory. It also fixes the locale and the time zone that initdb picks.
ENVIRONMENT: Mapping[str, str] = MappingProxyType({"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"})

# The shell holds the read end of a pipe from this process. When this process is gone, however it went,
# `read` comes back empty: the server is told to stop (SIGQUIT: at once, nothing to save), its files go too.
SUPERVISOR = """
"$@" </dev/null &
server=$!
read -r wish
kill -QUIT "$server"
wait "$server"
[ "$wish" = keep ] || rm -rf "$0"
"""
_CHOOSES_STRATEGY = 150_000


class PostgresNotStarted(RuntimeError):
    """The embedded server did not come up; the message carries the end of its log."""


class EmbeddedPostgres:
    """An empty PostgreSQL on a Unix socket in a directory of its own, removed at the end.

    It opens no network port. Databases are cheap: make one for each test.
    """

    def __init__(
        self, settings: Mapping[str, str] | None = None, *, binaries: Path | None = None, on_disk: bool = False
    ) -> None:
        """Prepare a server; nothing runs before `start`.

        Args:
            settings: Server settings on top of those that make it quick.
            binaries: The directory of another version's `postgres` and `initdb`, open to every user of the machine.
            on_disk: Keep its files out of memory, for whoever measures with a disk to wait for.
        """
        self._binaries = binaries
        self._on_disk = on_disk
        self._settings = {**THROWAWAY_SETTINGS, **(settings or {})}
        self._rights = server_rights()
        self._directory: Path | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The number in the socket's name."""
        return PORT

    @property
    def socket_directory(self) -> Path:
        """The absolute directory of the Unix socket: what a client gives as its host."""
        if self._directory is None:
            raise PostgresNotStarted("the embedded PostgreSQL is not running: call start() first")
        return self._directory

    @property
    def log(self) -> str:
        """Everything the server has logged so far."""
        path = self.socket_directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def url(self, database: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the connection URL of a database on this server."""
        who = quote(user, safe="") + ("" if password is None else ":" + quote(password, safe=""))
        return f"postgresql://{who}@/{quote(database, safe='')}?host={self.socket_directory}&port={self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers. After `stop`, the databases are as they were.

        Raises:
            PostgresNotStarted: it could not be initialised or did not answer in time.
        """
        if self._supervisor is not None:
            return
        try:
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Stop the server at once and keep its databases; clients see their connections end."""
        self._end(b"keep\n")

    def close(self) -> None:
        """Stop the server and remove everything it wrote."""
        self._end(b"")
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)  # the supervisor may have been first
            self._directory = None

    def create_database(self, name: str, template: str = "template1") -> None:
        """Create a database as a copy of another one."""
        with self.connect() as connection:
            # Without a disk to wait for, copying files costs half of what logging their pages does.
            # Before PostgreSQL 15 there was no other way.
            version = version_number(str(connection.parameter_statuses["server_version"]))
            strategy = " STRATEGY FILE_COPY" if version >= _CHOOSES_STRATEGY else ""
            connection.run(f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)}{strategy}")

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its connections; fine when it is gone already."""
        self._run(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def create_role(self, name: str, password: str) -> None:
        """Create a role that logs in with a password and may create in every database that it owns."""
        literal = password.replace("'", "''")
        self._run(f"CREATE ROLE {_quoted(name)} LOGIN PASSWORD '{literal}'")

    @contextlib.contextmanager
    def connect(self, database: str = SUPERUSER) -> Iterator[pg8000.native.Connection]:
        """Open an autocommit connection as superuser."""
        connection = pg8000.native.Connection(
            SUPERUSER, unix_sock=str(self.socket_directory / f".s.PGSQL.{PORT}"), database=database
        )
        try:
            yield connection
        finally:
            # A server that was stopped meanwhile has closed it already.
            with contextlib.suppress(pg8000.exceptions.InterfaceError):
                connection.close()

    def _run(self, statement: str) -> None:
        with self.connect() as connection:
            connection.run(statement)

    def _launch(self) -> None:
        if self._directory is None:
            self._directory = make_server_directory(self._rights, on_disk=self._on_disk)
        binaries = self._binaries or server_binaries(self._directory, self._rights)
        data = self._directory / "data"
        if not data.exists():
            self._initialise(binaries, data)
        with (self._directory / "server.log").open("ab") as log:
            self._supervisor = subprocess.Popen(  # noqa: S603 - our own argument list
                ["/bin/sh", "-c", SUPERVISOR, str(self._directory), *self._command(binaries, data)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for this process, which then stops the server
                **self._rights,
            )

    def _command(self, binaries: Path, data: Path) -> list[str]:
        options = {
            **self._settings,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.socket_directory),
        }
        command = [str(binaries / "postgres"), "-D", str(data)]
        return command + [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _end(self, wish: bytes) -> None:
        if self._supervisor is not None:
            self._supervisor.communicate(wish, timeout=DEADLINE_SECONDS)
            self._supervisor = None

    def _initialise(self, binaries: Path, data: Path) -> None:
        command = [str(binaries / "initdb"), "-D", str(data), "-U", SUPERUSER, "--auth=trust"]
        command += ["--locale=C", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        result = subprocess.run(  # noqa: S603 - our own argument list
            command, capture_output=True, text=True, check=False, cwd=data.parent, env=ENVIRONMENT, **self._rights
        )
        if result.returncode:
            raise PostgresNotStarted(f"initdb failed in {data}:\n{result.stdout}{result.stderr}")
        (data / "pg_hba.conf").write_text(CLIENT_AUTHENTICATION)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                with self.connect():
                    return
            except pg8000.exceptions.Error as error:
                if time.monotonic() > deadline:
                    raise PostgresNotStarted(f"the embedded PostgreSQL did not answer:\n{self.log[-2000:]}") from error
            time.sleep(0.02)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
