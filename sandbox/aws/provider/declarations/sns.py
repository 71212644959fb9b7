"""SNS: topics, who may publish to them, and who is told."""

from __future__ import annotations

import json

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Properties

_OF_TOPIC = {"ResourceArn": "{id}"}


def _set_attributes(work: Work) -> None:
    for name in ("kmsMasterKeyId", "displayName"):
        if name in work.changed or name in work.inputs:
            attribute = f"{name[0].upper()}{name[1:]}"
            work.call(
                "set_topic_attributes", TopicArn=work.id, AttributeName=attribute, AttributeValue=work.get(name, "")
            )


def _extend_topic(work: Work, model: Model) -> None:
    model["Name"] = work.id.rpartition(":")[2]


TOPIC = Declaration(
    type="aws:sns/topic:Topic",
    service="sns",
    behind="its key encrypts nothing",
    inputs={
        "name": fixed(),
        "namePrefix": fixed(local=True),
        "kmsMasterKeyId": Input(),
        "displayName": Input(),
    },
    create=Call("create_topic", result="TopicArn"),
    read=Call("get_topic_attributes", {"TopicArn": "{id}"}, "Attributes"),
    updates=(Update(_set_attributes, ("kmsMasterKeyId", "displayName")),),
    delete=Call("delete_topic", {"TopicArn": "{id}"}),
    extend=_extend_topic,
    outputs={"arn": "TopicArn", "policy": "`null`"},  # its policy is a resource of its own
    naming=Naming(limit=256),
    tagging=Tagging(
        add=Call("tag_resource", _OF_TOPIC),
        remove=Call("untag_resource", _OF_TOPIC),
        read=Call("list_tags_for_resource", _OF_TOPIC, "Tags"),
    ),
)


def _put_policy(work: Work) -> None:
    topic = work.known["arn"]
    work.call("set_topic_attributes", TopicArn=topic, AttributeName="Policy", AttributeValue=work.inputs["policy"])


def _create_policy(work: Work) -> str:
    _put_policy(work)
    return str(work.inputs["arn"])


def _restore_policy(work: Work) -> None:
    """A topic is never without a policy: what is left is that its owner may do everything."""
    policy = {
        "Version": "2008-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "SNS:*",
                "Resource": work.id,
                "Condition": {"StringEquals": {"AWS:SourceOwner": work.cloud.account}},
            }
        ],
    }
    work.call("set_topic_attributes", TopicArn=work.id, AttributeName="Policy", AttributeValue=json.dumps(policy))


TOPIC_POLICY = Declaration(
    type="aws:sns/topicPolicy:TopicPolicy",
    service="sns",
    behind="not enforced",
    id="{arn}",
    inputs={"arn": fixed(api="TopicArn"), "policy": Input(document=True)},
    create=_create_policy,
    read=Call("get_topic_attributes", {"TopicArn": "{id}"}, "Attributes"),
    updates=(Update(_put_policy, ("policy",), after_create=False),),
    delete=_restore_policy,
)


def _put_delivery_policy(work: Work) -> None:
    work.call(
        "set_subscription_attributes",
        SubscriptionArn=work.id,
        AttributeName="DeliveryPolicy",
        AttributeValue=work.get("deliveryPolicy", ""),
    )


def _put_raw_delivery(work: Work) -> None:
    work.call(
        "set_subscription_attributes",
        SubscriptionArn=work.id,
        AttributeName="RawMessageDelivery",
        AttributeValue=str(work.get("rawMessageDelivery", False)).lower(),
    )


def _delivers_over_http(inputs: Properties) -> list[tuple[str, str]]:
    if inputs.get("protocol") in ("http", "https") or not inputs.get("deliveryPolicy"):
        return []
    return [("deliveryPolicy", "only subscriptions by http and https have a delivery policy of their own")]


SUBSCRIPTION = Declaration(
    type="aws:sns/topicSubscription:TopicSubscription",
    service="sns",
    behind="confirmed at once; queues get what is published, and nothing is delivered by mail or https",
    inputs={
        "topic": fixed(api="TopicArn"),
        "protocol": fixed(),
        "endpoint": fixed(),
        "endpointAutoConfirms": local(),
        "deliveryPolicy": Input(document=True),
        "rawMessageDelivery": Input(default=False),
    },
    create=Call("subscribe", {"ReturnSubscriptionArn": True}, result="SubscriptionArn"),
    read=Call("get_subscription_attributes", {"SubscriptionArn": "{id}"}, "Attributes"),
    updates=(
        Update(_put_delivery_policy, ("deliveryPolicy",)),
        Update(_put_raw_delivery, ("rawMessageDelivery",)),
    ),
    check=_delivers_over_http,
    delete=Call("unsubscribe", {"SubscriptionArn": "{id}"}),
    outputs={"arn": "SubscriptionArn", "ownerId": "Owner"},
)

ALL = (TOPIC, TOPIC_POLICY, SUBSCRIPTION)
