"""Images in ECR: known by the digest of their manifest, pushed with or without a tag.

moto 5.2.5: an image's digest is worked out of its layers' digests, or is random where the manifest has none, so that
nobody who has the manifest knows it; a digest that was given is believed; pushing the same manifest twice without a tag
deletes untagged images; and the token to log in with has expired in 2015.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import timedelta

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecr.exceptions import ImageAlreadyExistsException, InvalidParameterException
from moto.ecr.models import ECRBackend, Image
from moto.ecr.responses import ECRResponse

from sandbox.aws.server.corrections.patching import replace

TOKEN_LIFE = timedelta(hours=12)

_upstream_put_image = ECRBackend.put_image


def apply() -> None:
    replace(ECRBackend, put_image=_put_image)
    replace(ECRResponse, get_authorization_token=_get_authorization_token)


def _put_image(
    backend: ECRBackend,
    repository_name: str,
    image_manifest: str,
    image_tag: str | None,
    image_manifest_mediatype: str | None = None,
    digest: str | None = None,
) -> Image:
    actual = f"sha256:{hashlib.sha256(image_manifest.encode()).hexdigest()}"
    if digest not in (None, actual):
        raise InvalidParameterException(f"The image's manifest has the digest {actual}, not {digest}")
    repository = backend._get_repository(repository_name)  # noqa: SLF001 - raises RepositoryNotFoundException
    present = [image for image in repository.images if image.get_image_digest() == actual]
    if present and image_tag is None:
        raise ImageAlreadyExistsException(
            registry_id=repository.registry_id,
            image_tag=present[0].image_tag,
            digest=actual,
            repository_name=repository_name,
        )
    # upstream's annotation says that there is always a tag
    return _upstream_put_image(backend, repository_name, image_manifest, image_tag, image_manifest_mediatype, actual)  # type: ignore[arg-type]


def _get_authorization_token(response: ECRResponse) -> ActionResult:
    token = b64encode(f"AWS:{response.current_account}-auth-token".encode()).decode()
    registry = f"https://{response.current_account}.dkr.ecr.{response.region}.amazonaws.com"
    grant = {"authorizationToken": token, "expiresAt": utcnow() + TOKEN_LIFE, "proxyEndpoint": registry}
    return ActionResult({"authorizationData": [grant]})
