"""Waiting until the site answers, as a browser would see it."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

from operations.exit_codes import ExitCode, OperationError
from sandbox.state import LOOPBACK, Ports

# The start page, and the page that a service answers with 200 only while what it depends on works.
_PATHS = ("/", "/readyz")
_BETWEEN_SECONDS = 0.25
_REQUEST_SECONDS = 5.0


def address(ports: Ports) -> str:
    """The site's address."""
    return f"http://{LOOPBACK}:{ports.site}"


def wait_until_it_answers(ports: Ports, seconds: float, progress: Callable[[str], None]) -> None:
    """Return once every path of the site that tells of its health answers 200.

    Raises OperationError, with the last answer, where it does not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while unwell := [f"{path} {answer}" for path in _PATHS if (answer := _get(ports.site, path)) != "200"]:
        if time.monotonic() > deadline:
            raise OperationError(
                f"{address(ports)} does not answer after {seconds:.0f} s: {', '.join(unwell)}", ExitCode.REFUSED
            )
        progress(", ".join(unwell))
        time.sleep(_BETWEEN_SECONDS)


def _get(port: int, path: str) -> str:
    """The status of one answer, or why there was none. A new connection each time, as the balancer may restart."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_REQUEST_SECONDS)
    try:
        connection.request("GET", path)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
