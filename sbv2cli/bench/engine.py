"""`sbv2 bench engine`: the engine against the baseline, on the same lines, in one run.

Both sides alternate and medians count, so that a machine that is busy now and then slows both.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from sbv2cli import cpu_count
from sbv2cli.bench import bert as bench_bert
from sbv2cli.bench import ceilings, machine, stages, trace, voice_folder, workload
from sbv2cli.bench import voice as bench_voice
from sbv2cli.bench.baseline import BaselineVoice
from sbv2cli.bench.random_features import RandomFeatures
from sbv2cli.bench.trace import TracedWorker
from sbv2cli.bench.workload import Workload
from sbv2cli.engine import batching
from sbv2cli.engine.backend import backend_of
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.bert.features import spread
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.measured import Counters
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend as torch_backend
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.backend import DTYPES, TorchWorker, choose_device
from sbv2cli.errors import MachineError
from sbv2cli.records import Utterance, Waveform
from sbv2cli.voices.bundle import open_bundle

if TYPE_CHECKING:
    from torch import Tensor

    from sbv2cli.engine.worker import Worker

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
    threads: int = 1
    # Of an engine: the seconds of its threads, of these those at work, and padding.
    available: float = 0.0
    busy: float = 0.0
    padded_share: float = 0.0

    @property
    def median(self) -> float:
        """Seconds for the whole script."""
        return statistics.median(self.seconds)

    @property
    def idle_share(self) -> float:
        """Share of the threads' time, in the counted rounds, without a call to plan or render.

        A thread that waits for a core or for the interpreter counts as one that works. Of a GPU it
        is the share of the clock's time in which no batch was planned or rendered.
        """
        return 1 - self.busy / self.available


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be measured."""

    size: str = "full"
    lines: int = 60
    repeats: int = 3
    device: str = "auto"
    bert: bool = True
    precisions: tuple[str, ...] = ("fp32", "bf16")
    backend: str = "torch"  # "onnx" measures that too, without BERT


def measure(plan: Plan, say: Say) -> dict[str, Any]:
    """Run all ways in turn; `say` hears what is going on."""
    device = choose_device(plan.device)
    say(f"making the voice, {plan.size}")
    chosen = workload.of_size(plan.size, plan.lines)
    utterances = chosen.utterances
    if plan.backend == "onnx" and plan.bert and chosen.bundle.config.needs_bert:
        say("without BERT, so that only the voice is compared")
        plan = replace(plan, bert=False)
    baseline_features, features = None, None
    if plan.bert and chosen.bundle.config.needs_bert:
        say("making a random BERT of the published size")
        baseline_model = bench_bert.random_baseline_model(bench_bert.FULL_SIZE).to(device)
        encoder = bench_bert.encoder_of(baseline_model, bench_bert.FULL_SIZE)
        features = RandomFeatures(encoder, bench_bert.FULL_SIZE, utterances)

        def baseline_features(utterance: Utterance) -> Tensor:
            rows = bench_bert.baseline_features(baseline_model, [features.ids[utterance.id]])[0]
            return spread(rows, utterance.phones_per_token)

    slots = loading.architecture_of(chosen.bundle.config).feature_slots
    baseline = BaselineVoice(chosen.network, baseline_features, slots, device)
    workers = _workers(plan, chosen, features)
    if plan.backend == "onnx":
        workers["onnx"] = _onnx_worker(plan, chosen, say)
    engines = {name: _engine_of(plan, chosen, worker) for name, worker in workers.items()}
    ways = {"baseline": Way(threads=torch.get_num_threads()), **{name: Way() for name in engines}}
    for repeat in range(plan.repeats + 1):
        # The first round warms up: pages, caches, choices of the libraries. It is not counted.
        warm = repeat == 0
        lines = utterances[: min(6, len(utterances))] if warm else utterances
        say("warming up" if warm else f"round {repeat} of {plan.repeats}: the baseline")
        baseline.seconds = dict.fromkeys(baseline.seconds, 0.0)
        _round(ways["baseline"], partial(_baseline, baseline, lines), counted=not warm)
        ways["baseline"].stages = baseline.seconds
        for name, engine in engines.items():
            if not warm:
                say(f"round {repeat} of {plan.repeats}: the engine, {name}")
            workers[name].forget()
            _round(ways[name], partial(_engine, engine, lines, ways[name]), counted=not warm)
            if not warm:
                _count(ways[name], workers[name], lines)
    return {
        **report(plan, ways, chosen),
        **_against_ceilings(workers, chosen, features, say),
        "machine": machine.describe(device),
    }


def _workers(
    plan: Plan, chosen: Workload, features: RandomFeatures | None
) -> dict[str, TracedWorker]:
    workers: dict[str, TracedWorker] = {}
    for precision in plan.precisions:
        try:
            worker = torch_backend.open_worker(
                chosen.bundle,
                EngineSettings(device=plan.device, precision=precision),
                features,  # type: ignore[arg-type] # the same method, without a folder behind it
                deepcopy(chosen.network),  # a worker takes its network apart
            )
        except MachineError:
            if precision == "fp32":
                raise
            continue
        workers[precision] = TracedWorker(worker)
    return workers


def _onnx_worker(plan: Plan, chosen: Workload, say: Say) -> TracedWorker:
    """The same weights, converted."""
    say("converting the voice")
    with TemporaryDirectory() as name:
        if plan.size == workload.BUILT_IN:
            graphs = voice_folder.convert(chosen.bundle.path, Path(name) / "graphs")
        else:
            graphs = voice_folder.write_both(Path(name), plan.size)["onnx"]
        bundle = open_bundle(graphs)
        # One thread a line, as the other engines have it; so no file is opened a second time.
        settings = EngineSettings(device=plan.device, one_thread=True)
        return TracedWorker(backend_of(bundle).open_worker(bundle, settings, None))


def _engine_of(plan: Plan, chosen: Workload, worker: TracedWorker) -> Engine:
    settings = EngineSettings(device=plan.device)
    return Engine(chosen.bundle, settings, worker=cast("Worker", worker))


def _threads(worker: TracedWorker) -> int:
    """Threads that compute; a GPU does not wait for more than one."""
    return 1 if worker.side_by_side else cpu_count.cores()


def _baseline(voice: BaselineVoice, utterances: Sequence[Utterance]) -> dict[str, np.ndarray]:
    sounds = voice.speak(utterances)
    return {str(u.id): samples for u, samples in zip(utterances, sounds, strict=True)}


def _engine(engine: Engine, utterances: Sequence[Utterance], way: Way) -> dict[str, np.ndarray]:
    measured = list(engine.measure(utterances))
    way.padded_share = sum((each.counters for each in measured), Counters()).padded_share
    results = [each.result for each in measured]
    return {str(sound.id): sound.samples for sound in results if isinstance(sound, Waveform)}


def _round(way: Way, run: Callable[[], dict[str, np.ndarray]], *, counted: bool) -> None:
    gc.collect()
    start = perf_counter()
    sounds = run()
    seconds = perf_counter() - start
    if counted:
        way.seconds.append(seconds)
        way.sounds = sounds
        way.peak_bytes = machine.peak_bytes()


def _count(way: Way, worker: TracedWorker, lines: Sequence[Utterance]) -> None:
    """What the last round says of the engine's threads."""
    spans = [*worker.plans, *worker.renders]
    way.threads = _threads(worker)
    # One line is no work for two.
    way.available += min(way.threads, len(lines)) * way.seconds[-1]
    way.busy += trace.covered(spans) if worker.side_by_side else trace.total(spans)
    way.stages = {
        "features and plan": trace.total(worker.plans),
        "flow and decoder": trace.total(worker.renders),
    }


def _against_ceilings(
    workers: dict[str, TracedWorker],
    chosen: Workload,
    features: RandomFeatures | None,
    say: Say,
) -> dict[str, Any]:
    """The machine's own rates, and what share of them each stage of each engine reaches."""
    rates: dict[str, dict[str, float]] = {}
    tables: dict[str, dict[str, Any]] = {}
    for name, traced in workers.items():
        worker = traced.worker
        # What another library runs has no stages to be timed apart.
        if isinstance(worker, TorchWorker):
            say(f"what this machine can do at most, {name}")
            rates[name] = ceilings.measure(worker.device, DTYPES[name], _threads(traced))
            say(f"the engine's stages apart, {name}")
            threads = _threads(traced)
            found = stages.measure(worker, chosen.network, chosen.utterances, features, threads)
            tables[_key(name)] = stages.figures(found, rates["fp32"], rates[name])
    return {"ceilings_gflop_per_second": rates, "stages": tables}


def _key(name: str) -> str:
    return "exact" if name == "fp32" else name


def report(plan: Plan, ways: dict[str, Way], chosen: Workload) -> dict[str, Any]:
    """What the ways took, as JSON."""
    baseline = ways["baseline"]
    config = chosen.bundle.config
    audio = sum(len(samples) for samples in baseline.sounds.values()) / config.rate
    result: dict[str, Any] = {
        "backend": plan.backend,
        "size": plan.size,
        "lines": plan.lines,
        "repeats": plan.repeats,
        "audio_seconds": round(audio, 3),
        "bert": plan.bert and config.needs_bert,
        "baseline": _figures(baseline, audio),
    }
    for name, way in ways.items():
        if name != "baseline":
            result[_key(name)] = {
                **_figures(way, audio),
                "ratio": round(
                    statistics.median(
                        a / b for a, b in zip(baseline.seconds, way.seconds, strict=True)
                    ),
                    3,
                ),
                "idle_share": round(way.idle_share, 4),
                "padded_share": round(way.padded_share, 4),
                **_differences(baseline.sounds, way.sounds),
            }
    if "onnx" in ways:
        result["onnx"]["ratio_to_exact"] = round(
            statistics.median(
                a / b for a, b in zip(ways["fp32"].seconds, ways["onnx"].seconds, strict=True)
            ),
            3,
        )
    result["padded_share_1000_lines"] = round(padded_share(), 4)
    return result


def _figures(way: Way, audio: float) -> dict[str, Any]:
    return {
        "seconds": round(way.median, 3),
        "all_seconds": [round(s, 3) for s in way.seconds],
        "lines_per_second": round(len(way.sounds) / way.median, 3),
        "times_real_time": round(audio / way.median, 3),
        "stage_seconds": {stage: round(s, 3) for stage, s in way.stages.items()},
        "threads": way.threads,
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
