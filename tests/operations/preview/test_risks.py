"""Which types a preview takes for gravest: at least those that the program and the policies take for it."""

from __future__ import annotations

import pytest

from operations.preview.changes import Action, Change, Property
from operations.preview.risks import STATEFUL, Risk, risk_of
from policy.rules import loss
from tests.operations.preview import events as made
from tests.stacks import test_program

pytestmark = pytest.mark.unit


def test_what_the_program_protects_holds_state() -> None:
    assert test_program.STATEFUL <= STATEFUL


def test_what_a_policy_calls_a_loss_is_one() -> None:
    assert loss.STATEFUL.keys() <= STATEFUL


@pytest.mark.parametrize("action", [Action.DELETE, Action.REPLACE])
def test_the_end_of_what_holds_state_is_the_gravest_whatever_else_it_is(action: Action) -> None:
    change = Change(action=action, urn=made.urn(made.BUCKET, "it"), type=made.BUCKET)
    assert risk_of(change) is Risk.STATE


def test_making_what_holds_state_is_no_risk_to_state() -> None:
    change = Change(action=Action.CREATE, urn=made.urn(made.BUCKET, "it"), type=made.BUCKET)
    assert risk_of(change) is Risk.OTHER


def test_a_tag_beside_anything_else_is_not_tags_only() -> None:
    tag, other = Property(path="tags.owner", before="a", after="b"), Property(path="threshold", before=1, after=2)
    for properties, risk in (((tag,), Risk.TAGS), ((tag, other), Risk.OTHER)):
        change = Change(action=Action.UPDATE, urn=made.urn(made.ALARM, "it"), type=made.ALARM, properties=properties)
        assert risk_of(change) is risk


ENDS_OF_EXPOSURE = [
    "aws:lb/trustStore:TrustStore",
    "cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings",
    "cloudflare:index/dnsRecord:DnsRecord",
    "cloudflare:index/ruleset:Ruleset",
    "cloudflare:index/waitingRoom:WaitingRoom",
    "cloudflare:index/zoneSetting:ZoneSetting",
    "tls:index/locallySignedCert:LocallySignedCert",
]
ENDS_OF_SAFEGUARDS = [
    "aws:secretsmanager/secretRotation:SecretRotation",
    "aws:sns/topicSubscription:TopicSubscription",
    "grafana:alerting/contactPoint:ContactPoint",
    "grafana:alerting/notificationPolicy:NotificationPolicy",
    "pagerduty:index/escalationPolicy:EscalationPolicy",
    "pagerduty:index/service:Service",
    "pagerduty:index/serviceIntegration:ServiceIntegration",
]


@pytest.mark.parametrize("type_", [*ENDS_OF_EXPOSURE, *ENDS_OF_SAFEGUARDS])
@pytest.mark.parametrize("action", [Action.DELETE, Action.UPDATE])
def test_the_edges_ways_in_and_who_is_called_stand_above_other_changes(type_: str, action: Action) -> None:
    assert risk_of(Change(action=action, urn=made.urn(type_, "it"), type=type_)) is Risk.EXPOSURE


def test_the_zone_that_others_delegate_to_holds_state() -> None:
    type_ = "cloudflare:index/zone:Zone"
    assert risk_of(Change(action=Action.DELETE, urn=made.urn(type_, "it"), type=type_)) is Risk.STATE


def test_letting_others_than_the_edge_in_is_a_matter_of_exposure() -> None:
    type_ = "aws:lb/listener:Listener"
    off = Property(path="mutualAuthentication.mode", before="verify", after="off")
    change = Change(action=Action.UPDATE, urn=made.urn(type_, "it"), type=type_, properties=(off,))
    assert risk_of(change) is Risk.EXPOSURE
