"""Has an address written to again whose mail came back: `python -m app.notification.allow --by NAME --why TEXT`.

Run by people on the maintenance host, as the service's own database user. The address is asked for, or read from
standard input, and never an argument: what is typed at a prompt stands in no log of the session and in no list of
processes. Safe to repeat.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import re
import sys
from collections.abc import Sequence

from app.common import log
from app.common.database import Database, DatabaseUnavailableError, database_as
from app.common.settings import SettingsError, job_settings
from app.notification.barred import BarredAddresses

SERVICE = "notification"
DONE, FAILED, WRONG_USE, REFUSED = 0, 1, 2, 4

_log = logging.getLogger("app.notification.allow")  # whichever name it is run by

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


async def allow(database: Database, address: str, *, by: str, why: str, although_complained: bool) -> int:
    """Have `address` written to again, say how that went, and return the exit code.

    Raises DatabaseUnavailableError.
    """
    async with database:
        answer = await BarredAddresses(database).allow(
            address, asked_by=by, because=why, although_complained=although_complained
        )
    fields = {"asked_by": by, "because": why}
    if answer == "complained":
        _log.warning("an address stays barred, as its holder complained", extra={"fields": fields})
        print(
            "app.notification.allow: its holder complained of our mail; --although-complained if they now ask for it",
            file=sys.stderr,
        )
        return REFUSED
    message = "an address is written to again" if answer == "allowed" else "an address was not barred"
    _log.info(message, extra={"fields": fields})
    return DONE


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 once the address is written to, 1 without the database, 2 for wrong use, 4 where it stays barred."""
    options = _parser().parse_args(arguments)
    try:
        settings = job_settings(os.environ)
    except SettingsError as error:
        return _wrong(str(error))
    address = _ask()
    if not _ADDRESS.fullmatch(address):
        return _wrong("that is no mail address")
    log.configure(SERVICE)
    database = database_as(SERVICE, settings.database, region=settings.region, pool_size=1)
    try:
        return asyncio.run(
            allow(database, address, by=options.by, why=options.why, although_complained=options.although_complained)
        )
    except DatabaseUnavailableError:
        print("app.notification.allow: the database does not answer; nothing may have changed", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.notification.allow", description=__doc__)
    parser.add_argument("--by", required=True, type=_said, help="who asks for it: your name")
    parser.add_argument("--why", required=True, type=_said, help="a ticket's number, or a few words; no personal data")
    parser.add_argument("--although-complained", action="store_true", help="the holder complained, and asks for mail")
    return parser


def _said(text: str) -> str:
    if not text.strip() or "@" in text:
        raise argparse.ArgumentTypeError("some words are needed, and no mail address among them")
    return text.strip()


def _ask() -> str:
    return (getpass.getpass("Address: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()


def _wrong(what: str) -> int:
    print(f"app.notification.allow: {what}", file=sys.stderr)
    return WRONG_USE


if __name__ == "__main__":
    sys.exit(main())
