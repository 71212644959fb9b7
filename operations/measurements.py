"""What the benches share: facts of the machine, memory of processes, and the document that keeps the figures."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path


def machine() -> str:
    """This machine, in the words of a measurement: figures mean little without it."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = f"{os.cpu_count()} cores ({platform.machine()})"
    return f"{cores}, {gigabytes:.0f} GB of memory, Python {platform.python_version()}"


def memory(root: int) -> tuple[float, int]:
    """The proportional set size of a process and all its descendants, in MB, and how many they are."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family and pid not in family}:
        family |= more
    return sum(_rollup(pid)["Pss"] for pid in family), len(family)


def own_memory(processes: Iterable[int]) -> float:
    """What each of some processes shares with no other, in MB, on average."""
    rollups = [_rollup(pid) for pid in processes]
    return sum(found["Private_Clean"] + found["Private_Dirty"] for found in rollups) / max(1, len(rollups))


def _rollup(pid: int) -> dict[str, float]:
    """The kernel's sums over a process's mappings, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(value.split()[0]) / 1024 for name, _, value in (line.partition(":") for line in lines)}


def write(path: Path, bench: str, section: str) -> None:
    """Put a bench's section between its marks, at the end where the document has none yet."""
    begin, end = f"<!-- bench {bench}: begin -->", f"<!-- bench {bench}: end -->"
    text = path.read_text() if path.exists() else "# Measurements\n"
    block = f"{begin}\n{section}\n{end}"
    if begin in text:
        before, _, rest = text.partition(begin)
        text = before + block + rest.partition(end)[2]
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    path.write_text(text)
