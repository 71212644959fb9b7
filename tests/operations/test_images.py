"""An image's release is what the registry says of it, and never guessed."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from operations.aws_apis import AwsApis
from operations.images import UNKNOWN_RELEASE, Images

pytestmark = pytest.mark.unit

DIGEST = f"sha256:{'a' * 64}"
REGISTRY = "123456789012.dkr.ecr.ap-southeast-3.amazonaws.com"
RELEASE = "133718232e3185a7a2a8286786f976430c4d284d89e12fb4345e6dab55b8f975"


class NotFoundError(Exception):
    """There is no such repository."""


class Ecr:
    """A registry of one image, and the session that hands out its client."""

    endpoint = config = None
    RepositoryNotFoundException = NotFoundError

    def __init__(self, labels: dict[str, str]) -> None:
        self.session = self.exceptions = self
        self.asked = 0
        self._labels = labels

    def client(self, _service: str, **_where: Any) -> Ecr:
        return self

    def batch_get_image(self, *, repositoryName: str, imageIds: Any, **_types: Any) -> Any:  # noqa: N803 - the API's
        self.asked += 1
        if repositoryName != "dev-images":
            raise NotFoundError
        found = imageIds == [{"imageDigest": DIGEST}]
        return {"images": [{"imageManifest": json.dumps({"annotations": self._labels})}] if found else []}


def release(image: str, **labels: str) -> str:
    return Images(cast("AwsApis", Ecr({"id.go.prakerja.artefact.sha256": RELEASE} | labels))).release(image)


@pytest.mark.parametrize("tag", ["", ":c183e068a32d73e6"])
def test_a_release_is_the_artefact_that_the_images_labels_name(tag: str) -> None:
    assert release(f"{REGISTRY}/dev-images{tag}@{DIGEST}") == RELEASE[:12]


@pytest.mark.parametrize(
    "image",
    [
        "nginx:1.29",
        f"docker.io/dev-images@{DIGEST}",
        f"{REGISTRY}/dev-images:latest",
        f"{REGISTRY}/other@{DIGEST}",
        f"{REGISTRY}/dev-images@sha256:{'b' * 64}",
    ],
)
def test_what_is_not_the_programs_is_unknown(image: str) -> None:
    assert release(image) == UNKNOWN_RELEASE


def test_an_image_is_asked_for_once() -> None:
    ecr = Ecr({})
    images = Images(cast("AwsApis", ecr))
    assert [images.release(f"{REGISTRY}/dev-images@{DIGEST}") for _ in range(3)] == [UNKNOWN_RELEASE] * 3
    assert ecr.asked == 1
