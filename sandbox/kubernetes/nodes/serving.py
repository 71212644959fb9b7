"""HTTPS listeners on loopback, on ports that the kernel chooses."""

from __future__ import annotations

import ssl
from pathlib import Path

from aiohttp import web


def server_context(directory: Path, *, clients_of: str | None) -> ssl.SSLContext:
    """TLS with the kubelets' certificate of a cluster's directory.

    clients_of: the file of the authority that must have signed a caller's certificate; None lets anybody call.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "kubelet.pem", directory / "kubelet.key")
    if clients_of is not None:
        context.load_verify_locations(directory / clients_of)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def listen(runner: web.AppRunner, address: str, context: ssl.SSLContext) -> int:
    """Serve an application at one more loopback address; the port it is at."""
    site = web.TCPSite(runner, address, 0, ssl_context=context)
    await site.start()
    return int(runner.addresses[-1][1])
