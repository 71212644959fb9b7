"""AWS Budgets: budgets that change, who is told of them, and their tags.

moto 5.2.5: there is no UpdateBudget and no DescribeSubscribersForNotification, and budgets bear no tags.
"""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget, BudgetsBackend
from moto.budgets.responses import BudgetsResponse

from sandbox.aws.server.corrections.patching import add


def apply() -> None:
    add(
        BudgetsResponse,
        update_budget=_update,
        describe_subscribers_for_notification=_describe_subscribers,
        list_tags_for_resource=_list_tags,
        tag_resource=_tag,
        untag_resource=_untag,
    )


def _update(response: BudgetsResponse) -> str:
    request = json.loads(response.body)
    old = _budget(response.backend, request["AccountId"], request["NewBudget"]["BudgetName"])
    new = Budget({**request["NewBudget"], "TimePeriod": old.budget["TimePeriod"]}, [])
    old.budget = new.budget
    return "{}"


def _describe_subscribers(response: BudgetsResponse) -> str:
    request = json.loads(response.body)
    budget = _budget(response.backend, request["AccountId"], request["BudgetName"])
    for notification in budget.notifications:
        if notification.details == request["Notification"]:
            return json.dumps({"Subscribers": notification.subscribers})
    raise NotFoundException("Unable to find the notification.")


def _list_tags(response: BudgetsResponse) -> str:
    tags = _tags(response.backend).get(json.loads(response.body)["ResourceARN"], {})
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def _tag(response: BudgetsResponse) -> str:
    request = json.loads(response.body)
    tags = _tags(response.backend).setdefault(request["ResourceARN"], {})
    tags.update({tag["Key"]: tag["Value"] for tag in request["ResourceTags"]})
    return "{}"


def _untag(response: BudgetsResponse) -> str:
    request = json.loads(response.body)
    for key in request["ResourceTagKeys"]:
        _tags(response.backend).get(request["ResourceARN"], {}).pop(key, None)
    return "{}"


def _budget(backend: BudgetsBackend, account: str, name: str) -> Budget:
    backend.describe_budget(account, name)  # raises NotFoundException
    return backend.budgets[account][name]


def _tags(backend: BudgetsBackend) -> dict[str, dict[str, Any]]:
    tags: dict[str, dict[str, Any]] = backend.__dict__.setdefault("tags", {})
    return tags
