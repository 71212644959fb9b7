"""Mail is signed by the domain it comes from, goes by TLS, and can't be sent faster than SES grants."""

from __future__ import annotations

import pytest

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit


def test_the_domain_is_proved_and_mail_signed_by_records_in_its_own_zone(prod: Recording) -> None:
    records = {
        one.inputs["name"]: one.inputs
        for one in prod.of_type("aws:route53/record:Record")
        if one.name.startswith("prod-mail")
    }
    assert {one["zoneId"] for one in records.values()} == {"Z1"}
    for number in (1, 2, 3):
        key = records[f"token{number}._domainkey.prakerja.go.id"]
        # Not every region's keys stand under dkim.amazonses.com: Jakarta's don't.
        assert (key["type"], key["records"]) == ("CNAME", [f"token{number}.dkim.ap-southeast-3.amazonses.com"])
    assert records["_dmarc.prakerja.go.id"]["records"] == ["v=DMARC1; p=quarantine; adkim=s"]
    identity = prod.one("aws:sesv2/emailIdentity:EmailIdentity").inputs
    assert identity["emailIdentity"] == "prakerja.go.id"
    assert identity["dkimSigningAttributes"] == {"nextSigningKeyLength": "RSA_2048_BIT"}


def test_what_comes_back_is_sent_to_a_name_of_our_own_for_which_spf_speaks(prod: Recording) -> None:
    attributes = prod.one("aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes").inputs
    assert attributes["mailFromDomain"] == "kirim.prakerja.go.id"
    assert attributes["behaviorOnMxFailure"] == "USE_DEFAULT_VALUE"
    records = {
        one.inputs["type"]: one.inputs["records"]
        for one in prod.of_type("aws:route53/record:Record")
        if one.inputs["name"] == "kirim.prakerja.go.id"
    }
    assert records == {
        "MX": ["10 feedback-smtp.ap-southeast-3.amazonses.com"],
        "TXT": ["v=spf1 include:amazonses.com ~all"],
    }


def test_mail_goes_by_tls_and_not_to_those_who_do_not_want_it(prod: Recording) -> None:
    rules = prod.one("aws:sesv2/configurationSet:ConfigurationSet").inputs
    assert rules["deliveryOptions"] == {"tlsPolicy": "REQUIRE"}
    assert rules["suppressionOptions"] == {"suppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert rules["reputationOptions"] == {"reputationMetricsEnabled": True}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_all_processes_together_send_no_faster_than_ses_grants(stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    pod = recording.one("kubernetes:apps/v1:Deployment", f"{stack}-notification").inputs
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    each = {one["name"]: one["value"] for one in container["env"]}["PRAKERJA_MAIL_PER_SECOND"]
    scaling = recording.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", f"{stack}-notification").inputs
    # A rollout puts a quarter beside what it replaces.
    processes = -(-scaling["spec"]["maxReplicas"] * 5 // 4)
    assert int(each) >= 1
    assert int(each) * processes <= recording.exports["mail"]["per_second"]


def test_nobody_waits_until_ses_stops_the_account(prod: Recording) -> None:
    shares = {
        one.inputs["metricName"]: one.inputs["threshold"]
        for one in prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if one.inputs.get("namespace") == "AWS/SES"
    }
    assert shares["Reputation.BounceRate"] < 0.05
    assert shares["Reputation.ComplaintRate"] < 0.001
