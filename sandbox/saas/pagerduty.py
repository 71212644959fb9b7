"""What the sandbox records of PagerDuty: whom incidents go to, and by which key they come in.

Ids and what a change replaces are as in PagerDuty's own Terraform provider (version 3), which the SDK is made from.
"""

from __future__ import annotations

import secrets

from sandbox.saas.declaration import MADE_UP_DOMAIN, NAMED, Made, Recorded, constant, letters_and_digits, now

_NEW_ID = letters_and_digits("P", 6)
_KEY_DIGITS = 32
_ADDRESS = f"https://pagerduty.{MADE_UP_DOMAIN}"


def _integration_address(made: Made) -> str:
    return f"{_ADDRESS}/services/{made.inputs['service']}/integrations/{made.id}"


ALL = (
    Recorded(
        type="pagerduty:index/escalationPolicy:EscalationPolicy",
        behind="nobody is called, and nobody looks for the users and schedules in it",
        id=_NEW_ID,
        naming=NAMED,
    ),
    Recorded(
        type="pagerduty:index/service:Service",
        behind="no incident comes of an event",
        id=_NEW_ID,
        adds={
            "createdAt": now,
            "htmlUrl": lambda made: f"{_ADDRESS}/service-directory/{made.id}",
            "status": constant("active"),
            "type": constant("service"),
        },
        naming=NAMED,
    ),
    Recorded(
        type="pagerduty:index/serviceIntegration:ServiceIntegration",
        behind="its key is made up: nothing takes events by it",
        id=_NEW_ID,
        place="{service}.{id}",
        adds={
            "htmlUrl": _integration_address,
            "integrationKey": lambda _made: secrets.token_hex(_KEY_DIGITS // 2),
        },
        replaces=frozenset({"emailFilters", "service", "type", "vendor"}),
        unhandled=frozenset({"integrationKey"}),  # the vendor's to give, though an input in the SDK
        naming=NAMED,
    ),
)
