"""AWS Budgets: budgets and who is told of them."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Properties, Value

_SUBSCRIBERS = {"EMAIL": "subscriberEmailAddresses", "SNS": "subscriberSnsTopicArns"}
_CREATE = Call("create_budget", {"AccountId": "{accountId}"})


def _create(work: Work) -> str:
    work.inputs.setdefault("accountId", work.cloud.account)
    work.perform(_CREATE, work.inputs.keys() & BUDGET.inputs)
    return f"{work.inputs['accountId']}:{work.inputs['name']}"


def _encode(notifications: list[Properties]) -> list[Model]:
    return [
        {
            "Notification": {
                "NotificationType": notification["notificationType"],
                "ComparisonOperator": notification["comparisonOperator"],
                "Threshold": notification["threshold"],
                "ThresholdType": notification["thresholdType"],
            },
            "Subscribers": [
                {"SubscriptionType": kind, "Address": address}
                for kind, field in _SUBSCRIBERS.items()
                for address in notification.get(field, [])
            ],
        }
        for notification in notifications
    ]


def _decode(answered: Any) -> Value:
    found = []
    for notification in answered:
        told: Properties = {}
        for subscriber in notification["Subscribers"]:
            told.setdefault(_SUBSCRIBERS[subscriber["SubscriptionType"]], []).append(subscriber["Address"])
        said = notification["Notification"]
        found.append(
            {
                "notificationType": said["NotificationType"],
                "comparisonOperator": said["ComparisonOperator"],
                "threshold": said["Threshold"],
                "thresholdType": said.get("ThresholdType", "PERCENTAGE"),
                **told,
            }
        )
    return found


def _of_budget(work: Work) -> dict[str, str]:
    account, _, name = work.id.partition(":")
    return {"AccountId": account, "BudgetName": name}


def _set_notifications(work: Work) -> None:
    of_budget = _of_budget(work)
    for present in work.find("Notifications", "describe_notifications_for_budget", **of_budget):
        work.call("delete_notification", **of_budget, Notification=_plain(present))
    for wanted in _encode(work.get("notifications", [])):
        work.call("create_notification", **of_budget, **wanted)


def _plain(notification: Model) -> Model:
    """A notification without its state, which is no part of what identifies it."""
    return {name: value for name, value in notification.items() if name != "NotificationState"}


def _extend(work: Work, model: Model) -> None:
    of_budget = _of_budget(work)
    arn = (
        f"arn:{work.cloud.client('sts').meta.partition}:budgets::{of_budget['AccountId']}:budget/{model['BudgetName']}"
    )
    model |= {
        "AccountId": of_budget["AccountId"],
        "Arn": arn,
        "NotificationsWithSubscribers": [
            {
                "Notification": notification,
                "Subscribers": work.find(
                    "Subscribers",
                    "describe_subscribers_for_notification",
                    **of_budget,
                    Notification=_plain(notification),
                ),
            }
            for notification in work.find("Notifications", "describe_notifications_for_budget", **of_budget)
        ],
        "ResourceTags": work.find("ResourceTags", "list_tags_for_resource", ResourceARN=arn),
    }


_OF_RESOURCE = {"ResourceARN": "{arn}"}
_UPDATABLE = ("name", "budgetType", "timeUnit", "limitAmount", "limitUnit")

BUDGET = Declaration(
    type="aws:budgets/budget:Budget",
    service="budgets",
    behind="nothing is spent, so nobody is told",
    id="{accountId}:{name}",
    inputs={
        "accountId": fixed(computed=True),
        "name": fixed(api="Budget.BudgetName|NewBudget.BudgetName", read="BudgetName"),
        "namePrefix": fixed(local=True),
        "budgetType": Input(api="Budget.BudgetType|NewBudget.BudgetType", read="BudgetType"),
        "timeUnit": Input(api="Budget.TimeUnit|NewBudget.TimeUnit", read="TimeUnit"),
        "limitAmount": Input(api="Budget.BudgetLimit.Amount|NewBudget.BudgetLimit.Amount", read="BudgetLimit.Amount"),
        "limitUnit": Input(api="Budget.BudgetLimit.Unit|NewBudget.BudgetLimit.Unit", read="BudgetLimit.Unit"),
        "notifications": Input(api="NotificationsWithSubscribers", unordered=True, encode=_encode, decode=_decode),
    },
    create=_create,
    validate=(_CREATE,),
    read=lambda work: work.find("Budget", "describe_budget", **_of_budget(work)),
    updates=(
        Update(Call("update_budget", {"AccountId": "{accountId}"}), _UPDATABLE, after_create=False),
        Update(_set_notifications, ("notifications",), after_create=False),
    ),
    delete=lambda work: work.call("delete_budget", **_of_budget(work)),
    extend=_extend,
    outputs={"timePeriodStart": "`null`", "timePeriodEnd": "`null`"},  # AWS's own; spelled as no program would
    naming=Naming(limit=100),
    tagging=Tagging(
        create="",
        add=Call("tag_resource", _OF_RESOURCE),
        remove=Call("untag_resource", _OF_RESOURCE),
        path="ResourceTags",
        add_parameter="ResourceTags",
        remove_parameter="ResourceTagKeys",
    ),
)

ALL = (BUDGET,)
