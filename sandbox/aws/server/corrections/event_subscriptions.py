"""RDS event subscriptions that change.

moto 5.2.5: it has no ModifyEventSubscription, and none of the calls that change the sources.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.rds.models import EventSubscription
from moto.rds.responses import RDSResponse

from sandbox.aws.server.corrections.patching import add

_MODIFIABLE = ("sns_topic_arn", "source_type", "event_categories", "enabled")


def apply() -> None:
    add(
        RDSResponse,
        modify_event_subscription=_modify,
        add_source_identifier_to_subscription=_add_source,
        remove_source_identifier_from_subscription=_remove_source,
    )


def _modify(response: RDSResponse) -> ActionResult:
    subscription = _find(response)
    for name in _MODIFIABLE:
        if name in response.params:
            setattr(subscription, name, response.params[name])
    return ActionResult({"EventSubscription": subscription})


def _add_source(response: RDSResponse) -> ActionResult:
    subscription = _find(response)
    subscription.source_ids = [*subscription.source_ids, response.params["source_identifier"]]
    return ActionResult({"EventSubscription": subscription})


def _remove_source(response: RDSResponse) -> ActionResult:
    subscription = _find(response)
    gone = response.params["source_identifier"]
    subscription.source_ids = [source for source in subscription.source_ids if source != gone]
    return ActionResult({"EventSubscription": subscription})


def _find(response: RDSResponse) -> EventSubscription:
    [subscription] = response.backend.describe_event_subscriptions(response.params["subscription_name"])
    return subscription
