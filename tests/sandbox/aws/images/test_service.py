"""An image is known by its digest, changes with what it is built from, and says that it is a stand-in."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.aws.images.service import IMAGE
from sandbox.aws.images.stand_in import STAND_IN
from sandbox.aws.provider.cloud import Cloud
from sandbox.provider.values import UNKNOWN
from tests.sandbox.provider.engine_driver import CheckError, EngineDriver, Resource

REPOSITORY = Path(__file__).parents[4]

pytestmark = pytest.mark.sandbox


@pytest.fixture
def repository(cloud: Cloud) -> str:
    """The address of a repository of the test's own, whose tags are never moved."""
    made = cloud.call(
        "ecr", "create_repository", repositoryName=f"services-{uuid.uuid4().hex[:8]}", imageTagMutability="IMMUTABLE"
    )
    return str(made["repository"]["repositoryUri"])


@pytest.fixture
def image(engine: EngineDriver, repository: str) -> Resource:
    resource = Resource(engine, IMAGE, "services")
    resource.checked = resource.check(inputs(repository))
    return resource


def inputs(repository: str, **others: Any) -> dict[str, Any]:
    return {
        "push": True,
        "buildOnPreview": False,
        "network": "default",
        "context": {"location": "context"},
        "dockerfile": {"location": "Dockerfile"},
        "platforms": ["linux/amd64"],
        "tags": [f"{repository}:0123456789abcdef"],
        "labels": {"id.go.prakerja.artefact.sha256": "ab" * 32},
        "registries": [{"address": repository, "username": "AWS", "password": "token"}],
        **others,
    }


def found(cloud: Cloud, reference: str) -> dict[str, Any]:
    """The manifest that the registry has for a reference by digest."""
    address, _, digest = reference.partition("@")
    got = cloud.call(
        "ecr", "batch_get_image", repositoryName=address.partition("/")[2], imageIds=[{"imageDigest": digest}]
    )
    manifest: dict[str, Any] = json.loads(got["images"][0]["imageManifest"])
    return manifest


def test_what_was_built_is_in_the_registry_by_its_digest_with_its_labels(image: Resource, cloud: Cloud) -> None:
    image.create()
    assert image.state["ref"].endswith(f"@{image.state['digest']}")
    annotations = found(cloud, image.state["ref"])["annotations"]
    assert annotations["id.go.prakerja.artefact.sha256"] == "ab" * 32
    assert "nothing was built" in annotations[STAND_IN]


def test_a_preview_pushes_nothing_and_knows_no_digest(image: Resource, cloud: Cloud, repository: str) -> None:
    image.create(preview=True)
    assert image.state["ref"] is UNKNOWN
    assert not cloud.call("ecr", "list_images", repositoryName=repository.partition("/")[2])["imageIds"]


def test_a_preview_may_not_know_the_repository_yet(engine: EngineDriver) -> None:
    image = Resource(engine, IMAGE, "services")
    image.checked = image.check(inputs("unused", tags=[UNKNOWN], registries=UNKNOWN))
    image.create(preview=True)
    assert image.state["digest"] is UNKNOWN


def test_nothing_has_changed_after_a_new_login(image: Resource, repository: str) -> None:
    image.create()
    again = inputs(repository, registries=[{"address": repository, "username": "AWS", "password": "another"}])
    assert not image.diff(image.check(again)).diffs


@pytest.mark.parametrize("file", ["Dockerfile", "context/artefact.tar"])
def test_a_changed_file_is_another_image(image: Resource, source: Path, repository: str, file: str) -> None:
    image.create()
    before = image.state
    with (source / file).open("a") as changed:
        changed.write("\n")
    assert "contextHash" in image.diff(image.check(inputs(repository))).diffs
    image.update(tags=[f"{repository}:fedcba9876543210"])
    assert image.state["digest"] != before["digest"]


def test_a_tag_is_never_moved_to_another_image(image: Resource, source: Path) -> None:
    image.create()
    (source / "context" / "artefact.tar").write_bytes(b"another")
    with pytest.raises(grpc.RpcError, match="AlreadyExistsException"):
        image.update()


def test_the_same_image_can_be_pushed_again(image: Resource) -> None:
    image.create()
    image.create()


def test_what_was_deleted_by_hand_has_gone(image: Resource, cloud: Cloud, repository: str) -> None:
    image.create()
    assert image.read() is not None
    image.delete()
    assert image.read() is None
    image.delete()


def test_a_file_that_is_copied_but_missing_is_named_with_its_line(image: Resource, source: Path) -> None:
    (source / "context" / "artefact.tar").unlink()
    with pytest.raises(grpc.RpcError, match=r"Dockerfile:2: artefact\.tar is not in context"):
        image.create()


def test_the_platform_s_own_image_can_be_pushed(image: Resource, source: Path) -> None:
    (source / "Dockerfile").write_text((REPOSITORY / "app" / "Dockerfile").read_text())
    image.create()
    assert image.state["digest"].startswith("sha256:")


def test_a_push_without_a_login_is_refused(engine: EngineDriver, repository: str) -> None:
    image = Resource(engine, IMAGE, "services")
    image.checked = image.check(inputs(repository, registries=[]))
    with pytest.raises(grpc.RpcError, match="no login to"):
        image.create()


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"target": "builder"}, "unknown field `target`.*the sandbox handles"),
        ({"push": False}, "allowed is: true"),
        ({"context": {"locaton": "context"}}, r"locaton.*\$\.context"),
        ({"tags": []}, "0 given; allowed: 1"),
    ],
)
def test_what_the_sandbox_does_not_handle_is_refused_by_name(
    engine: EngineDriver, repository: str, others: dict[str, Any], says: str
) -> None:
    with pytest.raises(CheckError, match=says):
        Resource(engine, IMAGE, "services").check(inputs(repository, **others))
