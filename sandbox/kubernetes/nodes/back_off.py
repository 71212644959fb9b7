"""How long to wait before something that failed is tried again."""

from __future__ import annotations

# The kubelet's own: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
FIRST_SECONDS = 10.0
LONGEST_SECONDS = 300.0
FORGIVEN_SECONDS = 600.0


class BackOff:
    """Delays of one container: none after the first failure, then 10 s, doubled each time up to 5 minutes.

    A container that lived for 10 minutes starts afresh.
    """

    def __init__(self) -> None:
        self._next = 0.0

    def failed(self, lived: float) -> float:
        """The seconds to wait after a failure that came `lived` seconds after the start."""
        delay = 0.0 if lived >= FORGIVEN_SECONDS else self._next
        self._next = min(max(2 * delay, FIRST_SECONDS), LONGEST_SECONDS)
        return delay


class PullBackOff(BackOff):
    """Delays between attempts to pull an image: 10 s after the first, doubled up to 5 minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._next = FIRST_SECONDS
