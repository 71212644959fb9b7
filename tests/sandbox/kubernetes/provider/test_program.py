"""The platform's own objects, as its program asks for them, on the real API server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.kubernetes.control_plane import definitions
from sandbox.kubernetes.provider.cluster import Cluster
from tests.components.recorder import RecordedResource
from tests.sandbox.kubernetes.kubelets import READY, Kubelets
from tests.sandbox.provider.engine_driver import EngineDriver, Resource
from tests.stacks.environments import recorded

pytestmark = pytest.mark.sandbox

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def auto_mode(cluster: Cluster) -> Iterator[None]:
    """The kinds that EKS Auto Mode adds, and nodes on which every pod becomes ready."""
    for definition in definitions.read():
        path = f"{DEFINITIONS}/{definition['metadata']['name']}"
        cluster.apply(path, definition, manager="eks", force=True)
    kubelets = Kubelets(cluster, READY)
    yield
    kubelets.stop()


def declared(stack: str) -> list[RecordedResource]:
    """The program's objects, each after those that it depends on."""
    return [one for one in recorded(stack).resources if one.type.startswith("kubernetes:")]


@pytest.mark.usefixtures("auto_mode")
def test_the_api_server_takes_them_all_and_a_second_update_changes_nothing(engine: EngineDriver) -> None:
    made: list[Resource] = []
    for one in declared("dev"):
        resource = engine.resource(one.type, one.name, **one.inputs)
        resource.create(time_out=60)
        made.append(resource)
    assert {resource.type.rpartition(":")[2] for resource in made} >= {"Deployment", "TargetGroupBinding", "NodePool"}
    for resource in made:
        assert resource.check(resource.checked, resource.checked) == resource.checked
        found = resource.read()
        assert found is not None
        assert found[0] == resource.checked, resource.name
    for resource in reversed(made):
        resource.delete()
        assert resource.read() is None
