"""What a month may cost, and who hears of it before it costs more."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import BUDGET, auto_named

# Per cent of the limit: spent, and forecast for the month's end.
SPENT_PERCENT = (80, 100)
FORECAST_PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class CostBudgetArgs:
    """monthly_limit_usd: US dollars a month for the whole account.
    topic_arn: SNS topic that AWS Budgets may publish to.
    """

    monthly_limit_usd: int
    topic_arn: pulumi.Input[str]


class CostBudget(Component):
    """A monthly budget. It tells; it stops nothing."""

    layer = "foundation"

    def __init__(self, name: str, args: CostBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        thresholds = [("ACTUAL", percent) for percent in SPENT_PERCENT] + [("FORECASTED", FORECAST_PERCENT)]
        aws.budgets.Budget(
            auto_named(BUDGET, name),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.monthly_limit_usd),
            limit_unit="USD",
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_sns_topic_arns=[args.topic_arn],
                )
                for kind, percent in thresholds
            ],
            opts=self.child(),
        )
        self.register_outputs({})
