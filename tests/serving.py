"""Servers of tests: each answers in a thread for as long as a block lasts, and leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer

# Seconds between a server's looks whether it is to stop. By the standard library's 0.5 every test would end late.
POLL_INTERVAL = 0.01


@contextmanager
def serving(server: TCPServer) -> Iterator[int]:
    """Its port, while it answers. At the end it has stopped, its thread has ended and its socket is closed."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_INTERVAL,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
