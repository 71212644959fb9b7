"""A partner's registration of us as its client, looked at and renewed by RFC 7592 (OAuth 2.0 Dynamic Client
Registration Management), and the token that the client credentials are good for (RFC 6749, section 4.4).

Standard library only: nothing has to be packed with the function. No message here says anything of a secret.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

# More than any registration or token takes.
LONGEST_ANSWER_BYTES = 256 * 1024
# RFC 7592, section 2.2: a request to update must not bear the first four, and the secret only as it is. What is left
# out, the partner takes as given up: it gives a new secret.
NOT_SENT_BACK = (
    "client_id_issued_at",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
    "client_secret",
)


class PartnerError(Exception):
    """The partner could not be asked, or did not answer as the standards say."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What a partner knows us by, as the secret holds it in JSON.

    token_url: where a token is given for client_id and client_secret.
    registration_client_uri, registration_access_token: where, and by what right, the registration is changed.
    """

    client_id: str
    client_secret: str
    token_url: str
    registration_client_uri: str
    registration_access_token: str

    @classmethod
    def from_json(cls, text: str) -> Credential:
        """The credential in a secret's value. Raises ValueError, which names the members and not their values."""
        names = [one.name for one in fields(cls)]
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        known = document if isinstance(document, dict) else {}
        missing = [name for name in names if not isinstance(known.get(name), str) or not known[name]]
        if missing:
            raise ValueError(f"the credential has no text as {', '.join(missing)}; needed: {', '.join(names)}")
        return cls(**{name: known[name] for name in names})

    def to_json(self) -> str:
        """As the secret holds it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, kw_only=True)
class Patience:
    """connect_seconds, answer_seconds: how long a partner may take to be connected to, and between parts of an
    answer."""

    connect_seconds: float
    answer_seconds: float


def renew(credential: Credential, patience: Patience) -> Credential:
    """Ask the partner for a new client secret, and answer the credential with it.

    All else of the registration stays as it is. Raises PartnerError, also where the partner keeps to the old secret.
    """
    registration = _ask("GET", credential.registration_client_uri, _bearer(credential), None, patience)
    credential = _as_told(credential, registration)
    kept = {name: value for name, value in registration.items() if name not in NOT_SENT_BACK}
    answer = _ask(
        "PUT",
        credential.registration_client_uri,
        {**_bearer(credential), "Content-Type": "application/json"},
        json.dumps({**kept, "client_id": credential.client_id}).encode(),
        patience,
    )
    renewed = _as_told(credential, answer)
    secret = answer.get("client_secret")
    if not isinstance(secret, str) or not secret or secret == credential.client_secret:
        raise PartnerError("the partner gave no new client_secret for the update of the registration")
    return replace(renewed, client_secret=secret)


def get_token(credential: Credential, patience: Patience) -> None:
    """Make sure that the partner gives a token for the credential. Raises PartnerError."""
    # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
    pair = f"{quote_plus(credential.client_id)}:{quote_plus(credential.client_secret)}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode({"grant_type": "client_credentials"}).encode()
    if not _ask("POST", credential.token_url, headers, body, patience).get("access_token"):
        raise PartnerError("the partner's answer has no access_token")


def _as_told(credential: Credential, registration: Mapping[str, Any]) -> Credential:
    """The credential with what the partner's answer changes of the way to the registration itself."""
    if registration.get("client_id") != credential.client_id:
        raise PartnerError("the partner's answer is of another client_id")
    told = {
        name: value
        for name in ("registration_access_token", "registration_client_uri")
        if isinstance(value := registration.get(name), str) and value
    }
    return replace(credential, **told)


def _bearer(credential: Credential) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential.registration_access_token}"}


def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None, patience: Patience) -> dict[str, Any]:
    """One request and its JSON answer. Follows no redirect: credentials go to the address that was given, alone."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise PartnerError(f"an address begins with '{parts.scheme}:'; allowed: https, with a host")
    where = f"{method} {parts.hostname}{parts.path}"
    connection = http.client.HTTPSConnection(
        parts.hostname, parts.port, timeout=patience.connect_seconds, context=ssl.create_default_context()
    )
    try:
        connection.connect()
        connection.sock.settimeout(patience.answer_seconds)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request(method, target, body, {**headers, "Accept": "application/json"})
        answer = connection.getresponse()
        content = answer.read(LONGEST_ANSWER_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise PartnerError(f"{where}: {type(error).__name__}") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise PartnerError(f"{where}: status {answer.status}")
    if len(content) > LONGEST_ANSWER_BYTES:
        raise PartnerError(f"{where}: an answer of more than {LONGEST_ANSWER_BYTES:,} bytes")
    try:
        document = json.loads(content)
    except ValueError:
        raise PartnerError(f"{where}: the answer is not JSON") from None
    if not isinstance(document, dict):
        raise PartnerError(f"{where}: the answer is no JSON object")
    return document
