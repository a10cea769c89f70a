"""Builds the patcher's ports from its environment; nothing is built on import."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from rdspatch.adapters.aws_credentials import IamCredentials, SecretCredentials
from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.dynamodb import DynamoAuditLog
from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.lockfile import LockFile, require_search_path
from rdspatch.core.settings import DEFAULT_REPAIR_LIMIT, Authentication, DatabaseSettings, PatcherSettings
from rdspatch.engine.applier import ApplyPolicy
from rdspatch.engine.lock_waits import WaitPolicy
from rdspatch.handlers.measuring import MeasuredAuditLog, dimensions_of
from rdspatch.handlers.remembered import RememberedLockFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
    from rdspatch.engine.doctor import Look
    from rdspatch.ports import AuditLog, Clock, Credentials, Database

ASSET_PATCHES = Path(__file__).resolve().parents[2] / "patches"
"""Where the asset has its patches: beside the package."""

_CLIENT = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})
_ONE_TRY = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
"""For the doctor, who says at once what does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatcherPorts:
    """Everything that the patcher's actions need from the world."""

    target: str
    dimensions: Mapping[str, str]
    """Whose the published numbers are."""
    database: Database
    audit: AuditLog
    clock: Clock
    lock_file: Callable[[], LockFile]
    """Reads the patch directory; raises BadPatches, LockFileStale or BadSettings."""
    looks: Callable[[Run], Sequence[Look]]
    """What the doctor looks at, from where the patcher is."""
    policy: ApplyPolicy = field(default_factory=ApplyPolicy)
    repair_limit: int = DEFAULT_REPAIR_LIMIT
    """The most patches that one repair replays."""


def patcher_ports(environment: Mapping[str, str]) -> PatcherPorts:
    """The real ports. Raises BadSettings with everything that is wrong in the environment."""
    settings = PatcherSettings.from_env(environment)
    directory = Path(settings.patches) if settings.patches else ASSET_PATCHES
    dimensions = dimensions_of(settings.target, environment)
    return PatcherPorts(
        target=settings.target,
        dimensions=dimensions,
        database=PostgresDatabase(settings.database, credentials(settings.database)),
        audit=MeasuredAuditLog(
            DynamoAuditLog(
                boto3.client("dynamodb", config=_CLIENT),
                table=settings.audit_table,
                target=settings.target,
            ),
            dimensions=dimensions,
        ),
        clock=SystemClock(),
        lock_file=RememberedLockFile(directory, partial(_load_for, settings.database)),
        looks=lambda run: _looks(settings, directory, run),
        policy=ApplyPolicy(waits=WaitPolicy(jitter=random.random)),
        repair_limit=settings.repair_limit,
    )


def _looks(settings: PatcherSettings, directory: Path, run: Run) -> tuple[Look, ...]:
    from rdspatch.handlers import doctor_looks as doctor  # noqa: PLC0415 - for a cold start that no doctor asked for

    clock, where = SystemClock(), settings.database
    login = credentials(where, config=_ONE_TRY)
    fetched = () if where.authentication is Authentication.NONE else (doctor.credentials_look(where, login),)

    def dynamodb() -> DynamoDBClient:
        return boto3.client("dynamodb", config=_ONE_TRY)

    def lock_file() -> LockFile:
        return _load_for(where, directory)

    def audited() -> Ledger:
        return DynamoAuditLog(dynamodb(), table=settings.audit_table, target=settings.target).applied()

    database = PostgresDatabase(where, login)
    return (
        doctor.patches_look(lock_file),
        *fetched,
        *doctor.database_looks(where, database, clock=clock, run=run, lock_file=lock_file),
        *doctor.audit_looks(dynamodb, table=settings.audit_table, target=settings.target, clock=clock),
        doctor.lost_look(database, run, audited, lock_file=lock_file),
    )


def _load_for(settings: DatabaseSettings, directory: Path) -> LockFile:
    found = load_lock_file(directory)
    require_search_path(found, settings.search_path, where="RDSPATCH_SEARCH_PATH")
    return found


def credentials(settings: DatabaseSettings, *, config: Config = _CLIENT) -> Credentials:
    """The source of the login that the settings name."""
    match settings.authentication:
        case Authentication.SECRET:
            return SecretCredentials(boto3.client("secretsmanager", config=config), settings.secret_arn or "")
        case Authentication.IAM:
            client = boto3.client("rds", config=config)
            user = settings.user or ""

            def generate_token() -> str:
                token: str = client.generate_db_auth_token(settings.host, settings.port, user)
                return token

            return IamCredentials(generate_token, user)
        case Authentication.NONE:
            return GivenCredentials(settings.user or "", None)
