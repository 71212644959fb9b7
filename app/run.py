"""Runs the service that the environment names: `python -m app.run`."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

from starlette.types import ASGIApp

from app.common import aws, log, pages
from app.common.server import serve
from app.common.settings import ServiceSettings, SettingsError, service_settings

# Each has a module `app.<name>.service` whose `create` makes it from its settings.
SERVICES = ("portal", "registration", "relay", "notification", "identity")


def preload() -> None:
    """Do what every process would do alike, once, in a parent that forks them.

    Imports are most of it. Opens no socket and starts no thread.
    """
    for service in SERVICES:
        _module(service)
    pages.preload()
    aws.preload()


def _application(settings: ServiceSettings) -> ASGIApp:
    if settings.service not in SERVICES:
        raise SettingsError(f"PRAKERJA_SERVICE must be one of {', '.join(SERVICES)}, not {settings.service!r}")
    application: ASGIApp = _module(settings.service).create(settings)
    return application


def _module(service: str) -> ModuleType:
    """Imported when it is needed: a machine runs one service, and pays for no other's libraries."""
    return importlib.import_module(f"app.{service}.service")


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
