"""Where an address of the platform's network is served on this machine."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

_NETWORK = IPv4Network("10.0.0.0/8")


def loopback_twin(address: str) -> str:
    """The loopback address that serves the private address `10.x.y.z`: `127.x.y.z`.

    An address that is loopback already is its own twin. Raises ValueError for any other: nothing here
    may listen or connect beyond loopback.
    """
    parsed = IPv4Address(address)
    if parsed.is_loopback:
        return address
    if parsed not in _NETWORK:
        raise ValueError(f"{address} is outside {_NETWORK}, the only network that has a loopback twin")
    return "127." + address.partition(".")[2]
