"""Runs the service that the environment names: `python -m app.run`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from starlette.types import ASGIApp

from app.common import aws, log, pages
from app.common.server import serve
from app.common.settings import ServiceSettings, SettingsError, service_settings
from app.portal import service as portal
from app.registration import service as registration

SERVICES: dict[str, Callable[[ServiceSettings], ASGIApp]] = {
    "portal": portal.create,
    "registration": registration.create,
}


def preload() -> None:
    """Do what every process would do alike, once, in a parent that forks them.

    Importing this module is most of it. Opens no socket and starts no thread.
    """
    pages.preload()
    aws.preload()


def _application(settings: ServiceSettings) -> ASGIApp:
    create = SERVICES.get(settings.service)
    if create is None:
        raise SettingsError(f"PRAKERJA_SERVICE must be one of {', '.join(SERVICES)}, not {settings.service!r}")
    return create(settings)


def main() -> int:
    """Serve until SIGTERM, drain, and return the exit code: 0, or 2 where the environment is wrong."""
    try:
        settings = service_settings(os.environ)
        application = _application(settings)
    except SettingsError as error:
        print(f"app.run: {error}", file=sys.stderr)
        return 2
    log.configure(settings.service)
    serve(application, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
