"""What AWS does on its own as time passes: draining ends, refreshes go on, instances are replaced and forgotten; and
what the sandbox does as the partners' operator.
"""

from __future__ import annotations

import threading
import time
import traceback

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.secretsmanager.models import secretsmanager_backends

from sandbox.aws.server import alone, partner_credentials, sendgrid
from sandbox.aws.server.cloud import ACCOUNT, REGION, Cloud
from sandbox.aws.server.corrections import addresses, auto_scaling, instance_refresh, target_groups

PERIOD = 0.25
"""Seconds between two looks."""


class Clockwork(threading.Thread):
    """Moves the cloud on, a look at a time.

    without_data_plane: what the data plane would report is then taken for done as well.
    """

    def __init__(self, cloud: Cloud, *, without_data_plane: bool = False) -> None:
        super().__init__(name="clockwork", daemon=True)
        self._cloud = cloud
        self._without_data_plane = without_data_plane

    def run(self) -> None:
        while True:
            time.sleep(PERIOD)
            try:
                with self._cloud.lock:
                    if advance(time.time()):
                        self._cloud.mark_changed()
                    if self._without_data_plane and alone.take_for_done():
                        self._cloud.mark_changed()
            except Exception:  # noqa: BLE001 - one group's trouble must not stop the clock for the others
                traceback.print_exc()


def advance(now: float) -> bool:
    """Do all that is due at `now` (seconds since the epoch). Whether anything changed."""
    auto_scaling_backend = autoscaling_backends[ACCOUNT][REGION]
    changes = [
        target_groups.finish_draining(elbv2_backends[ACCOUNT][REGION].target_groups.values(), now),
        instance_refresh.advance(auto_scaling_backend),
        auto_scaling.advance(auto_scaling_backend),
        addresses.forget_released(ec2_backends[ACCOUNT][REGION], now),
        partner_credentials.put_first_ones(secretsmanager_backends[ACCOUNT][REGION]),
        sendgrid.put_first_key(secretsmanager_backends[ACCOUNT][REGION]),
    ]
    return any(changes)
