"""Asks the provider over gRPC what the engine would ask, in the engine's order."""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.provider.values import Properties, from_wire, to_wire


class CheckError(AssertionError):
    """Inputs that the provider refused."""

    def __init__(self, failures: dict[str, str]) -> None:
        super().__init__(str(failures))
        self.failures = failures


@dataclass
class Resource:
    """One resource as the engine's state has it.

    checked: its inputs. state: its outputs.
    """

    engine: EngineDriver
    type: str
    name: str
    id: str = ""
    checked: Properties = field(default_factory=dict)
    state: Properties = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:stack::project::{self.type}::{self.name}"

    def check(self, inputs: Properties, old: Properties | None = None) -> Properties:
        request = provider_pb2.CheckRequest(
            urn=self.urn, type=self.type, name=self.name, news=to_wire(inputs), olds=to_wire(old or {})
        )
        answer = self.engine.stub.Check(request)
        if answer.failures:
            raise CheckError({failure.property: failure.reason for failure in answer.failures})
        return from_wire(answer.inputs)

    def diff(self, new: Properties) -> provider_pb2.DiffResponse:
        answer: provider_pb2.DiffResponse = self.engine.stub.Diff(
            provider_pb2.DiffRequest(
                id=self.id,
                urn=self.urn,
                type=self.type,
                name=self.name,
                olds=to_wire(self.state),
                old_inputs=to_wire(self.checked),
                news=to_wire(new),
            )
        )
        return answer

    def paths(self, **changes: object) -> dict[str, str]:
        """What a preview with these changed inputs would show: property path → kind of change."""
        new = self.check(self._changed(changes), self.checked)
        kinds = self.diff(new).detailedDiff
        return {path: provider_pb2.PropertyDiff.Kind.Name(found.kind) for path, found in kinds.items()}

    def _changed(self, changes: dict[str, object]) -> Properties:
        return {name: value for name, value in {**self.checked, **changes}.items() if value is not None}

    def create(self, *, preview: bool = False, time_out: float = 0) -> None:
        answer = self.engine.stub.Create(
            provider_pb2.CreateRequest(
                urn=self.urn,
                type=self.type,
                name=self.name,
                properties=to_wire(self.checked),
                preview=preview,
                timeout=time_out,
            )
        )
        self.id, self.state = answer.id, from_wire(answer.properties)

    def read(self) -> tuple[Properties, Properties] | None:
        """The inputs and outputs as a refresh finds them; None where the resource has gone."""
        answer = self.engine.stub.Read(
            provider_pb2.ReadRequest(
                id=self.id,
                urn=self.urn,
                type=self.type,
                name=self.name,
                properties=to_wire(self.state),
                inputs=to_wire(self.checked),
            )
        )
        if not answer.id:
            return None
        self.id = answer.id  # an import may name the resource in another way than its state
        return from_wire(answer.inputs), from_wire(answer.properties)

    def refresh(self) -> None:
        found = self.read()
        assert found is not None
        self.checked, self.state = found

    def update(self, *, preview: bool = False, **changes: object) -> Properties:
        new = self.check(self._changed(changes), self.checked)
        answer = self.engine.stub.Update(
            provider_pb2.UpdateRequest(
                id=self.id,
                urn=self.urn,
                type=self.type,
                name=self.name,
                olds=to_wire(self.state),
                old_inputs=to_wire(self.checked),
                news=to_wire(new),
                preview=preview,
            )
        )
        if not preview:
            self.checked, self.state = new, from_wire(answer.properties)
        return from_wire(answer.properties)

    def delete(self, *, time_out: float = 0) -> None:
        self.engine.stub.Delete(
            provider_pb2.DeleteRequest(
                id=self.id,
                urn=self.urn,
                type=self.type,
                name=self.name,
                properties=to_wire(self.state),
                old_inputs=to_wire(self.checked),
                timeout=time_out,
            )
        )


class EngineDriver:
    """A connection to the provider, as one run of the engine has it."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Handshake(provider_pb2.ProviderHandshakeRequest())

    def configure(self, **settings: object) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=to_wire(settings)))

    def resource(self, token: str, name: str, /, **inputs: object) -> Resource:
        """A resource whose inputs are checked and which is not made yet."""
        resource = Resource(self, token, name)
        resource.checked = resource.check(inputs)
        return resource

    def made(self, token: str, name: str, /, **inputs: object) -> Resource:
        """A resource that has been made."""
        resource = self.resource(token, name, **inputs)
        resource.create()
        return resource

    def imported(self, token: str, resource_id: str) -> Resource:
        """A resource as an import reconstructs it."""
        resource = Resource(self, token, "imported", id=resource_id)
        resource.refresh()
        return resource

    def invoke(self, token: str, **arguments: object) -> Properties:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_wire(arguments)))
        return from_wire(getattr(answer, "return"))
