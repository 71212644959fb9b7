"""The machines that a cluster's containers run on: what EKS may choose, and when it may move what runs there."""

from __future__ import annotations

from typing import Final

# Processor cores of the smallest node that is worth its own overhead.
SMALLEST_NODE_CPUS: Final = 2
# Amazon EKS User Guide, Auto Mode networking: nodes take addresses for containers by prefixes of /28.
ADDRESSES_OF_A_BLOCK: Final = 16
