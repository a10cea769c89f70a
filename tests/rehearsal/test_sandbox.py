from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from rdspatch.rehearsal.faults import Fault
from rdspatch.rehearsal.sandbox import Sandbox, SandboxEnded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.rehearsal.invocation import FunctionSpec

WORK_STEPS = (
    "database.connect",
    "database.session.__enter__",
    "database.session.execute",
    "database.session.execute",
    "database.session.__exit__",
    "audit.put",
)


@pytest.fixture
def sandbox(worker: FunctionSpec) -> Iterator[Sandbox]:
    with Sandbox(worker) as opened:
        yield opened


def test_a_result_comes_back_as_json(sandbox: Sandbox) -> None:
    invocation = sandbox.invoke({"action": "echo", "text": "ü", "list": (1, None)})
    assert not invocation.failed
    assert invocation.payload == {"action": "echo", "text": "ü", "list": [1, None]}


def test_an_exception_is_named_by_its_class(sandbox: Sandbox) -> None:
    invocation = sandbox.invoke({"action": "fail"})
    assert (invocation.error, invocation.payload["errorMessage"]) == ("Busy", "held by 42")
    assert "worker.py" in invocation.payload["stackTrace"][-1]


def test_an_exception_is_in_the_log_as_lambda_writes_it(sandbox: Sandbox) -> None:
    assert sandbox.invoke({"action": "fail"}).log.startswith("about to fail\n[ERROR] Busy: held by 42\n")


def test_everything_written_is_in_the_log(sandbox: Sandbox) -> None:
    assert sandbox.invoke({"action": "write"}).log == "straight to standard error\nprinted\n"


def test_a_handler_that_takes_too_long_is_killed(sandbox: Sandbox) -> None:
    started = time.monotonic()
    invocation = sandbox.invoke({"action": "sleep", "seconds": 30})
    assert invocation.error == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in invocation.payload["errorMessage"]
    assert 1.0 <= time.monotonic() - started < 5.0


@pytest.mark.parametrize(("action", "status"), [("exit", 3), ("leave", 4)])
def test_a_handler_that_ends_its_process_is_an_exit_error(sandbox: Sandbox, action: str, status: int) -> None:
    invocation = sandbox.invoke({"action": action})
    assert invocation.error == "Runtime.ExitError"
    assert f"exit status {status}" in invocation.payload["errorMessage"]


def test_a_result_that_is_no_json_is_a_marshal_error(sandbox: Sandbox) -> None:
    assert sandbox.invoke({"action": "return a set"}).error == "Runtime.MarshalError"


def test_a_handler_that_cannot_be_imported_says_why(worker: FunctionSpec) -> None:
    with Sandbox(dataclasses.replace(worker, handler="small.missing.handler")) as sandbox:
        invocation = sandbox.invoke({})
    assert invocation.error == "Runtime.ImportModuleError"
    assert "small.missing" in invocation.payload["errorMessage"]


def test_the_context_describes_the_function(sandbox: Sandbox, worker: FunctionSpec) -> None:
    context = sandbox.invoke({"action": "describe"}).payload
    assert (context["function"], context["arn"], context["memory"]) == (worker.name, worker.arn, 256)
    assert 500 < context["remaining"] <= 1000
    assert context["request_id"] != sandbox.invoke({"action": "describe"}).payload["request_id"]


def test_a_handler_sees_only_its_own_environment(worker: FunctionSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody's")
    with Sandbox(dataclasses.replace(worker, environment={"RDSPATCH_TARGET": "app"})) as sandbox:
        environment = sandbox.invoke({"action": "describe"}).payload["environment"]
    assert environment["RDSPATCH_TARGET"] == "app"
    assert "AWS_PROFILE" not in environment


def test_invocations_run_side_by_side(sandbox: Sandbox) -> None:
    results: list[bool] = []

    def sleep() -> None:
        results.append(sandbox.invoke({"action": "sleep", "seconds": 0.6}).failed)

    threads = [threading.Thread(target=sleep) for _ in range(3)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [False] * 3
    assert time.monotonic() - started < 1.7


def test_steps_are_counted_by_name(sandbox: Sandbox) -> None:
    invocation = sandbox.invoke({"action": "work"}, fault=Fault())
    assert invocation.payload == {"worked": True}
    assert invocation.steps == WORK_STEPS


def test_without_a_fault_nothing_is_wrapped(sandbox: Sandbox) -> None:
    assert sandbox.invoke({"action": "work"}).steps == ()


@pytest.mark.parametrize("number", range(1, len(WORK_STEPS) + 1))
def test_killed_before_a_step_it_is_not_taken(sandbox: Sandbox, number: int) -> None:
    invocation = sandbox.invoke({"action": "work"}, fault=Fault(kill_before=number))
    assert invocation.error == "Runtime.ExitError"
    assert "SIGKILL" in invocation.payload["errorMessage"]
    assert invocation.steps == WORK_STEPS[: number - 1]


def test_killed_after_a_step_it_is_taken(sandbox: Sandbox) -> None:
    invocation = sandbox.invoke({"action": "work"}, fault=Fault(kill_after=3))
    assert invocation.error == "Runtime.ExitError"
    assert invocation.log == "executing one\n"


def test_killed_during_a_step_what_was_sent_is_sent_and_the_answer_is_lost(sandbox: Sandbox) -> None:
    event = {"action": "wait for the server", "seconds": 0.5}
    invocation = sandbox.invoke(event, fault=Fault(kill_during=3, during_ms=100))
    assert (invocation.error, invocation.log) == ("Runtime.ExitError", "sent\n")


def test_a_step_that_is_quick_enough_is_not_killed(sandbox: Sandbox) -> None:
    event = {"action": "wait for the server", "seconds": 0.1}
    assert sandbox.invoke(event, fault=Fault(kill_during=2, during_ms=20)).payload == {"answered": True}


def test_closing_ends_an_invocation_under_way(worker: FunctionSpec) -> None:
    sandbox = Sandbox(dataclasses.replace(worker, timeout_seconds=60))
    raised: list[Exception] = []

    def sleep() -> None:
        try:
            sandbox.invoke({"action": "sleep", "seconds": 60})
        except SandboxEnded as error:
            raised.append(error)

    thread = threading.Thread(target=sleep)
    thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    sandbox.close()
    thread.join(timeout=10)
    assert len(raised) == 1
    assert time.monotonic() - started < 3.0


def test_the_processes_end_with_the_process_that_started_them(worker: FunctionSpec) -> None:
    program = (
        "import threading, time\n"
        "from rdspatch.rehearsal.invocation import FunctionSpec\n"
        "from rdspatch.rehearsal.sandbox import Sandbox\n"
        f"sandbox = Sandbox(FunctionSpec(name='Worker', arn='', handler={worker.handler!r},"
        " timeout_seconds=60, memory_mb=1))\n"
        "print(sandbox.invoke({'action': 'describe'}).failed, sandbox._all[0]._process.pid, flush=True)\n"
        "threading.Thread(target=sandbox.invoke, args=({'action': 'sleep', 'seconds': 60},)).start()\n"
        "time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        failed, zygote = owner.stdout.readline().split()
        time.sleep(0.3)
        owner.kill()
    assert failed == "False"
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(int(zygote)):
        time.sleep(0.02)
    assert not _alive(int(zygote))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
