"""The services' container image: the artefact on a pinned Python, built and pushed when it changes."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from components.artefact_build import BuiltArtefact
from components.artefact_store import ArtefactStore
from components.component import Classification, Component

DOCKERFILE = Path("app/Dockerfile")
# Relative to the program's directory, so that the same build looks the same from every checkout.
CONTEXT = Path(".build/image")
ARCHIVE = "artefact.tar"
LABEL_PREFIX = "id.go.prakerja.artefact"
PLATFORMS = {"x86_64": docker_build.Platform.LINUX_AMD64, "arm64": docker_build.Platform.LINUX_ARM64}
_TAG_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class ContainerImageArgs:
    """repository: where the image is pushed to; its tags are immutable.
    store: the bucket with the archive, which the image's labels name.
    source: the checkout that holds the Dockerfile.
    """

    repository: aws.ecr.Repository
    store: ArtefactStore
    source: Path


class ContainerImage(Component):
    """One image for all services. `ref` names it by its digest, so that what runs is what was built.

    Images of earlier releases stay in the registry for as long as its lifecycle policy says.
    """

    layer = "services"

    def __init__(self, name: str, args: ContainerImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        artefact = args.store.artefact
        write_context(args.source, artefact)
        login = aws.ecr.get_authorization_token_output(
            registry_id=args.repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        self.image = docker_build.Image(
            name,
            push=True,
            # A preview has no daemon to build with, and needs none: the digest is known once the image is pushed.
            build_on_preview=False,
            context=docker_build.BuildContextArgs(location=str(CONTEXT)),
            dockerfile=docker_build.DockerfileArgs(location=str(DOCKERFILE)),
            platforms=[PLATFORMS[artefact.architecture]],
            tags=[pulumi.Output.concat(args.repository.repository_url, ":", image_tag(args.source, artefact))],
            labels={
                f"{LABEL_PREFIX}.sha256": artefact.sha256,
                f"{LABEL_PREFIX}.python": artefact.python,
                f"{LABEL_PREFIX}.bucket": args.store.bucket.bucket,
                f"{LABEL_PREFIX}.key": args.store.key,
            },
            registries=[
                docker_build.RegistryArgs(
                    address=args.repository.repository_url,
                    username=login.user_name,
                    password=pulumi.Output.secret(login.password),
                )
            ],
            opts=self.child(retain_on_delete=True, depends_on=[args.store]),
        )
        self.ref: pulumi.Output[str] = self.image.ref
        self.register_outputs({"ref": self.ref})


def image_tag(source: Path, artefact: BuiltArtefact) -> str:
    """The tag of the image that `source`'s Dockerfile makes of the artefact: another build has another tag."""
    dockerfile = hashlib.sha256((source / DOCKERFILE).read_bytes()).hexdigest()
    return hashlib.sha256(f"{artefact.sha256}\n{dockerfile}\n".encode()).hexdigest()[:_TAG_DIGITS]


def write_context(source: Path, artefact: BuiltArtefact) -> None:
    """Put the archive, and nothing else, where the image's build looks for it."""
    archive = source / CONTEXT / ARCHIVE
    archive.parent.mkdir(parents=True, exist_ok=True)
    if archive.exists() and archive.samefile(artefact.path):
        return
    temporary = archive.parent.with_name(f"{artefact.sha256}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        os.link(artefact.path, temporary)
    except OSError:  # the cache is on another file system
        shutil.copyfile(artefact.path, temporary)
    temporary.replace(archive)
