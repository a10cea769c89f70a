"""The simulated AWS: moto behind a port of 127.0.0.1, with the resources that a workflow works with."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any, Self

import boto3
from boto3.dynamodb.types import TypeDeserializer
from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.events.models import events_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sns.models import sns_backends
from werkzeug.serving import make_server

from rdspatch.rehearsal.seams import led_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rdspatch.rehearsal.invocation import Invocation

ACCOUNT = DEFAULT_ACCOUNT_ID
ADDRESS = "127.0.0.1"
CREDENTIALS = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal"}
EVERYTHING = json.dumps({"account": [ACCOUNT]})

# moto keeps its state in the process, so two simulated AWS at a time would be one.
_in_use = threading.Lock()


class SimulatedAwsBusy(RuntimeError):
    """This process has a simulated AWS already; close that one first."""


class SimulatedAws:
    """moto with our Lambda functions and our pace; open until `close`.

    Attributes:
        region: Where everything is.
        stepfunctions: A client.
        dynamodb: A client.
    """

    def __init__(self, *, region: str, invoke: Callable[[str, Any], Invocation], time_scale: float = 1.0) -> None:
        """Start it, empty.

        Args:
            region: Where everything is.
            invoke: Runs the Lambda function of a name with an event.
            time_scale: Factor on the pauses of `Retry` and `Wait`; 0 leaves them out.

        Raises:
            SimulatedAwsBusy: another one is open in this process.
        """
        if not _in_use.acquire(blocking=False):
            raise SimulatedAwsBusy("this process runs a rehearsal already: close that one first")
        self.region = region
        self._stack = contextlib.ExitStack()
        self._stack.callback(_in_use.release)
        try:
            self._open(invoke, time_scale)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server and forget everything."""
        self._stack.close()

    @property
    def endpoint_url(self) -> str:
        """What every AWS client has to be given as its endpoint."""
        return f"http://{ADDRESS}:{self._port}"

    def create_table(self, arguments: Mapping[str, Any]) -> None:
        """Create a DynamoDB table with the arguments of `CreateTable`."""
        self.dynamodb.create_table(**arguments)

    def create_topic(self, name: str) -> None:
        """Create an SNS topic."""
        self._sns.create_topic(Name=name)

    def create_instance(self, identifier: str) -> None:
        """Create a database instance on RDS: one to take snapshots of, with no server behind it."""
        self._rds.create_db_instance(
            DBInstanceIdentifier=identifier,
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            MasterUsername="rehearsal",
            MasterUserPassword=CREDENTIALS["aws_secret_access_key"],
            AllocatedStorage=20,
        )

    def create_secret(self, name: str, value: Mapping[str, Any]) -> str:
        """Create a secret that holds a JSON object, and return its ARN."""
        return self._secrets.create_secret(Name=name, SecretString=json.dumps(value))["ARN"]

    def record_bus(self, name: str) -> None:
        """Keep every event that arrives on a bus, creating the bus unless it is the default one."""
        if name != "default":
            self._events.create_event_bus(Name=name)
        arn = f"arn:aws:events:{self.region}:{ACCOUNT}:event-bus/{name}"
        self._events.create_archive(ArchiveName=name, EventSourceArn=arn, EventPattern=EVERYTHING)

    def create_state_machine(self, name: str, definition: str) -> str:
        """Create a state machine and return its ARN."""
        role = f"arn:aws:iam::{ACCOUNT}:role/rehearsal"
        created = self.stepfunctions.create_state_machine(name=name, definition=definition, roleArn=role)
        return created["stateMachineArn"]

    def items(self, table: str) -> tuple[dict[str, Any], ...]:
        """Return all items of a table, sorted by their keys."""
        client, deserialize = self.dynamodb, TypeDeserializer().deserialize
        keys = [key["AttributeName"] for key in client.describe_table(TableName=table)["Table"]["KeySchema"]]
        items = [
            {name: deserialize(value) for name, value in item.items()}
            for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
            for item in page["Items"]
        ]
        return tuple(sorted(items, key=lambda item: [str(item[key]) for key in keys]))

    def snapshots(self) -> tuple[dict[str, Any], ...]:
        """Return the snapshots that somebody took on RDS, the oldest first."""
        found = self._rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        return tuple(dict(snapshot) for snapshot in sorted(found, key=lambda one: str(one["SnapshotCreateTime"])))

    def notifications(self) -> tuple[dict[str, Any], ...]:
        """Return what was published on the topics, in order for each topic."""
        return tuple(
            {"topic": topic.name, "subject": subject, "message": message}
            for topic in sns_backends[ACCOUNT][self.region].topics.values()
            for _, message, subject, *_ in topic.sent_notifications
        )

    def events(self) -> tuple[dict[str, Any], ...]:
        """Return what arrived on the recorded buses, in order for each bus."""
        archives = events_backends[ACCOUNT][self.region].archives.values()
        return tuple({"bus": archive.name, **event} for archive in archives for event in archive.events)

    def _open(self, invoke: Callable[[str, Any], Invocation], time_scale: float) -> None:
        self._stack.callback(BackendDict.reset)
        server = make_server(
            ADDRESS,
            0,
            DomainDispatcherApplication(create_backend_app),
            threaded=True,
            request_handler=_QuietHandler,
        )
        self._stack.callback(server.server_close)
        self._port = server.server_port
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulated-aws", daemon=True
        )
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(server.shutdown)
        self._stack.enter_context(led_back(port=self._port, time_scale=time_scale, invoke=invoke))
        self._connect()

    def _connect(self) -> None:
        session = boto3.session.Session()
        where: dict[str, Any] = {"endpoint_url": self.endpoint_url, "region_name": self.region, **CREDENTIALS}
        self.stepfunctions = session.client("stepfunctions", **where)
        self.dynamodb = session.client("dynamodb", **where)
        self._sns = session.client("sns", **where)
        self._events = session.client("events", **where)
        self._rds = session.client("rds", **where)
        self._secrets = session.client("secretsmanager", **where)
        for client in (self.stepfunctions, self.dynamodb, self._sns, self._events, self._rds, self._secrets):
            self._stack.callback(client.close)
        # moto compiles Lambda's routes at the first request. Were that the first invocations of several executions,
        # CPython 3.11 could fail: "AST constructor recursion depth mismatch".
        with contextlib.closing(session.client("lambda", **where)) as functions:
            functions.list_functions()


class _QuietHandler(MotoRequestHandler):
    """Serves without a line on standard error for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
