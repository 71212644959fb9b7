"""The page on which the mail that SES, or SendGrid, has sent can be read.

Everything in a mail is written by others: it is escaped, and its HTML body is shown in a frame that runs no script,
loads nothing and has no origin.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from sandbox.aws.server.corrections.mail import Mail

HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
_LINK = re.compile(r"https?://[^\s<>\"']+")


def mail_page(mails: Sequence[Mail]) -> str:
    """All mails, in the order given."""
    shown = "\n".join(_article(mail) for mail in mails) or "<p>No mail has been sent.</p>"
    return _PAGE.format(count=len(mails), shown=shown)


def _article(mail: Mail) -> str:
    rows = (("From", mail.sender), ("To", ", ".join(mail.to)), ("Sent", f"{mail.sent_at} by {mail.sent_by}"))
    fields = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    bodies = _text(mail.text) + _html(mail.html)
    return f"<article><h2>{escape(mail.subject)}</h2><dl>{fields}</dl>{bodies}</article>"


def _text(text: str | None) -> str:
    """The plain body, with its web addresses made links."""
    if text is None:
        return ""
    parts, at = [], 0
    for link in _LINK.finditer(text):
        address = escape(link[0])
        parts += [escape(text[at : link.start()]), f'<a href="{address}" rel="noopener noreferrer">{address}</a>']
        at = link.end()
    return f"<pre>{''.join(parts)}{escape(text[at:])}</pre>"


def _html(html: str | None) -> str:
    if html is None:
        return ""
    frame = f'<iframe sandbox="" title="HTML body" srcdoc="{escape(html)}"></iframe>'
    return f"<details><summary>HTML</summary>{frame}</details>"


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sent mail ({count})</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
article {{ border-top: 1px solid #767676; padding: 1rem 0; }}
h2 {{ font-size: 1.1rem; margin: 0 0 .5rem; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
iframe {{ width: 100%; height: 24rem; border: 1px solid #767676; }}
</style>
</head>
<body>
<h1>Sent mail</h1>
<p>What the sandbox's SES and SendGrid were given to send, the latest first. No mail leaves this machine.</p>
{shown}
</body>
</html>
"""
