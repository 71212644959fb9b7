"""Mail that SES, or SendGrid, has sent: kept to be read, and accepted by SES only from a verified identity.

moto 5.2.5: it keeps every mail for ever, without its time, and of a mail with two bodies only one; it takes a
configuration set that doesn't exist, and one that is paused.

No mail leaves the machine. The last `KEPT` ones can be read at `/_sandbox/mail`.
"""

from __future__ import annotations

import base64
import email.policy
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any, Literal

from moto.core.utils import utcnow
from moto.ses.exceptions import MessageRejectedError, SesError
from moto.ses.models import RECIPIENT_LIMIT, SESBackend
from moto.ses.utils import get_random_message_id
from moto.sesv2.responses import SESV2Response

from sandbox.aws.server.corrections.mail_configuration_sets import configuration_set, options_of
from sandbox.aws.server.corrections.mail_events import tell
from sandbox.aws.server.corrections.patching import replace

KEPT = 500
"""How many mails are kept, the latest."""


def apply() -> None:
    replace(SESV2Response, send_email=_send)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail, as it was handed in. sent_at: ISO 8601, UTC. text, html: None where there is no such body.

    sent_by: whose API it was handed to.
    """

    sender: str
    to: list[str]
    subject: str
    text: str | None
    html: str | None
    sent_by: Literal["SES", "SendGrid"] = "SES"
    id: str = field(default_factory=get_random_message_id)
    sent_at: str = field(default_factory=lambda: utcnow().isoformat(timespec="milliseconds") + "Z")

    def described(self) -> dict[str, Any]:
        """As the private end point answers it."""
        described = asdict(self)
        return {"from": described.pop("sender"), **described}


def sent_mail(backend: SESBackend) -> Sequence[Mail]:
    """The mails that are kept, the latest first."""
    return [*reversed(_kept(backend))]


def keep(backend: SESBackend, mail: Mail) -> None:
    """Keep a mail that was taken over, in the place of the oldest where there are too many."""
    _kept(backend).append(mail)


def _told_of(mail: Mail, configuration_set_name: str) -> dict[str, Any]:
    """What events say of the mail."""
    return {
        "timestamp": mail.sent_at,
        "source": mail.sender,
        "messageId": mail.id,
        "destination": mail.to,
        "headersTruncated": False,
        "tags": {"ses:configuration-set": [configuration_set_name]},
    }


def _kept(backend: SESBackend) -> deque[Mail]:
    kept: deque[Mail] = backend.__dict__.setdefault("sent_mail", deque(maxlen=KEPT))
    return kept


def _send(response: SESV2Response) -> str:
    backend, request = response.sesv2_backend.core_backend, json.loads(response.body)
    mail = _read(request)
    _check_sender(backend, mail.sender, response.region)
    if name := request.get("ConfigurationSetName"):
        _check_configuration_set(backend, name)
    if not 0 < len(mail.to) <= RECIPIENT_LIMIT:
        raise MessageRejectedError(f"A mail has from 1 to {RECIPIENT_LIMIT} recipients, not {len(mail.to)}.")
    keep(backend, mail)
    backend.sent_message_count += len(mail.to)
    if name := request.get("ConfigurationSetName"):
        tell(backend, configuration_set(backend, name), _told_of(mail, name), [parseaddr(to)[1] for to in mail.to])
    return json.dumps({"MessageId": mail.id})


def _read(request: dict[str, Any]) -> Mail:
    content, destination = request["Content"], request.get("Destination", {})
    to = [address for kind in ("To", "Cc", "Bcc") for address in destination.get(f"{kind}Addresses", [])]
    if "Simple" in content:
        body = content["Simple"]["Body"]
        text, html = (body[kind]["Data"] if kind in body else None for kind in ("Text", "Html"))
        subject = content["Simple"]["Subject"]["Data"]
        return Mail(sender=request.get("FromEmailAddress", ""), to=to, subject=subject, text=text, html=html)
    if "Raw" in content:
        return _read_raw(base64.b64decode(content["Raw"]["Data"]), request.get("FromEmailAddress"), to)
    raise NotImplementedError


def _read_raw(content: bytes, sender: str | None, to: list[str]) -> Mail:
    message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
    named = [str(address) for header in ("To", "Cc", "Bcc") for address in _addresses(message, header)]
    return Mail(
        sender=sender or str(message["From"] or ""),
        to=to or named,
        subject=str(message["Subject"] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _addresses(message: EmailMessage, header: str) -> Sequence[object]:
    return message[header].addresses if message[header] else ()


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else None


def _check_sender(backend: SESBackend, sender: str, region: str) -> None:
    address = parseaddr(sender)[1]
    domain = address.partition("@")[2].lower()
    parents = [domain.split(".", count)[-1] for count in range(domain.count("."))]
    if not {address, *parents} & backend.email_identities.keys():
        raise MessageRejectedError(
            "Email address is not verified. The following identities failed the check in region "
            f"{region.upper()}: {sender}"
        )


def _check_configuration_set(backend: SESBackend, name: str) -> None:
    if not options_of(configuration_set(backend, name))["SendingOptions"]["SendingEnabled"]:
        raise SesError("SendingPausedException", f"Email sending is disabled for the configuration set {name}.")
