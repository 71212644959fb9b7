"""SNS's deliveries by HTTP and HTTPS: none leaves the machine.

moto 5.2.5 posts what is published to whatever address a subscription names, at once, and whoever publishes waits for
it or gets its failure. AWS delivers afterwards; the addresses are those of services outside, of which the sandbox has
none.
"""

from __future__ import annotations

from typing import Any

from moto.sns.models import Subscription

from sandbox.aws.server.corrections.patching import replace

_upstream_publish = Subscription.publish


def apply() -> None:
    replace(Subscription, publish=_publish)


def _publish(subscription: Subscription, *arguments: Any, **options: Any) -> None:
    if subscription.protocol not in ("http", "https"):
        _upstream_publish(subscription, *arguments, **options)
