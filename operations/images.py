"""Which release a container image holds, by the registry's own word."""

from __future__ import annotations

import json
import re

from operations.aws_apis import AwsApis

RELEASE_DIGITS = 12
UNKNOWN_RELEASE = "unknown"
"""Said of an image that is not one of the program's: put there by hand, or no longer in the registry."""

# An image of the registry, named by its digest: REGISTRY/REPOSITORY[:TAG]@DIGEST.
_REFERENCE = re.compile(r"[^/]+\.amazonaws\.com/([^:@]+)(?::[^@]+)?@(sha256:[0-9a-f]{64})")
_LABEL = "id.go.prakerja.artefact.sha256"
# ECR answers with the manifest as it was pushed, where the client takes this type of it.
_MANIFEST_TYPES = ["application/vnd.oci.image.manifest.v1+json"]


class Images:
    """Reads the labels of images as their manifests repeat them; an image's never change, and are asked for once.

    The sandbox's builds repeat them. BuildKit's leave them in the image's configuration alone, which is not read here.
    """

    def __init__(self, apis: AwsApis) -> None:
        self._ecr = apis.session.client("ecr", endpoint_url=apis.endpoint, config=apis.config)
        self._releases: dict[str, str] = {}

    def release(self, image: str) -> str:
        """The digest of the artefact in an image, as `X-Release` shows it, or else UNKNOWN_RELEASE."""
        if image not in self._releases:
            self._releases[image] = self._read(image)
        return self._releases[image]

    def _read(self, image: str) -> str:
        named = _REFERENCE.fullmatch(image)
        if named is None:
            return UNKNOWN_RELEASE
        try:
            found = self._ecr.batch_get_image(
                repositoryName=named[1], imageIds=[{"imageDigest": named[2]}], acceptedMediaTypes=_MANIFEST_TYPES
            )["images"]
        except self._ecr.exceptions.RepositoryNotFoundException:
            return UNKNOWN_RELEASE
        manifests = [json.loads(one["imageManifest"]) for one in found]
        labels = [manifest.get("annotations", {}).get(_LABEL, UNKNOWN_RELEASE) for manifest in manifests]
        return str(labels[0])[:RELEASE_DIGITS] if labels else UNKNOWN_RELEASE
