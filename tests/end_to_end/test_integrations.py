"""What others run for the platform can be switched off, and on again, one by one; nothing else changes for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.end_to_end.platform import Platform, eventually

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

PROVIDERS = {"edge": "cloudflare", "dashboards": "grafana", "paging": "pagerduty"}
OF_ITS_OWN = ("environment", "network", "site", "vms", "database", "cache", "kubernetes", "logs", "backups", "alarms")


def everything(platform: Platform) -> dict[str, Any]:
    """Development's settings, with the integrations that production has."""
    read = {name: yaml.safe_load((platform.directory / f"Pulumi.{name}.yaml").read_text()) for name in ("dev", "prod")}
    config = {
        key: value
        for key, value in read["prod"]["config"].items()
        if key.removeprefix("prakerja:") not in {*OF_ITS_OWN, "services", "mail"}
    }
    domain = read["dev"]["config"]["prakerja:site"]["domain"]
    mail = read["prod"]["config"]["prakerja:mail"]
    merged = {**config, **read["dev"]["config"], "prakerja:mail": {**mail, "sender": f"no-reply@{domain}"}}
    document: dict[str, Any] = {**read["dev"], "config": merged}
    return document


def without(document: dict[str, Any], integration: str) -> dict[str, Any]:
    """The settings less one integration."""
    config = dict(document["config"])
    if integration == "sendgrid":
        config["prakerja:mail"] = {key: value for key, value in config["prakerja:mail"].items() if key != "sendgrid"}
    else:
        del config[f"prakerja:{integration}"]
    if integration == "partners":  # whom nobody answers need not run
        config["prakerja:services"] = {**config["prakerja:services"], "identity": {"vms": 0}}
    return {**document, "config": config}


def bring_up(platform: Platform, document: dict[str, Any]) -> None:
    """`up` with these settings; nothing is left to do after it."""
    (platform.directory / "Pulumi.dev.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    preview = platform.shell("pulumi preview --expect-no-changes")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    eventually(platform.site_answers, "the site answers")


def resources(platform: Platform) -> list[str]:
    """The types of the stack's resources."""
    exported = json.loads(platform.shell("pulumi stack export").stdout)
    return [resource["type"] for resource in exported["deployment"]["resources"]]


@pytest.fixture(scope="module")
def whole(platform: Platform) -> Platform:
    """The platform with every integration on."""
    bring_up(platform, everything(platform))
    return platform


def test_with_every_integration_on_each_vendor_has_resources(whole: Platform) -> None:
    packages = {type_.partition(":")[0] for type_ in resources(whole)}
    assert packages >= {*PROVIDERS.values(), "tls"}


@pytest.mark.parametrize("integration", [*PROVIDERS, "sendgrid", "partners"])
def test_each_integration_can_be_switched_off_and_on_again(integration: str, whole: Platform) -> None:
    whole.restore()
    document = everything(whole)
    bring_up(whole, without(document, integration))
    if integration in PROVIDERS:
        assert not any(type_.startswith(f"{PROVIDERS[integration]}:") for type_ in resources(whole))


def test_the_mail_goes_the_other_way_by_one_word(whole: Platform) -> None:
    whole.restore()
    document = everything(whole)
    document["config"]["prakerja:mail"]["sent_by"] = "sendgrid"
    bring_up(whole, document)


def test_everything_can_be_destroyed(whole: Platform) -> None:
    destroy = whole.shell("pulumi destroy --yes --skip-preview")
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
