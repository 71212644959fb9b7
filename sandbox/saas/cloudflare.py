"""What the sandbox records of Cloudflare: the zone of a domain at the edge, and what is set in it.

Ids and what a change replaces are as in Cloudflare's own Terraform provider (version 5), which the SDK is made from.
"""

from __future__ import annotations

from sandbox.provider.values import Properties
from sandbox.saas.declaration import MADE_UP_DOMAIN, Made, Recorded, constant, counted, hex_digits, now

_ID_DIGITS = 32


def _zone_id(inputs: Properties) -> str:
    return str(inputs["zoneId"])


def _setting_id(inputs: Properties) -> str:
    return str(inputs["settingId"])


def _certificate_id(made: Made) -> str:
    return made.id


_NEW_ID = hex_digits(_ID_DIGITS)
_MODIFIED = frozenset({"modifiedOn"})
_ZONE = frozenset({"zoneId"})

ALL = (
    Recorded(
        type="cloudflare:index/zone:Zone",
        behind="stays pending: nobody delegates to its name servers, which don't exist",
        id=_NEW_ID,
        adds={
            "nameServers": constant([f"{name}.cloudflare-name-server.{MADE_UP_DOMAIN}" for name in ("one", "two")]),
            "status": constant("pending"),
            "createdOn": now,
            "modifiedOn": now,
        },
        changes=_MODIFIED,
        replaces=frozenset({"account", "name"}),
    ),
    Recorded(
        type="cloudflare:index/zoneSetting:ZoneSetting",
        behind="any id and value are taken; deleting it leaves no default behind",
        id=_setting_id,
        place="{zoneId}/{settingId}",
        settings=True,
        adds={"editable": constant(value=True), "modifiedOn": now},
        changes=_MODIFIED,
        replaces=_ZONE | {"settingId"},
    ),
    Recorded(
        type="cloudflare:index/dnsRecord:DnsRecord",
        behind="nothing answers for it, and contents aren't looked into",
        id=_NEW_ID,
        place="{zoneId}/{id}",
        adds={"createdOn": now, "modifiedOn": now},
        changes=_MODIFIED,
        replaces=_ZONE | {"type"},
    ),
    Recorded(
        type="cloudflare:index/ruleset:Ruleset",
        behind="no request is looked at, expressions aren't read; of a zone only",
        id=_NEW_ID,
        place="zones/{zoneId}/{id}",
        adds={"lastUpdated": now, "version": lambda made: str(counted("version")(made))},
        changes=frozenset({"lastUpdated", "version"}),
        replaces=_ZONE | {"kind", "name", "phase"},
        unhandled=frozenset({"accountId"}),
    ),
    Recorded(
        type="cloudflare:index/waitingRoom:WaitingRoom",
        behind="nobody waits",
        id=_NEW_ID,
        place="{zoneId}/{id}",
        adds={"createdOn": now, "modifiedOn": now},
        changes=_MODIFIED,
        replaces=_ZONE,
    ),
    Recorded(
        type="cloudflare:index/authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate",
        behind="shown to nobody, and not read; its key isn't kept",
        id=_NEW_ID,
        place="{zoneId}/{id}",
        adds={"certificateId": _certificate_id, "status": constant("active"), "uploadedOn": now},
        replaces=_ZONE | {"certificate", "privateKey"},
        write_only=("privateKey",),
    ),
    Recorded(
        type="cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings",
        behind="nothing is pulled from the origin",
        id=_zone_id,
        place="{zoneId}",
        settings=True,
        replaces=_ZONE,
    ),
)
