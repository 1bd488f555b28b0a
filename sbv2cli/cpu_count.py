"""How many processors this process may use: in a container often fewer than there are."""

from __future__ import annotations

import os
from math import ceil
from pathlib import Path

CPUS = Path("/sys/devices/system/cpu")
CONTAINER = Path("/sys/fs/cgroup/cpu.max")


def usable() -> int:
    """Processors, as the system counts them."""
    return _at_most(len(_allowed()))


def cores() -> int:
    """Of processors that share a core, one: what both multiply is no more than one of them can."""
    return _at_most(len({_siblings(processor) for processor in _allowed()}))


def _allowed() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _siblings(processor: int) -> str:
    """The processors of its core, as Linux writes them ("0,32"); itself where nothing is known."""
    path = CPUS / f"cpu{processor}" / "topology" / "thread_siblings_list"
    return _read(path) or str(processor)


def _at_most(count: int) -> int:
    """No more than the time that a container is given: "quota period", both in microseconds."""
    quota, _, period = (_read(CONTAINER) or "max").partition(" ")
    if quota.isdecimal() and period.isdecimal() and int(period):
        count = min(count, ceil(int(quota) / int(period)))
    return max(1, count)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
