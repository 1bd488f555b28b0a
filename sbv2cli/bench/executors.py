"""`sbv2 bench engine --executor local,processes`: the same lines, spoken where each executor does.

Executors take turns and medians count. Every voice is opened from its folder, as another process
or machine has to do it, and has no BERT, so that only the voice is compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np

from sbv2cli.bench import machine, voice, voice_folder, workload
from sbv2cli.engine.measured import Counters
from sbv2cli.engine.torch.backend import choose_device
from sbv2cli.executors.executor import Executor, WorkerSpec, open_executor, weights_of
from sbv2cli.records import Utterance, Waveform
from sbv2cli.voices.bundle import Bundle, open_bundle

Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Way:
    """An executor, measured."""

    executor: Executor
    open_seconds: float = 0.0
    seconds: list[float] = field(default_factory=list)
    own_seconds: list[float] = field(default_factory=list)  # processor time of this process
    sounds: dict[str, np.ndarray] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    memory: int = 0

    def speak(self, spec: WorkerSpec, lines: Sequence[Utterance], *, counted: bool) -> None:
        """Speak the lines once."""
        start, own = perf_counter(), process_time()
        measured = list(self.executor.speak((spec, line) for line in lines))
        seconds, own = perf_counter() - start, process_time() - own
        if counted:
            self.seconds.append(seconds)
            self.own_seconds.append(own)
            self.counters = sum((each.counters for each in measured), Counters())
            results = [each.result for each in measured]
            self.sounds = {str(s.id): s.samples for s in results if isinstance(s, Waveform)}

    def figures(self, audio: float, first: Way) -> dict[str, Any]:
        """As JSON, beside the first executor."""
        median = statistics.median(self.seconds)
        lines = max(1, len(self.sounds))
        ratios = [a / b for a, b in zip(first.seconds, self.seconds, strict=True)]
        return {
            "seconds": round(median, 3),
            "all_seconds": [round(s, 3) for s in self.seconds],
            "lines_per_second": round(lines / median, 3),
            "times_real_time": round(audio / median, 3),
            "ratio": round(statistics.median(ratios), 3),
            # What this process does for a line; with threads that is the line itself.
            "own_ms_per_line": round(1000 * statistics.median(self.own_seconds) / lines, 3),
            "open_seconds": round(self.open_seconds, 2),
            "memory_mib": self.memory >> 20,
            "stage_seconds": {
                "features and plan": round(self.counters.plan_seconds, 3),
                "flow and decoder": round(self.counters.render_seconds, 3),
            },
            "lines_of_equal_bits": sum(
                np.array_equal(samples, self.sounds.get(name, ()))
                for name, samples in first.sounds.items()
            ),
        }


def measure(
    names: Sequence[str], *, size: str, lines: int, repeats: int, device: str, say: Say
) -> dict[str, Any]:
    """Speak the lines by each executor in turn; `say` hears what is going on."""
    with ExitStack() as stack:
        bundle, utterances = _work(size, lines, Path(stack.enter_context(TemporaryDirectory())))
        spec = WorkerSpec(
            bundle=bundle.path, weights=weights_of(bundle), backend=bundle.backend, device=device
        )
        ways: dict[str, Way] = {}
        for name in names:
            say(f"opening the voice: {name}")
            before, start = machine.proportional_bytes(), perf_counter()
            way = Way(executor=stack.enter_context(closing(open_executor(name))))
            way.executor.open(spec)
            way.open_seconds = perf_counter() - start
            # The first round warms up: pages, caches, the other processes. It is not counted.
            way.speak(spec, utterances, counted=False)
            way.memory = machine.proportional_bytes() - before
            ways[name] = way
        for repeat in range(1, repeats + 1):
            for name, way in ways.items():
                say(f"round {repeat} of {repeats}: {name}")
                way.speak(spec, utterances, counted=True)
    first = ways[names[0]]
    audio = sum(len(samples) for samples in first.sounds.values()) / bundle.config.rate
    return {
        "size": size,
        "lines": lines,
        "repeats": repeats,
        "audio_seconds": round(audio, 3),
        "executors": {name: way.figures(audio, first) for name, way in ways.items()},
        "machine": machine.describe(choose_device(device)),
    }


def _work(size: str, lines: int, folder: Path) -> tuple[Bundle, list[Utterance]]:
    """A voice in a folder, and lines for it."""
    if size == workload.BUILT_IN:
        chosen = workload.built_in(lines)
        return chosen.bundle, chosen.utterances
    voice_folder.write(folder / "voice", size)
    return open_bundle(folder / "voice"), voice.random_lines(lines)
