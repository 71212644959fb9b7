"""Pods on the sandbox's nodes, under a real control plane."""

from __future__ import annotations

import json
import subprocess
import time

import httpx
import pytest

from sandbox.dataplane.addresses import loopback_twin
from tests.sandbox.dataplane.artefact import RUN, build
from tests.sandbox.dataplane.conftest import alive, kill
from tests.sandbox.kubernetes.nodes.account import CLUSTER
from tests.sandbox.kubernetes.nodes.cluster import RunningCluster, condition
from tests.sandbox.kubernetes.nodes.manifests import Json, container, deployment, namespace, pod, probe

pytestmark = pytest.mark.sandbox

FAILING = "import sys\ndef preload(): pass\ndef main():\n    print('no way', flush=True)\n    sys.exit(3)\n"


def address(found: Json) -> str:
    return f"http://{loopback_twin(found['status']['podIP'])}:8080"


def environment(found: Json) -> dict[str, str]:
    lines = httpx.get(f"{address(found)}/environment").text.splitlines()
    return dict(line.split("=", 1) for line in lines)


def name(found: Json) -> str:
    return str(found["metadata"]["name"])


def state(found: Json) -> Json:
    status: Json = found["status"]["containerStatuses"][0]
    return status


def waiting(cluster: RunningCluster, place: str, reason: str) -> bool:
    return any(
        state(found)["state"].get("waiting", {}).get("reason") == reason
        for found in cluster.pods(place)
        if "containerStatuses" in found["status"]
    )


def events(cluster: RunningCluster, place: str) -> str:
    return " ".join(f"{found['reason']}: {found['message']}" for found in cluster.get("events", place))


def test_the_pods_of_a_deployment_serve_in_all_zones_at_addresses_from_the_top(
    cluster: RunningCluster, place: str
) -> None:
    cluster.apply(deployment(place, 4, container(cluster.image)))
    pods = cluster.await_ready(place, 4)
    assert {found["spec"]["nodeName"][-1] for found in pods} == {"a", "b"}
    assert all(int(found["status"]["podIP"].rpartition(".")[2]) > 200 for found in pods)
    assert {httpx.get(address(found)).headers["x-served-by"] for found in pods} == {name(found) for found in pods}


def test_a_container_has_its_own_variables_and_those_of_its_place(cluster: RunningCluster, place: str) -> None:
    role = cluster.account.role(place[:60], "pods.eks.amazonaws.com")
    cluster.account.client("eks").create_pod_identity_association(
        clusterName=CLUSTER, namespace=place, serviceAccount="default", roleArn=role
    )
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "login", "namespace": place},
        "stringData": {"password": "s3cret"},
    }
    found = container(cluster.image)
    found["env"] += [
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "PRAKERJA_DATABASE_CA_BUNDLE", "value": "/etc/prakerja/database-ca.pem"},
    ]
    cluster.apply(secret, deployment(place, 1, found))
    (ready,) = cluster.await_ready(place, 1)
    variables = environment(ready)
    assert variables["PASSWORD"] == "s3cret"
    assert variables["NODE"] == ready["spec"]["nodeName"]
    assert variables["PRAKERJA_SERVED_BY"] == name(ready)
    assert variables["PRAKERJA_DATABASE_CA_BUNDLE"] == str(cluster.state.secrets / "ca.pem")
    assert variables["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert variables.keys().isdisjoint({"PYTHONPATH", "VIRTUAL_ENV", "KUBECONFIG"})


def test_without_a_pod_identity_there_are_no_credentials(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 1, container(cluster.image)))
    (ready,) = cluster.await_ready(place, 1)
    assert environment(ready).keys().isdisjoint({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})


def test_a_killed_process_is_restarted_and_the_log_of_the_run_before_is_kept(
    cluster: RunningCluster, place: str
) -> None:
    cluster.apply(deployment(place, 1, container(cluster.image)))
    (before,) = cluster.await_ready(place, 1)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{address(before)}/crash")
    cluster.until(lambda: state(cluster.pods(place)[0])["restartCount"] == 1, "restart")
    (after,) = cluster.await_ready(place, 1)
    assert name(after) == name(before)
    assert after["status"]["podIP"] == before["status"]["podIP"]
    assert state(after)["lastState"]["terminated"]["exitCode"] == 3
    assert "serving as" in cluster.kubectl("logs", "-n", place, name(after), "--previous")


def test_a_container_that_can_not_start_is_tried_ever_more_slowly(cluster: RunningCluster, place: str) -> None:
    image = cluster.account.push(*build(run=FAILING))
    cluster.apply(deployment(place, 1, container(image)))
    cluster.until(lambda: waiting(cluster, place, "CrashLoopBackOff"), "back-off")
    assert "no way" in cluster.kubectl("logs", "-n", place, "deployment/portal")
    assert "BackOff: Back-off restarting failed container portal" in events(cluster, place)


def test_an_image_that_the_registry_has_not_is_named(cluster: RunningCluster, place: str) -> None:
    image = cluster.image[:-4] + "0000"
    cluster.apply(deployment(place, 1, container(image)))
    cluster.until(lambda: waiting(cluster, place, "ImagePullBackOff"), "back-off")
    assert f"{image}: not found" in events(cluster, place)


def test_what_a_variable_refers_to_may_come_later(cluster: RunningCluster, place: str) -> None:
    found = container(cluster.image)
    found["env"].append({"name": "X", "valueFrom": {"configMapKeyRef": {"name": "late", "key": "x"}}})
    cluster.apply(deployment(place, 1, found))
    cluster.until(lambda: waiting(cluster, place, "CreateContainerConfigError"), "error")
    late = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late", "namespace": place}}
    cluster.apply(late | {"data": {"x": "1"}})
    (ready,) = cluster.await_ready(place, 1)
    assert environment(ready)["X"] == "1"


def test_a_pod_that_asks_for_more_than_the_nodes_give_is_refused(cluster: RunningCluster, place: str) -> None:
    cluster.apply(pod(place, "shell", container(cluster.image, command=["sh", "-c", "true"])))
    cluster.until(lambda: waiting(cluster, place, "CreateContainerError"), "refusal")
    assert "sh -c true" in state(cluster.pods(place)[0])["state"]["waiting"]["message"]


def test_a_failed_liveness_probe_restarts_the_container(cluster: RunningCluster, place: str) -> None:
    stuck = RUN.replace("asyncio.sleep(1)", "asyncio.sleep(60)")
    image = cluster.account.push(*build(run=stuck))
    cluster.apply(deployment(place, 1, container(image, livenessProbe=probe("/slow", failureThreshold=2))))
    cluster.until(lambda: any(state(found)["restartCount"] for found in cluster.ready(place)), "restart")
    assert "Killing: Container portal failed liveness probe, will be restarted" in events(cluster, place)


def test_an_unready_container_is_not_restarted_and_comes_back(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 1, container(cluster.image, readinessProbe=probe("/slow", timeoutSeconds=1))))
    cluster.until(lambda: "Readiness probe failed" in events(cluster, place), "failed probe")
    assert not cluster.ready(place)
    cluster.apply(deployment(place, 1, container(cluster.image)))
    assert state(cluster.await_ready(place, 1)[0])["restartCount"] == 0


def test_a_deleted_pod_waits_for_its_hook_drains_and_is_replaced(cluster: RunningCluster, place: str) -> None:
    hook = {"preStop": {"sleep": {"seconds": 2}}}
    cluster.apply(deployment(place, 1, container(cluster.image, lifecycle=hook)))
    (before,) = cluster.await_ready(place, 1)
    kubectl = [str(cluster.state.binaries / "kubectl"), "--kubeconfig", str(cluster.state.kubeconfig)]
    log = subprocess.Popen([*kubectl, "-n", place, "logs", "-f", name(before)], stdout=subprocess.PIPE, text=True)
    started = time.monotonic()
    cluster.kubectl("-n", place, "delete", "pod", name(before), "--wait=false")
    cluster.until(lambda: name(before) not in {name(found) for found in cluster.get("pods", place)}, "end", 20)
    assert time.monotonic() - started > 2
    output, _ = log.communicate(timeout=20)
    assert output.splitlines() == ["serving as 65534", "drained"]
    (after,) = cluster.await_ready(place, 1)
    assert after["status"]["podIP"] != before["status"]["podIP"]
    assert not list((cluster.state.logs / "pod").glob(f"*_{name(before)}_*"))


def test_a_pod_that_is_deleted_by_force_is_killed(cluster: RunningCluster, place: str) -> None:
    cluster.apply(pod(place, "alone", container(cluster.image)))
    cluster.await_ready(place, 1)
    process = process_of(cluster, "alone")
    cluster.kubectl("-n", place, "delete", "pod", "alone", "--force", "--grace-period=0")
    cluster.until(lambda: not alive(process), "end of the process", 10)


def test_a_job_runs_to_its_end(cluster: RunningCluster, place: str) -> None:
    found = container(cluster.image, command=["python3.11", "-m", "app.migrate"], readinessProbe=None)
    found["env"].append({"name": "PRAKERJA_DATABASE_HOST", "value": "127.99.9.5"})
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate", "namespace": place},
        "spec": {"template": {"spec": {"containers": [found], "restartPolicy": "Never"}}},
    }
    cluster.apply(job)
    cluster.kubectl("-n", place, "wait", "job/migrate", "--for=condition=complete", "--timeout=30s")
    assert "migrating with 127.99.9.5" in cluster.kubectl("-n", place, "logs", "job/migrate", "--tail=1")


def test_usage_is_told_to_the_autoscaler_and_to_kubectl_top(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 1, container(cluster.image)))
    (ready,) = cluster.await_ready(place, 1)
    path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{place}/pods?labelSelector=app%3Dportal"
    found = cluster.until(lambda: json.loads(cluster.kubectl("get", "--raw", path))["items"], "metrics")
    assert [name(one) for one in found] == [name(ready)]
    assert found[0]["containers"][0]["usage"]["cpu"].endswith("n")


def test_a_node_that_is_deleted_is_registered_again(cluster: RunningCluster) -> None:
    (first, *_) = cluster.get("nodes")
    cluster.kubectl("delete", "node", name(first))

    def registered() -> bool:
        again = [found for found in cluster.get("nodes") if name(found) == name(first)]
        return bool(again) and condition(again[0], "Ready") == "True"

    cluster.until(registered, "node")


def test_a_killed_node_agent_comes_back_to_pods_that_never_stopped(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 3, container(cluster.image)))
    before = cluster.await_ready(place, 3)
    agent = cluster.pid("nodes")
    kill(agent)
    cluster.until(lambda: cluster.pid("nodes") != agent, "next agent")
    assert all(httpx.get(address(found)).status_code == 200 for found in before)
    cluster.kubectl("-n", place, "scale", "deployment/portal", "--replicas=4")
    after = cluster.await_ready(place, 4)
    assert {name(found) for found in before} < {name(found) for found in after}
    assert not any(state(found)["restartCount"] for found in after)


def test_what_was_deleted_while_no_agent_looked_is_ended(cluster: RunningCluster, place: str) -> None:
    cluster.apply(pod(place, "orphan", container(cluster.image)))
    cluster.await_ready(place, 1)
    process, agent = process_of(cluster, "orphan"), cluster.pid("nodes")
    kill(agent)
    cluster.kubectl("-n", place, "delete", "pod", "orphan", "--force", "--grace-period=0")
    cluster.until(lambda: not alive(process), "end of the process")


def test_a_killed_runtime_takes_its_containers_along_and_all_come_back(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 3, container(cluster.image)))
    cluster.await_ready(place, 3)
    kill(cluster.pid("pod-runtime"))
    cluster.until(lambda: all(state(found)["restartCount"] == 1 for found in cluster.pods(place)), "restarts")
    after = cluster.await_ready(place, 3)
    assert all(httpx.get(address(found)).status_code == 200 for found in after)


def test_a_killed_api_server_changes_nothing_for_the_pods(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 2, container(cluster.image)))
    before = cluster.await_ready(place, 2)
    server = cluster.pid("kube-apiserver")
    kill(server)
    cluster.until(lambda: cluster.pid("kube-apiserver") != server, "next API server", 60)
    after = cluster.await_ready(place, 2)
    assert {name(found) for found in after} == {name(found) for found in before}
    assert not any(state(found)["restartCount"] for found in after)


def test_a_new_image_is_rolled_out_and_back(cluster: RunningCluster, place: str) -> None:
    other = cluster.account.push(*build(run=RUN + "# another release\n"))
    cluster.apply(deployment(place, 3, container(cluster.image)))
    (first, *_) = cluster.await_ready(place, 3)
    release = httpx.get(address(first)).headers["x-release"]
    cluster.kubectl("-n", place, "set", "image", "deployment/portal", f"portal={other}")
    cluster.kubectl("-n", place, "rollout", "status", "deployment/portal", "--timeout=60s")
    cluster.kubectl("-n", place, "rollout", "undo", "deployment/portal")
    cluster.kubectl("-n", place, "rollout", "status", "deployment/portal", "--timeout=60s")
    served = {httpx.get(address(found)).headers["x-release"] for found in cluster.await_ready(place, 3)}
    assert served == {release}


def test_without_a_node_pool_there_are_no_nodes(cluster: RunningCluster) -> None:
    cluster.apply(namespace("drained"), deployment("drained", 2, container(cluster.image)))
    cluster.await_ready("drained", 2)
    cluster.kubectl("delete", "nodepool", "services")
    cluster.until(lambda: not cluster.get("nodes"), "end of the nodes", 60)
    assert not cluster.ready("drained")


def process_of(cluster: RunningCluster, pod_name: str) -> int:
    """The process of the pod's only container."""
    found = subprocess.run(["pgrep", "-x", pod_name[:15]], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])
