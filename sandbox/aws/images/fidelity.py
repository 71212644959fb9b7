"""How much stands behind an image."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi import _types
from pulumi_docker_build import ImageArgs

from sandbox.aws.images.inputs import ImageInputs
from sandbox.aws.images.service import IMAGE
from sandbox.provider.fidelity import Fidelity, TypeFidelity


def every_type() -> Iterator[TypeFidelity]:
    """The one served type."""
    yield TypeFidelity(
        type=IMAGE,
        fidelity=Fidelity.EMULATED,
        behind="nothing is built: what a build would read is read, and the registry gets a manifest that says that it "
        "is a stand-in; its containers run the artefact that its labels name",
        handled=len(ImageInputs.__struct_fields__),
        inputs=len(_types.input_type_py_to_pulumi_names(ImageArgs)),
    )
