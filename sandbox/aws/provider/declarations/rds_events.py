"""RDS: who is told of an instance's events."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work


def _extend(work: Work, model: Model) -> None:
    model["Arn"] = (
        f"arn:{work.cloud.client('rds').meta.partition}:rds:{work.cloud.region}:{work.cloud.account}:es:{work.id}"
    )
    model["TagList"] = work.find("TagList", "list_tags_for_resource", ResourceName=model["Arn"])


def _enable(_work: Work, parameters: Model) -> None:
    parameters.setdefault("Enabled", True)


def _change_sources(work: Work) -> None:
    old, new = set(work.old_inputs.get("sourceIds", [])), set(work.inputs.get("sourceIds", []))
    for source in sorted(new - old):
        work.call("add_source_identifier_to_subscription", SubscriptionName=work.id, SourceIdentifier=source)
    for source in sorted(old - new):
        work.call("remove_source_identifier_from_subscription", SubscriptionName=work.id, SourceIdentifier=source)


_OF_SUBSCRIPTION = {"SubscriptionName": "{id}"}
_SETTINGS: dict[str, Input] = {
    "snsTopic": Input(api="SnsTopicArn"),
    "sourceType": Input(),
    "eventCategories": Input(read="EventCategoriesList", unordered=True),
    "enabled": Input(default=True),
}
_OF_RESOURCE = {"ResourceName": "{arn}"}

EVENT_SUBSCRIPTION = Declaration(
    type="aws:rds/eventSubscription:EventSubscription",
    service="rds",
    behind="no event is told",
    id="{name}",
    inputs={
        "name": fixed(api="SubscriptionName", read="CustSubscriptionId"),
        "namePrefix": fixed(local=True),
        "sourceIds": Input(read="SourceIdsList", unordered=True),
        **_SETTINGS,
    },
    create=Call("create_event_subscription", adjust=_enable),
    read=Call("describe_event_subscriptions", _OF_SUBSCRIPTION, "EventSubscriptionsList[0]"),
    updates=(
        Update(Call("modify_event_subscription", _OF_SUBSCRIPTION), tuple(_SETTINGS), after_create=False),
        Update(_change_sources, ("sourceIds",), after_create=False),
    ),
    delete=Call("delete_event_subscription", _OF_SUBSCRIPTION),
    extend=_extend,
    outputs={"customerAwsId": "CustomerAwsId"},
    naming=Naming(limit=255, lower=True),
    tagging=Tagging(
        add=Call("add_tags_to_resource", _OF_RESOURCE),
        remove=Call("remove_tags_from_resource", _OF_RESOURCE),
        path="TagList",
    ),
)

ALL = (EVENT_SUBSCRIPTION,)
