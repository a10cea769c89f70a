"""Two stacks, ready to be run: a small one with every way to fail, and the project's own on the example."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from meshapp.app import create_app
from meshapp.database import open_engine
from rdspatch.rehearsal.invocation import FunctionSpec
from rdspatch.rehearsal.rehearsal import Rehearsal
from rdspatch.rehearsal.synthesis import find_project, synthesize
from tests.rehearsal.small_stack import WIRING, WORKER, template_of
from tests.rehearsal.stage import Stage, write_patches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


@pytest.fixture(scope="session")
def small_handlers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The path of the small handler, importable here and in the sandboxes."""
    root = tmp_path_factory.mktemp("handlers")
    package = root / "small"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "wiring.py").write_text(WIRING)
    (package / "worker.py").write_text(WORKER)
    sys.path.append(str(root))
    yield "small.worker.handler"
    sys.path.remove(str(root))


@pytest.fixture
def worker(small_handlers: str) -> FunctionSpec:
    """The small function, killed after a second."""
    return FunctionSpec(
        name="Worker",
        arn="arn:aws:lambda:eu-central-1:123456789012:function:Worker",
        handler=small_handlers,
        timeout_seconds=1.0,
        memory_mb=256,
    )


@pytest.fixture
def start(small_handlers: str, tmp_path: Path, postgres_server: EmbeddedPostgres) -> Iterator[Callable[..., Rehearsal]]:
    """Starts a rehearsal of some states, and closes it after the test."""
    started: list[Rehearsal] = []

    def start_rehearsal(states: Mapping[str, Any], **settings: Any) -> Rehearsal:
        template = tmp_path / "small.template.json"
        template.write_text(json.dumps(template_of(states, handler=small_handlers)))
        settings = {
            "database_url": postgres_server.url("postgres"),
            "health_url": "http://127.0.0.1:1/api/health",
            "patches": tmp_path,
            "time_scale": 0.0,
            **settings,
        }
        started.append(Rehearsal(template, **settings))
        return started[-1]

    yield start_rehearsal
    for rehearsal in started:
        rehearsal.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own template, synthesized."""
    return synthesize(tmp_path_factory.mktemp("synth") / "cdk.out", project=find_project(Path.cwd()))


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, Any]], Path]:
    """Synthesizes the stage `existing` with some decisions of its own, each once."""
    made: dict[str, Path] = {}
    project = find_project(Path.cwd())
    existing = json.loads((project / "cdk.json").read_text())["context"]["rdspatch:stages"]["existing"]

    def template_of_stage(decisions: Mapping[str, Any]) -> Path:
        key = json.dumps(decisions, sort_keys=True)
        if key not in made:
            stages = {"guarded": {**existing, **decisions}}
            out = tmp_path_factory.mktemp("guarded")
            made[key] = synthesize(out / "cdk.out", project=project, stage="guarded", stages=stages)
        return made[key]

    return template_of_stage


@pytest.fixture(scope="session")
def example_patches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's patches and of the lock file that is committed with them."""
    directory = tmp_path_factory.mktemp("example") / "patches"
    shutil.copytree(find_project(Path.cwd()) / "patches", directory)
    return directory


@pytest.fixture
def example_database(postgres_server: EmbeddedPostgres, database_name: str, example_patches: Path) -> str:
    """The URL of a database with the example's schema of before the first patch."""
    with postgres_server.connect(database_name) as connection:
        connection.run((example_patches / "baseline.sql").read_text())
    return postgres_server.url(database_name)


@pytest.fixture
def example_app(example_database: str) -> Iterator[str]:
    """The URL of the example application, running on that database."""
    engine = open_engine(example_database)
    server = make_server("127.0.0.1", 0, create_app(engine), threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()


@pytest.fixture
def example(template: Path, example_patches: Path, example_database: str, example_app: str) -> Iterator[Rehearsal]:
    """The project's own workflow on the example, its pauses left out."""
    with Rehearsal(
        template,
        database_url=example_database,
        health_url=f"{example_app}/api/health",
        patches=example_patches,
        time_scale=0.0,
        environment={"health": {"RDSPATCH_HEALTH_INTERVAL_SECONDS": "0.1"}},
    ) as rehearsal:
        yield rehearsal


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture
def stage(
    template: Path, tmp_path: Path, postgres_server: EmbeddedPostgres, database_name: str, healthy_app: str
) -> Iterator[Callable[..., Stage]]:
    """Opens the project's own workflow on a fresh database, with patches and settings of the test's own."""
    with contextlib.ExitStack() as opened:

        def open_stage(patches: Mapping[str, str], **settings: Any) -> Stage:
            settings = {
                "database_url": postgres_server.url(database_name),
                "health_url": f"{healthy_app}/api/health",
                "time_scale": 0.0,
                **settings,
            }
            scratch = postgres_server.url("postgres") if settings.pop("proven", False) else None
            directory = write_patches(tmp_path / "patches", patches, scratch=scratch)
            chosen = settings.pop("template", template)
            rehearsal = opened.enter_context(Rehearsal(chosen, patches=directory, **settings))
            return Stage(rehearsal, postgres_server, database_name)

        yield open_stage


@pytest.fixture(scope="session")
def healthy_app() -> Iterator[str]:
    """The URL of an application that is always healthy."""

    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"status": "healthy"}']

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
