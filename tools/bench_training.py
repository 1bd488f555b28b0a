"""Overfit a tiny voice on eight clips that pyopenjtalk speaks: does it learn, and how fast?

`python tools/bench_training.py [--steps 300] [--keep DIR]` prints JSON. The seed is fixed; the
losses are the same in every run on the same machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pyopenjtalk
import torch

from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import prepare
from sbv2cli.training.request import FitRequest
from sbv2cli.training.run import Watcher, fit
from sbv2cli.training.scalars import read_scalars
from sbv2cli.writers.audio.wav import wav_bytes

SENTENCES = (
    "今日はいい天気ですね。",
    "明日は雨が降るそうです。",
    "電車が遅れています。",
    "お昼ご飯を食べましょう。",
    "ありがとうございます。",
    "少し待ってください。",
    "この本はとても面白い。",
    "駅まで歩いて十分です。",
)
LEAST_FACTOR = 2.0


def make_dataset(folder: Path) -> Path:
    """Eight clips and their dataset."""
    audio = folder / "audio"
    audio.mkdir(parents=True)
    lines = []
    for number, sentence in enumerate(SENTENCES):
        samples, rate = pyopenjtalk.tts(sentence)
        content = wav_bytes((samples / 32768).astype(np.float32), int(rate), "pcm16")
        (audio / f"{number}.wav").write_bytes(content)
        lines.append(f"{number}.wav|mei|JP|{sentence}")
    transcript = folder / "list.txt"
    transcript.write_text("\n".join(lines), encoding="utf-8")
    out = folder / "dataset"
    prepare(PrepareSettings(audio=audio, transcript=transcript, out=out, recipe="tiny"))
    return out


def main() -> int:
    """Train, and compare the first losses with the last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the run; else it is thrown away")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch)
        dataset = make_dataset(folder)
        start = perf_counter()
        fitted = fit(
            FitRequest(
                dataset=dataset,
                out=folder / "run",
                device="cpu",
                changes={
                    "steps": chosen.steps,
                    "log_interval": 10,
                    "eval_interval": chosen.steps,
                    "save_minutes": 1000,
                    "seed": 42,
                },
            ),
            Watcher(
                news=lambda n: print(
                    f"{n.step}/{n.steps} mel {n.values['mel']:.1f}", file=sys.stderr
                )
            ),
        )
        seconds = perf_counter() - start
        rows = read_scalars(folder / "run" / "scalars.csv")
        mel = [row["mel"] for row in rows if "mel" in row]
        last = rows[-1]
    first, final = mel[0], float(np.mean(mel[-3:]))
    result = {
        "benchmark": "training",
        "clips": len(SENTENCES),
        "steps": fitted.step,
        "seconds": round(seconds, 1),
        "steps_per_second": round(fitted.step / seconds, 2),
        "mel_first": round(first, 2),
        "mel_last": round(final, 2),
        "factor": round(first / final, 2),
        "validation": {k: round(v, 3) for k, v in last.items() if k.startswith("validation")},
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0 if result["factor"] >= LEAST_FACTOR else 1


if __name__ == "__main__":
    sys.exit(main())
