"""Endpoints on 127.0.0.1 that answer PostgreSQL's SSLRequest, and remember every byte that they could read."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
REFUSED_LOGIN = b"E" + (58).to_bytes(4, "big") + b"SFATAL\x00C28P01\x00Mpassword authentication failed for user\x00\x00"


@dataclass
class Endpoint:
    """Accepts connections; `answer` is what it says to the SSLRequest, `tls` how it goes on after `S`."""

    answer: bytes
    tls: ssl.SSLContext | None = None
    received: bytearray = field(default_factory=bytearray)
    """What came after the SSLRequest, as far as this side could read it."""
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.port = int(self.listener.getsockname()[1])
        self.listener.settimeout(0.02)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def stop(self) -> None:
        self.closing.set()
        self.thread.join()
        self.listener.close()

    def _run(self) -> None:
        while not self.closing.is_set():
            with suppress(OSError):
                self._serve(self.listener.accept()[0])

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(2)
            request = connection.recv(len(SSL_REQUEST))
            if not request:
                return  # somebody looked whether the port answers
            assert request == SSL_REQUEST
            connection.sendall(self.answer)
            if self.tls is None:
                self.received += connection.recv(65_536)
                return
            with self.tls.wrap_socket(connection, server_side=True) as encrypted:
                self.received += encrypted.recv(65_536)
                encrypted.sendall(REFUSED_LOGIN)


@dataclass(frozen=True)
class Authority:
    """A certificate authority made for one test run, and certificates that it signs."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def bundle(self) -> str:
        path = self.folder / "ca.pem"
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return str(path)

    def context(self, address: str = "127.0.0.1", *, valid_days: int = 1) -> ssl.SSLContext:
        """A server's TLS context with a certificate for an address, already expired when `valid_days` is negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        certificate = certificate_for(key, signer=self.key, issuer="test authority", name=name, days=valid_days)
        file = self.folder / f"server-{address}-{valid_days}.pem"
        form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, form, none)
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def certificate_for(
    key: ec.EllipticCurvePrivateKey,
    *,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str,
    name: x509.SubjectAlternativeName | None,
    days: int,
) -> x509.Certificate:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "database" if name else issuer)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
    )
    if name is not None:
        builder = builder.add_extension(name, critical=False)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_for(key, signer=key, issuer="test authority", name=None, days=10)
    return Authority(tmp_path, key, certificate)


@pytest.fixture
def endpoint() -> Iterator[Callable[..., Endpoint]]:
    """Starts endpoints; they stop after the test."""
    started: list[Endpoint] = []

    def start(answer: bytes, *, tls: ssl.SSLContext | None = None) -> Endpoint:
        started.append(Endpoint(answer, tls))
        return started[-1]

    yield start
    for one in started:
        one.stop()
