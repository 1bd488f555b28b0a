"""Recordings for tests: tones whose pitch is the phone, so that there is something to learn."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import Prepared, prepare
from sbv2cli.writers.audio.wav import wav_bytes

RATE = 16000
PITCHES = {"_": 0.0, "a": 220.0, "i": 330.0, "u": 440.0, "e": 550.0, "o": 660.0}
WORDS = ("a i u", "o e a i", "u u e", "i a o", "e o u a", "o i a")
FRAME = 128


def clip(phones: list[str], frames: int = 16) -> np.ndarray:
    """Each phone sounds for so many frames."""
    t = np.arange(frames * FRAME) / RATE
    rng = np.random.default_rng(len(phones))
    pieces = []
    for phone in phones:
        pitch = PITCHES[phone]
        harmonics = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in (1, 2, 3)) if pitch else 0
        fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.01)
        pieces.append(0.25 * harmonics * fade + 0.001 * rng.standard_normal(len(t)))
    return np.concatenate(pieces).astype(np.float32)


def write_audio(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(samples, rate, "pcm16"))


def write_table(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def recordings(folder: Path, *, durations: bool = False) -> Path:
    """Six clips and the table that says what is in them."""
    rows = []
    for number, word in enumerate(WORDS):
        phones = ["_", *word.split(), "_"]
        write_audio(folder / "audio" / f"{number}.wav", clip(phones))
        row = {
            "audio": f"{number}.wav",
            "text": word,
            "speaker": "花子",
            "phones": " ".join(phones),
            "tones": " ".join(["0"] * len(phones)),
        }
        if durations:
            row["durations"] = " ".join(["16"] * len(phones))
        rows.append(row)
    return write_table(folder / "table.csv", rows)


def dataset(folder: Path, **options: Any) -> tuple[Path, Prepared]:
    """A prepared dataset with a network of a few thousand weights."""
    table = recordings(folder, durations=options.pop("durations", False))
    out = folder / "data"
    prepared = prepare(
        PrepareSettings(
            audio=folder / "audio", transcript=table, out=out, recipe="tiny", threads=2, **options
        )
    )
    shrink(out)
    return out, prepared


def shrink(out: Path, **network: Any) -> None:
    """Make the network of a dataset smaller still."""
    path = out / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["model"] |= {
        "inter_channels": 8,
        "hidden_channels": 8,
        "filter_channels": 8,
        "use_transformer_flow": False,  # six layers in each coupling would take most of the time
        "upsample_initial_channel": 32,
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 3]],
        **network,
    }
    config["train"] |= {"batch_size": 3, "validation_clips": 1, "segment_size": 1536}
    path.write_text(json.dumps(config), "utf-8")
