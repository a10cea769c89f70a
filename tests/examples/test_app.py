from __future__ import annotations

import gc
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from meshapp.database import UnsupportedUrl, open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine


@pytest.fixture
def socket_directory() -> Iterator[Path]:
    """A short path: a socket's may have about a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="mesh-") as directory:
        yield Path(directory)


def run(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(sql))


def test_on_the_old_schema_the_health_answer_names_the_missing_column(
    old_schema: Engine, serve: Callable[..., Any]
) -> None:
    with serve(old_schema) as get:
        status, body = get("/api/health")
    assert status == 503
    assert body == {
        "status": "unhealthy",
        "reason": "UndefinedColumn: column mesh_results.job_id does not exist",
    }


def test_on_the_old_schema_a_project_cannot_be_read(old_schema: Engine, serve: Callable[..., Any]) -> None:
    with serve(old_schema) as get:
        status, body = get("/api/projects/1")
    assert status == 500
    assert body == {"error": "UndefinedColumn: column projects.visibility does not exist"}


def test_an_app_that_started_on_the_old_schema_is_healthy_once_patched(
    old_schema: Engine,
    patch_files: tuple[Path, ...],
    send: Callable[[Engine, Path], None],
    serve: Callable[..., Any],
) -> None:
    with serve(old_schema) as get:
        assert get("/api/health")[0] == 503
        for file in patch_files:
            send(old_schema, file)
        assert get("/api/health") == (200, {"status": "healthy"})
        assert get("/api/projects/1")[0] == 200


def test_a_project_from_before_the_patches_comes_back_whole(patched: Engine, serve: Callable[..., Any]) -> None:
    with serve(patched) as get:
        status, project = get("/api/projects/1")
    assert status == 200
    results = project.pop("results")
    assert project == {
        "id": 1,
        "owner_id": 1,
        "name": "Turbine blade",
        "visibility": "private",
        "archived_at": None,
        "created_at": "2024-03-01T10:00:00+00:00",
    }
    assert [(result["id"], result["cell_count"]) for result in results] == [(1, 18240), (2, 1452800), (3, 0)]
    assert results[1] == {
        "id": 2,
        "status": "succeeded",
        "job_id": None,
        "output_path": "meshes/1/fine.vtu",
        "preview_path": None,
        "boundary_zones": None,
        "cell_count": 1452800,
        "statistics": {"cells": 1452800, "seconds": 641.2},
        "created_at": "2024-03-01T10:40:00+00:00",
    }


@pytest.mark.parametrize("lost", ["users.display_name", "projects.archived_at", "mesh_results.cell_count"])
def test_health_reads_every_model(patched: Engine, serve: Callable[..., Any], lost: str) -> None:
    table, column = lost.split(".")
    run(patched, f"ALTER TABLE {table} DROP COLUMN {column}")
    with serve(patched) as get:
        status, body = get("/api/health")
    assert status == 503
    assert body["reason"] == f"UndefinedColumn: column {lost} does not exist"


def test_other_database_errors_are_told_by_their_sqlstate_alone(patched: Engine, serve: Callable[..., Any]) -> None:
    run(patched, "ALTER TABLE users RENAME TO people")
    run(
        patched,
        "CREATE VIEW users AS SELECT *, email::integer AS broken FROM people WHERE email::integer > 0",
    )
    with serve(patched) as get:
        status, body = get("/api/health")
    assert status == 503
    assert body["reason"] == "DatabaseError: SQLSTATE 22P02"


def test_a_database_that_is_gone_makes_the_app_unhealthy(serve: Callable[..., Any], socket_directory: Path) -> None:
    with serve(open_engine(f"postgresql://postgres@/mesh?host={socket_directory}")) as get:
        status, body = get("/api/health")
    assert status == 503
    assert body == {"status": "unhealthy", "reason": "DatabaseUnreachable: no connection"}


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_database_that_stays_silent_makes_the_app_unhealthy(
    serve: Callable[..., Any], socket_directory: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_directory / ".s.PGSQL.5432"))
        listener.listen()
        with serve(open_engine(f"postgresql://postgres@/mesh?host={socket_directory}", timeout_seconds=0.2)) as get:
            status, body = get("/api/health")
    gc.collect()  # pg8000 leaves the socket of a login without an answer to the collector
    assert status == 503
    assert body == {"status": "unhealthy", "reason": "DatabaseUnreachable: TimeoutError"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/projects/999",
        f"/api/projects/{2**63 - 1}",
        f"/api/projects/{2**63}",
        "/api/projects/-1",
        "/api/projects/1x",
        "/api",
        "/",
    ],
)
def test_what_is_not_there_is_answered_404(patched: Engine, serve: Callable[..., Any], path: str) -> None:
    with serve(patched) as get:
        status, body = get(path)
    assert status == 404
    assert list(body) == ["error"]


def test_only_get_is_allowed(patched: Engine, serve: Callable[..., Any]) -> None:
    with serve(patched) as get:
        assert get("/api/health", method="POST") == (405, {"error": "Method Not Allowed"})


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://mesh@localhost/mesh", "write postgresql://"),
        ("postgresql://localhost/mesh", "names no user"),
        ("postgresql://mesh@localhost/mesh?sslmode=verify-full", "parameters besides host and port: sslmode"),
        ("postgresql://mesh@localhost/mesh?port=5433", "goes with host="),
        ("postgresql://mesh@/mesh?host=run", "absolute directory"),
        ("postgresql://mesh@/mesh?host=/a&host=/b", "absolute directory of one"),
    ],
)
def test_a_database_url_that_would_be_misread_is_refused(url: str, problem: str) -> None:
    with pytest.raises(UnsupportedUrl, match=problem):
        open_engine(url)
