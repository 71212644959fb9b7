"""A certificate authority for tests, and TLS fronts for PostgreSQL and Valkey, whose test servers have no TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


def self_signed(directory: Path, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """Certificate (its own authority) and key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    directory.mkdir(parents=True, exist_ok=True)
    certificate_file, key_file = directory / "certificate.pem", directory / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


@asynccontextmanager
async def tls_front(unix_socket: Path, certificate: Path, key: Path) -> AsyncIterator[int]:
    """Serve PostgreSQL's protocol with TLS on a free loopback port, for as long as the block lasts."""
    context = _context(certificate, key)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST, "a plain connection"
            writer.write(b"S")
            await writer.start_tls(context)
            server_reader, server_writer = await asyncio.open_unix_connection(str(unix_socket))
            await asyncio.gather(_copy(reader, server_writer), _copy(server_reader, writer))
        except OSError:
            writer.close()  # the client did not trust the certificate, or was killed

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


@asynccontextmanager
async def direct_tls_front(server_port: int, certificate: Path, key: Path) -> AsyncIterator[int]:
    """Serve a loopback port's protocol with TLS from the first byte, for as long as the block lasts."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", server_port)
            await asyncio.gather(_copy(reader, server_writer), _copy(server_reader, writer))
        except OSError:
            writer.close()

    context = _context(certificate, key)
    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context) as listening:
        yield listening.sockets[0].getsockname()[1]


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
