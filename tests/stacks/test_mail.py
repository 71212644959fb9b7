"""Who sends mail is one word of the settings: services are told, and permitted, otherwise; nothing else changes."""

from __future__ import annotations

import copy
import json

import pytest

from app.common.settings import SendGridSettings, service_settings
from tests.components.recorder import RecordedResource, Recording
from tests.stacks.environments import run_program, stack_file
from tests.stacks.test_needs import MANIFESTS, permissions, permissions_needed, policies_of

pytestmark = pytest.mark.unit

SENDS = {name for name, manifest in MANIFESTS.items() if manifest["needs"].get("mail")}
KEY = "arn:aws:secretsmanager:ap-southeast-3:123456789012:prod-sendgrid-api-key"


@pytest.fixture(scope="module")
def swapped() -> Recording:
    """Production with its mail sent by SendGrid."""
    config = copy.deepcopy(stack_file("prod")["config"])
    config["prakerja:mail"]["sent_by"] = "sendgrid"
    return run_program("prod", config)


def _inputs(recording: Recording) -> dict[str, str]:
    """By URN. Of files, that there is one: each run of the program has objects of its own for the same ones."""
    return {
        one.urn: json.dumps(one.inputs, default=lambda file: type(file).__name__, sort_keys=True)
        for one in recording.resources
    }


def _short(urn: str) -> str:
    """The type and the name in it."""
    *_, types, name = urn.split("::")
    return f"{types.rpartition('$')[2]} {name}"


def _told(deployment: RecordedResource) -> dict[str, str]:
    (container,) = deployment.inputs["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one["value"] for one in container["env"]}


def test_the_swap_changes_what_senders_are_told_and_may_and_nothing_else(prod: Recording, swapped: Recording) -> None:
    before, after = _inputs(prod), _inputs(swapped)
    assert before.keys() == after.keys(), "nothing comes or goes"
    changed = {_short(urn) for urn in before if before[urn] != after[urn]}
    assert changed == {
        what
        for name in SENDS
        for what in (
            f"kubernetes:apps/v1:Deployment prod-{name}",
            f"aws:iam/rolePolicy:RolePolicy prod-{name}-pods-mail",
        )
    }


def test_a_sender_is_told_of_sendgrid_and_where_its_key_is(prod: Recording, swapped: Recording) -> None:
    kind = "kubernetes:apps/v1:Deployment"
    for name in SENDS:
        before, after = (_told(each.one(kind, f"prod-{name}")) for each in (prod, swapped))
        mail = service_settings(after).mail
        assert mail is not None
        assert mail.way == SendGridSettings(api_key_secret=KEY)
        assert before.keys() - after.keys() == {"PRAKERJA_MAIL_CONFIGURATION_SET"}
        assert {variable for variable in before.keys() & after.keys() if before[variable] != after[variable]} == {
            "PRAKERJA_MAIL_SENT_BY"
        }


def test_a_sender_may_read_that_key_and_no_longer_send_by_ses(swapped: Recording) -> None:
    for name in SENDS:
        role = swapped.one("aws:iam/role:Role", f"prod-{name}-pods")
        allowed = permissions(policies_of(swapped, role))
        assert allowed == permissions_needed("prod", name, MANIFESTS[name], sent_by="sendgrid")
        assert ("secretsmanager:GetSecretValue", KEY, "") in allowed
        assert not any(action.startswith("ses:") for action, _, _ in allowed)
