"""SNS's deliveries by HTTP and HTTPS, of which none leaves the machine, and those to queues, wrapped or as they are.

moto 5.2.5 posts what is published to whatever address a subscription names, at once, and whoever publishes waits for
it or gets its failure. AWS delivers afterwards; the addresses are those of services outside, of which the sandbox has
none.

It takes any RawMessageDelivery for a yes, `false` too.
"""

from __future__ import annotations

from typing import Any

from moto.sns.models import SNSBackend, Subscription

from sandbox.aws.server.corrections.patching import replace

_upstream_publish = Subscription.publish
_upstream_set_attributes = SNSBackend.set_subscription_attributes


def apply() -> None:
    replace(Subscription, publish=_publish)
    replace(SNSBackend, set_subscription_attributes=_set_attributes)


def _publish(subscription: Subscription, *arguments: Any, **options: Any) -> None:
    if subscription.protocol not in ("http", "https"):
        _upstream_publish(subscription, *arguments, **options)


def _set_attributes(backend: SNSBackend, arn: str, name: str, value: Any) -> None:
    _upstream_set_attributes(backend, arn, name, value)
    if name == "RawMessageDelivery" and str(value).lower() != "true":
        (found,) = [one for one in backend.subscriptions.values() if one.arn == arn]
        del found.attributes[name]
