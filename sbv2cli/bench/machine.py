"""Where a figure was taken, and what memory it took there."""

from __future__ import annotations

import platform
import resource
from typing import Any

import torch

from sbv2cli.version import VERSION


def peak_bytes() -> int:
    """Most memory that this process has held. Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def resident_bytes() -> int:
    """Memory that this process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - Linux only
        return int(file.read().split()[1]) * resource.getpagesize()


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
