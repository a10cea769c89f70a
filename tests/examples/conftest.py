from __future__ import annotations

import contextlib
import json
import re
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from werkzeug.serving import make_server

from meshapp.app import create_app
from meshapp.database import open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

PATCHES = Path(__file__).parents[2] / "patches"


class Get(Protocol):
    def __call__(self, path: str, /, *, method: str = "GET") -> tuple[int, Any]: ...


@pytest.fixture(scope="session")
def patch_files() -> tuple[Path, ...]:
    files = tuple(sorted(PATCHES.glob("[0-9]*.sql")))
    assert files
    return files


@pytest.fixture(scope="session")
def recipes() -> tuple[str, ...]:
    readme = (PATCHES / "README.md").read_text(encoding="utf-8")
    found = tuple(re.findall(r"^```sql\n(.+?)^```$", readme, flags=re.MULTILINE | re.DOTALL))
    assert found
    return found


@pytest.fixture(scope="session")
def send_text() -> Callable[[Engine, str], None]:
    """Send SQL as one simple query, in no transaction but its own."""

    def send(engine: Engine, sql: str) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(sql)

    return send


@pytest.fixture(scope="session")
def send(send_text: Callable[[Engine, str], None]) -> Callable[[Engine, Path], None]:
    return lambda engine, file: send_text(engine, file.read_text(encoding="utf-8"))


@pytest.fixture
def old_schema(database_url: str, send: Callable[[Engine, Path], None]) -> Engine:
    engine = open_engine(database_url)
    send(engine, PATCHES / "baseline.sql")
    return engine


@pytest.fixture
def patched(old_schema: Engine, patch_files: tuple[Path, ...], send: Callable[[Engine, Path], None]) -> Engine:
    for file in patch_files:
        send(old_schema, file)
    return old_schema


@contextlib.contextmanager
def serving(engine: Engine) -> Iterator[Get]:
    server = make_server("127.0.0.1", 0, create_app(engine), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def get(path: str, /, *, method: str = "GET") -> tuple[int, Any]:
        with contextlib.closing(HTTPConnection("127.0.0.1", server.server_port, timeout=20)) as connection:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    try:
        yield get
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve() -> Callable[[Engine], contextlib.AbstractContextManager[Get]]:
    return serving
