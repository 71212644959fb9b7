"""How one resource type is declared: which calls make it, how its properties map, what a change does.

A declaration says only what botocore's models and the SDK's types don't: everything that is merely re-cased is left
out. Where an API is irregular, a small function stands in place of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.provider.diffing import Change
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.naming import Naming as Naming  # what declares a type has it all from here
from sandbox.provider.values import Properties, Value

if TYPE_CHECKING:
    from sandbox.aws.provider.work import Work

Model = dict[str, Any]
"""What AWS says of a resource: what the read call answers, in boto3's casing."""


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input property.

    api: where it goes in a call's parameters, dotted; empty: re-cased.
    read: JMESPath of it in the model; empty: as `api`.
    default: what AWS has where it isn't set. It makes no difference, and drift away from it is seen.
    computed: AWS chooses a value where none is given; leaving it out later changes nothing.
    unordered: a list whose order means nothing.
    document: a JSON document: compared as JSON.
    spread: of an object whose fields are parameters of their own: field → parameter, dotted.
    names: API names of nested properties that are not merely re-cased.
    local: the provider's own; no call takes it and no read answers it.
    write_only: AWS never answers it.
    encode, decode: to and from the API's value, instead of re-casing.
    """

    api: str = ""
    read: str = ""
    change: Change = Change.UPDATES
    default: Value = None
    computed: bool = False
    unordered: bool = False
    document: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    spread: Mapping[str, str] = field(default_factory=dict)
    local: bool = False
    write_only: bool = False
    encode: Callable[[Value], Any] | None = None
    decode: Callable[[Any], Value] | None = None


def fixed(**options: Any) -> Input:
    """An input whose change replaces the resource."""
    return Input(change=Change.REPLACES, **options)


def doubtful(**options: Any) -> Input:
    """An input of something stateful, which may or may not change in place."""
    return Input(change=Change.UNKNOWN, **options)


def local(**options: Any) -> Input:
    """An input that steers the provider alone."""
    return Input(local=True, **options)


@dataclass(frozen=True)
class Call:
    """One boto3 call.

    parameters: fixed parameters; a string in them is a template over the resource's `id` and properties.
    result: JMESPath of what matters in the answer.
    adjust: last touches to the parameters.
    """

    method: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    result: str = "@"
    adjust: Callable[[Work, Model], None] | None = None


@dataclass(frozen=True)
class Update:
    """A call that changes some inputs of a resource that exists.

    It runs when one of them has changed, with all of them that are set; and after creation for those that the create
    call does not take. each: the call takes one of them at a time. changed_only: leaves out what has not changed.
    """

    call: Call | Callable[[Work], None]
    inputs: tuple[str, ...]
    each: bool = False
    changed_only: bool = False
    after_create: bool = True


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How a service's tags are given, read and changed.

    create: the create call's parameter for them; empty: `add` gives them afterwards.
    specification: EC2's resource type, where tags come in a TagSpecification.
    put: sets all tags at once, where the service has no calls for some of them.
    path: JMESPath of the tags in the model. read: the call that answers them, where the read call does not.
    mapped: the calls take a map, in place of a list of keys and values.
    """

    add: Call | None = None
    remove: Call | None = None
    put: Callable[[Work, dict[str, str]], None] | None = None
    create: str = "Tags"
    specification: str = ""
    path: str = "Tags"
    read: Call | None = None
    add_parameter: str = "Tags"
    remove_parameter: str = "TagKeys"
    remove_pairs: bool = False
    mapped: bool = False
    key: str = "Key"
    value: str = "Value"


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One resource type.

    type: its token. service: boto3's name of the service.
    behind: what stands behind it in the sandbox, or is missing there, for those who ask how far to trust a rehearsal.
    create: a call whose `result` is the id, or a function that returns it.
    id: a template for the id, where no one field of the create call's answer is it; it is also how an id is read back.
    read: a call whose `result` is the model, or a function; None or a not-found error means the resource has gone.
    extend: adds to the model what the read call does not answer.
    settle: waits until a created or updated resource is ready. delete: None forgets the resource.
    wait_gone: whether deletion lasts: it is awaited until `read` finds nothing.
    outputs: output name → JMESPath in the model, for those that are not merely re-cased.
    volatile: the outputs that an update may change, unknown in a preview of it.
    replaces: further inputs whose change from the old to the new ones replaces the resource.
    identity: JMESPath of the id in the model, where an import may name the resource in another way.
    check: further checks of the inputs; yields (property path, what is wrong).
    validate: calls whose shapes the inputs are checked against, where `create` is a function.
    conflicts: pairs of inputs that exclude each other.
    time_out: seconds that creation, update or deletion may last where the program sets no custom time-out.
    """

    type: str
    service: str
    fidelity: Fidelity = Fidelity.EMULATED
    behind: str = ""
    inputs: Mapping[str, Input]
    create: Call | Callable[[Work], str]
    read: Call | Callable[[Work], Model | None]
    delete: Call | Callable[[Work], None] | None
    id: str = ""
    updates: tuple[Update, ...] = ()
    extend: Callable[[Work, Model], None] | None = None
    settle: Callable[[Work], None] | None = None
    settle_update: Callable[[Work], None] | None = None
    wait_gone: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)
    volatile: Callable[[Work], set[str]] | None = None
    replaces: Callable[[Properties, Properties], set[str]] | None = None
    identity: str = ""
    tagging: Tagging | None = None
    naming: Naming | None = None
    check: Callable[[Properties], list[tuple[str, str]]] | None = None
    validate: tuple[Call, ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()
    delete_before_replace: bool = False
    time_out: float = 600
