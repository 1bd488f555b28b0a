"""`sbv2 bench engine --soak`: memory while many lines are spoken; it must stay flat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sbv2cli.bench import machine, workload
from sbv2cli.engine.engine import WINDOW, Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend as torch_backend
from sbv2cli.engine.torch.backend import choose_device


def measure(lines: int, size: str, device: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Speak so many lines one after the other and watch."""
    chosen = workload.of_size(size, lines)
    settings = EngineSettings(device=device)
    worker = torch_backend.open_worker(chosen.bundle, settings, None, chosen.network)
    engine = Engine(chosen.bundle, settings, worker=worker)
    marks: list[tuple[int, int]] = []
    step = max(1, lines // 20)
    for done, _ in enumerate(engine.speak(iter(chosen.utterances)), start=1):
        if done % step == 0:
            marks.append((done, machine.resident_bytes() >> 20))
            say(f"{done} of {lines} lines, {marks[-1][1]} MiB")
    # Each window begins with its longest lines. The first two fill pools and caches.
    windows = -(-lines // WINDOW)
    peaks = [
        max(mib for done, mib in marks if window * WINDOW < done <= (window + 1) * WINDOW)
        for window in range(windows)
        if any(window * WINDOW < done <= (window + 1) * WINDOW for done, _ in marks)
    ]
    return {
        "size": size,
        "lines": lines,
        "resident_mib": [{"lines": done, "mib": mib} for done, mib in marks],
        "window_peaks_mib": peaks,
        "growth_mib": max(peaks[2:]) - peaks[1] if len(peaks) > 2 else None,
        "machine": machine.describe(choose_device(device)),
    }
