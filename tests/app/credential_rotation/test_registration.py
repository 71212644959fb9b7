"""What is read of a credential, and where it may be sent."""

from __future__ import annotations

import json

import pytest

from app.credential_rotation.registration import Credential, PartnerError, Patience, get_token

pytestmark = pytest.mark.unit

MEMBERS = ("client_id", "client_secret", "token_url", "registration_client_uri", "registration_access_token")


def test_a_credential_is_written_as_it_is_read() -> None:
    text = json.dumps({name: f"a {name}" for name in MEMBERS})
    assert json.loads(Credential.from_json(text).to_json()) == json.loads(text)


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("value", [None, "", 7])
def test_a_faulty_credential_is_told_by_its_members_and_not_their_values(member: str, value: object) -> None:
    document = dict.fromkeys(MEMBERS, "hidden") | {member: value}
    with pytest.raises(ValueError, match=f"no text as {member}; needed: client_id, ") as raised:
        Credential.from_json(json.dumps(document))
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("text", ["hidden", '["hidden"]'])
def test_what_is_no_object_is_no_credential(text: str) -> None:
    with pytest.raises(ValueError, match="the credential has no text as client_id, ") as raised:
        Credential.from_json(text)
    assert "hidden" not in str(raised.value)


def test_a_credential_is_never_sent_without_tls() -> None:
    plain = Credential(**dict.fromkeys(MEMBERS, "http://127.0.0.1/"))
    with pytest.raises(PartnerError, match="allowed: https"):
        get_token(plain, Patience(connect_seconds=1, answer_seconds=1))
