"""What the doctor looks at from the patcher's place, and from the command line's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.audit_examination import AuditExamination
from rdspatch.adapters.postgres.connection import SESSION_SETTINGS
from rdspatch.adapters.postgres.examination import PostgresExamination
from rdspatch.core.counted import counted
from rdspatch.core.doctor.aws import judge_indexes, judge_protection, judge_read, judge_write
from rdspatch.core.doctor.clock import judge_clock
from rdspatch.core.doctor.finding import Finding, State, ok, problem, skipped
from rdspatch.core.doctor.ledger import judge_ledger, judge_lost
from rdspatch.core.doctor.reader import judge_comparing, judge_harmlessness, judge_reading
from rdspatch.core.doctor.role import judge_role, judge_schemas, judge_tables, judge_worker
from rdspatch.core.doctor.server import (
    judge_autovacuum,
    judge_connections,
    judge_proof,
    judge_run_lock,
    judge_sessions,
    judge_settings,
    judge_transaction_ids,
    judge_version,
    judge_writable,
)
from rdspatch.core.doctor.strangers import judge_creators, judge_shadows
from rdspatch.core.errors import AccessDenied
from rdspatch.core.lost import Lost, lost_from
from rdspatch.core.settings import Authentication
from rdspatch.engine.doctor import Look
from rdspatch.engine.inspect import read_ledger
from rdspatch.handlers.doctor_way import way_to_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.adapters.postgres import PostgresDatabase
    from rdspatch.core.errors import RdspatchError
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockFile
    from rdspatch.core.run import Run
    from rdspatch.core.settings import DatabaseSettings
    from rdspatch.ports import Clock, Credentials

_LOGIN_ADVICE = {
    Authentication.SECRET: "put the role's current password into the secret, or rotate it",
    Authentication.IAM: "GRANT rds_iam TO the role, and allow the function rds-db:connect for it on this instance",
    Authentication.NONE: "correct user and password in the URL",
}


def patches_look(lock_file: Callable[[], LockFile]) -> Look:
    """Whether the patches that were deployed are whole."""

    def take() -> Sequence[Finding]:
        found = lock_file().patches
        return [ok("patches", f"{counted(len(found), 'patch', 'patches')}, as the lock file says")]

    return Look(checks=("patches",), take=take)


def credentials_look(settings: DatabaseSettings, credentials: Credentials) -> Look:
    """Whether the login can be had: Secrets Manager reached and the secret readable, or a token signed."""
    how = "the secret is readable" if settings.authentication is Authentication.SECRET else "an IAM token was signed"
    return Look(checks=("credentials",), take=lambda: [ok("credentials", f"{how}: user {credentials.fetch().user}")])


def database_looks(
    settings: DatabaseSettings,
    database: PostgresDatabase,
    *,
    clock: Clock,
    run: Run,
    lock_file: Callable[[], LockFile] | None = None,
    is_reader: bool = False,
) -> tuple[Look, ...]:
    """From the host's name to the ledger, and where there are patches whether they were proven on such a server.

    A reader only looks for drift: what patches need of a role is not asked of it.
    """
    examination = PostgresExamination(database, settings, run)

    def log_in() -> Sequence[Finding]:
        examination.log_in()
        return [ok("login", f"the login to {settings.name} works")]

    def no_login(error: RdspatchError) -> Finding:
        advice = _LOGIN_ADVICE[settings.authentication] if isinstance(error, AccessDenied) else ""
        return problem("login", str(error), advice)

    return (
        *way_to_database(settings, clock),
        Look(checks=("login",), take=log_in, needs=("credentials", "tcp", "tls"), on_error=no_login),
        _server_look(examination, clock),
        *((_reader_look(examination),) if is_reader else _patching_looks(examination, clock)),
        *(() if lock_file is None else (_proof_look(examination, lock_file),)),
    )


def _reader_look(examination: PostgresExamination) -> Look:
    def take() -> Sequence[Finding]:
        seen = examination.reader()
        return [judge_harmlessness(seen), judge_comparing(seen), judge_reading(seen)]

    return Look(checks=("reader", "schemas", "ledger"), take=take, needs=("login",))


def _patching_looks(examination: PostgresExamination, clock: Clock) -> tuple[Look, ...]:
    return (
        *_role_looks(examination, clock),
        _ledger_look(examination),
        Look(
            checks=("run lock",),
            take=lambda: [judge_run_lock(examination.run_lock_holder())],
            needs=("login",),
        ),
    )


def _proof_look(examination: PostgresExamination, lock_file: Callable[[], LockFile]) -> Look:
    def take() -> Sequence[Finding]:
        return [judge_proof(lock_file(), examination.version())]

    return Look(checks=("proof",), take=take, needs=("login",))


def _server_look(examination: PostgresExamination, clock: Clock) -> Look:
    def take() -> Sequence[Finding]:
        seen = examination.server(clock)
        return [
            judge_version(seen.version, today=clock.now().date()),
            judge_writable(seen),
            judge_settings(seen, expected=SESSION_SETTINGS),
            judge_connections(seen.connections),
            judge_transaction_ids(seen.transaction_age),
            judge_autovacuum(switched_on=seen.autovacuum),
            judge_sessions(seen),
            judge_clock("database clock", seen.ahead, whose="the database's clock", round_trip=seen.round_trip),
        ]

    checks = (
        "version",
        "writable",
        "settings",
        "connections",
        "transaction ids",
        "autovacuum",
        "sessions",
        "database clock",
    )
    return Look(checks=checks, take=take, needs=("login",))


def _role_looks(examination: PostgresExamination, clock: Clock) -> tuple[Look, ...]:
    def worker() -> Sequence[Finding]:
        finding = judge_worker(examination.role())
        if finding.state is not State.PROBLEM:
            examination.become_worker()
        return [finding]

    def grants() -> Sequence[Finding]:
        seen = examination.role()
        return [judge_schemas(seen), judge_tables(seen)]

    def strangers() -> Sequence[Finding]:
        return [judge_creators(examination.creators()), judge_shadows(examination.shadows())]

    return (
        Look(checks=("role",), take=lambda: [judge_role(examination.role(), now=clock.now())], needs=("login",)),
        Look(checks=("owner role",), take=worker, needs=("login",)),
        Look(checks=("schemas", "tables"), take=grants, needs=("login", "owner role")),
        Look(checks=("creators", "shadowed names"), take=strangers, needs=("login", "owner role")),
    )


def _ledger_look(examination: PostgresExamination) -> Look:
    def take() -> Sequence[Finding]:
        role = examination.role()
        may_create = bool(role.may_create_schemas)
        return [judge_ledger(examination.ledger(), worker=role.worker, may_create_schemas=may_create)]

    return Look(checks=("ledger",), take=take, needs=("login", "owner role"))


def audit_looks(connect: Callable[[], DynamoDBClient], *, table: str, target: str, clock: Clock) -> tuple[Look, ...]:
    """The audit table, as far as the caller's permissions reach, and AWS's clock."""

    def examination() -> AuditExamination:
        return AuditExamination(connect(), table=table, target=target)

    def look(check: str, judge: Callable[[AuditExamination], Finding], *needs: str) -> Look:
        return Look(checks=(check,), take=lambda: [judge(examination())], needs=needs)

    def clocks(asked: AuditExamination) -> Finding:
        time = asked.time(clock)
        if time is None:
            return skipped("AWS clock", "the answer names no time")
        return judge_clock("AWS clock", time.ahead, whose="AWS's clock", round_trip=time.round_trip)

    return (
        look("audit table", lambda asked: judge_read(table, asked.read())),
        look("audit writes", lambda asked: judge_write(table, asked.write()), "audit table"),
        look("audit indexes", lambda asked: judge_indexes(table, asked.indexes()), "audit table"),
        look("audit protection", lambda asked: judge_protection(table, asked.protection()), "audit table"),
        look("AWS clock", clocks),
    )


def lost_look(
    database: PostgresDatabase,
    run: Run,
    audited: Callable[[], Ledger],
    *,
    lock_file: Callable[[], LockFile] | None = None,
) -> Look:
    """Whether the ledger has what the audit says; the audit is read first, since it is written last."""

    def take() -> Sequence[Finding]:
        recorded = audited()
        lost = Lost(rows=lost_from(read_ledger(database, run), recorded))
        files = None if lock_file is None else [locked.patch.name for locked in lock_file().patches]
        return [judge_lost(lost, files)]

    return Look(checks=("lost patches",), take=take, needs=("ledger", "audit table"))
