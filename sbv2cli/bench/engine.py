"""`sbv2 bench engine`: the engine against the plain way, on the same lines, in one run.

Both sides alternate and medians count, so that a machine that is busy now and then slows both.
"""

from __future__ import annotations

import gc
import platform
import resource
import statistics
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from sbv2cli.bench import bert as bench_bert
from sbv2cli.bench import voice as bench_voice
from sbv2cli.bench import voice_folder
from sbv2cli.bench.plain import PlainVoice
from sbv2cli.engine import batching, loading, torch_backend
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.engine import WINDOW, Counters, Engine, EngineSettings
from sbv2cli.engine.features import packs, spread
from sbv2cli.engine.torch_backend import choose_device
from sbv2cli.errors import MachineError
from sbv2cli.records import Utterance, Waveform
from sbv2cli.version import VERSION
from sbv2cli.voices.bundle import open_bundle

if TYPE_CHECKING:
    from torch import Tensor

    from sbv2cli.engine.encoder import Encoder
    from sbv2cli.models.architecture import Network
    from sbv2cli.voices.bundle import Bundle

Say = Callable[[str], None]

# The share of padding is a property of the scheduler: found on this many lines without a network.
PADDING_LINES = 1000
PADDING_BUDGET = Budget(length=45_600, lines=64)


@dataclass(slots=True)
class Way:
    """One way of speaking the script, measured."""

    seconds: list[float] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    sounds: dict[str, np.ndarray] = field(default_factory=dict)
    peak_bytes: int = 0

    @property
    def median(self) -> float:
        """Seconds for the whole script."""
        return statistics.median(self.seconds)


class RandomFeatures:
    """Features of the benchmark's lines: random tokens through a full-size random model."""

    def __init__(self, encoder: Encoder, utterances: Sequence[Utterance]) -> None:
        self.encoder = encoder
        lengths = [len(u.phones_per_token) for u in utterances]
        ids = bench_bert.random_lines(lengths)
        # Its lines come shuffled; each goes to a line that is as long.
        by_length: dict[int, list[list[int]]] = {}
        for line in ids:
            by_length.setdefault(len(line), []).append(line)
        self.ids = {u.id: by_length[len(u.phones_per_token)].pop() for u in utterances}

    def of(self, utterances: Sequence[Utterance]) -> list[Any]:
        """As `engine.bert.Features.of`, without keeping anything from one repeat to the next."""
        keys = [("ja", str(u.id)) for u in utterances]
        lengths = [len(self.ids[u.id]) for u in utterances]
        rows: dict[tuple[str, str], Tensor] = {}
        by_id = {("ja", str(u.id)): self.ids[u.id] for u in utterances}
        for pack in packs(keys, lengths):
            encoded = self.encoder.encode([by_id[key] for key in pack])
            rows |= zip(pack, encoded, strict=True)
        return [
            spread(rows[key], utterance.phones_per_token)
            for key, utterance in zip(keys, utterances, strict=True)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be measured."""

    size: str = "full"
    lines: int = 60
    repeats: int = 3
    device: str = "auto"
    bert: bool = True
    precisions: tuple[str, ...] = ("fp32", "bf16")
    backend: str = "torch"  # "onnx" measures that too, without the language model


def measure(plan: Plan, say: Say) -> dict[str, Any]:
    """Run all ways in turn; `say` hears what is going on."""
    device = choose_device(plan.device)
    bundle = bench_voice.random_bundle(plan.size)
    say(f"making a random voice, {plan.size} size")
    network = bench_voice.random_network(bundle)
    utterances = bench_voice.random_lines(plan.lines)
    plain_features, features = None, None
    if plan.backend == "onnx" and plan.bert and bundle.config.needs_bert:
        say("without the language model, so that only the voice is compared")
        plan = replace(plan, bert=False)
    if plan.bert and bundle.config.needs_bert:
        say("making a random language model of the published size")
        plain_model = bench_bert.random_plain_model(bench_bert.FULL_SIZE).to(device)
        encoder = bench_bert.encoder_of(plain_model, bench_bert.FULL_SIZE)
        features = RandomFeatures(encoder, utterances)

        def plain_features(utterance: Utterance) -> Tensor:
            rows = bench_bert.plain_features(plain_model, [features.ids[utterance.id]])[0]
            return spread(rows, utterance.phones_per_token)

    slots = loading.architecture_of(bundle.config).bert_slots
    plain = PlainVoice(network, plain_features, slots, device)
    engines = _engines(plan, bundle, network, features)
    if plan.backend == "onnx":
        engines["onnx"] = _onnx_engine(plan, say)
    ways = {"plain": Way(), **{name: Way() for name in engines}}
    for repeat in range(plan.repeats + 1):
        # The first round warms up: pages, caches, choices of the libraries. It is not counted.
        warm = repeat == 0
        chosen = utterances[: min(6, len(utterances))] if warm else utterances
        say("warming up" if warm else f"round {repeat} of {plan.repeats}: the plain way")
        plain.seconds = dict.fromkeys(plain.seconds, 0.0)
        _round(ways["plain"], partial(_plain, plain, chosen), counted=not warm)
        ways["plain"].stages = plain.seconds
        for name, engine in engines.items():
            if not warm:
                say(f"round {repeat} of {plan.repeats}: the engine, {name}")
            engine.counters = Counters()
            _round(ways[name], partial(_engine, engine, chosen), counted=not warm)
            ways[name].stages = {
                "features and plan": engine.counters.plan_seconds,
                "flow and decoder": engine.counters.render_seconds,
            }
    return report(plan, ways, bundle.config.rate, device)


def _engines(
    plan: Plan, bundle: Bundle, network: Network, features: RandomFeatures | None
) -> dict[str, Engine]:
    engines: dict[str, Engine] = {}
    for precision in plan.precisions:
        settings = EngineSettings(device=plan.device, precision=precision)
        try:
            worker = torch_backend.open_worker(
                bundle,
                settings,
                features,  # type: ignore[arg-type] # the same method, without a folder behind it
                deepcopy(network),  # a worker takes its network apart
            )
        except MachineError:
            if precision == "fp32":
                raise
            continue
        engines[precision] = Engine(bundle, settings, worker=worker)
    return engines


def _onnx_engine(plan: Plan, say: Say) -> Engine:
    """The same weights, converted."""
    say("converting the voice")
    with TemporaryDirectory() as name:
        bundle = open_bundle(voice_folder.write_both(Path(name), plan.size)["onnx"])
        # One thread a line, as the other engines have it; so no file is opened a second time.
        settings = EngineSettings(device=plan.device, one_thread=True)
        return Engine(bundle, settings)


def _plain(voice: PlainVoice, utterances: Sequence[Utterance]) -> dict[str, np.ndarray]:
    sounds = voice.speak(utterances)
    return {str(u.id): samples for u, samples in zip(utterances, sounds, strict=True)}


def _engine(engine: Engine, utterances: Sequence[Utterance]) -> dict[str, np.ndarray]:
    return {str(s.id): s.samples for s in engine.speak(utterances) if isinstance(s, Waveform)}


def _round(way: Way, run: Callable[[], dict[str, np.ndarray]], *, counted: bool) -> None:
    gc.collect()
    start = perf_counter()
    sounds = run()
    seconds = perf_counter() - start
    if counted:
        way.seconds.append(seconds)
        way.sounds = sounds
        way.peak_bytes = peak_bytes()


def report(plan: Plan, ways: dict[str, Way], rate: int, device: torch.device) -> dict[str, Any]:
    """Everything that was measured, as JSON."""
    plain = ways["plain"]
    audio = sum(len(samples) for samples in plain.sounds.values()) / rate
    result: dict[str, Any] = {
        "backend": plan.backend,
        "size": plan.size,
        "lines": plan.lines,
        "repeats": plan.repeats,
        "audio_seconds": round(audio, 3),
        "language_model": plan.bert and plan.size == "full",
        "plain": _figures(plain, audio),
    }
    for name, way in ways.items():
        if name != "plain":
            result["exact" if name == "fp32" else name] = {
                **_figures(way, audio),
                "ratio": round(
                    statistics.median(
                        a / b for a, b in zip(plain.seconds, way.seconds, strict=True)
                    ),
                    3,
                ),
                **_differences(plain.sounds, way.sounds),
            }
    if "onnx" in ways:
        result["onnx"]["ratio_to_exact"] = round(
            statistics.median(
                a / b for a, b in zip(ways["fp32"].seconds, ways["onnx"].seconds, strict=True)
            ),
            3,
        )
    result["padded_share_1000_lines"] = round(padded_share(), 4)
    result["machine"] = machine(device)
    return result


def _figures(way: Way, audio: float) -> dict[str, Any]:
    return {
        "seconds": round(way.median, 3),
        "all_seconds": [round(s, 3) for s in way.seconds],
        "times_real_time": round(audio / way.median, 3),
        "stage_seconds": {stage: round(s, 3) for stage, s in way.stages.items()},
        "peak_memory_mib": way.peak_bytes >> 20,
    }


def _differences(expected: dict[str, np.ndarray], sounds: dict[str, np.ndarray]) -> dict[str, Any]:
    equal = [name for name in expected if len(sounds.get(name, ())) == len(expected[name])]
    worst = max((float(np.abs(expected[n] - sounds[n]).max()) for n in equal), default=float("nan"))
    noise = sum(float(np.square(expected[n] - sounds[n]).sum()) for n in equal)
    signal = sum(float(np.square(expected[n]).sum()) for n in equal)
    ratio = 10 * np.log10(signal / noise) if noise > 0 else float("inf")
    return {
        "lines_of_equal_length": len(equal),
        "largest_difference": worst,
        "signal_to_noise_db": round(float(ratio), 1),
    }


def padded_share(lines: int = PADDING_LINES) -> float:
    """Share of padded frames when that many lines of the mix go side by side on a GPU."""
    frames = [
        int(bench_voice.FRAMES_PER_ID * len(line.phones))
        for line in bench_voice.random_lines(lines)
    ]
    return batching.padded_share(batching.group(frames, PADDING_BUDGET), frames)


def soak(lines: int, size: str, device: str, say: Say) -> dict[str, Any]:
    """Memory while many lines are spoken one after the other: it must stay flat."""
    bundle = bench_voice.random_bundle(size)
    settings = EngineSettings(device=device)
    network = bench_voice.random_network(bundle)
    worker = torch_backend.open_worker(bundle, settings, None, network)
    engine = Engine(bundle, settings, worker=worker)
    marks: list[tuple[int, int]] = []
    step = max(1, lines // 20)
    for done, _ in enumerate(engine.speak(iter(bench_voice.random_lines(lines))), start=1):
        if done % step == 0:
            marks.append((done, resident_bytes() >> 20))
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
        "machine": machine(choose_device(device)),
    }


def peak_bytes() -> int:
    """Most memory that this process has held. Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def resident_bytes() -> int:
    """Memory that this process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - Linux only
        return int(file.read().split()[1]) * resource.getpagesize()


def machine(device: torch.device) -> dict[str, Any]:
    """Where a figure was taken."""
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
