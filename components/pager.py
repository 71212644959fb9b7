"""Who is called when something is wrong, by PagerDuty: one of its services for each team, and who answers for them.

PagerDuty's service region is the United States', where accounts are unless one asks otherwise: an account in its
European one has other addresses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_pagerduty as pagerduty

from components.component import PLATFORM_OWNER, Classification, Component
from components.naming import logical

# As often as PagerDuty lets an escalation policy begin anew (REST API, escalation_policy, num_loops: 0 to 9): a call
# that nobody has answered is not given up.
LOOPS: Final = 9
# Half an hour after somebody has taken a call and not solved it, it is a call again.
ACKNOWLEDGED_SECONDS: Final = "1800"
# What is not solved stays open until the alarm itself says that it is over, or a person does.
NEVER: Final = "null"
# Amazon CloudWatch among PagerDuty's vendors, the same in every account (PagerDuty's own Terraform provider's tests of
# the data source `pagerduty_vendor`).
CLOUDWATCH_VENDOR: Final = "PZQ6AUS"
EVENTS_API: Final = "events_api_v2_inbound_integration"
# Where PagerDuty takes what SNS delivers (its integration guide for Amazon CloudWatch). Who knows the key may call
# people.
_CLOUDWATCH_URL = "https://events.pagerduty.com/integration/{key}/enqueue"
# By itself SNS gives up a delivery after three more tries within a minute, and may go on for an hour at most (SNS
# developer guide, message delivery retries). All fields are written, as SNS fills in those that are missing.
DELIVERY: Final = {
    "healthyRetryPolicy": {
        "minDelayTarget": 1,
        "maxDelayTarget": 60,
        "numRetries": 50,
        "numNoDelayRetries": 3,
        "numMinDelayRetries": 2,
        "numMaxDelayRetries": 35,
        "backoffFunction": "exponential",
    }
}


@dataclass(frozen=True, kw_only=True)
class PagerArgs:
    """environment: its name, which those who are called are told.
    schedules: ids of the PagerDuty schedules that are called one after another.
    escalation_minutes: what each of them has to answer in, 1 to 60.
    owners: the teams that answer for services; the platform's own is always among them.
    topic_arn: SNS topic of CloudWatch's alarms.
    """

    environment: str
    schedules: Sequence[str]
    escalation_minutes: int
    owners: Sequence[str]
    topic_arn: pulumi.Input[str]


class Pager(Component):
    """A PagerDuty service a team, each with a key of its own for alerts, and the platform's with CloudWatch's alarms.

    events_keys: by team, its key for PagerDuty's Events API v2; secret.

    An alert of severity critical or error, and one that says none, as CloudWatch's, calls people at once; a warning
    waits for them, and is not escalated.
    """

    layer = "saas"

    def __init__(self, name: str, args: PagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self.policy = pagerduty.EscalationPolicy(
            name,
            name=f"Prakerja {args.environment}",
            description="Called one after another until somebody answers",
            num_loops=LOOPS,
            rules=[
                pagerduty.EscalationPolicyRuleArgs(
                    escalation_delay_in_minutes=args.escalation_minutes,
                    targets=[pagerduty.EscalationPolicyRuleTargetArgs(type="schedule_reference", id=schedule)],
                )
                for schedule in args.schedules
            ],
            opts=self.child(),
        )
        owners = sorted({PLATFORM_OWNER, *args.owners})
        self.services = {owner: self._service(name, args.environment, owner) for owner in owners}
        self.events_keys: Mapping[str, pulumi.Output[str]] = {
            owner: self._key(logical(name, owner, "events"), service, label="Grafana", type_=EVENTS_API)
            for owner, service in self.services.items()
        }
        cloudwatch_key = self._key(
            logical(name, "cloudwatch"), self.services[PLATFORM_OWNER], label="CloudWatch", vendor=CLOUDWATCH_VENDOR
        )
        self.subscription = aws.sns.TopicSubscription(
            logical(name, "alarms"),
            topic=args.topic_arn,
            protocol="https",
            endpoint=cloudwatch_key.apply(lambda key: _CLOUDWATCH_URL.format(key=key)),
            endpoint_auto_confirms=True,
            delivery_policy=json.dumps(DELIVERY),
            opts=self._keeping_secret("endpoint"),
        )
        self.register_outputs({"policy": self.policy.id})

    def _service(self, name: str, environment: str, owner: str) -> pagerduty.Service:
        return pagerduty.Service(
            logical(name, owner),
            name=f"Prakerja {environment}: {owner}",
            description=f"What the team {owner} answers for",
            escalation_policy=self.policy.id,
            acknowledgement_timeout=ACKNOWLEDGED_SECONDS,
            auto_resolve_timeout=NEVER,
            incident_urgency_rule=pagerduty.ServiceIncidentUrgencyRuleArgs(type="constant", urgency="severity_based"),
            opts=self.child(),
        )

    def _key(
        self, name: str, service: pagerduty.Service, *, label: str, type_: str | None = None, vendor: str | None = None
    ) -> pulumi.Output[str]:
        """The key of a new integration of a service; secret."""
        integration = pagerduty.ServiceIntegration(
            name,
            name=label,
            service=service.id,
            type=type_,
            vendor=vendor,
            opts=self._keeping_secret("integrationKey"),
        )
        return pulumi.Output.secret(integration.integration_key)

    def _keeping_secret(self, output: str) -> pulumi.ResourceOptions:
        """Options of a child one of whose outputs its SDK doesn't mark as secret."""
        return pulumi.ResourceOptions.merge(self.child(), pulumi.ResourceOptions(additional_secret_outputs=[output]))
