"""What the engine does on a device, and how fast: `bash tools/gpu_check.sh > gpu.json`.

Each section says whether it `passed`, and with which figures; one that raises has not, and the
others go on. A section that would begin after the time is over is left out, by name.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sbv2cli.bench import engine as bench_engine
from sbv2cli.bench import machine, voice
from sbv2cli.engine import batching
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend
from sbv2cli.engine.torch.backend import TorchWorker
from sbv2cli.errors import MachineError
from sbv2cli.records import Utterance, Waveform
from tools.bench_precision import PRECISIONS, compared

ROOT = Path(__file__).parents[1]
SECONDS = 480.0
# Of the golden vectors' own tolerances, which are those of a CPU: sums in another order.
TIMES_TOLERANCE = {"cpu": 1.0, "cuda": 10.0}
APART = {"cpu": 1e-5, "cuda": 1e-4}  # of a line alone and among others, in float32
LEAST_SNR = {"tf32": 40.0, "bf16": 20.0, "fp16": 30.0}  # of random weights
MOST_LINES = 1  # that "fit" while memory is short
WIDE = batching.Budget(length=20_000, lines=64)  # dozens of lines in a batch, on a CPU too
GRAPH_FRAMES = 400
GRAPH_REPEATS = 20


@dataclass(frozen=True, slots=True)
class Check:
    """On what, and how much."""

    device: torch.device
    lines: int
    sizes: tuple[str, ...]

    @property
    def name(self) -> str:
        """As settings have it."""
        return str(self.device)

    def settings(self, **more: Any) -> EngineSettings:
        """An engine there."""
        return EngineSettings(device=self.name, **more)


def goldens(check: Check) -> dict[str, Any]:
    """The recorded lines of the reference, stage by stage."""
    sys.path[:0] = [str(ROOT / "tests" / "golden")]
    import replay_infer  # noqa: PLC0415 - a plain script beside the vectors

    folder = ROOT / "tests" / "golden" / "model" / "dev"
    entries = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    chosen = [one for one in entries if one["kind"] in ("infer", "batch", "null_model")]
    with torch.device(check.device):
        rows = replay_infer.replay(folder.parent, chosen)
    allowed = TIMES_TOLERANCE[check.device.type]
    # What must be exact has a tolerance of nothing, on every device.
    wrong = [(case, stage, worst) for case, stage, worst, most in rows if worst > allowed * most]
    ratios = [worst / most for _, _, worst, most in rows if most]
    return {
        "passed": bool(rows) and not wrong,
        "stages": len(rows),
        "largest_share_of_tolerance": round(max(ratios, default=0.0), 3),
        "wrong": wrong[:10],
    }


def _spoken(
    check: Check, lines: Sequence[Utterance], **more: Any
) -> tuple[dict[str, np.ndarray], TorchWorker]:
    """The small random voice says lines; in settings of its own."""
    bundle = voice.random_bundle("small")
    settings = check.settings(**more)
    worker = backend.open_worker(bundle, settings, None, deepcopy(voice.random_network(bundle)))
    return _sounds(Engine(bundle, settings, worker=worker), lines), worker


def _sounds(engine: Engine, lines: Sequence[Utterance]) -> dict[str, np.ndarray]:
    results = [each.result for each in engine.measure(lines)]
    return {str(one.id): one.samples for one in results if isinstance(one, Waveform)}


def _apart(found: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]) -> float:
    """The largest difference of a sample; infinite where a line is missing or of other length."""
    if any(len(found.get(name, ())) != len(sound) for name, sound in reference.items()):
        return float("inf")
    return max(float(np.abs(found[name] - sound).max()) for name, sound in reference.items())


def batch_invariance(check: Check) -> dict[str, Any]:
    """Lines side by side, and each in an engine that has nothing else to say."""
    lines = voice.random_lines(check.lines)
    together, _ = _spoken(check, lines, together=True, budget=WIDE)
    alone: dict[str, np.ndarray] = {}
    for line in lines:
        found, _ = _spoken(check, [line], together=True)
        alone |= found
    worst = _apart(together, alone)
    return {
        "passed": len(alone) == len(lines) and worst <= APART[check.device.type],
        "lines": len(lines),
        "largest_difference": worst,
    }


def precisions(check: Check) -> dict[str, Any]:
    """Every precision beside float32; those that the device has not are refused by name."""
    lines = voice.random_lines(check.lines)
    exact, _ = _spoken(check, lines)
    rows: dict[str, Any] = {}
    passed = True
    for precision in PRECISIONS:
        try:
            found, _ = _spoken(check, lines, precision=precision)
        except MachineError as error:
            rows[precision] = {"refused": error.code}
            continue
        rows[precision] = compared(found, exact)
        same = rows[precision]["of_equal_length"] == len(lines)
        passed = passed and same and rows[precision]["least_snr_db"] >= LEAST_SNR[precision]
    return {"passed": passed, **rows}


def streams(check: Check) -> dict[str, Any]:
    """Many small batches in several streams at once, beside one stream."""
    lines = voice.random_lines(4 * check.lines)
    bundle = voice.random_bundle("small")
    settings = check.settings(budget=batching.Budget(length=2_000, lines=4), together=True)
    network = deepcopy(voice.random_network(bundle))
    worker = backend.open_worker(bundle, settings, None, network)
    engine = Engine(bundle, settings, worker=worker)
    rows: dict[str, Any] = {}
    sounds: dict[int, dict[str, np.ndarray]] = {}
    for count in (1, worker.streams):
        worker.streams = count
        _sounds(engine, lines[: check.lines])
        started = time.perf_counter()
        sounds[count] = _sounds(engine, lines)
        rows[f"{count}_streams_s"] = round(time.perf_counter() - started, 3)
    first, *_, last = sounds.values()
    worst = _apart(last, first)
    complete = len(first) == len(lines)
    return {
        "passed": complete and worst <= APART[check.device.type],
        "largest_difference": worst,
        **rows,
    }


def out_of_memory(check: Check) -> dict[str, Any]:
    """Memory for one line at a time: the batches are halved until they fit, and all is said."""
    # Of fewer lines, each may be a batch by itself, and nothing is left to halve.
    lines = voice.random_lines(max(check.lines, 16))
    expected, _ = _spoken(check, lines, together=True)
    bundle = voice.random_bundle("small")
    settings = check.settings(together=True, budget=WIDE)
    worker = backend.open_worker(bundle, settings, None, deepcopy(voice.random_network(bundle)))
    refused, render = [], worker._render  # noqa: SLF001 - where a full device is met

    def short(batch: Sequence[Any]) -> list[Any]:
        if len(batch) > MOST_LINES:
            refused.append(len(batch))
            raise torch.OutOfMemoryError("as a full device says it")
        return list(render(batch))

    worker._render = short  # type: ignore[method-assign] # noqa: SLF001
    found = _sounds(Engine(bundle, settings, worker=worker), lines)
    worst = _apart(found, expected)
    return {
        "passed": bool(refused) and len(found) == len(lines) and worst <= APART[check.device.type],
        "halved": len(refused),
        "largest_difference": worst,
        **(_really_full(check, lines, expected) if check.device.type == "cuda" else {}),
    }


def _really_full(
    check: Check, lines: Sequence[Utterance], expected: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """The same where the device itself refuses: a budget that does not fit into what is allowed."""
    torch.cuda.empty_cache()
    held = torch.cuda.memory_allocated(check.device)
    _, total = torch.cuda.mem_get_info(check.device)
    torch.cuda.set_per_process_memory_fraction((held + 600 * 2**20) / total, check.device)
    try:
        huge = batching.Budget(length=10**9, lines=10**6)
        found, _ = _spoken(check, lines, budget=huge, together=True)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, check.device)
    return {"with_600_mib": {"said": len(found), "largest_difference": _apart(found, expected)}}


def speed(check: Check) -> dict[str, Any]:
    """The engine beside the baseline on the same device, in every precision that it has."""
    rows: dict[str, Any] = {"passed": True}
    for size in check.sizes:
        plan = bench_engine.Plan(
            size=size,
            lines=check.lines,
            repeats=1,
            device=check.name,
            bert=False,
            precisions=("fp32", *PRECISIONS),
        )
        rows[size] = bench_engine.measure(plan, _say)
        exact = rows[size]["exact"]
        rows["passed"] &= exact["lines_of_equal_length"] == check.lines
    return rows


def cuda_graphs(check: Check) -> dict[str, Any]:
    """The decoder of one line as the engine calls it, and the same calls as one recorded graph.

    The engine records no graphs: this tells what they would gain.
    """
    if check.device.type != "cuda":
        return {"left_out": "the device has none"}
    rows: dict[str, Any] = {"passed": True, "engine": "records no graphs"}
    for size in (one for one in check.sizes if one != "builtin"):
        network = voice.random_network(voice.random_bundle(size)).to(check.device)
        acoustic = network.acoustic
        latent = torch.randn(1, acoustic.channels, GRAPH_FRAMES, device=check.device)
        speaker = torch.randn(1, acoustic.speaker_channels, 1, device=check.device)
        with torch.inference_mode():
            rows[size] = _graph_beside_calls(partial(network.vocoder, latent, None, speaker))
    return rows


def _graph_beside_calls(run: Callable[[], torch.Tensor]) -> dict[str, float]:
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        recorded = run()
    graph.replay()
    apart = float((recorded - run()).abs().max())
    return {
        "calls_ms": _milliseconds(run),
        "graph_ms": _milliseconds(graph.replay),
        "largest_difference": apart,
    }


def _milliseconds(run: Callable[[], object]) -> float:
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(GRAPH_REPEATS):
        run()
    torch.cuda.synchronize()
    return round(1000 * (time.perf_counter() - started) / GRAPH_REPEATS, 3)


SECTIONS: tuple[Callable[[Check], dict[str, Any]], ...] = (
    goldens,
    batch_invariance,
    precisions,
    streams,
    out_of_memory,
    cuda_graphs,
    speed,
)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def checked(check: Check, seconds: float = SECONDS) -> dict[str, Any]:
    """All sections, one after the other, until the time is over."""
    started = time.monotonic()
    sections: dict[str, Any] = {}
    for section in SECTIONS:
        name, begun = section.__name__, time.monotonic()
        if begun - started > seconds:
            sections[name] = {"left_out": "the time is over"}
            continue
        _say(name)
        try:
            found = section(check)
        except Exception:  # noqa: BLE001 - the others tell something all the same
            found = {"passed": False, "error": traceback.format_exc(limit=-6)}
        sections[name] = {**found, "seconds": round(time.monotonic() - begun, 1)}
    return {
        "passed": all(found.get("passed", True) for found in sections.values()),
        "seconds": round(time.monotonic() - started, 1),
        "machine": machine.describe(check.device),
        "sections": sections,
    }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--sizes", default="full,builtin", help="of `sbv2 bench engine`")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    said = parser.parse_args()
    try:
        device = backend.choose_device(said.device)
    except MachineError as error:
        raise SystemExit(str(error)) from None
    check = Check(device=device, lines=said.lines, sizes=tuple(said.sizes.split(",")))
    report = checked(check, said.seconds)
    print(json.dumps(report, ensure_ascii=False, indent=1))
    sys.exit(0 if report["passed"] else 1)


if __name__ == "__main__":
    main()
