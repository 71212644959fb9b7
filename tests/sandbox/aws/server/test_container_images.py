"""ECR: images as their manifests say, and what the snapshot shows of them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
ARTEFACT = {"sha256": "a" * 64, "bucket": "artefacts", "key": f"artefacts/{'a' * 64}.tar", "python": "3.11"}


def manifest(**annotations: str) -> str:
    named = {f"id.go.prakerja.artefact.{key}": value for key, value in annotations.items()}
    return json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE, "layers": [], "annotations": named})


def digest_of(content: str) -> str:
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


@pytest.fixture
def repository(cloud: Any) -> Iterator[dict[str, Any]]:
    ecr = cloud.client("ecr")
    yield ecr.create_repository(repositoryName="prakerja/services", imageTagMutability="IMMUTABLE")["repository"]
    ecr.delete_repository(repositoryName="prakerja/services", force=True)


def push(cloud: Any, content: str, **settings: str) -> Any:
    return cloud.client("ecr").put_image(repositoryName="prakerja/services", imageManifest=content, **settings)["image"]


def test_an_image_has_the_digest_of_its_manifest(cloud: Any, repository: dict[str, Any]) -> None:
    content = manifest(**ARTEFACT)
    pushed = push(cloud, content, imageTag="one", imageDigest=digest_of(content))
    assert pushed["imageId"] == {"imageTag": "one", "imageDigest": digest_of(content)}
    with pytest.raises(ClientError, match="has the digest"):
        push(cloud, manifest(sha256="b"), imageDigest=digest_of(content))
    images = cloud.client("ecr").describe_images(repositoryName=repository["repositoryName"])["imageDetails"]
    assert [image["imageDigest"] for image in images] == [digest_of(content)]


def test_the_snapshot_shows_which_artefact_an_image_is_built_of(cloud: Any, repository: dict[str, Any]) -> None:
    content = manifest(**ARTEFACT)
    push(cloud, content)
    push(cloud, manifest())
    uri = f"{repository['repositoryUri']}@{digest_of(content)}"
    assert cloud.ask("snapshot")["images"] == {
        uri: {
            "artefact_sha256": ARTEFACT["sha256"],
            "artefact_bucket": ARTEFACT["bucket"],
            "artefact_key": ARTEFACT["key"],
            "python": "3.11",
        }
    }


@pytest.mark.usefixtures("repository")
def test_a_tag_never_moves_and_an_image_is_pushed_once(cloud: Any) -> None:
    content = manifest(**ARTEFACT)
    push(cloud, content, imageTag="one")
    for again in (content, manifest(**{**ARTEFACT, "python": "3.12"})):
        with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
            push(cloud, again, imageTag="one")
    with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
        push(cloud, content)


@pytest.mark.usefixtures("repository")
def test_a_repository_with_images_is_deleted_by_force_only(cloud: Any) -> None:
    push(cloud, manifest(**ARTEFACT))
    with pytest.raises(ClientError, match="RepositoryNotEmptyException"):
        cloud.client("ecr").delete_repository(repositoryName="prakerja/services")


def test_the_token_to_log_in_with_is_good_for_hours(cloud: Any) -> None:
    [grant] = cloud.client("ecr").get_authorization_token()["authorizationData"]
    assert base64.b64decode(grant["authorizationToken"]).decode().startswith("AWS:")
    assert grant["expiresAt"] > datetime.now(UTC)
