"""What the doctor looks at from the health function's place: the way to the application, and its answer."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rdspatch.adapters.addresses import resolve
from rdspatch.adapters.http import HttpHealthEndpoint
from rdspatch.adapters.lookup import open_to, system_lookup
from rdspatch.adapters.reachability import CONNECT_SECONDS, handshake_on
from rdspatch.core.doctor.finding import Finding, ok, problem
from rdspatch.core.errors import InsecureConnection
from rdspatch.core.health import judge_health
from rdspatch.engine.doctor import Look
from rdspatch.handlers.doctor_way import handshake_look, way_to_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.adapters.lookup import AddressInfo
    from rdspatch.core.doctor.network import Handshake
    from rdspatch.core.settings import HealthSettings
    from rdspatch.ports import Clock

_PORTS = {"http": 80, "https": 443}


def application_looks(settings: HealthSettings, clock: Clock, *, tls: ssl.SSLContext | None = None) -> tuple[Look, ...]:
    """From the host's name to the health answer.

    Args:
        settings: Where the application is.
        clock: What time it is.
        tls: How https servers are verified; by default with the system's authorities.
    """
    parts = urlsplit(settings.url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]

    def look_up() -> Sequence[AddressInfo]:
        return resolve(host, port, timeout_seconds=CONNECT_SECONDS, lookup=system_lookup)

    def shake_hands() -> Handshake:
        context = tls or ssl.create_default_context()
        try:
            return handshake_on(open_to(look_up(), seconds=CONNECT_SECONDS), context, host=host)
        except ssl.SSLCertVerificationError as error:
            why = f"the certificate of {host} does not check out: {error.verify_message}"
            raise InsecureConnection(f"{why}; the health check will refuse it too") from None
        except OSError as error:
            raise InsecureConnection(f"no TLS with {host}: {type(error).__name__}; check scheme and port") from None

    def ask() -> Sequence[Finding]:
        endpoint = HttpHealthEndpoint(tls=tls)
        response = endpoint.get(settings.url, deadline_seconds=settings.timeout_seconds)
        wrong = judge_health(response, settings.statuses)
        if wrong is None:
            return [ok("answer", f"{parts.path or '/'} answers healthy in {response.elapsed_seconds:.1f} s")]
        advice = "correct the application, or RDSPATCH_HEALTH_URL; runs end unhealthy until it answers as expected"
        return [problem("answer", f"{parts.path or '/'} {wrong}", advice)]

    return (
        *way_to_host(host, port, look_up),
        *((handshake_look(shake_hands, clock),) if parts.scheme == "https" else ()),
        Look(checks=("answer",), take=ask, needs=("tcp", "tls")),
    )
