"""The mails, in Indonesian, as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.common.pages import indonesian
from app.common.pages.palette import PALETTE
from app.notification.message import EmailVerification


@dataclass(frozen=True, kw_only=True, repr=False)
class Mail:
    """One mail to one address. Without a repr, so that it can't end up in a log."""

    to: str
    subject: str
    text: str
    html: str


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["colour"] = PALETTE
    environment.filters["moment"] = indonesian.moment
    return environment


_ENVIRONMENT = _environment()


def verification_mail(message: EmailVerification, site_url: str) -> Mail:
    """The mail that carries the link to verify an address and to set a password."""
    context = {
        "name": _never_a_link(message.name),
        "link": f"{site_url}/verifikasi?{urlencode({'token': message.token})}",
        "expires_at": message.expires_at,
    }
    return Mail(
        to=message.to,
        subject="Verifikasi email Anda untuk Kartu Prakerja",
        text=_ENVIRONMENT.get_template("verification.txt").render(context),
        html=_ENVIRONMENT.get_template("verification.html").render(context),
    )


def _never_a_link(name: str) -> str:
    """A name as its holder wrote it, but for spaces that keep mail programs from making a link of it.

    Whoever registers chooses name and address: without this, our mail would carry a stranger's link to anybody.
    """
    return " ".join(name.replace(".", ". ").replace("/", " / ").split()).replace(". ,", ".,")
