"""What one stage of the deployment is: parsed once, strictly, from the context."""

from __future__ import annotations

import enum
import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .context import BadContext, Section
from .policies import Approval, Repair, Snapshot, approval_of, repair_of, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Mapping

STAGES: Final = "rdspatch:stages"
"""The context key that holds every stage by its name."""

HEALTH_SECONDS: Final = 120
"""Timeout of the health function; all its attempts have to fit."""

_HEALTH_RESERVE_SECONDS: Final = 10
_HEALTH_URL: Final = r"(?P<scheme>https?)://[^/?#@\s]+?(:(?P<port>\d{1,5}))?(/[^#\s]*)?"
TARGET: Final = r"[a-z][a-z0-9-]{0,62}"
"""What the name of a database in audit, logs and messages looks like."""

_SCHEMA: Final = r"[A-Za-z_][A-Za-z0-9_$]{0,62}"


class VpcEndpoint(enum.Enum):
    """An AWS service that the patcher reaches from subnets without internet, through the VPC's endpoint for it."""

    DYNAMODB = "dynamodb"
    SECRETS_MANAGER = "secretsmanager"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNetwork:
    """A VPC of its own, with isolated subnets only."""

    cidr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingNetwork:
    """A VPC that is there already; one availability zone, and maybe one route table, for each subnet."""

    vpc_id: str
    subnet_ids: tuple[str, ...]
    availability_zones: tuple[str, ...]
    route_table_ids: tuple[str, ...] = ()
    create_endpoints: frozenset[VpcEndpoint] = frozenset()
    """What this VPC lacks. A second endpoint for the same service would fail, so none is the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingSecret:
    """A Secrets Manager secret in the RDS format."""

    arn: str
    key_arn: str | None = None
    """The KMS key, where the secret is not under the account's default key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IamUser:
    """A database user that logs in with an IAM token."""

    name: str
    resource_id: str | None = None
    """`db-…` or `cluster-…` of an existing database; a new one knows its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDatabase:
    """A small RDS instance of its own; `user` is None when the generated secret is the login."""

    name: str
    user: IamUser | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingDatabase:
    """A PostgreSQL on RDS that is there already."""

    host: str
    port: int
    name: str
    security_group_id: str
    auth: ExistingSecret | IamUser


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """How the application in front of the database is asked; times in seconds."""

    url: str
    smoke_paths: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("healthy", "ok")
    attempts: int = 5
    interval_seconds: int = 5
    timeout_seconds: int = 5

    @property
    def port(self) -> int:
        """The TCP port that the URL leads to; its host may be a placeholder of the CDK, which is no host name yet.

        Raises:
            ValueError: It is no URL of an application's health.
        """
        match = re.fullmatch(_HEALTH_URL, self.url)
        if match is None:
            raise ValueError(f"the health URL {self.url!r} has to look like https://host/api/health")
        return int(match["port"] or {"https": 443, "http": 80}[match["scheme"]])

    @property
    def longest_seconds(self) -> int:
        """How long all attempts take when every request times out."""
        requests = 1 + len(self.smoke_paths)
        return self.attempts * (requests * self.timeout_seconds + self.interval_seconds)

    @property
    def too_long(self) -> str | None:
        """What is wrong when the attempts do not fit into the function's time."""
        limit = HEALTH_SECONDS - _HEALTH_RESERVE_SECONDS
        if self.longest_seconds <= limit:
            return None
        return f"take up to {self.longest_seconds} s; lower attempts or times until they fit in {limit} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One stage: one database and the application in front of it."""

    stage: str
    target: str
    network: NewNetwork | ExistingNetwork
    database: NewDatabase | ExistingDatabase
    health: HealthCheck
    search_path: str = "public"
    owner_role: str | None = None
    trusted_roles: tuple[str, ...] = ()
    repair: Repair = field(default_factory=Repair)
    snapshot: Snapshot = field(default_factory=Snapshot)
    approval: Approval = field(default_factory=Approval)
    account: str | None = None
    region: str | None = None


def parse(stages: Mapping[str, object], stage: str) -> Settings:
    """Read the stage named `stage`.

    Args:
        stages: What the context holds under `rdspatch:stages`.
        stage: One of its keys.

    Raises:
        BadContext: With every problem of that stage, unknown keys among them.
    """
    if stage not in stages:
        known = ", ".join(stages) or "none"
        raise BadContext([f"stage: {stage!r} is not in {STAGES}; known are {known}; use -c stage=NAME"])
    problems: list[str] = []
    root = Section(stages[stage], where=f"{STAGES}.{stage}", problems=problems)
    settings = Settings(
        stage=stage,
        target=root.text("target", pattern=TARGET),
        network=_network(root.section("network")),
        database=_database(root.section("database")),
        health=_health(root.section("health")),
        search_path=root.text("search_path", pattern=rf"{_SCHEMA}(,{_SCHEMA})*", default="public"),
        owner_role=root.optional_text("owner_role"),
        trusted_roles=root.texts("trusted_roles", pattern=r"[^\s,][^,]{0,62}", default=()),
        repair=repair_of(root.optional_section("repair")),
        snapshot=snapshot_of(root.optional_section("snapshot")),
        approval=approval_of(root.optional_section("approval")),
        account=root.optional_text("account", pattern=r"\d{12}"),
        region=root.optional_text("region", pattern=r"[a-z]{2}(-[a-z]+)+-\d"),
    )
    if isinstance(settings.network, NewNetwork) and isinstance(settings.database, ExistingDatabase):
        root.note("network", "is new, so it has no way to the existing database; give the VPC of the database")
    root.refuse_unknown()
    if problems:
        raise BadContext(problems)
    return settings


def _network(section: Section) -> NewNetwork | ExistingNetwork:
    if section.flag("create"):
        cidr = section.text("cidr", default="10.64.0.0/24")
        try:
            ipaddress.IPv4Network(cidr)
        except ValueError as error:
            section.note("cidr", f"{error}; write a network like 10.64.0.0/24")
        section.refuse_unknown()
        return NewNetwork(cidr=cidr)
    known = "|".join(endpoint.value for endpoint in VpcEndpoint)
    wanted = section.texts("create_endpoints", pattern=known, default=())
    network = ExistingNetwork(
        vpc_id=section.text("vpc_id", pattern=r"vpc-[0-9a-f]+"),
        subnet_ids=section.texts("subnet_ids", pattern=r"subnet-[0-9a-f]+"),
        availability_zones=section.texts("availability_zones", pattern=r"[a-z]{2}(-[a-z0-9]+)+"),
        route_table_ids=section.texts("route_table_ids", pattern=r"rtb-[0-9a-f]+", default=()),
        create_endpoints=frozenset(endpoint for endpoint in VpcEndpoint if endpoint.value in wanted),
    )
    subnets = len(network.subnet_ids)
    if len(network.availability_zones) != subnets:
        section.note("availability_zones", f"has to name the zone of each of the {subnets} subnet(s), in order")
    if VpcEndpoint.DYNAMODB in network.create_endpoints and len(network.route_table_ids) != subnets:
        section.note("route_table_ids", f"has to name the route table of each of the {subnets} subnet(s), in order")
    section.refuse_unknown()
    return network


def _database(section: Section) -> NewDatabase | ExistingDatabase:
    name = section.text("name")
    create = section.flag("create")
    auth = section.text("auth", pattern="secret|iam", default="iam")
    user = None
    if auth == "iam":
        resource_id = None if create else section.text("resource_id", pattern=r"(db|cluster)-[A-Za-z0-9]+")
        user = IamUser(
            name=section.text("user", pattern=r"[A-Za-z_][\w.@-]*", default="rdspatch"), resource_id=resource_id
        )
    if create:
        section.refuse_unknown()
        return NewDatabase(name=name, user=user)
    host = section.text("host", pattern=r"[A-Za-z0-9.-]+")
    if ".proxy-" in host:
        section.note("host", f"{host} is an RDS Proxy, which pins sessions; give the instance's own endpoint")
    database = ExistingDatabase(
        host=host,
        port=section.number("port", lowest=1, highest=65535, default=5432),
        name=name,
        security_group_id=section.text("security_group_id", pattern=r"sg-[0-9a-f]+"),
        auth=user or _secret(section),
    )
    section.refuse_unknown()
    return database


def _secret(section: Section) -> ExistingSecret:
    # Without the six random characters at its end the ARN is partial, and a grant on it would match nothing.
    arn = r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}"
    return ExistingSecret(
        arn=section.text("secret_arn", pattern=arn),
        key_arn=section.optional_text("secret_key_arn", pattern=r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/.+"),
    )


def _health(section: Section) -> HealthCheck:
    health = HealthCheck(
        url=section.text("url", pattern=r"https?://[A-Za-z0-9.-]+(:\d{1,5})?/api/health"),
        smoke_paths=section.texts("smoke_paths", pattern=r"/(?!/)[^,\s]*", default=()),
        statuses=section.texts("statuses", pattern=r"[^,\s]+", default=("healthy", "ok")),
        attempts=section.number("attempts", lowest=1, highest=20, default=5),
        interval_seconds=section.number("interval_seconds", lowest=0, highest=60, default=5),
        timeout_seconds=section.number("timeout_seconds", lowest=1, highest=30, default=5),
    )
    if health.too_long:
        section.note("attempts", health.too_long)
    section.refuse_unknown()
    return health
