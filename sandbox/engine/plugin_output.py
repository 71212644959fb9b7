"""A plugin's output as the engine's protocol carries it: both streams, as they come."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Iterator
from typing import IO

from pulumi.runtime.proto import language_pb2

_CHUNK = 64 * 1024
_STREAMS = ("stdout", "stderr")


def plugin_output(plugin: subprocess.Popen[bytes]) -> Iterator[language_pb2.RunPluginResponse]:
    """What a process writes to its pipes, until it has closed both."""
    written: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()

    def follow(name: str, stream: IO[bytes]) -> None:
        while chunk := stream.read1(_CHUNK):  # type: ignore[attr-defined] # a pipe's reader is buffered
            written.put((name, chunk))
        written.put((name, b""))

    for name in _STREAMS:
        threading.Thread(target=follow, args=(name, getattr(plugin, name)), daemon=True).start()
    open_streams = set(_STREAMS)
    while open_streams:
        name, chunk = written.get()
        if not chunk:
            open_streams.discard(name)
        elif name == "stdout":
            yield language_pb2.RunPluginResponse(stdout=chunk)
        else:
            yield language_pb2.RunPluginResponse(stderr=chunk)
