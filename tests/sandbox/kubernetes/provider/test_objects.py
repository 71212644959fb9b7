"""Objects on a real API server: made, read, changed, deleted as the engine asks."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.kubernetes.provider.cluster import Cluster
from sandbox.provider.values import UNKNOWN, to_wire
from tests.sandbox.kubernetes.control_plane import eventually
from tests.sandbox.kubernetes.provider.inputs import (
    CONFIG_MAP,
    DEFINITION,
    DEPLOYMENT,
    SECRET,
    SERVICE,
    config_map,
    deployment,
    widget_definition,
)
from tests.sandbox.provider.engine_driver import CheckError, EngineDriver, Resource

pytestmark = pytest.mark.sandbox


def details(error: grpc.RpcError) -> str:
    assert isinstance(error, grpc.Call)
    return str(error.details())


def test_an_object_is_made_read_changed_and_deleted(engine: EngineDriver, cluster: Cluster, namespace: str) -> None:
    engine.configure(enableConfigMapMutable="true")
    made = engine.made(CONFIG_MAP, "it", **config_map("it", namespace, a="1"))
    path = f"/api/v1/namespaces/{namespace}/configmaps/it"
    assert made.id == f"{namespace}/it"
    assert "managedFields" not in made.state["metadata"]
    assert made.read() == (made.checked, made.state)
    made.update(data={"a": "2"})
    live = cluster.find(path)
    assert live is not None
    assert live["data"] == {"a": "2"}
    made.delete()
    assert cluster.find(path) is None
    assert made.read() is None
    made.delete()  # what has gone is deleted


def test_a_refused_object_names_each_field_and_what_is_allowed(
    engine: EngineDriver, cluster: Cluster, namespace: str
) -> None:
    with pytest.raises(CheckError) as refused:
        engine.resource(
            SERVICE,
            "it",
            apiVersion="v1",
            kind="Service",
            metadata={"name": "it", "namespace": namespace},
            spec={"type": "Balancer", "ports": [{"port": 70000, "targetPort": 1}]},
        )
    failures = refused.value.failures
    assert set(failures) == {"spec.type", "spec.ports[0].port"}
    assert '"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"' in failures["spec.type"]
    assert "between 1 and 65535" in failures["spec.ports[0].port"]
    assert cluster.find(f"/api/v1/namespaces/{namespace}/services/it") is None


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"imagee": "a"}, "imagee", "the nearest that is: image"),
        ({"image": 1}, "image", "expected string"),
    ],
)
def test_a_misspelt_field_and_a_wrong_type_are_named_by_their_path(
    engine: EngineDriver, namespace: str, change: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(CheckError) as refused:
        engine.resource(DEPLOYMENT, "it", **deployment("it", namespace, **change))
    ((found, text),) = refused.value.failures.items()
    assert found == f'spec.template.spec.containers[name="it"].{path}'
    assert reason in text


def test_every_fault_is_named_at_once(engine: EngineDriver, namespace: str) -> None:
    inputs = deployment("it", namespace, imagee="a")
    inputs["spec"]["replicas"] = "three"
    with pytest.raises(CheckError) as refused:
        engine.resource(DEPLOYMENT, "it", **inputs)
    assert set(refused.value.failures) == {
        'spec.template.spec.containers[name="it"].imagee',
        "spec.replicas",
    }


def test_the_server_s_refusal_at_the_change_itself_leaves_everything_as_it_was(
    engine: EngineDriver, cluster: Cluster, namespace: str
) -> None:
    unchecked = Resource(engine, SERVICE, "it")
    unchecked.checked = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "it", "namespace": namespace},
        "spec": {"ports": [{"port": 70000}]},
    }
    with pytest.raises(grpc.RpcError) as refused:
        unchecked.create()
    assert details(refused.value).startswith(f"creating {SERVICE} 'it': spec.ports[0].port: Invalid value: 70000")
    assert cluster.find(f"/api/v1/namespaces/{namespace}/services/it") is None


def test_a_name_is_made_up_kept_and_marked(engine: EngineDriver, namespace: str) -> None:
    inputs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": namespace}}
    made = engine.made(CONFIG_MAP, "it", **inputs, data={"a": "1"})
    name = made.checked["metadata"]["name"]
    assert name.startswith("it-")
    assert made.checked["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert made.check(inputs, made.checked)["metadata"]["name"] == name
    assert made.check(inputs)["metadata"]["name"] != name
    made.delete()


def test_what_cannot_be_changed_in_place_is_replaced_and_the_old_one_first_where_the_name_stays(
    engine: EngineDriver, namespace: str
) -> None:
    made = engine.made(DEPLOYMENT, "it", **deployment("it", namespace, replicas=0))
    other = deployment("it", namespace, replicas=0)
    other["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    other["spec"]["template"]["metadata"] = {"labels": {"app": "other"}}
    answer = made.diff(made.check(other, made.checked))
    assert list(answer.replaces) == ["spec.selector.matchLabels.app"]
    assert answer.deleteBeforeReplace
    assert made.paths(spec={**made.checked["spec"], "minReadySeconds": 1}) == {"spec.minReadySeconds": "ADD"}
    made.delete()


def test_content_that_pods_read_is_replaced_unless_the_settings_allow_a_change(
    engine: EngineDriver, namespace: str
) -> None:
    made = engine.made(CONFIG_MAP, "it", **config_map("it", namespace, a="1"))
    assert made.paths(data={"a": "2"}) == {"data.a": "UPDATE_REPLACE"}
    engine.configure(enableConfigMapMutable="true")
    assert made.paths(data={"a": "2"}) == {"data.a": "UPDATE"}
    made.delete()


def test_another_spelling_of_the_same_is_no_difference(engine: EngineDriver, namespace: str) -> None:
    made = engine.made(
        DEPLOYMENT, "it", **deployment("it", namespace, replicas=0, resources={"requests": {"cpu": "1000m"}})
    )
    spelt = deployment("it", namespace, replicas=0, resources={"requests": {"cpu": "1"}})
    assert made.paths(**spelt) == {}
    spelt = deployment("it", namespace, replicas=0, resources={"requests": {"cpu": "2"}})
    assert list(made.paths(**spelt)) == ["spec.template.spec.containers[0].resources.requests.cpu"]
    made.delete()


def test_an_object_of_somebody_else_s_is_not_taken_over(engine: EngineDriver, cluster: Cluster, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/it"
    cluster.apply(path, config_map("it", namespace, a="theirs"), manager="somebody", force=False)
    ours = engine.resource(CONFIG_MAP, "it", **config_map("it", namespace, a="ours"))
    with pytest.raises(grpc.RpcError) as refused:
        ours.create()
    assert f"ConfigMap {namespace}/it exists already, made by somebody" in details(refused.value)
    live = cluster.find(path)
    assert live is not None
    assert live["data"] == {"a": "theirs"}


def test_an_object_that_a_lost_update_made_is_adopted(engine: EngineDriver, namespace: str) -> None:
    first = engine.made(CONFIG_MAP, "it", **config_map("it", namespace, a="1"))
    again = engine.made(CONFIG_MAP, "it", **config_map("it", namespace, a="1"))
    assert again.state["metadata"]["uid"] == first.state["metadata"]["uid"]
    again.delete()


def test_what_others_changed_is_drift_and_what_they_added_is_theirs(
    engine: EngineDriver, cluster: Cluster, namespace: str
) -> None:
    inputs = deployment("it", namespace, replicas=0, resources={"requests": {"cpu": "1000m"}}, image="a")
    made = engine.made(DEPLOYMENT, "it", **inputs)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/it"
    theirs = deployment("it", namespace, image="b", env=[{"name": "THEIRS", "value": "1"}])
    theirs["metadata"]["labels"] = {"theirs": "yes"}
    cluster.apply(path, theirs, manager="somebody", force=True)
    found = made.read()
    assert found is not None
    container = found[0]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "b"
    assert container["resources"] == {"requests": {"cpu": "1000m"}}
    assert "env" not in container
    assert "labels" not in found[0]["metadata"]
    made.checked = found[0]
    with pytest.raises(grpc.RpcError) as conflict:
        made.update(**inputs)
    assert 'conflict with "somebody"' in details(conflict.value)
    assert "pulumi.com/patchForce" in details(conflict.value)
    inputs["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
    made.update(**inputs)
    assert made.state["spec"]["template"]["spec"]["containers"][0]["image"] == "a"
    made.delete()


def test_a_preview_promises_nothing_that_the_server_makes_up(engine: EngineDriver, namespace: str) -> None:
    inputs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "it", "namespace": namespace},
        "spec": {"ports": [{"port": 80}]},
    }
    service = engine.resource(SERVICE, "it", **inputs)
    service.create(preview=True)
    assert service.state["spec"]["clusterIP"] is UNKNOWN
    assert service.state["spec"]["type"] == "ClusterIP"
    assert service.state["metadata"]["uid"] is UNKNOWN
    assert service.state["status"] is UNKNOWN
    assert service.state["metadata"]["name"] == "it"


def test_a_preview_tries_what_goes_into_a_namespace_that_is_not_there_yet(engine: EngineDriver) -> None:
    resource = engine.resource(CONFIG_MAP, "it", **config_map("it", "not-yet", a="1"))
    resource.create(preview=True)
    assert resource.state["metadata"]["namespace"] == "not-yet"
    with pytest.raises(CheckError):
        engine.resource(CONFIG_MAP, "it", **config_map("it", "not-yet"), daata={})


def test_what_is_not_known_yet_is_not_checked_and_stays_unknown(engine: EngineDriver, namespace: str) -> None:
    resource = engine.resource(DEPLOYMENT, "it", **deployment("it", namespace, image=UNKNOWN))
    resource.create(preview=True)
    assert resource.state["spec"]["template"]["spec"]["containers"][0]["image"] is UNKNOWN


def test_a_patch_sets_its_fields_alone_and_gives_them_back(
    engine: EngineDriver, cluster: Cluster, namespace: str
) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/theirs"
    cluster.apply(path, config_map("theirs", namespace, a="1"), manager="somebody", force=False)
    patch = engine.made(f"{CONFIG_MAP}Patch", "it", **config_map("theirs", namespace, b="2"))
    live = cluster.find(path)
    assert live is not None
    assert live["data"] == {"a": "1", "b": "2"}
    assert patch.paths(data={"b": "3"}) == {"data.b": "UPDATE"}
    patch.delete()
    live = cluster.find(path)
    assert live is not None
    assert live["data"] == {"a": "1"}


def test_a_secret_s_content_is_marked_as_such(engine: EngineDriver, namespace: str) -> None:
    inputs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "it", "namespace": namespace}}
    answer = engine.stub.Check(
        provider_pb2.CheckRequest(type=SECRET, name="it", news=to_wire({**inputs, "stringData": {"a": "s3cret"}}))
    )
    marked = answer.inputs.fields["stringData"].struct_value.fields
    assert marked["4dabf18193072939515e22adb298388d"].string_value == "1b47061264138c4ac30d75fd1eb44270"
    made = engine.made(SECRET, "it", **inputs, stringData={"a": "s3cret"})
    assert made.state["data"] == {"a": "czNjcmV0"}
    made.delete()


def test_an_import_takes_over_what_the_object_says_and_is_then_no_difference(
    engine: EngineDriver, cluster: Cluster, namespace: str
) -> None:
    inputs = deployment("it", namespace, replicas=0)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/it"
    cluster.apply(path, inputs, manager="somebody", force=False)
    imported = engine.imported(DEPLOYMENT, f"{namespace}/it")
    assert "status" not in imported.checked
    assert imported.paths(**{**imported.checked, **inputs}) == {}
    imported.delete()


def test_an_object_in_no_namespace_has_its_name_as_id(engine: EngineDriver, cluster: Cluster) -> None:
    inputs = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "test-it"}}
    made = engine.made("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "it", **inputs, rules=[])
    assert made.id == "test-it"
    assert "namespace" not in made.checked["metadata"]
    made.delete()


def test_a_custom_kind_can_be_used_as_soon_as_its_definition_is_made(
    engine: EngineDriver, cluster: Cluster, namespace: str
) -> None:
    token = "kubernetes:test.example/v1:Widget"
    inputs = {"apiVersion": "test.example/v1", "kind": "Widget", "metadata": {"name": "it", "namespace": namespace}}
    widget = engine.resource(token, "it", **inputs, spec={"size": 1})
    widget.create(preview=True)  # not served yet: nothing is known of it, and nothing is refused
    definition = engine.made(DEFINITION, "it", **widget_definition())
    with pytest.raises(CheckError) as refused:
        engine.resource(token, "it", **inputs, spec={"size": "large"})
    assert list(refused.value.failures) == ["spec.size"]
    eventually(lambda: bool(cluster.find("/openapi/v3/apis/test.example/v1")))
    with pytest.raises(CheckError) as refused:
        engine.resource(token, "it", **inputs, spec={"sizee": 1})
    assert refused.value.failures == {"spec.sizee": "is no field here; the nearest that is: size"}
    widget = engine.made(token, "it", **inputs, spec={"size": 1})
    assert widget.paths(spec={"size": 2}) == {"spec.size": "UPDATE"}
    definition.delete()
    assert widget.read() is None
    widget.delete()


def test_what_is_no_single_object_is_refused_by_name(engine: EngineDriver) -> None:
    with pytest.raises(grpc.RpcError, match=r"does not serve kubernetes:helm.sh/v3:Release"):
        engine.resource("kubernetes:helm.sh/v3:Release", "it", chart="a")
