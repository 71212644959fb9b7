"""Which subnet the next instances go to, and which instance goes first, so that zones stay in balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


def spread(subnets: Sequence[str], occupied: Iterable[str], count: int) -> Counter[str]:
    """How many of `count` new instances each subnet gets, given one entry of `occupied` an instance already there.

    Auto Scaling launches each in the zone with the fewest; among equals, the first named.
    """
    there = Counter(subnet for subnet in occupied if subnet in subnets)
    new: Counter[str] = Counter()
    for _ in range(count):
        new[min(subnets, key=lambda subnet: there[subnet] + new[subnet])] += 1
    return new


def surplus(instances: Sequence[tuple[str, str]], count: int) -> list[str]:
    """The ids of the `count` instances to end, from pairs of id and zone in the order in which they should go.

    Auto Scaling takes each from the zone that has the most.
    """
    remaining = list(instances)
    chosen: list[str] = []
    for _ in range(min(count, len(remaining))):
        per_zone = Counter(zone for _, zone in remaining)
        going = max(remaining, key=lambda instance: per_zone[instance[1]])
        remaining.remove(going)
        chosen.append(going[0])
    return chosen
