"""How identity numbers are protected."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from cryptography.exceptions import InvalidTag

from app.common.identity_keys import IdentityKeys, InvalidSecretError, KeyMaterial, new_secret
from app.registration.accounts import new_id

pytestmark = pytest.mark.unit

NIK = "3201016703980001"
ACCOUNT = UUID("01890000-0000-7000-8000-000000000001")
OTHER = UUID("01890000-0000-7000-8000-000000000002")


def test_a_number_comes_back_from_its_own_row_and_column_only() -> None:
    keys = IdentityKeys(new_secret())
    sealed = keys.encrypt(NIK, account_id=ACCOUNT, column="nik")
    assert keys.decrypt(sealed, version=1, account_id=ACCOUNT, column="nik") == NIK
    with pytest.raises(InvalidTag):
        keys.decrypt(sealed, version=1, account_id=OTHER, column="nik")
    with pytest.raises(InvalidTag):
        keys.decrypt(sealed, version=1, account_id=ACCOUNT, column="family_card_number")
    with pytest.raises(InvalidTag):
        keys.decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), version=1, account_id=ACCOUNT, column="nik")


def test_equal_numbers_have_equal_hashes_and_different_ciphertexts() -> None:
    keys = IdentityKeys(new_secret())
    assert keys.nik_hash(NIK) == keys.nik_hash(NIK)
    assert len(keys.nik_hash(NIK)) == 32
    assert len({keys.encrypt(NIK, account_id=ACCOUNT, column="nik") for _ in range(100)}) == 100


def test_another_secret_gives_other_hashes_and_opens_nothing() -> None:
    ours, theirs = IdentityKeys(new_secret()), IdentityKeys(new_secret())
    assert ours.nik_hash(NIK) != theirs.nik_hash(NIK)
    with pytest.raises(InvalidTag):
        theirs.decrypt(ours.encrypt(NIK, account_id=ACCOUNT, column="nik"), version=1, account_id=ACCOUNT, column="nik")


def test_a_new_encryption_key_leaves_old_numbers_readable_and_hashes_equal() -> None:
    secret = new_secret()
    old = msgspec.json.decode(secret, type=KeyMaterial)
    rotated = KeyMaterial(
        hash_key=old.hash_key, encryption_keys=old.encryption_keys | {2: b"\x02" * 32}, current_version=2
    )
    before, after = IdentityKeys(secret), IdentityKeys(msgspec.json.encode(rotated).decode())
    sealed = before.encrypt(NIK, account_id=ACCOUNT, column="nik")
    assert after.version == 2
    assert after.decrypt(sealed, version=1, account_id=ACCOUNT, column="nik") == NIK
    assert after.nik_hash(NIK) == before.nik_hash(NIK)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "{}",
        "not json",
        '{"unknown": 1}',
        '{"hash_key": "AAAA", "encryption_keys": {"1": "AAAA"}, "current_version": 1}',
        '{"hash_key": "AAAA", "encryption_keys": {}, "current_version": 1}',
    ],
)
def test_a_secret_that_is_not_ours_is_refused(secret: str) -> None:
    with pytest.raises(InvalidSecretError):
        IdentityKeys(secret)


def test_account_ids_are_version_7_and_grow_with_time() -> None:
    identifiers = [new_id() for _ in range(1000)]
    assert len(set(identifiers)) == 1000
    assert {(each.version, each.variant) for each in identifiers} == {(7, "specified in RFC 4122")}
    moments = [each.int >> 80 for each in identifiers]
    assert moments == sorted(moments)
