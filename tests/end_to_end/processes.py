"""The processes of a sandbox, and what they listen on, as the kernel tells it."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from sandbox.running import start_time


def family(root: int) -> dict[int, int]:
    """A process and all its descendants: start times by pid."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= more
    return {pid: started for pid in found if (started := start_time(pid)) is not None}


def still_running(processes: dict[int, int]) -> set[int]:
    """Those of them that have not ended."""
    return {pid for pid, started in processes.items() if start_time(pid) == started}


def named(processes: dict[int, int], name: str) -> set[int]:
    """Those of them whose executable has a name."""
    return {pid for pid in processes if Path(f"/proc/{pid}/comm").read_text().strip() == name}


def listening_addresses(processes: dict[int, int]) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The addresses that they accept TCP connections or take UDP datagrams on."""
    inodes = {inode for pid in processes for inode in _socket_inodes(pid)}
    addresses = set()
    for table, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state and fields[9] in inodes:
                addresses.add(_address(fields[1].partition(":")[0]))
    return addresses


def listening_at(processes: dict[int, int], address: str) -> set[int]:
    """Those of them that accept connections at an address."""
    wanted = ipaddress.ip_address(address)
    return {pid for pid in processes if wanted in listening_addresses({pid: processes[pid]})}


def _socket_inodes(pid: int) -> set[str]:
    inodes = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(descriptor)  # noqa: PTH115 - "socket:[…]" is no path
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except FileNotFoundError:
        pass  # it ended meanwhile
    return inodes


def _address(hexadecimal: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The kernel prints addresses as 32-bit words in the machine's own byte order."""
    words = [hexadecimal[index : index + 8] for index in range(0, len(hexadecimal), 8)]
    packed = b"".join(bytes.fromhex(word)[::-1] for word in words)
    address = ipaddress.ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
