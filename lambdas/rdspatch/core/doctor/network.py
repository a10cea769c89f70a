"""The way to a host: its name, its port, its certificate."""

from __future__ import annotations

import enum
import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.doctor.finding import Finding, ok, problem, warning
from rdspatch.core.settings import is_proxy_host

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

EXPIRES_SOON = timedelta(days=30)
_READER_HOST = re.compile(r"\.cluster-ro-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com", re.IGNORECASE)


class Obstacle(enum.Enum):
    """Why a port could not be connected to."""

    REFUSED = "refused"
    SILENT = "silent"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """One attempt to connect to a port."""

    seconds: float
    obstacle: Obstacle | None = None
    detail: str = ""
    """The operating system's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate of a verified chain."""

    subject: str
    issuer: str
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A TLS handshake that checked out; the chain begins with the server's own certificate."""

    version: str
    chain: tuple[Certificate, ...]


def judge_endpoint(host: str) -> Finding:
    """Whether an endpoint of RDS is one that DDL and session locks work through."""
    if is_proxy_host(host):
        instead = "use the instance's or the cluster's writer endpoint"
        return problem("endpoint", f"{host} is an RDS Proxy, which breaks session locks and settings", instead)
    if _READER_HOST.search(host):
        instead = "use the cluster's writer endpoint, the one without -ro-"
        return problem("endpoint", f"{host} is the reader endpoint of a cluster", instead)
    if _is_address(host):
        what = f"{host} is an address, which changes when the instance is replaced, and no certificate of RDS names it"
        return warning("endpoint", what, "use the endpoint's name")
    return ok("endpoint", f"{host} is neither a proxy nor a reader")


def judge_addresses(host: str, addresses: Sequence[str]) -> Finding:
    """What a name leads to."""
    if not addresses:
        instead = "check the spelling, and that the VPC has DNS resolution and DNS host names switched on"
        return problem("dns", f"{host} does not resolve", instead)
    return ok("dns", f"{host} is {', '.join(addresses)}")


def judge_connection(port: int, addresses: Sequence[str], connected: Connected) -> Finding:
    """Whether the port answers, and where to look when it does not."""
    where = f"port {port} of {', '.join(addresses)}"
    match connected.obstacle:
        case None:
            return ok("tcp", f"{where} answers within {_milliseconds(connected.seconds)} ms")
        case Obstacle.REFUSED:
            instead = "check the port, and that the server is running"
            return problem("tcp", f"{where} refuses the connection: nothing listens there", instead)
        case Obstacle.SILENT:
            what = f"{where} gives no answer within {connected.seconds:.0f} s: packets are dropped on the way"
            return problem("tcp", what, _silent_advice(addresses))
        case Obstacle.OTHER:
            return problem("tcp", f"{where}: {connected.detail}", "check the route from these subnets")


def judge_handshake(handshake: Handshake, *, now: datetime) -> Finding:
    """How long the certificates of the chain are still good; the handshake itself has checked everything else."""
    first = min(handshake.chain, key=lambda certificate: certificate.not_after)
    left = first.not_after - now
    whose = "its certificate" if first is handshake.chain[0] else f"the authority {first.subject}"
    expiry = f"{whose} expires {first.not_after:%Y-%m-%d} ({counted(left.days, 'day', 'days')} left)"
    what = f"{handshake.version}, issued by {handshake.chain[0].issuer}; {expiry}"
    if left >= EXPIRES_SOON:
        return ok("tls", what)
    return warning("tls", what, "rotate the server's certificate, and deploy an asset with recent RDS authorities")


def _silent_advice(addresses: Sequence[str]) -> str:
    advice = "let the security group of the function into the server's, and check routes and network ACLs"
    if any(ipaddress.ip_address(address.partition("%")[0]).is_global for address in addresses):
        advice += "; the address is public: inside the VPC the name should lead to a private one"
    return advice


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _is_address(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
