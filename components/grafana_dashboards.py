"""The services' charts, drawn by Grafana."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from components.charts import Dashboard
from components.component import Classification, Component
from components.grafana_panels import dashboard_model
from components.grafana_stack import short_uid
from components.naming import logical


@dataclass(frozen=True, kw_only=True)
class GrafanaDashboardsArgs:
    """environment: its name.
    region: where the metrics are.
    folder, source: UIDs in Grafana.
    dashboards: what is to be drawn.
    """

    environment: str
    region: str
    folder: pulumi.Input[str]
    source: pulumi.Input[str]
    dashboards: Sequence[Dashboard]


class GrafanaDashboards(Component):
    """One dashboard in Grafana for each that is to be drawn. Nobody can edit it there: an update would undo it."""

    layer = "saas"

    def __init__(self, name: str, args: GrafanaDashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        for dashboard in args.dashboards:
            model = dashboard_model(
                dashboard,
                uid=short_uid(args.environment, dashboard.name),
                title=f"{dashboard.title}, {args.environment}",
                source=args.source,
                region=args.region,
                tags=["prakerja", args.environment],
            )
            grafana.oss.Dashboard(
                logical(name, dashboard.name),
                folder=args.folder,
                config_json=pulumi.Output.json_dumps(model),
                opts=self.child(),
            )
        self.register_outputs({})
