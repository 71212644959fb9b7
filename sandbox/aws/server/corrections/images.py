"""Amazon Linux 2023 images: any release may be asked for by its exact name.

moto 5.2.5: it knows a few images of the day on which it was released, so that a program which pins another release by
name finds none; and for each instance that is launched it compares all of them with the one named, some 10 ms. No disk
image stands behind either: in the sandbox, instances are processes.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami, AmiBackend

from sandbox.aws.server.corrections.patching import replace

AMAZON_LINUX_2023 = re.compile(r"al2023-ami-2023\.\d+\.\d{8}\.\d+-kernel-\d+\.\d+-(?P<architecture>x86_64|arm64)")
AMAZON_LINUX_OWNER = "137112412989"
"""The account that publishes Amazon Linux; its alias is `amazon`."""

_upstream_describe_images = AmiBackend.describe_images


def apply() -> None:
    replace(AmiBackend, describe_images=_describe_images)


def _describe_images(
    backend: EC2Backend,
    ami_ids: list[str] | None = None,
    filters: dict[str, Any] | None = None,
    exec_users: list[str] | None = None,
    owners: list[str] | None = None,
) -> list[Ami]:
    launched = (filters or {}).get("image-id")
    if filters == {"image-id": launched} and isinstance(launched, str) and launched in backend.amis:
        return [backend.amis[launched]]
    for name in (filters or {}).get("name", []):
        _make_known(backend, name)
    return _upstream_describe_images(backend, ami_ids, filters, exec_users, owners)


def _make_known(backend: EC2Backend, name: str) -> None:
    """Register the image of this name, under an id that follows from it."""
    release = AMAZON_LINUX_2023.fullmatch(name)
    identifier = "ami-" + hashlib.sha256(name.encode()).hexdigest()[:17]
    if release is None or identifier in backend.amis:
        return
    backend.amis[identifier] = Ami(
        backend,
        identifier,
        name=name,
        description=f"Amazon Linux 2023 ({name})",
        owner_id=AMAZON_LINUX_OWNER,
        owner_alias="amazon",
        public=True,
        virtualization_type="hvm",
        architecture=release["architecture"],
        image_location=f"amazon/{name}",
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name="/dev/xvda",
        region_name=f"{backend.region_name}a",
    )
