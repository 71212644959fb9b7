"""Whom Grafana tells of an alert: the team that answers for the service, by its pager, or everybody by mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from components.component import PLATFORM_OWNER, Classification, Component
from components.naming import logical

# One notification for all of a team's alerts on a service that are as urgent as each other.
GROUPED_BY = ("owner", "service", "severity")

ContactPoint = grafana.alerting.ContactPoint


@dataclass(frozen=True, kw_only=True)
class GrafanaNotificationsArgs:
    """environment: its name.
    events_keys: by team, its key for PagerDuty's Events API v2; the platform's own team is among them. Empty where
    nobody is called.
    emails: who is told where nobody is called.
    """

    environment: str
    events_keys: Mapping[str, pulumi.Input[str]]
    emails: Sequence[str]

    def __post_init__(self) -> None:
        if self.events_keys and PLATFORM_OWNER not in self.events_keys:
            raise ValueError(f"events_keys: none for '{PLATFORM_OWNER}'; needed: it gets what no other team does")
        if not self.events_keys and not self.emails:
            raise ValueError("events_keys, emails: nobody given; allowed: one of them at least")


class GrafanaNotifications(Component):
    """Contact points, and the tree of policies that leads to them.

    A stack in Grafana has one such tree, and this is all of it: environments don't share a stack.
    """

    layer = "saas"

    def __init__(self, name: str, args: GrafanaNotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        if args.events_keys:
            points = {owner: self._pager(name, args.environment, owner, key) for owner, key in args.events_keys.items()}
            self._route(name, points[PLATFORM_OWNER], points)
        else:
            self._route(name, self._mail(name, args), {})
        self.register_outputs({})

    def _pager(self, name: str, environment: str, owner: str, key: pulumi.Input[str]) -> ContactPoint:
        return ContactPoint(
            logical(name, owner),
            name=f"PagerDuty, {owner}, {environment}",
            pagerduties=[
                grafana.alerting.ContactPointPagerdutyArgs(
                    integration_key=pulumi.Output.secret(key),
                    # All alerts of a notification are of one service, and as urgent as each other.
                    severity="{{ .CommonLabels.severity }}",
                    component="{{ .CommonLabels.service }}",
                    group="{{ .CommonLabels.owner }}",
                )
            ],
            opts=self.child(),
        )

    def _mail(self, name: str, args: GrafanaNotificationsArgs) -> ContactPoint:
        return ContactPoint(
            logical(name, "mail"),
            name=f"E-mail, {args.environment}",
            emails=[
                grafana.alerting.ContactPointEmailArgs(
                    addresses=list(args.emails),
                    single_email=True,
                    subject="[{{ .CommonLabels.severity }}] {{ .CommonLabels.service }}: {{ .CommonLabels.alertname }}",
                )
            ],
            opts=self.child(),
        )

    def _route(self, name: str, otherwise: ContactPoint, by_owner: Mapping[str, ContactPoint]) -> None:
        grafana.alerting.NotificationPolicy(
            name,
            contact_point=otherwise.name,
            group_bies=list(GROUPED_BY),
            policies=[
                grafana.alerting.NotificationPolicyPolicyArgs(
                    contact_point=point.name,
                    matchers=[
                        grafana.alerting.NotificationPolicyPolicyMatcherArgs(label="owner", match="=", value=owner)
                    ],
                    group_bies=list(GROUPED_BY),
                )
                for owner, point in by_owner.items()
            ],
            opts=self.child(),
        )
