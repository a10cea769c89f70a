"""The addresses that a health check never connects to.

A URL that leads to the instance metadata service, or to the Lambda runtime's own API on the loopback
interface, would make the check a way to read credentials. Names are resolved first and the resolved addresses
are checked, so that no spelling gets past (`http://2852039166`, `http://[::ffff:169.254.169.254]`).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from rdspatch.adapters.lookup import look_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.adapters.lookup import AddressInfo, Lookup

_FORBIDDEN: Final = (
    (ip_network("169.254.0.0/16"), "link-local"),
    (ip_network("fe80::/10"), "link-local"),
    (ip_network("fd00:ec2::/32"), "an AWS instance service"),
    (ip_network("0.0.0.0/8"), "unspecified"),  # Linux connects 0.0.0.0 and :: to the loopback interface
    (ip_network("::/128"), "unspecified"),
)
_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_NAT64: Final = ip_network("64:ff9b::/96")


class RefusedAddressError(OSError):
    """The name leads to an address that is never connected to; nothing was sent."""


def resolve(host: str, port: int, *, timeout_seconds: float, lookup: Lookup) -> Sequence[AddressInfo]:
    """Resolve a name to addresses that may be connected to.

    One refused address refuses the name: whoever serves it may serve the others too.

    Raises:
        TimeoutError: the resolver did not answer in time.
        RefusedAddressError: an address is link-local or unspecified, or loopback where the host does not say
            loopback itself.
        OSError: the name does not resolve.
    """
    try:
        found = look_up(host, port, timeout_seconds=timeout_seconds, lookup=lookup)
    except TimeoutError:
        raise
    except OSError as error:
        raise OSError("the host name does not resolve") from error
    for *_, address in found:
        why = refusal(address[0], allow_loopback=is_loopback_name(host))
        if why:
            raise RefusedAddressError(f"the host name leads to {address[0]}, which is {why}: refused")
    return found


def is_loopback_name(host: str) -> bool:
    """Whether a URL's host says loopback in so many words: `localhost`, or a literal loopback address."""
    if host.lower() == "localhost":
        return True
    try:
        address = _unmapped(ip_address(host))
    except ValueError:
        return False
    return any(address in network for network in _LOOPBACK)


def refusal(address: str, *, allow_loopback: bool) -> str:
    """Say what an address is that is never connected to; empty when it may be."""
    real = _unmapped(ip_address(address))
    for network, kind in _FORBIDDEN:
        if real in network:
            return kind
    if not allow_loopback and any(real in network for network in _LOOPBACK):
        return "loopback"
    return ""


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 one, else the address without its zone."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return IPv6Address(address.packed)
