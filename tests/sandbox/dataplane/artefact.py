"""A tiny artefact with the service's contract: `app.run` has `preload()` and `main()`, `app.migrate` runs and ends."""

from __future__ import annotations

import hashlib
import io
import tarfile

RUN = '''
import asyncio, os, signal, sys

def preload():
    """Everything is imported above."""

def main():
    asyncio.run(serve())

async def serve():
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    server = await asyncio.start_server(answer, os.environ["PRAKERJA_LISTEN_HOST"], int(os.environ["PRAKERJA_LISTEN_PORT"]))
    print("serving as", os.getuid(), flush=True)
    await stopped.wait()
    server.close()
    await asyncio.sleep(float(os.environ["PRAKERJA_DRAIN_SECONDS"]))
    print("drained", flush=True)

async def answer(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode()
            path = head.split()[1]
            length = 0
            for line in head.splitlines():
                if line.lower().startswith("content-length:"):
                    length = int(line.split(":")[1])
            await reader.readexactly(length)
            if path == "/crash":
                os._exit(3)
            if path == "/reset":
                writer.transport.abort()
                return
            if path.startswith("/slow"):
                await asyncio.sleep(1)
            body = head.encode() if path == "/echo" else b"ok"
            if path == "/environment":
                body = "\\n".join(f"{k}={v}" for k, v in os.environ.items()).encode()
            if path == "/descriptors":
                body = "\\n".join(os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{n}")).encode()
            served = f"X-Served-By: {os.environ['PRAKERJA_SERVED_BY']}\\r\\nX-Release: {os.environ['PRAKERJA_RELEASE']}"
            writer.write(f"HTTP/1.1 200 OK\\r\\nContent-Length: {len(body)}\\r\\n{served}\\r\\n\\r\\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
'''  # noqa: E501 - a program in a string

MIGRATE = """
import os, sys
print("migrating with", os.environ["PRAKERJA_DATABASE_HOST"], "as", os.getuid())
if os.environ.get("MIGRATION") == "broken":
    sys.exit("the migration is broken")
"""


def build(run: str = RUN, migrate: str = MIGRATE) -> tuple[str, bytes]:
    """The artefact's digest and its bytes."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for name, content in {"app/__init__.py": "", "app/run.py": run, "app/migrate.py": migrate}.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content.encode()), 0o644
            archive.addfile(member, io.BytesIO(content.encode()))
    data = output.getvalue()
    return hashlib.sha256(data).hexdigest(), data
