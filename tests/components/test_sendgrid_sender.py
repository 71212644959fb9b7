"""The second way for mail stands ready: proved by records, with a place for the key, and told to auditors."""

from __future__ import annotations

import pytest

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit


def test_the_domain_is_proved_to_sendgrid_by_records_in_its_own_zone(prod: Recording) -> None:
    records = {
        one.inputs["name"]: one.inputs
        for one in prod.of_type("aws:route53/record:Record")
        if one.name.startswith("prod-sendgrid")
    }
    host = "u0000000.wl000.sendgrid.net"
    assert {(name, one["type"], *one["records"]) for name, one in records.items()} == {
        ("em0000.prakerja.go.id", "CNAME", host),
        ("s1._domainkey.prakerja.go.id", "CNAME", f"s1.domainkey.{host}"),
        ("s2._domainkey.prakerja.go.id", "CNAME", f"s2.domainkey.{host}"),
    }
    assert {one["zoneId"] for one in records.values()} == {"Z1"}


def test_the_program_makes_room_for_the_key_and_never_sees_it(prod: Recording) -> None:
    secret = prod.one("aws:secretsmanager/secret:Secret", "prod-sendgrid-api-key")
    assert secret.inputs["kmsKeyId"] == "arn:aws:kms:ap-southeast-3:123456789012:prod-internal"
    assert "aws:secretsmanager/secretVersion:SecretVersion" not in {one.type for one in prod.resources}


def test_an_environment_without_it_has_none_of_it(dev: Recording) -> None:
    assert [one.name for one in dev.resources if "sendgrid" in one.name] == []


def test_auditors_are_told_that_data_would_leave_the_country_and_by_what_right(prod: Recording) -> None:
    (told,) = [one for one in prod.exports["processors"] if "SendGrid" in one["name"]]
    assert (told["country"], told["transfer_ground"]) == ("US", "binding safeguards")
