"""What the sandbox records of Grafana: folders, data sources, dashboards, and whom alerts go to.

Ids and what a change replaces are as in Grafana's own Terraform provider (version 4), which the SDK is made from. A
stack of Grafana Cloud has one organisation; the sandbox takes no other.
"""

from __future__ import annotations

import json
import re
import secrets

from sandbox.provider.values import Properties, Value
from sandbox.saas.declaration import MADE_UP_DOMAIN, NAMED, Addition, Made, Recorded, constant, counted

_ORGANISATION = "1"
_UID_DIGITS = 14
_OTHER_ORGANISATION = frozenset({"orgId"})
_ADDRESS = f"https://grafana.{MADE_UP_DOMAIN}"

# What Grafana answers as `[REDACTED]`.
_CONTACT_SECRETS = ("emails.*.settings", "pagerduties.*.integrationKey", "pagerduties.*.settings")
_OTHER_CONTACTS = frozenset(
    {
        "alertmanagers",
        "dingdings",
        "discords",
        "googlechats",
        "jiras",
        "kafkas",
        "lines",
        "oncalls",
        "opsgenies",
        "pushovers",
        "sensugos",
        "slacks",
        "sns",
        "teams",
        "telegrams",
        "threemas",
        "victorops",
        "webexes",
        "webhooks",
        "wecoms",
    }
)


def _with_organisation(place: str) -> str:
    """The id of an import, which may leave the organisation out."""
    return place if re.match(r"\d+:", place) else f"{_ORGANISATION}:{place}"


def _policy_id(_place: str) -> str:
    """There is one tree of policies, and an import takes any name for it."""
    return f"{_ORGANISATION}:policy"


def _given_uid(inputs: Properties) -> str:
    return f"{_ORGANISATION}:{inputs.get('uid') or secrets.token_hex(_UID_DIGITS // 2)}"


def _uid(made: Made) -> str:
    return made.id.partition(":")[2]


def _at(path: str) -> Addition:
    return lambda made: f"{_ADDRESS}/{path}/{_uid(made)}"


def _dashboard_uid(inputs: Properties) -> Value:
    try:
        model = json.loads(inputs.get("configJson", "{}"))
    except ValueError:
        return None
    return model.get("uid") if isinstance(model, dict) else None


def _other_dashboard(old: Properties, new: Properties) -> frozenset[str]:
    """A dashboard is replaced where the model in it has another uid."""
    return frozenset({"configJson"}) if _dashboard_uid(old) != _dashboard_uid(new) else frozenset()


def _dashboard_id(inputs: Properties) -> str:
    return _given_uid({"uid": _dashboard_uid(inputs)})


def _by_name(inputs: Properties) -> str:
    return f"{_ORGANISATION}:{inputs['name']}"


_OF_ORGANISATION: Addition = constant(_ORGANISATION)

ALL = (
    Recorded(
        type="grafana:oss/folder:Folder",
        id=_given_uid,
        full_place=_with_organisation,
        adds={"orgId": _OF_ORGANISATION, "uid": _uid, "url": _at("dashboards/f")},
        replaces=frozenset({"uid"}),
        unhandled=_OTHER_ORGANISATION,
    ),
    Recorded(
        type="grafana:oss/dataSource:DataSource",
        behind="nothing is asked of it",
        id=_given_uid,
        full_place=_with_organisation,
        adds={"orgId": _OF_ORGANISATION, "uid": _uid},
        replaces=frozenset({"uid"}),
        write_only=("httpHeaders", "secureJsonDataEncoded"),
        unhandled=_OTHER_ORGANISATION,
        documents=frozenset({"jsonDataEncoded", "secureJsonDataEncoded"}),
        naming=NAMED,
    ),
    Recorded(
        type="grafana:oss/dashboard:Dashboard",
        behind="drawn by nobody, and only the uid of its model is read",
        id=_dashboard_id,
        full_place=_with_organisation,
        adds={"orgId": _OF_ORGANISATION, "uid": _uid, "url": _at("d"), "version": counted("version")},
        changes=frozenset({"version"}),
        replaces_by_content=_other_dashboard,
        unhandled=_OTHER_ORGANISATION,
        documents=frozenset({"configJson"}),
    ),
    Recorded(
        type="grafana:alerting/ruleGroup:RuleGroup",
        behind="no rule is evaluated, and no expression read",
        id=lambda inputs: f"{_ORGANISATION}:{inputs['folderUid']}:{inputs['name']}",
        full_place=_with_organisation,
        adds={"orgId": _OF_ORGANISATION},
        replaces=frozenset({"folderUid", "name"}),
        unhandled=_OTHER_ORGANISATION,
        naming=NAMED,
    ),
    Recorded(
        type="grafana:alerting/contactPoint:ContactPoint",
        behind="by mail and PagerDuty only; nobody is told anything, and the keys in it aren't kept",
        id=_by_name,
        full_place=_with_organisation,
        adds={"orgId": _OF_ORGANISATION},
        replaces=frozenset({"disableProvenance", "name"}),
        write_only=_CONTACT_SECRETS,
        unhandled=_OTHER_ORGANISATION | _OTHER_CONTACTS,
        naming=NAMED,
    ),
    Recorded(
        type="grafana:alerting/notificationPolicy:NotificationPolicy",
        behind="nothing is routed; deleting it leaves no default behind",
        id=lambda _inputs: _policy_id(""),
        full_place=_policy_id,
        settings=True,
        adds={"orgId": _OF_ORGANISATION},
        unhandled=_OTHER_ORGANISATION,
    ),
)
