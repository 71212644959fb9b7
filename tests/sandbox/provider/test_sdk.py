"""What a type's token leads to in the SDK that it is of, however that lays out its modules."""

from __future__ import annotations

import pytest

from sandbox.provider.checking import unknown_settings
from sandbox.provider.sdk import UnknownTypeError, resource_type

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("token", "name", "required"),
    [
        ("aws:lambda/function:Function", "aws.lambda_.Function", {"role"}),
        ("cloudflare:index/zone:Zone", "cloudflare.Zone", {"account", "name"}),
        (
            "grafana:alerting/ruleGroup:RuleGroup",
            "grafana.alerting.RuleGroup",
            {"folderUid", "intervalSeconds", "rules"},
        ),
        ("grafana:oss/folder:Folder", "grafana.oss.Folder", {"title"}),
        ("pagerduty:index/service:Service", "pagerduty.Service", {"escalationPolicy"}),
        ("tls:index/privateKey:PrivateKey", "tls.PrivateKey", {"algorithm"}),
    ],
)
def test_a_token_leads_to_the_class_that_a_program_names(token: str, name: str, required: set[str]) -> None:
    of = resource_type(token)
    assert of.python_name == name
    assert of.required == required


def test_the_properties_of_objects_in_lists_are_typed() -> None:
    rules = resource_type("cloudflare:index/ruleset:Ruleset").inputs["rules"]
    assert rules.kind == "list"
    assert rules.items.fields["ratelimit"].fields["period"].kind == "integer"
    assert rules.items.required == {"action", "expression"}


def test_what_the_engine_is_to_encrypt_is_what_the_sdk_says() -> None:
    assert resource_type("tls:index/privateKey:PrivateKey").secrets >= {"privateKeyPem"}
    assert resource_type("grafana:oss/dataSource:DataSource").secrets == {"httpHeaders", "secureJsonDataEncoded"}
    assert resource_type("pagerduty:index/service:Service").secrets == frozenset()


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("cloudflare:index/zone:Zon", "pulumi-cloudflare has no resource type 'cloudflare:index/zone:Zon'"),
        ("grafana:nothing/at:All", "pulumiverse-grafana has no resource type"),
        ("cloudflare:index/zoneAccountArgs:ZoneAccountArgs", "pulumi-cloudflare has no resource type"),
        ("nobody:index/it:It", "'nobody:index/it:It' is of none of the providers aws, cloudflare"),
        ("nonsense", "is of none of the providers"),
    ],
)
def test_what_no_sdk_has_is_refused_by_name(token: str, says: str) -> None:
    with pytest.raises(UnknownTypeError, match=says):
        resource_type(token)


def test_a_provider_s_settings_are_its_own() -> None:
    (failure,) = unknown_settings("cloudflare", {"apiToken": "x", "apiTokn": "x", "version": "6.23.1"})
    assert (failure.path, failure.reason) == (
        "apiTokn",
        "is not a setting of the cloudflare provider; the nearest that is: apiToken",
    )
