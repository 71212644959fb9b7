"""Requests one after another on several connections, for as long as something else happens."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx


class Load:
    """What came back. `failures` names each request that had no answer below 500."""

    def __init__(self) -> None:
        self.served: Counter[str] = Counter()
        self.failures: list[str] = []


@contextmanager
def load(url: str, connections: int = 4) -> Iterator[Load]:
    """Ask a URL all the time while the context is entered."""
    found, stopping = Load(), threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=10) as client:
            while not stopping.is_set():
                try:
                    answer = client.get(url)
                    found.served[answer.headers.get("x-served-by", "")] += 1
                    if answer.status_code >= 400:
                        found.failures.append(f"status {answer.status_code}")
                except httpx.HTTPError as error:
                    found.failures.append(repr(error))
                stopping.wait(0.005)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
