"""A service is told the same on a virtual machine and in a container, and understands all of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from app.common.settings import ServiceSettings, SesSettings, service_settings
from stacks.manifest import read_manifests
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY

pytestmark = pytest.mark.unit

MANIFESTS = read_manifests(REPOSITORY / "app")
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
# Where files stand that are the same file.
PLACES = ("PRAKERJA_DATABASE_CA_BUNDLE", "PRAKERJA_CACHE_CA_BUNDLE")


def told_to_containers(recording: Recording, service: str) -> dict[str, str]:
    deployment = recording.one(DEPLOYMENT, f"prod-{service}").inputs
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one["value"] for one in container["env"]}


def told_to_machines(recording: Recording, service: str) -> dict[str, str]:
    """What the boot files of a service's machines hold."""
    template = recording.one("aws:ec2/launchTemplate:LaunchTemplate", f"prod-{service}").inputs
    files = yaml.safe_load(base64.b64decode(template["userData"]))["write_files"]
    (text,) = [one["content"] for one in files if one["path"] == "/etc/prakerja/service.env"]
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.fixture(params=sorted(MANIFESTS))
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def understood(prod: Recording, service: str) -> ServiceSettings:
    return service_settings(told_to_containers(prod, service))


def test_a_service_understands_all_that_it_needs(prod: Recording, service: str, understood: ServiceSettings) -> None:
    needs = MANIFESTS[service].needs
    assert understood.service == understood.database_user == service
    assert understood.database.host == "prod-database.rds.internal"
    assert (understood.cache is not None) == needs.cache
    assert (understood.mail is not None) == needs.mail
    assert understood.queue_urls.keys() == {*needs.queues.read, *needs.queues.write}
    for name, url in understood.queue_urls.items():
        assert url == prod.exports["queues"][name]["url"]


def test_who_logs_into_the_cache_names_the_group_and_itself(prod: Recording) -> None:
    cache = service_settings(told_to_containers(prod, "portal")).cache
    assert cache is not None
    assert (cache.host, cache.port) == ("prod-cache.cache.internal", 6379)
    assert cache.name == prod.exports["cache"]["replication_group"]
    assert cache.user == prod.one("aws:elasticache/user:User", "prod-cache-portal").inputs["userName"]


def test_links_in_mail_lead_to_the_site(prod: Recording) -> None:
    mail = service_settings(told_to_containers(prod, "notification")).mail
    assert mail is not None
    assert mail.site_url == prod.exports["site"]["url"]
    assert mail.sender == prod.exports["mail"]["sender"]
    assert mail.way == SesSettings(configuration_set=prod.exports["mail"]["configuration_set"])


@pytest.mark.parametrize("service", ["portal", "registration"])
def test_machines_and_containers_are_told_the_same_but_for_where_files_stand(prod: Recording, service: str) -> None:
    machines, containers = told_to_machines(prod, service), told_to_containers(prod, service)
    assert machines.keys() == containers.keys()
    assert {name for name in machines if machines[name] != containers[name]} <= set(PLACES)
    for name in machines.keys() & set(PLACES):
        assert Path(containers[name]).is_absolute()
