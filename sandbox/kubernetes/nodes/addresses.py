"""Pods' addresses: from the top of a zone's subnet downwards, where the virtual machines' begin at the bottom."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network

_RESERVED_BELOW, _RESERVED_ABOVE = 4, 1  # of a subnet's addresses, AWS keeps the first four and the last


class NoAddressError(RuntimeError):
    """A subnet has no free address left."""


def choose(subnet: str, taken: Collection[str], last: str | None) -> str:
    """The next free address below `last`, which was chosen before (None: from the top), and round again.

    One that was just given back is so used last: the load balancer may still be draining it. Raises NoAddressError.
    """
    network = IPv4Network(subnet)
    lowest = int(network.network_address) + _RESERVED_BELOW
    highest = int(network.broadcast_address) - _RESERVED_ABOVE
    start = int(IPv4Address(last)) - 1 if last is not None else highest
    if not lowest <= start <= highest:
        start = highest
    for number in (*range(start, lowest - 1, -1), *range(highest, start, -1)):
        address = str(IPv4Address(number))
        if address not in taken:
            return address
    raise NoAddressError(f"subnet {subnet} has no free address")


class PodAddresses:
    """The addresses of the pods of all zones, each kept until its pod has gone."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}  # pod uid → address
        self._last: dict[str, str] = {}  # subnet → the address chosen last

    def adopt(self, pod_uid: str, address: str) -> None:
        """Keep the address that a pod has already."""
        self._held[pod_uid] = address

    def assign(self, pod_uid: str, subnet: str, others: Collection[str]) -> str:
        """A pod's address in a subnet, of which `others` are not ours to give. Raises NoAddressError."""
        if pod_uid not in self._held:
            taken = {*self._held.values(), *others}
            self._held[pod_uid] = self._last[subnet] = choose(subnet, taken, self._last.get(subnet))
        return self._held[pod_uid]

    def release(self, pod_uid: str) -> None:
        """Take back a pod's address."""
        self._held.pop(pod_uid, None)
