"""Where a figure was taken, and what memory it took there."""

from __future__ import annotations

import os
import platform
import re
import resource
from pathlib import Path
from typing import Any

import torch

from sbv2cli.version import VERSION


def peak_bytes() -> int:
    """Most memory that this process has held; Linux only, as it counts in KiB.

    Not `ru_maxrss`: a process that was just started has in it the peak of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    assert peak is not None
    return int(peak[1]) * 1024


def resident_bytes() -> int:
    """Memory that this process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - Linux only
        return int(file.read().split()[1]) * resource.getpagesize()


def proportional_bytes() -> int:
    """Memory that this process and all that it has started hold; what n share counts once."""
    total, processes = 0, [os.getpid()]
    while processes:
        folder = Path("/proc") / str(processes.pop())
        try:
            rollup = (folder / "smaps_rollup").read_text(encoding="ascii")
            for children in folder.glob("task/*/children"):
                processes += map(int, children.read_text(encoding="ascii").split())
        except OSError:  # it has just ended
            continue
        total += 1024 * int(rollup.partition("\nPss:")[2].split()[0])
    return total


def describe(device: torch.device) -> dict[str, Any]:
    """The machine, as JSON."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            name = next(
                line.partition(":")[2].strip() for line in file if line.startswith("model name")
            )
    except (OSError, StopIteration):
        pass
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "processor": name,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "sbv2": VERSION,
    }
