"""From template to finished page."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.common.pages import indonesian
from app.common.pages.page import Page
from app.common.pages.palette import PALETTE

_TEMPLATES = Path(__file__).parent / "templates"


def _style() -> str:
    """The style sheet with its colours filled in and without comments and needless space."""
    text = (_TEMPLATES / "style.css").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"@colour-([a-z]+)", lambda match: PALETTE[match[1]], text)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\s*([{};,>])\s*", r"\1", text).replace(": ", ":").replace(";}", "}").strip()


STYLE = _style()

# The inlined style is allowed by its hash; scripts, frames and everything from elsewhere are not.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["style"] = Markup(STYLE)  # noqa: S704 - our own file, without markup
    environment.filters |= {
        "number": indonesian.number,
        "date": indonesian.date,
        "moment": indonesian.moment,
        "period": indonesian.period,
    }
    return environment


_ENVIRONMENT = _environment()


def preload() -> None:
    """Compile every template."""
    for name in _ENVIRONMENT.list_templates(extensions=["html"]):
        _ENVIRONMENT.get_template(name)


def render(template: str, **context: object) -> Page:
    """Render one template of `templates/`; a variable that it names and `context` lacks is an error."""
    html = _ENVIRONMENT.get_template(template).render(context)
    return Page.of(re.sub(r"\n\s*", "\n", html))
