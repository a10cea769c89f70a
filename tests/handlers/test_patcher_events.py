"""Events that the workflow would not send: refused before anything is connected to."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from rdspatch.core.errors import BadInput, DatabaseUnreachable
from rdspatch.core.lockfile import LockFile
from rdspatch.handlers import patcher
from rdspatch.handlers.wiring import PatcherPorts
from rdspatch.testing import FakeAuditLog, FakeClock, FakeDatabase
from tests.handlers.function import Context

RUN_EVENT = {"id": "run-1", "started_at": "2026-01-01T12:30:00.000Z"}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the function logs; its ports lead nowhere."""
    ports = PatcherPorts(
        target="test",
        dimensions={"target": "test"},
        database=FakeDatabase(refuses=DatabaseUnreachable("somebody connected")),
        audit=FakeAuditLog(available=False),
        clock=FakeClock(),
        lock_file=LockFile,
        looks=lambda _: (),
    )
    monkeypatch.setattr(patcher, "_ports", lambda: ports)
    stream = io.StringIO()
    for handler in patcher._logger.handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return stream


@pytest.mark.experiment("F38")
@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        (None, "event: is null, not an object"),
        ([], "event: is a list, not an object"),
        ("apply", "event: is a text, not an object"),
        ({}, "action: null is unknown; known are preflight, plan, apply, verify, drift, repair"),
        ({"action": "drop"}, "action: 'drop' is unknown"),
        ({"action": ["plan"]}, "action: ['plan'] is unknown"),
        ({"action": "x" * 300_000}, "action: 'xxx"),
        ({"action": "plan"}, "run: is null, not an object"),
        ({"action": "plan", "run": {"id": "a#b", "started_at": "x"}}, "run.id: is not the name of an execution"),
        ({"action": "plan", "run": RUN_EVENT}, "input: is null, not an object"),
        ({"action": "preflight", "run": RUN_EVENT, "input": {"sql": "DROP"}}, "input: unknown key 'sql'"),
        ({"action": "preflight", "run": RUN_EVENT, "input": {"target": "x"}}, "input.target: 'x' is not accepted"),
        ({"action": "preflight", "run": RUN_EVENT, "input": {"mode": "fix"}}, "input.mode: 'fix' is not"),
        ({"action": "apply", "run": RUN_EVENT, "request": {}}, "work: is null, not an object"),
        ({"action": "apply", "run": RUN_EVENT, "request": {}, "work": {}}, "work.status: null is unknown"),
        ({"action": "verify", "run": RUN_EVENT, "request": "{}"}, "input: is a text, not an object"),
        ({"action": "drift", "run": RUN_EVENT, "request": {"mode": "x"}}, "input.mode: 'x' is not accepted"),
        ({"action": "repair", "run": RUN_EVENT}, "input: is null, not an object"),
        ({"action": "repair", "run": RUN_EVENT, "request": {}}, "work: is null, not an object"),
    ],
)  # fmt: skip
def test_an_event_that_is_not_the_workflows_is_bad_input_before_any_connection(
    log: io.StringIO, event: Any, complaint: str
) -> None:
    with pytest.raises(BadInput) as caught:
        patcher.handler(event, Context())
    assert complaint in str(caught.value)
    line = json.loads(log.getvalue())
    assert (line["level"], line["error"]) == ("WARNING", "BadInput")
    assert len(log.getvalue()) < 5_000
