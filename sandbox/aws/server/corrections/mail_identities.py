"""SES identities: verified, and with all their settings.

moto 5.2.5: an identity is never verified for sending, has no DKIM tokens, and there is no MAIL FROM domain; none of its
settings can be changed; and its tags are those of its creation for ever.

Here an identity counts as verified at once: no mail leaves the machine, so that nobody has to prove a domain.
"""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from moto.ses.models import EmailIdentity, SESBackend
from moto.ses.utils import get_arn
from moto.sesv2 import urls
from moto.sesv2.models import SESV2Backend
from moto.sesv2.responses import SESV2Response

from sandbox.aws.server.corrections.patching import add, replace

KEY_LENGTH = "RSA_2048_BIT"
_TOKENS = 3
_TOKEN_LENGTH = 32

_upstream_create = SESBackend.create_email_identity_v2


def apply() -> None:
    urls.url_paths["{0}/v2/email/(?P<rest>.+)$"] = SESV2Response.dispatch
    replace(SESBackend, create_email_identity_v2=_create)
    replace(SESV2Response, get_email_identity=_get)
    add(
        SESV2Response,
        put_email_identity_mail_from_attributes=_put_mail_from,
        put_email_identity_dkim_attributes=_put_dkim,
        put_email_identity_dkim_signing_attributes=_put_dkim_signing,
        put_email_identity_feedback_attributes=_put_feedback,
        put_email_identity_configuration_set_attributes=_put_configuration_set,
    )


def tags_of(backend: SESV2Backend, kind: str, name: str) -> list[dict[str, str]]:
    """The tags of an `email-identity` or a `configuration-set`."""
    return backend.list_tags_for_resource(get_arn(backend, "ses", f"{kind}/{name}"))


def _create(
    backend: SESBackend,
    email_identity: str,
    tags: list[dict[str, str]] | None,
    dkim_signing_attributes: object | None,
    configuration_set_name: str | None,
) -> EmailIdentity:
    identity = _upstream_create(backend, email_identity, tags, dkim_signing_attributes, configuration_set_name)
    identity.verified_for_sending_status = True
    identity.feedback_forwarding_status = True
    identity.dkim_attributes = _easy_dkim() if identity.identity_type == "DOMAIN" else {"SigningEnabled": False}
    if isinstance(dkim_signing_attributes, dict):
        identity.dkim_attributes |= _signing(dkim_signing_attributes)
    identity.__dict__["mail_from"] = {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    return identity


def _easy_dkim() -> dict[str, Any]:
    alphabet = string.ascii_lowercase + string.digits
    return {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": ["".join(secrets.choice(alphabet) for _ in range(_TOKEN_LENGTH)) for _ in range(_TOKENS)],
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": KEY_LENGTH,
        "CurrentSigningKeyLength": KEY_LENGTH,
    }


def _signing(asked: dict[str, Any]) -> dict[str, Any]:
    """What signing attributes change in those that SES answers: a private key is never answered."""
    if selector := asked.get("DomainSigningSelector"):
        return {"SigningAttributesOrigin": "EXTERNAL", "Tokens": [selector]}
    length = asked.get("NextSigningKeyLength", KEY_LENGTH)
    return {"NextSigningKeyLength": length, "CurrentSigningKeyLength": length}


def _get(response: SESV2Response) -> str:
    identity = _identity(response)
    domain = identity.identity_type == "DOMAIN"
    return json.dumps(
        {
            **identity.get_response_object,
            "MailFromAttributes": _mail_from(identity, verified=domain),
            "Tags": tags_of(response.sesv2_backend, "email-identity", identity.email_identity),
        }
    )


def _mail_from(identity: EmailIdentity, *, verified: bool) -> dict[str, str]:
    settings: dict[str, str] = identity.__dict__["mail_from"]
    return {**settings, "MailFromDomainStatus": "SUCCESS"} if verified and "MailFromDomain" in settings else settings


def _put_mail_from(response: SESV2Response) -> str:
    asked = {name: value for name, value in json.loads(response.body).items() if value}
    _identity(response).__dict__["mail_from"] = {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE", **asked}
    return "{}"


def _put_dkim(response: SESV2Response) -> str:
    _identity(response).dkim_attributes["SigningEnabled"] = json.loads(response.body).get("SigningEnabled", False)
    return "{}"


def _put_dkim_signing(response: SESV2Response) -> str:
    identity, request = _identity(response), json.loads(response.body)
    if request["SigningAttributesOrigin"] == "AWS_SES":
        identity.dkim_attributes = _easy_dkim()
    identity.dkim_attributes |= _signing(request.get("SigningAttributes", {}))
    attributes = identity.dkim_attributes
    return json.dumps({"DkimStatus": attributes["Status"], "DkimTokens": attributes["Tokens"]})


def _put_feedback(response: SESV2Response) -> str:
    _identity(response).feedback_forwarding_status = json.loads(response.body).get("EmailForwardingEnabled", False)
    return "{}"


def _put_configuration_set(response: SESV2Response) -> str:
    _identity(response).configuration_set_name = json.loads(response.body).get("ConfigurationSetName")
    return "{}"


def _identity(response: SESV2Response) -> EmailIdentity:
    return response.sesv2_backend.get_email_identity(response.uri_match["EmailIdentity"])
