"""The stand-in for a build: everything about an image but its layers.

The sandbox has no builder. What a build would read is read (a file that is missing fails it), and what identifies its
result is made: a manifest whose digest changes with the Dockerfile, the context and the labels. The manifest says that
it is a stand-in. Where its labels name an artefact, that is what runs in the image's containers.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.aws.images.inputs import ImageInputs

# Open Container Initiative, image specification 1.1.
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
STAND_IN = "id.go.prakerja.sandbox.stand-in"
_CHUNK_BYTES = 1 << 20


class BuildError(ValueError):
    """A build that would fail; the message names the file and what is missing."""


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """manifest: the image's manifest, as JSON. context_hash: of all that the build read, in hex digits."""

    manifest: str
    context_hash: str

    @property
    def digest(self) -> str:
        """The image's digest, `sha256:` and 64 hex digits."""
        return f"sha256:{hashlib.sha256(self.manifest.encode()).hexdigest()}"


def stand_in(inputs: ImageInputs, root: Path) -> StandIn:
    """What a build with those inputs in directory `root` would push. Raises BuildError."""
    dockerfile, context = root / inputs.dockerfile.location, root / inputs.context.location
    if not dockerfile.is_file():
        raise BuildError(f"dockerfile.location: there is no file {inputs.dockerfile.location}")
    if not context.is_dir():
        raise BuildError(f"context.location: there is no directory {inputs.context.location}")
    text = dockerfile.read_text()
    for line, source in _local_sources(text):
        if not any(context.glob(source)):
            raise BuildError(f"{inputs.dockerfile.location}:{line}: {source} is not in {inputs.context.location}")
    files = {
        path.relative_to(context).as_posix(): _layer(path) for path in sorted(context.rglob("*")) if path.is_file()
    }
    config = json.dumps({"dockerfile": text, "labels": dict(inputs.labels), "platforms": inputs.platforms})
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(_CONFIG_TYPE, hashlib.sha256(config.encode()).hexdigest(), len(config.encode())),
        "layers": list(files.values()),
        "annotations": {
            **inputs.labels,
            STAND_IN: "nothing was built; the layers are the files that a build would read",
        },
    }
    read = json.dumps({"dockerfile": text, "files": files})
    return StandIn(manifest=json.dumps(manifest), context_hash=hashlib.sha256(read.encode()).hexdigest())


def _local_sources(dockerfile: str) -> Iterator[tuple[int, str]]:
    """What the Dockerfile's COPY and ADD take from the context, each with its line."""
    for number, line in enumerate(dockerfile.splitlines(), start=1):
        if line.partition(" ")[0].upper() not in ("COPY", "ADD"):
            continue
        words = shlex.split(line)
        flags = [word for word in words[1:] if word.startswith("--")]
        if any(flag.startswith("--from=") for flag in flags):
            continue
        for source in words[1 + len(flags) : -1]:
            if "://" not in source and "$" not in source:
                yield number, source.lstrip("/")


def _layer(path: Path) -> Mapping[str, object]:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
    return _descriptor(_LAYER_TYPE, digest.hexdigest(), path.stat().st_size)


def _descriptor(media_type: str, sha256: str, size: int) -> Mapping[str, object]:
    return {"mediaType": media_type, "digest": f"sha256:{sha256}", "size": size}
