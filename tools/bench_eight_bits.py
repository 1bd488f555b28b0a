"""What weights in 8 bits cost and save: `python tools/bench_eight_bits.py [VOICE] [--bert FOLDER]`.

Without a voice, and without BERT, random ones of the published sizes are made. Times
are seconds of one core for a second of sound (processor time, so other work on the machine counts
little), medians of three. `computed` is the way that was not taken: onnxruntime's dynamic
quantisation, which computes in 8 bits with scales taken from what passes through.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from sbv2cli.bench import bert as random_bert
from sbv2cli.bench import voice as random_voice
from sbv2cli.export import onnx_bert, onnx_voice
from sbv2cli.export.options import Options
from sbv2cli.voices.bundle import open_bundle

SEED = 20_261_121
REPEATS = 3
FRAMES = 150
PHONES = 60
TOKENS = 30
QUIETEST = 1e-3  # of the loudest bin: what is below is not heard beside it
WINDOW = 1024

Arrays = Mapping[str, NDArray[Any]]


def say(text: str) -> None:
    """Tell how far it is; large files take minutes."""
    sys.stderr.write(f"{text}\n")


def opened(path: Path) -> onnxruntime.InferenceSession:
    """A file on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, inputs: Arrays) -> NDArray[np.float32]:
    """The first output."""
    wanted = {given.name for given in session.get_inputs()}
    given = {name: array for name, array in inputs.items() if name in wanted}
    result: NDArray[np.float32] = session.run(None, given)[0]
    return result


def seconds(session: onnxruntime.InferenceSession, inputs: Arrays) -> float:
    """Processor time of a run."""
    run(session, inputs)
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        run(session, inputs)
        times.append(time.process_time() - start)
    return median(times)


def signal_to_noise(sound: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    """Decibels."""
    noise = float(((sound - reference) ** 2).mean())
    return round(10 * np.log10(float((reference**2).mean()) / max(noise, 1e-30)), 1)


def spectral_distance(sound: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    """Decibels by which the bins that can be heard differ, root mean square."""
    ours, theirs = (
        np.abs(np.fft.rfft(x[: len(x) // WINDOW * WINDOW].reshape(-1, WINDOW) * np.hanning(WINDOW)))
        for x in (sound, reference)
    )
    heard = theirs > QUIETEST * theirs.max()
    ratio = 20 * np.log10(np.maximum(ours[heard], 1e-9) / theirs[heard])
    return round(float(np.sqrt((ratio**2).mean())), 2)


def computed_in_eight_bits(source: Path, target: Path) -> Path:
    """By onnxruntime's own tool."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - onnx too

    kinds = ["MatMul", "Conv"]
    quantize_dynamic(source, target, op_types_to_quantize=kinds, weight_type=QuantType.QUInt8)
    return target


def voices(source: Path, work: Path) -> tuple[dict[str, Any], Path]:
    """Sound from the same frames; the folder of the float32 graphs."""
    bundle = open_bundle(source)
    for name, quantize in (("full", False), ("stored", True)):
        say(f"converting the voice: {name}")
        onnx_voice.convert(bundle, work / name, Options(signature="own", quantize=quantize))
    (full,), (stored,) = ((work / n).glob("*.render.onnx") for n in ("full", "stored"))
    files = {
        "float32": full,
        "stored": stored,
        "computed": computed_in_eight_bits(full, work / "computed.onnx"),
    }
    session = opened(full)
    sizes = {given.name: given.shape[1] for given in session.get_inputs() if len(given.shape) > 1}
    rng = np.random.default_rng(SEED)
    prior = rng.standard_normal((2, sizes["prior"], FRAMES)).astype(np.float32)
    prior[1] *= 4  # a louder neighbour
    inputs = {"prior": prior, "lengths": np.array([FRAMES, FRAMES])}
    if "speaker" in sizes:
        inputs["speaker"] = rng.standard_normal((2, sizes["speaker"])).astype(np.float32)
    alone = {name: array[:1] for name, array in inputs.items()}
    sound_seconds = FRAMES * bundle.config.frame_samples / bundle.config.rate
    reference = run(session, alone)[0]
    rows = {}
    for name, path in files.items():
        say(f"speaking: {name}")
        session = opened(path)
        sound = run(session, alone)[0]
        rows[name] = {
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "core_seconds_per_second": round(seconds(session, alone) / sound_seconds, 3),
            "signal_to_noise_db": signal_to_noise(sound, reference),
            "spectral_distance_db": spectral_distance(sound, reference),
            "beside_a_loud_line": round(float(np.abs(run(session, inputs)[0] - sound).max()), 6),
        }
    return rows, work / "full"


def language_models(source: Path, work: Path, voice: Path) -> dict[str, Any]:
    """Rows of the same ids, and what they do to the durations of a voice."""
    for name, quantize in (("full", False), ("stored", True)):
        say(f"converting the BERT: {name}")
        onnx_bert.convert(source, work / f"bert-{name}", Options(quantize=quantize))
    full, stored = (work / f"bert-{name}" / "model.onnx" for name in ("full", "stored"))
    files = {"float32": full, "stored": stored}
    rng = np.random.default_rng(SEED)
    ids = rng.integers(5, 20_000, (1, TOKENS))
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    (plan,) = voice.glob("*.plan.onnx")
    rows, reference, frames = {}, None, None
    for name, path in files.items():
        say(f"reading: {name}")
        session = opened(path)
        hidden = run(session, inputs)[0]
        reference = hidden if reference is None else reference
        apart = np.linalg.norm(hidden - reference, axis=1) / np.linalg.norm(reference, axis=1)
        counts = run(opened(plan), plan_inputs(hidden))[0]
        frames = counts if frames is None else frames
        rows[name] = {
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "core_seconds_per_text": round(seconds(session, inputs), 3),
            "largest_row_difference": round(float(apart.max()), 5),
            "durations_changed": f"{int((counts != frames).sum())} of {counts.size}",
            "line_longer_by": f"{float(counts.sum() / frames.sum() - 1):+.2%}",
        }
    return rows


def plan_inputs(hidden: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """A line whose symbols have these rows, two and two."""
    rng = np.random.default_rng(SEED)
    phones = rng.integers(1, 100, (1, PHONES))
    one = np.ones(1, dtype=np.float32)
    return {
        "phones": phones,
        "tones": rng.integers(6, 8, (1, PHONES)),
        "languages": np.ones_like(phones),
        "lengths": np.array([PHONES]),
        "speakers": np.array([0]),
        "style": np.zeros((1, 256), dtype=np.float32),
        "bert": np.repeat(hidden.T, PHONES // TOKENS, axis=1)[None],
        "bert_slot": np.array([0]),
        "length_scale": one,
        "sdp_ratio": 0.2 * one,
        "noise_scale_w": 0 * one,
        "noise": np.zeros((1, 2, PHONES), dtype=np.float32),
    }


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voice", nargs="?", type=Path)
    parser.add_argument("--bert", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        voice, model = arguments.voice, arguments.bert
        if voice is None:
            voice = work / "voice"
            random_voice.write(voice, "full")
        rows, full = voices(voice, work)
        if model is None:
            model = work / "bert"
            random_bert.random_plain_model(random_bert.FULL_SIZE).save_pretrained(model)
            (model / "vocab.txt").write_text("[PAD]\n[CLS]\n[SEP]\n[UNK]\n")
        result = {"voice": rows, "language_model": language_models(model, work, full)}
    json.dump({"benchmark": "eight bits", "seed": SEED, **result}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
