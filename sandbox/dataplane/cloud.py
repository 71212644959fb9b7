"""The data plane's calls to the cloud server: its private end points, and the AWS APIs that a booting VM would call."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.dataplane import snapshot
from sandbox.dataplane.credentials import Credentials
from sandbox.dataplane.signature import sign_headers
from sandbox.state import LOOPBACK

REGION = "ap-southeast-3"
_LONG_POLL_SECONDS = 20
_ANSWER_SECONDS = 30
_CHUNK_BYTES = 1 << 18


class CloudError(RuntimeError):
    """The cloud server could not be reached, or refused a call; the message says which call."""


class Cloud:
    """A client of one cloud server on loopback. Each call is a connection of its own (they are rare)."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._host = f"{LOOPBACK}:{port}"

    @property
    def endpoint(self) -> str:
        """What `AWS_ENDPOINT_URL` is for everything that runs in this cloud."""
        return f"http://{LOOPBACK}:{self._port}"

    async def snapshot(self, after: int) -> snapshot.Snapshot:
        """The state once its generation exceeds `after`, or the present one after the long poll's time."""
        path = f"/_sandbox/snapshot?after={after}&timeout={_LONG_POLL_SECONDS}"
        return snapshot.decode(await self._call("GET", path, {}, b""))

    async def post(self, path: str, document: Mapping[str, Any]) -> None:
        """Report something to the private end point `/_sandbox/<path>`."""
        headers = {"content-type": "application/json"}
        await self._call("POST", f"/_sandbox/{path}", headers, json.dumps(document).encode())

    async def secret(self, arn: str, credentials: Credentials) -> str:
        """The present value of a Secrets Manager secret."""
        body = json.dumps({"SecretId": arn}).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "secretsmanager.GetSecretValue",
        }
        signed = self._signed("POST", "/", headers, body, credentials, "secretsmanager")
        answer = json.loads(await self._call("POST", "/", signed, body))
        return str(answer["SecretString"])

    async def object_chunks(self, bucket: str, key: str, credentials: Credentials) -> AsyncIterator[bytes]:
        """The bytes of an S3 object, a chunk at a time."""
        path = f"/{bucket}/{key}"
        headers = self._signed("GET", path, {}, b"", credentials, "s3")
        async with self._request("GET", path, headers, b"") as reader:
            while chunk := await reader.read(_CHUNK_BYTES):
                yield chunk

    def _signed(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, service: str
    ) -> dict[str, str]:
        return sign_headers(
            {"host": self._host, **headers},
            method=method,
            path=path,
            body=body,
            credentials=credentials,
            region=REGION,
            service=service,
            now=datetime.now(UTC),
        )

    async def _call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        async with self._request(method, path, headers, body) as reader:
            return await reader.read()

    @contextlib.asynccontextmanager
    async def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[asyncio.StreamReader]:
        """Make one HTTP/1.0 request (so the answer is never chunked and ends with the connection)."""
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        except OSError as error:
            raise CloudError(f"the cloud server at {self.endpoint} does not answer: {error.strerror}") from error
        try:
            all_headers = {"host": self._host, **headers, "content-length": str(len(body))}
            lines = [f"{method} {path} HTTP/1.0", *(f"{name}: {value}" for name, value in all_headers.items())]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            async with asyncio.timeout(_LONG_POLL_SECONDS + _ANSWER_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            if status != 200:
                detail = (await reader.read())[:300].decode(errors="replace")
                raise CloudError(f"{method} {path.partition('?')[0]} was refused with status {status}: {detail}")
            yield reader
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            raise CloudError(f"{method} {path.partition('?')[0]} got no whole answer") from error
        finally:
            writer.close()
