"""A vendor's provider checks strictly, remembers what it made apart from Pulumi, and sees what changed there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.provider.values import UNKNOWN, to_wire
from sandbox.saas.registry import VENDORS
from tests.sandbox.provider.engine_driver import CheckError
from tests.sandbox.saas.conftest import Vendor

pytestmark = pytest.mark.unit

ZONE = "cloudflare:index/zone:Zone"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
RULESET = "cloudflare:index/ruleset:Ruleset"
CERTIFICATE = "cloudflare:index/authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate"
FOLDER = "grafana:oss/folder:Folder"
DASHBOARD = "grafana:oss/dashboard:Dashboard"
CONTACT = "grafana:alerting/contactPoint:ContactPoint"
POLICY = "grafana:alerting/notificationPolicy:NotificationPolicy"
SERVICE = "pagerduty:index/service:Service"
INTEGRATION = "pagerduty:index/serviceIntegration:ServiceIntegration"

ZONE_ID = "f" * 32
WWW = {"zoneId": ZONE_ID, "name": "www.example.test", "type": "CNAME", "content": "example.test", "ttl": 1}


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"proxy": True}, "proxy", f"is not a property of {RECORD}; the nearest that is: proxied"),
        ({"proxied": "yes"}, "proxied", f"must be of type boolean, not str ({RECORD})"),
        ({"content": 7}, "content", f"must be of type string, not int ({RECORD})"),
        ({"type": None}, "type", f"is required by {RECORD}"),
        ({"data": {"flag": 0}}, "data.flag", f"is not a property of data; the nearest that is: flags ({RECORD})"),
    ],
)
def test_a_wrong_property_is_named_with_its_type_and_the_nearest_known(
    cloudflare: Vendor, changes: dict[str, Any], path: str, says: str
) -> None:
    inputs = {name: value for name, value in {**WWW, **changes}.items() if value is not None}
    with pytest.raises(CheckError) as refused:
        cloudflare.engine.resource(RECORD, "www", **inputs)
    assert refused.value.failures == {path: says}


def test_an_input_that_the_sandbox_does_not_handle_is_refused(cloudflare: Vendor) -> None:
    with pytest.raises(CheckError, match=r"accountId.*is not handled by the sandbox's"):
        cloudflare.engine.resource(RULESET, "it", accountId="a", kind="zone", name="it", phase="http_ratelimit")


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("cloudflare:index/pageRule:PageRule", "the sandbox does not serve cloudflare:index/pageRule:PageRule"),
        ("cloudflare:index/dnsRecord:DnsRecrod", "pulumi-cloudflare has no resource type"),
    ],
)
def test_a_type_that_is_not_served_is_refused_by_name(cloudflare: Vendor, token: str, says: str) -> None:
    with pytest.raises(grpc.RpcError, match=says):
        cloudflare.engine.resource(token, "it")


def test_no_function_is_answered(cloudflare: Vendor) -> None:
    with pytest.raises(grpc.RpcError, match="invoking cloudflare:index/getZone:getZone: the sandbox answers no"):
        cloudflare.engine.invoke("cloudflare:index/getZone:getZone", zoneId=ZONE_ID)


def test_a_setting_that_the_provider_has_not_got_is_refused(grafana: Vendor) -> None:
    def check(**settings: str) -> dict[str, str]:
        urn = "urn:pulumi:stack::project::pulumi:providers:grafana::it"
        answer = grafana.engine.stub.CheckConfig(provider_pb2.CheckRequest(urn=urn, news=to_wire(settings)))
        return {failure.property: failure.reason for failure in answer.failures}

    assert check(url="https://it.grafana.net", version="2.44.0") == {}
    assert check(urll="x") == {"urll": "is not a setting of the grafana provider; the nearest that is: url"}


def test_a_preview_records_nothing_and_does_not_know_what_the_vendor_will_add(cloudflare: Vendor) -> None:
    zone = cloudflare.engine.resource(ZONE, "it", name="example.test", account={"id": "0" * 32})
    zone.create(preview=True)
    assert zone.state["name"] == "example.test"
    assert zone.state["nameServers"] is zone.state["id"] is UNKNOWN
    assert cloudflare.record.entries() == {}


def test_a_zone_has_an_id_of_the_vendor_s_form_and_name_servers_that_lead_nowhere(cloudflare: Vendor) -> None:
    zone = cloudflare.engine.made(ZONE, "it", name="example.test", account={"id": "0" * 32})
    assert re.fullmatch("[0-9a-f]{32}", zone.id)
    assert zone.state["id"] == zone.id
    assert len(zone.state["nameServers"]) == 2
    assert all(server.endswith(".invalid") for server in zone.state["nameServers"])


def test_an_integration_s_key_stays_what_it_was_and_is_never_an_input(pagerduty: Vendor) -> None:
    integration = pagerduty.engine.made(INTEGRATION, "it", service="PABCDEF", type="events_api_v2_inbound_integration")
    key = integration.state["integrationKey"]
    assert re.fullmatch("[0-9a-f]{32}", key)
    assert re.fullmatch("P[A-Z0-9]{6}", integration.id)
    integration.update(emailFilterMode="all-email")
    integration.refresh()
    assert integration.state["integrationKey"] == key
    assert "integrationKey" not in integration.checked


def test_nothing_changes_where_nothing_was_changed(cloudflare: Vendor) -> None:
    record = cloudflare.engine.made(RECORD, "www", **WWW)
    assert record.paths() == {}
    record.refresh()
    assert record.paths() == {}


def test_a_change_says_where_it_is_and_whether_it_replaces(cloudflare: Vendor) -> None:
    rules = [{"action": "block", "expression": "true", "ref": "one"}]
    ruleset = cloudflare.engine.made(
        RULESET, "it", zoneId=ZONE_ID, kind="zone", name="it", phase="http_request_firewall_custom", rules=rules
    )
    assert ruleset.paths(rules=[{**rules[0], "expression": "false"}]) == {"rules[0].expression": "UPDATE"}
    assert ruleset.paths(phase="http_ratelimit", description="new") == {
        "phase": "UPDATE_REPLACE",
        "description": "ADD",
    }


def test_an_update_changes_what_the_vendor_has(cloudflare: Vendor) -> None:
    record = cloudflare.engine.made(RECORD, "www", **WWW)
    assert record.update(preview=True, ttl=300)["modifiedOn"] is UNKNOWN
    record.update(ttl=300)
    entry = cloudflare.record.find(RECORD, f"{ZONE_ID}/{record.id}")
    assert entry is not None
    assert entry.inputs["ttl"] == 300


def test_what_was_changed_behind_the_program_s_back_is_seen_and_undone(cloudflare: Vendor) -> None:
    record = cloudflare.engine.made(RECORD, "www", **WWW)
    place = f"{ZONE_ID}/{record.id}"
    entry = cloudflare.record.find(RECORD, place)
    assert entry is not None
    cloudflare.record.replace(RECORD, place, replace(entry, inputs={**entry.inputs, "content": "evil.test"}))
    record.refresh()
    assert record.checked["content"] == record.state["content"] == "evil.test"
    assert record.paths(content="example.test") == {"content": "UPDATE"}


def test_what_was_deleted_behind_the_program_s_back_has_gone(cloudflare: Vendor) -> None:
    record = cloudflare.engine.made(RECORD, "www", **WWW)
    cloudflare.record.remove(RECORD, f"{ZONE_ID}/{record.id}")
    with pytest.raises(grpc.RpcError, match="any more: `pulumi refresh` takes note of it"):
        record.update(ttl=300)
    assert record.read() is None
    record.delete()


def test_a_deleted_resource_is_forgotten(cloudflare: Vendor) -> None:
    cloudflare.engine.made(RECORD, "www", **WWW).delete()
    assert cloudflare.record.entries() == {}


def test_an_existing_one_is_imported_by_the_vendor_s_name_for_it_with_all_its_inputs(cloudflare: Vendor) -> None:
    made = cloudflare.engine.made(RECORD, "www", **WWW)
    imported = cloudflare.engine.imported(RECORD, f"{ZONE_ID}/{made.id}")
    assert (imported.id, imported.checked, imported.state) == (made.id, made.checked, made.state)


@pytest.mark.parametrize("name", ["1:ops", "ops"])
def test_grafana_s_organisation_may_be_left_out_of_an_import(grafana: Vendor, name: str) -> None:
    grafana.engine.made(FOLDER, "it", title="Operations", uid="ops")
    assert grafana.engine.imported(FOLDER, name).id == "1:ops"


def test_a_setting_is_there_already_and_is_taken_over(cloudflare: Vendor) -> None:
    for value in ("full", "strict"):
        setting = cloudflare.engine.made(SETTING, "ssl", zoneId=ZONE_ID, settingId="ssl", value=value)
    assert setting.id == "ssl"
    assert cloudflare.engine.imported(SETTING, f"{ZONE_ID}/ssl").checked["value"] == "strict"


def test_a_second_one_at_the_same_place_is_refused(grafana: Vendor) -> None:
    grafana.engine.made(FOLDER, "it", title="Operations", uid="ops")
    with pytest.raises(grpc.RpcError, match=f"there is a {FOLDER} 1:ops already"):
        grafana.engine.made(FOLDER, "other", title="Other", uid="ops")


def test_what_the_vendor_never_answers_is_not_recorded_and_survives_a_refresh(
    cloudflare: Vendor, grafana: Vendor
) -> None:
    certificate = cloudflare.engine.made(CERTIFICATE, "it", zoneId=ZONE_ID, certificate="PEM", privateKey="key")
    points = [{"integrationKey": "key", "severity": "critical"}]
    contact = grafana.engine.made(CONTACT, "it", name="it", pagerduties=points)
    for resource, vendor in ((certificate, cloudflare), (contact, grafana)):
        before = resource.checked
        assert '"key"' not in json.dumps([entry.inputs for entry in vendor.record.entries()[resource.type].values()])
        resource.refresh()
        assert resource.checked == before
    assert "privateKey" not in cloudflare.engine.imported(CERTIFICATE, f"{ZONE_ID}/{certificate.id}").checked


def test_what_the_sdk_calls_secret_is_marked_for_the_engine(cloudflare: Vendor) -> None:
    answer = cloudflare.engine.stub.Create(
        provider_pb2.CreateRequest(
            urn=f"urn:pulumi:stack::project::{CERTIFICATE}::it",
            type=CERTIFICATE,
            name="it",
            properties=to_wire({"zoneId": ZONE_ID, "certificate": "PEM", "privateKey": "key"}),
        )
    )
    assert answer.properties.fields["privateKey"].WhichOneof("kind") == "struct_value"
    assert answer.properties.fields["certificate"].string_value == "PEM"


def test_a_dashboard_is_compared_as_json_and_replaced_by_another_uid(grafana: Vendor) -> None:
    dashboard = grafana.engine.made(DASHBOARD, "it", configJson='{"uid": "one", "title": "One"}')
    assert dashboard.id == "1:one"
    assert dashboard.paths(configJson='{"title":"One","uid":"one"}') == {}
    assert dashboard.paths(configJson='{"uid": "one", "title": "Uno"}') == {"configJson": "UPDATE"}
    assert dashboard.paths(configJson='{"uid": "two", "title": "One"}') == {"configJson": "UPDATE_REPLACE"}
    dashboard.update(configJson='{"uid": "one", "title": "Uno"}')
    assert dashboard.state["version"] == 2


def test_a_resource_without_a_name_gets_one_that_it_keeps(pagerduty: Vendor) -> None:
    service = pagerduty.engine.made(SERVICE, "site", escalationPolicy="PABCDEF")
    assert re.fullmatch("site-[0-9a-f]{7}", service.checked["name"])
    assert service.paths(name=None) == {}


def test_the_tree_of_policies_is_one_whatever_an_import_calls_it(grafana: Vendor) -> None:
    grafana.engine.made(POLICY, "it", contactPoint="platform", groupBies=["alertname"])
    assert grafana.engine.imported(POLICY, "any").id == "1:policy"


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_s_schema_has_all_its_types_and_properties(name: str, request: pytest.FixtureRequest) -> None:
    vendor: Vendor = request.getfixturevalue(name)
    schema = json.loads(vendor.engine.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert schema["name"] == name
    assert schema["resources"].keys() == VENDORS[name].keys()
