"""`rdspatch doctor`: what usually goes wrong, looked at before it does."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.cli.audited import audited_ledger
from rdspatch.cli.aws import dynamodb_client, lambda_client
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import Format, FormatOption
from rdspatch.cli.render import print_json, show, show_styled
from rdspatch.cli.target import new_run
from rdspatch.core import errors
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.directory import LOCK_FILE
from rdspatch.core.doctor.finding import Finding, State, exit_code, findings_of, problem
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.lockfile import LockFile
from rdspatch.engine.doctor import Look, examine
from rdspatch.handlers import doctor as action
from rdspatch.handlers.doctor_looks import audit_looks, database_looks, lost_look

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "bold red", State.SKIPPED: "dim"}
_LONGEST = timedelta(minutes=5)
_ANY = "any"
"""No target: enough to ask whether a table can be read."""
_REGION_OR_RIGHT = "check name, region and credentials; it takes lambda:InvokeFunction"


def doctor(
    context: typer.Context,
    *,
    database: Annotated[
        str | None,
        typer.Option("--database", envvar="RDSPATCH_DATABASE_URL", help="Examine this database, from here."),
    ] = None,
    reader: Annotated[
        bool,
        typer.Option("--reader", help="The login of --database only looks for drift, as the reader of docs/roles.sql."),
    ] = False,
    function: Annotated[
        list[str] | None,
        typer.Option("--function", help="Let a deployed function examine its surroundings; may be given twice."),
    ] = None,
    audit_table: Annotated[
        str | None,
        typer.Option("--audit-table", help="Examine this DynamoDB table with your own credentials."),
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            "--target",
            help="The target whose records the table is asked for; with --database, the one of that database.",
        ),
    ] = _ANY,
    form: FormatOption = Format.TEXT,
) -> None:
    """Check what usually goes wrong, and say for each thing: ok, or what to change.

    Nothing is changed or recorded. The patcher examines database, secret and audit; the health function the way to
    the application. Given a database, an audit table and a target, it looks for patches that the audit has as applied
    and the ledger lost. Exits with 3 when there are problems, with 4 when somebody cannot be reached.
    """
    source = context.get_parameter_source("database")
    if source is not None and source.name == "ENVIRONMENT" and (function or audit_table):
        database = None  # what was typed goes before what is set
    if reader and database is None:
        raise BadInput([Problem(where="--reader", what="is given without a database", instead="add --database")])
    places: list[tuple[str, Callable[[], Sequence[Finding]]]] = []
    if database is not None:
        table = None if target == _ANY else audit_table
        places.append(_database_place(database, is_reader=reader, audit_table=table, target=target))
    if function:
        client = lambda_client()
        places += [(f"function {name}", _asking(client, name)) for name in function]
    if audit_table is not None:
        places.append((f"table {audit_table}", lambda: _of(_table_looks(audit_table, target))))
    if not places:
        instead = "give --database, --function or --audit-table"
        raise BadInput([Problem(where="rdspatch doctor", what="nothing to examine", instead=instead)])
    found = [(title, tuple(take())) for title, take in places]
    if form is Format.JSON:
        print_json([{"of": title, "findings": [one.to_json() for one in findings]} for title, findings in found])
    else:
        for title, findings in found:
            _show(title, findings)
    code = exit_code(finding for _, findings in found for finding in findings)
    if code:
        raise typer.Exit(code)


def _database_place(
    url: str, *, is_reader: bool, audit_table: str | None, target: str
) -> tuple[str, Callable[[], Sequence[Finding]]]:
    parsed = parse_database_url(url)
    settings, run, lock = parsed.settings, new_run(), _lock_file_here()
    database = PostgresDatabase(settings, GivenCredentials(parsed.user, parsed.password))
    looks = database_looks(settings, database, clock=SystemClock(), run=run, lock_file=lock, is_reader=is_reader)
    if audit_table is not None:
        looks = (*looks, lost_look(database, run, partial(audited_ledger, audit_table, target), lock_file=lock))
    return f"database {settings.name} at {settings.host}:{settings.port}", lambda: _of(looks)


def _lock_file_here() -> Callable[[], LockFile] | None:
    """Where the doctor is asked within a project with a lock file; from anywhere else there is nothing to look at."""
    try:
        directory = patch_directory(None)
    except errors.RdspatchError:
        return None
    return partial(load_lock_file, directory) if (directory / LOCK_FILE).is_file() else None


def _table_looks(table: str, target: str) -> tuple[Look, ...]:
    client = dynamodb_client(patient=False)
    return audit_looks(lambda: client, table=table, target=target, clock=SystemClock())


def _of(looks: Sequence[Look]) -> Sequence[Finding]:
    return examine(looks, clock=SystemClock(), time=_LONGEST)


def _asking(client: LambdaClient, name: str) -> Callable[[], Sequence[Finding]]:
    return lambda: _ask(client, name)


def _ask(client: LambdaClient, name: str) -> Sequence[Finding]:
    """What the function answers; whatever keeps it from answering is a finding too."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - most commands need no AWS

    try:
        answer = client.invoke(FunctionName=name, Payload=json.dumps({"action": action.ACTION}))
        document: Any = json.loads(answer["Payload"].read())
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "?")
        return [problem("function", f"{name} cannot be invoked: {code}", _REGION_OR_RIGHT)]
    except (BotoCoreError, ValueError) as error:
        return [problem("function", f"{name} gave no answer: {type(error).__name__}", _REGION_OR_RIGHT)]
    if answer.get("FunctionError"):
        return [_failure(document)]
    findings = findings_of(document)
    instead = "name the patcher or the health function, of a stack that has this action"
    return findings if findings is not None else [problem("answer", f"{name} does not know the doctor", instead)]


def _failure(document: Any) -> Finding:
    """A function that ended with an error; only errors of ours are sure to hold no secret."""
    name = str(document.get("errorType", "?")) if isinstance(document, dict) else "?"
    known = getattr(errors, name, None)
    if isinstance(known, type) and issubclass(known, errors.RdspatchError):
        return problem("start", f"{name}: {document.get('errorMessage', '')}", "see docs/runbook.md")
    return problem("start", f"the function ended with {name}", "its log says why")


def _show(title: str, findings: Sequence[Finding]) -> None:
    show_styled((title, "bold"))
    width = max((len(finding.check) for finding in findings if finding.state is not State.SKIPPED), default=0)
    for (state, _), group in itertools.groupby(findings, key=_likeness):
        same = list(group)
        checks = ", ".join(finding.check for finding in same)
        show_styled((f"{state.value:>8}", _STYLES[state]), (f"  {checks:<{width}}  {same[0].what}", ""))
        if same[0].instead:
            show(f"{'':>8}  {'':<{width}}  → {same[0].instead}")


def _likeness(finding: Finding) -> tuple[State, str]:
    """What is skipped for the same reason shares a line."""
    return finding.state, finding.what if finding.state is State.SKIPPED else finding.check
