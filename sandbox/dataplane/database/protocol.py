"""The messages of PostgreSQL's frontend/backend protocol that come before a session is relayed."""

from __future__ import annotations

import struct

SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104
CANCEL_REQUEST = 80877102
PROTOCOL_MAJOR = 3
SERVER_SOCKET = ".s.PGSQL.5432"  # PostgreSQL's name for its Unix socket at port 5432
TLS_HANDSHAKE = 0x16  # the first byte of a TLS record, where a client begins with TLS at once
ALPN = "postgresql"
LONGEST_STARTUP = 10_000  # bytes, PostgreSQL's own limit
LONGEST_PASSWORD = 65_535

AUTHENTICATION_CLEARTEXT = b"R" + struct.pack("!ii", 8, 3)

AUTHENTICATION_FAILED = "28P01"  # invalid_password
NOT_AUTHORISED = "28000"  # invalid_authorization_specification
PROTOCOL_VIOLATION = "08P01"
CANNOT_CONNECT_NOW = "57P03"


def error_response(code: str, message: str) -> bytes:
    """A FATAL ErrorResponse with an SQLSTATE."""
    fields = {"S": "FATAL", "V": "FATAL", "C": code, "M": message}
    body = b"".join(name.encode() + value.encode() + b"\0" for name, value in fields.items()) + b"\0"
    return b"E" + struct.pack("!i", 4 + len(body)) + body


def startup_parameters(packet: bytes) -> dict[str, str]:
    """The parameters of a StartupMessage (user, database, …). Raises ValueError where it is malformed."""
    version = struct.unpack_from("!i", packet, 4)[0]
    if version >> 16 != PROTOCOL_MAJOR:
        raise ValueError(f"protocol version {version >> 16} is not supported")
    if not packet.endswith(b"\0\0"):
        raise ValueError("the startup message has no terminator")
    words = packet[8:-2].split(b"\0")
    return {name.decode(): value.decode() for name, value in zip(words[::2], words[1::2], strict=True)}
