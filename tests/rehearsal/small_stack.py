"""A small stack with small handlers: enough of a template, and every way in which a handler can end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WIRING = """
import contextlib, dataclasses, time

class Session:
    def execute(self, statement):
        print("executing", statement, flush=True)
        return statement
    def take(self, seconds):
        print("sent", flush=True)
        time.sleep(seconds)
    def close(self):
        print("closing", flush=True)

class Database:
    @contextlib.contextmanager
    def connect(self):
        session = Session()
        yield session
        session.close()

class Audit:
    def put(self, record):
        print("recorded", record, flush=True)

@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    database: Database
    audit: Audit
    clock: object

def worker_ports(environ):
    return Ports(database=Database(), audit=Audit(), clock=object())
"""

WORKER = """
import os, sys, time
from small.wiring import worker_ports

class Busy(Exception):
    pass

def handler(event, context):
    return ACTIONS[event["action"]](event, context)

def work(event, context):
    ports = worker_ports(os.environ)
    with ports.database.connect() as session:
        session.execute("one")
        session.execute("two")
    ports.audit.put("done")
    return {"worked": True}

def wait_for_the_server(event, context):
    with worker_ports(os.environ).database.connect() as session:
        session.take(event["seconds"])
    return {"answered": True}

def describe(event, context):
    return {
        "request_id": context.aws_request_id,
        "function": context.function_name,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
    }

def busy_until_marked(event, context):
    if not os.path.exists(event["marker"]):
        open(event["marker"], "w").close()
        raise Busy("not yet")
    return {"done": True}

def fail(event, context):
    print("about to fail")
    raise Busy("held by 42")

def write(event, context):
    os.write(2, b"straight to standard error\\n")
    print("printed")

ACTIONS = {
    "work": work,
    "wait for the server": wait_for_the_server,
    "describe": describe,
    "busy until marked": busy_until_marked,
    "fail": fail,
    "write": write,
    "echo": lambda event, context: event,
    "sleep": lambda event, context: time.sleep(event["seconds"]),
    "exit": lambda event, context: os._exit(3),
    "leave": lambda event, context: sys.exit(4),
    "return a set": lambda event, context: {1, 2},
}
"""


def invoke(**parameters: Any) -> dict[str, Any]:
    """A Task state that invokes the small function, as the CDK writes it."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "<Worker.Arn>", "Payload": parameters},
        "ResultSelector": {"value.$": "$.Payload"},
        "ResultPath": "$.result",
    }


def template_of(states: Mapping[str, Any], *, handler: str = "small.worker.handler") -> dict[str, Any]:
    """A template as the CDK synthesizes one, around some states."""
    text = json.dumps({"StartAt": next(iter(states)), "States": states})
    pieces = re.split(r"<([\w.]+)>", text)
    parts = [_reference(piece) if number % 2 else piece for number, piece in enumerate(pieces)]
    return {
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "KeySchema": [
                        {"AttributeName": "PK", "KeyType": "HASH"},
                        {"AttributeName": "SK", "KeyType": "RANGE"},
                    ],
                    "AttributeDefinitions": [
                        {"AttributeName": "PK", "AttributeType": "S"},
                        {"AttributeName": "SK", "AttributeType": "S"},
                    ],
                    "DeletionProtectionEnabled": True,
                },
            },
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Unrelated": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Handler": "index.handler", "Role": {"Fn::GetAtt": ["Worker", "Arn"]}},
            },
            "Worker": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Handler": handler,
                    "Timeout": 1,
                    "MemorySize": 256,
                    "Environment": {
                        "Variables": {
                            "RDSPATCH_AUDIT_TABLE": {"Ref": "Table"},
                            "RDSPATCH_DATABASE_HOST": {"Fn::GetAtt": ["Instance", "Endpoint.Address"]},
                            "RDSPATCH_DATABASE_USER": "patcher",
                            "RDSPATCH_DATABASE_AUTH": "iam",
                        }
                    },
                },
            },
            "Instance": {"Type": "AWS::RDS::DBInstance", "Properties": {}},
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"DefinitionString": {"Fn::Join": ["", parts]}},
            },
        }
    }


def _reference(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": name.split(".")} if "." in name else {"Ref": name}
