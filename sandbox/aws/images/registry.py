"""Images in the cloud's registry (ECR): pushed, looked for and deleted by their references."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.aws.images.inputs import ImageInputs, InputError
from sandbox.aws.images.stand_in import MANIFEST_TYPE, StandIn
from sandbox.aws.provider.cloud import Cloud, CloudError

_REFERENCE = re.compile(
    r"(?P<host>(?P<account>\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com)/(?P<repository>[a-z0-9._/-]+):(?P<tag>[\w][\w.-]{0,127})"
)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An image's place: `<host>/<repository>:<tag>`."""

    host: str
    account: str
    repository: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Raises InputError where it is no place in ECR."""
        match = _REFERENCE.fullmatch(text)
        if match is None:
            raise InputError(f"tags[0]: {text!r} given; allowed: <account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>")
        return cls(**match.groupdict())


def push(cloud: Cloud, inputs: ImageInputs, image: StandIn) -> None:
    """Put the image into the registry, as whoever logged in. Raises InputError and CloudError."""
    place = Reference.parse(inputs.tags[0])
    if not any(registry.address.split("/")[0] == place.host for registry in inputs.registries):
        raise InputError(f"registries: no login to {place.host}, where the image is pushed to")
    try:
        cloud.call(
            "ecr",
            "put_image",
            registryId=place.account,
            repositoryName=place.repository,
            imageManifest=image.manifest,
            imageManifestMediaType=MANIFEST_TYPE,
            imageTag=place.tag,
            imageDigest=image.digest,
        )
    except CloudError as error:
        # The same image under the same tag: a push again is nothing new. A tag is never moved to another.
        if error.code != "ImageAlreadyExistsException" or not exists(cloud, inputs.tags[0], image.digest):
            raise


def exists(cloud: Cloud, reference: str, digest: str) -> bool:
    """Whether the registry has the image of that digest where the reference says. Raises InputError and CloudError."""
    place = Reference.parse(reference)
    try:
        cloud.call("ecr", "describe_images", repositoryName=place.repository, imageIds=[{"imageDigest": digest}])
    except CloudError as error:
        if error.gone:
            return False
        raise
    return True


def delete(cloud: Cloud, reference: str, digest: str) -> None:
    """Take the image of that digest out of the registry; nothing, where it has gone already."""
    place = Reference.parse(reference)
    try:
        cloud.call("ecr", "batch_delete_image", repositoryName=place.repository, imageIds=[{"imageDigest": digest}])
    except CloudError as error:
        if not error.gone:
            raise
