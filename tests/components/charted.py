"""Services as charts and alert rules know them, for tests that need no program."""

from __future__ import annotations

from components.charted_service import ChartedQueue, ChartedService, ChartedSide, RequestPromise, WorkPromise

PORTAL = ChartedService(
    name="portal",
    owner="participants",
    promise=RequestPromise(availability_percent=99.9, latency_seconds=0.5),
    load_balancer="app/site/1",
    sides=[
        ChartedSide(name="machines", target_group="targetgroup/portal-vm/1", auto_scaling_group="portal"),
        ChartedSide(name="containers", target_group="targetgroup/portal-ip/1"),
    ],
)
NOTIFICATION = ChartedQueue(queue="notification", dead_letter_queue="notification-dead")
NOTIFIER = ChartedService(
    name="notifier",
    owner="participants",
    promise=WorkPromise(delay_seconds=300),
    load_balancer="app/site/1",
    sides=[ChartedSide(name="containers")],
    reads={"notification": NOTIFICATION},
)
RELAY = ChartedService(
    name="relay",
    owner="platform",
    promise=WorkPromise(delay_seconds=60),
    load_balancer="app/site/1",
    sides=[ChartedSide(name="machines", auto_scaling_group="relay")],
    writes={"notification": NOTIFICATION},
)
SERVICES = (PORTAL, NOTIFIER, RELAY)
