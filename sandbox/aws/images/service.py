"""The provider's gRPC service: one resource type, `docker-build:index:Image`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox.aws.images import registry
from sandbox.aws.images.inputs import InputError, read_inputs
from sandbox.aws.images.stand_in import BuildError, stand_in
from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.connections import Connections
from sandbox.provider.refusing import refusing
from sandbox.provider.service import Context, ProviderService
from sandbox.provider.values import UNKNOWN, Properties, contains_unknown, from_wire, to_wire

IMAGE = "docker-build:index:Image"

_REFUSALS = (BuildError, CloudError, InputError, OSError)


class ImageService(ProviderService):
    """Pushes stand-ins for images.

    root: the program's directory, which locations are relative to.
    """

    def __init__(self, connections: Connections, root: Path) -> None:
        super().__init__("pulumi-docker-build", connections)
        self._cloud = connections.cloud()
        self._root = root

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    @refusing("checking", *_REFUSALS)
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002, N802
        if request.type != IMAGE:
            raise InputError(f"the sandbox serves no such type; allowed: {IMAGE}")
        try:
            read_inputs(from_wire(request.news))
        except InputError as error:
            return provider_pb2.CheckResponse(
                inputs=request.news, failures=[provider_pb2.CheckFailure(property="", reason=str(error))]
            )
        return provider_pb2.CheckResponse(inputs=request.news)

    @refusing("comparing", *_REFUSALS)
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        olds, news = from_wire(request.old_inputs), from_wire(request.news)
        changed = sorted(name for name in olds.keys() | news.keys() if _lasting(olds, name) != _lasting(news, name))
        if stand_in(read_inputs(news), self._root).context_hash != from_wire(request.olds).get("contextHash"):
            changed.append("contextHash")
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE, diffs=changed)

    @refusing("building", *_REFUSALS)
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:  # noqa: ARG002, N802
        state = self._built(from_wire(request.properties), preview=request.preview)
        return provider_pb2.CreateResponse(id="" if request.preview else state["digest"], properties=to_wire(state))

    @refusing("building", *_REFUSALS)
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:  # noqa: ARG002, N802
        return provider_pb2.UpdateResponse(
            properties=to_wire(self._built(from_wire(request.news), preview=request.preview))
        )

    @refusing("reading", *_REFUSALS)
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:  # noqa: ARG002, N802
        state = from_wire(request.properties)
        if "tags" not in state:
            raise InputError("an image can't be imported: how it was built can't be read from the registry")
        if not registry.exists(self._cloud, state["tags"][0], state["digest"]):
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, inputs=request.inputs, properties=request.properties)

    @refusing("deleting", *_REFUSALS)
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:  # noqa: ARG002, N802
        state = from_wire(request.properties)
        registry.delete(self._cloud, state["tags"][0], state["digest"])
        return empty_pb2.Empty()

    def _built(self, properties: Properties, *, preview: bool) -> Properties:
        """The outputs of an image that is built and pushed, or would be."""
        inputs = read_inputs(properties)
        image = stand_in(inputs, self._root)
        # A real build gives no digest before it is done.
        if preview:
            return {**properties, "contextHash": image.context_hash, "digest": UNKNOWN, "ref": UNKNOWN}
        if contains_unknown(properties):
            raise InputError("some inputs are not known, though this is no preview")
        registry.push(self._cloud, inputs, image)
        ref = f"{inputs.tags[0].rpartition(':')[0]}@{image.digest}"
        return {**properties, "contextHash": image.context_hash, "digest": image.digest, "ref": ref}


def _lasting(properties: Properties, name: str) -> Any:
    """An input, less the passwords, which are new for each login (pulumi-docker-build compares none either)."""
    value = properties.get(name)
    if name == "registries" and isinstance(value, list):
        return [{key: item for key, item in login.items() if key != "password"} for login in value]
    return value
