"""`./prakerja mail`: the mail that the sandbox's SES, or SendGrid, has sent, which goes nowhere but there."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any

from rich.markup import escape

from operations.checkout import Checkout
from operations.console import announce, out
from operations.exit_codes import ExitCode, OperationError
from operations.sandbox_process import own_supervisor
from sandbox.state import LOOPBACK

_PATH = "/_sandbox/mail"
_ANSWER_SECONDS = 10.0
_LINK = re.compile(r"https?://[^\s<>\"')]+")


def show_mail(checkout: Checkout, *, as_json: bool) -> None:
    """Print the mail, the latest first. Raises OperationError where nothing runs."""
    announce(checkout)
    if own_supervisor(checkout) is None:
        raise OperationError("nothing runs here; `./prakerja up` starts the sandbox", ExitCode.NOTHING_RUNNING)
    port = checkout.state.ports().aws
    mails = _sent(port)
    if as_json:
        print(json.dumps(mails, indent=2))
        return
    for mail in mails:
        out.print(f"[bold]{escape(mail['subject'])}[/bold]", soft_wrap=True)
        out.print(
            f"  {mail['sent_at']} by {mail['sent_by']} to {escape(', '.join(mail['to']))}, from {escape(mail['from'])}",
            soft_wrap=True,
        )
        for link in links(mail["text"] or mail["html"]):
            out.print(f"  {escape(link)}", soft_wrap=True)
    out.print(f"{len(mails)} sent; to read them: http://{LOOPBACK}:{port}{_PATH}", soft_wrap=True)


def links(text: str) -> list[str]:
    """The links in a mail's text, each once, in their order; without the full stop that may follow one."""
    return list(dict.fromkeys(link.rstrip(".,;:!?") for link in _LINK.findall(text)))


def _sent(port: int) -> list[dict[str, Any]]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", _PATH, headers={"accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise OperationError(f"the sandbox's cloud does not answer: {error}") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise OperationError(f"the sandbox's cloud answers {answer.status} to GET {_PATH}")
    mails: list[dict[str, Any]] = json.loads(body)
    return mails
