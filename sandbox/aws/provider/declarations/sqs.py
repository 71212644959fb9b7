"""SQS: queues, who may use them, and which may send their dead letters to them."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import UNKNOWN, Properties

# Inputs that are attributes, with the values that SQS allows.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_RANGES = {
    "delaySeconds": ("DelaySeconds", 0, 900),
    "kmsDataKeyReusePeriodSeconds": ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    "maxMessageSize": ("MaximumMessageSize", 1024, 1_048_576),
    "messageRetentionSeconds": ("MessageRetentionPeriod", 60, 1_209_600),
    "receiveWaitTimeSeconds": ("ReceiveMessageWaitTimeSeconds", 0, 20),
    "visibilityTimeoutSeconds": ("VisibilityTimeout", 0, 43_200),
}
_ATTRIBUTES = {name: attribute for name, (attribute, _, _) in _RANGES.items()} | {
    "kmsMasterKeyId": "KmsMasterKeyId",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "policy": "Policy",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
}
_OF_QUEUE = {"QueueUrl": "{id}"}


def _attributes(work: Work, names: set[str]) -> dict[str, str]:
    """The attributes of these inputs; SQS takes an empty text for one that is taken away."""
    return {_ATTRIBUTES[name]: _text(work.get(name, "")) for name in sorted(names)}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _create(work: Work) -> str:
    attributes = _attributes(work, work.inputs.keys() & _ATTRIBUTES.keys())
    if work.get("fifoQueue"):
        attributes["FifoQueue"] = "true"
    url: str = work.find("QueueUrl", "create_queue", QueueName=work.inputs["name"], Attributes=attributes)
    return url


def _read(work: Work) -> Model | None:
    model: Model = work.find("Attributes", "get_queue_attributes", QueueUrl=work.id, AttributeNames=["All"])
    return {**model, "QueueName": model["QueueArn"].rpartition(":")[2], "Url": work.id}


def _set_attributes(work: Work) -> None:
    changed = set(work.changed & _ATTRIBUTES.keys())
    work.call("set_queue_attributes", QueueUrl=work.id, Attributes=_attributes(work, changed))


def _check(inputs: Properties) -> list[tuple[str, str]]:
    found = [
        (name, f"must be from {least} to {most}, not {inputs[name]}")
        for name, (_, least, most) in _RANGES.items()
        if inputs.get(name, UNKNOWN) is not UNKNOWN and not least <= inputs[name] <= most
    ]
    fifo, name = inputs.get("fifoQueue", False), inputs.get("name")
    if isinstance(name, str) and fifo is not UNKNOWN and name.endswith(".fifo") != fifo:
        found.append(("name", "must end with .fifo where fifoQueue is true, and only there"))
    return found


QUEUE = Declaration(
    type="aws:sqs/queue:Queue",
    service="sqs",
    fidelity=Fidelity.RUNS,
    behind="messages, visibility, delays, long polls and redrive as in SQS, in one process; a kill of that process may "
    "lose the last second's messages; nothing is encrypted, its policy is not enforced",
    inputs={
        "name": fixed(api="QueueName"),
        "namePrefix": fixed(local=True),
        "fifoQueue": fixed(default=False),
        "delaySeconds": Input(default=0),
        "kmsMasterKeyId": Input(),
        "kmsDataKeyReusePeriodSeconds": Input(computed=True),
        "sqsManagedSseEnabled": Input(computed=True),
        "maxMessageSize": Input(read="MaximumMessageSize", computed=True),
        "messageRetentionSeconds": Input(read="MessageRetentionPeriod", default=345_600),
        "receiveWaitTimeSeconds": Input(read="ReceiveMessageWaitTimeSeconds", default=0),
        "visibilityTimeoutSeconds": Input(read="VisibilityTimeout", default=30),
        "policy": Input(document=True, computed=True),
        "redrivePolicy": Input(document=True),
        "redriveAllowPolicy": Input(document=True, computed=True),
    },
    create=_create,
    read=_read,
    updates=(Update(_set_attributes, tuple(_ATTRIBUTES), after_create=False),),
    delete=Call("delete_queue", _OF_QUEUE),
    wait_gone=True,
    outputs={"arn": "QueueArn", "url": "Url"},
    check=_check,
    conflicts=(("kmsMasterKeyId", "sqsManagedSseEnabled"),),
    naming=Naming(limit=80),
    tagging=Tagging(
        add=Call("tag_queue", _OF_QUEUE),
        remove=Call("untag_queue", _OF_QUEUE),
        create="",
        read=Call("list_queue_tags", _OF_QUEUE, "Tags"),
        mapped=True,
    ),
)


def _attribute_of_queue(name: str, behind: str) -> Declaration:
    """One attribute of a queue as a resource of its own."""
    attribute = _ATTRIBUTES[name]

    def put(work: Work) -> None:
        work.call("set_queue_attributes", QueueUrl=work.id, Attributes={attribute: work.inputs[name]})

    def create(work: Work) -> str:
        work.id = work.inputs["queueUrl"]
        put(work)
        return work.id

    def read(work: Work) -> Model | None:
        value = work.find(
            f"Attributes.{attribute}", "get_queue_attributes", QueueUrl=work.id, AttributeNames=[attribute]
        )
        return {"QueueUrl": work.id, attribute: value} if value else None

    def delete(work: Work) -> None:
        work.call("set_queue_attributes", QueueUrl=work.id, Attributes={attribute: ""})

    kind = "QueuePolicy" if name == "policy" else attribute
    return Declaration(
        type=f"aws:sqs/{kind[0].lower()}{kind[1:]}:{kind}",
        service="sqs",
        behind=behind,
        inputs={"queueUrl": fixed(), name: Input(document=True)},
        create=create,
        read=read,
        updates=(Update(put, (name,), after_create=False),),
        delete=delete,
    )


QUEUE_POLICY = _attribute_of_queue("policy", "not enforced")
REDRIVE_ALLOW_POLICY = _attribute_of_queue("redriveAllowPolicy", "kept; queues that it doesn't name send to it too")

ALL = (QUEUE, QUEUE_POLICY, REDRIVE_ALLOW_POLICY)
