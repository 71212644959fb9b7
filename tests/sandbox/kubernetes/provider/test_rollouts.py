"""Waiting for real controllers; the test plays the kubelets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.kubernetes.provider.cluster import Cluster
from sandbox.provider.values import Properties, from_wire
from tests.sandbox.kubernetes.control_plane import ControlPlane
from tests.sandbox.kubernetes.kubelets import READY, Kubelets
from tests.sandbox.kubernetes.provider.inputs import DEPLOYMENT, JOB, NAMESPACE, SERVICE, config_map, deployment, job
from tests.sandbox.provider.engine_driver import EngineDriver
from tests.sandbox.provider.engine_log import engine_log

pytestmark = pytest.mark.sandbox

CRASHING = {
    "phase": "Running",
    "conditions": [{"type": "Ready", "status": "False"}],
    "containerStatuses": [
        {
            "name": "it",
            "image": "it",
            "imageID": "",
            "ready": False,
            "restartCount": 4,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}},
            "lastState": {"terminated": {"exitCode": 3, "message": "PRAKERJA_SERVICE is not set\n"}},
        }
    ],
}
FAILED = {"phase": "Failed", "conditions": [{"type": "Ready", "status": "False"}]}


@pytest.fixture
def kubelets(cluster: Cluster, namespace: str) -> Iterator[Kubelets]:
    made = Kubelets(cluster, READY)
    yield made
    made.stop()


def failure(error: grpc.RpcError) -> tuple[str, str, Properties]:
    """What the engine is told of what exists and is not ready: why, the id and the state to keep."""
    assert isinstance(error, grpc.Call)
    trailer = dict(error.trailing_metadata() or ())
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status_pb2.Status.FromString(trailer["grpc-status-details-bin"]).details[0].Unpack(detail)
    return detail.reasons[0], detail.id, from_wire(detail.properties)


def test_a_deployment_is_done_once_its_pods_are_available(
    engine: EngineDriver, namespace: str, kubelets: Kubelets
) -> None:
    made = engine.made(DEPLOYMENT, "it", **deployment("it", namespace, replicas=3))
    assert made.state["status"]["availableReplicas"] == 3
    made.update(**deployment("it", namespace, replicas=3, image="other"))
    assert (made.state["status"]["updatedReplicas"], made.state["status"]["replicas"]) == (3, 3)
    made.delete()


def test_a_deployment_past_its_deadline_fails_with_its_pods_own_words_and_the_next_update_repairs_it(
    engine: EngineDriver, namespace: str, kubelets: Kubelets
) -> None:
    kubelets.status = CRASHING
    inputs = deployment("it", namespace, replicas=1)
    inputs["spec"]["progressDeadlineSeconds"] = 2
    broken = engine.resource(DEPLOYMENT, "it", **inputs)
    with pytest.raises(grpc.RpcError) as failed:
        broken.create()
    reason, broken.id, broken.state = failure(failed.value)
    assert reason.startswith(f"Deployment {namespace}/it has failed: ")
    assert "CrashLoopBackOff, back-off 40s restarting failed container" in reason
    assert "container it ended with status 3: PRAKERJA_SERVICE is not set" in reason
    assert broken.id == f"{namespace}/it"
    with pytest.raises(grpc.RpcError, match="has failed"):
        broken.read()  # so that a refresh leaves it to be repaired
    kubelets.status = READY
    broken.update()
    assert broken.state["status"]["availableReplicas"] == 1
    broken.delete()


def test_pods_that_no_admission_lets_in_are_the_reason(engine: EngineDriver, cluster: Cluster, namespace: str) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    place: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
    cluster.apply(f"/api/v1/namespaces/{namespace}", place, manager="somebody", force=True)
    refused = engine.resource(DEPLOYMENT, "it", **deployment("it", namespace, replicas=1))
    with pytest.raises(grpc.RpcError) as failed:
        refused.create(time_out=3)
    reason, refused.id, refused.state = failure(failed.value)
    assert f"Deployment {namespace}/it not within 3 s" in reason
    assert 'violates PodSecurity "restricted' in reason
    refused.delete()


def test_a_service_waits_for_a_ready_pod_unless_told_not_to(
    engine: EngineDriver, namespace: str, kubelets: Kubelets
) -> None:
    place = {"name": "it", "namespace": namespace}
    inputs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**place, "annotations": {"pulumi.com/skipAwait": "true"}},
        "spec": {"selector": {"app": "it"}, "ports": [{"port": 80}]},
    }
    at_once = engine.made(SERVICE, "it", **inputs)
    at_once.delete()
    waiting = engine.resource(SERVICE, "it", **{**inputs, "metadata": place})
    with pytest.raises(grpc.RpcError) as failed:
        waiting.create(time_out=1)
    reason, waiting.id, waiting.state = failure(failed.value)
    assert "no ready pod stands behind it" in reason
    pods = engine.made(DEPLOYMENT, "it", **deployment("it", namespace, replicas=1))
    waiting.update()
    for made in (waiting, pods):
        made.delete()


def test_a_job_is_done_when_it_is_complete_and_fails_for_good(
    engine: EngineDriver, namespace: str, kubelets: Kubelets
) -> None:
    kubelets.status = {"phase": "Succeeded"}
    done = engine.made(JOB, "it", **job("it", namespace))
    other = done.check({**done.checked, "spec": job("other", namespace)["spec"]}, done.checked)
    assert done.diff(other).deleteBeforeReplace  # a job's template can't be changed
    done.delete()
    kubelets.status = FAILED
    failing = engine.resource(JOB, "it", **job("it", namespace))
    with pytest.raises(grpc.RpcError) as failed:
        failing.create()
    reason, failing.id, failing.state = failure(failed.value)
    assert f"Job {namespace}/it has failed: BackoffLimitExceeded" in reason
    failing.delete()


def test_a_long_wait_says_how_things_stand(engine: EngineDriver, namespace: str) -> None:
    waiting = engine.resource(DEPLOYMENT, "it", **deployment("it", namespace, replicas=1))
    with engine_log(engine) as log, pytest.raises(grpc.RpcError):
        waiting.create(time_out=7)
    assert log.lines == [f"waiting for Deployment {namespace}/it: 0 of 1 replicas are available"]


def test_a_cancelled_engine_stops_waiting_and_keeps_what_exists(engine: EngineDriver, namespace: str) -> None:
    waiting = engine.resource(DEPLOYMENT, "it", **deployment("it", namespace, replicas=1))
    timer = threading.Timer(1, lambda: engine.stub.Cancel(empty_pb2.Empty()))
    timer.start()
    with pytest.raises(grpc.RpcError) as failed:
        waiting.create()
    timer.join()
    reason, kept, _ = failure(failed.value)
    assert f"cancelled while waiting for Deployment {namespace}/it: 0 of 1 replicas are available" in reason
    assert kept == f"{namespace}/it"


def test_a_namespace_is_deleted_with_all_in_it_before_the_engine_goes_on(
    engine: EngineDriver, cluster: Cluster
) -> None:
    place = engine.made(NAMESPACE, "whole", apiVersion="v1", kind="Namespace", metadata={"name": "whole"})
    content = config_map("it", "whole", a="1")
    content["metadata"]["finalizers"] = ["test.example/held"]
    cluster.apply("/api/v1/namespaces/whole/configmaps/it", content, manager="somebody", force=False)
    with pytest.raises(grpc.RpcError, match=r"not within 8 s: .*finalizers remaining: test.example/held"):
        place.delete(time_out=8)
    released = config_map("it", "whole", a="1")
    cluster.apply("/api/v1/namespaces/whole/configmaps/it", released, manager="somebody", force=False)
    place.delete()
    assert cluster.find("/api/v1/namespaces/whole") is None


def test_an_object_may_come_before_its_namespace(engine: EngineDriver, cluster: Cluster) -> None:
    early = engine.resource("kubernetes:core/v1:ConfigMap", "it", **config_map("it", "late", a="1"))
    place = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "late"}}
    timer = threading.Timer(1, lambda: cluster.apply("/api/v1/namespaces/late", place, manager="somebody", force=False))
    timer.start()
    early.create()
    timer.join()
    assert early.id == "late/it"


def test_a_killed_api_server_costs_time_and_nothing_else(
    engine: EngineDriver, running: ControlPlane, namespace: str
) -> None:
    early = engine.resource("kubernetes:core/v1:ConfigMap", "it", **config_map("it", namespace, a="1"))
    running.api_server.kill()
    running.api_server.wait()
    running.start_api_server()
    early.create()
    assert early.read() == (early.checked, early.state)
