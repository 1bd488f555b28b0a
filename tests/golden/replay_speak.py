"""Replays of the whole way: an acoustic model's spectrogram, and what a vocoder makes of it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import replay_hifi_gan
import torch
from mel_stages import opened
from replay_infer import Row, _worst

Entry = dict[str, Any]

# Family -> module with `speak(entry, arrays) -> mel spectrogram, stages`.
ACOUSTIC = {
    "diff-tts": "replay_diff_tts",
    "glow-tts": "replay_glow_tts",
    "grad-tts": "replay_grad_tts",
}


def understands(entry: Entry) -> bool:
    """Whether there is a replay for its acoustic model."""
    return entry["acoustic"]["family"] in ACOUSTIC


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance."""
    rows: list[Row] = []
    for entry in entries:
        spoken = _named(folder, entry["acoustic"])
        family = importlib.import_module(ACOUSTIC[entry["acoustic"]["family"]])
        with torch.inference_mode():
            mel, _ = family.speak(spoken, opened(folder / spoken["file"]))
            wave = replay_hifi_gan.speak(replay_hifi_gan.vocoder_of(entry), mel)
        expected = opened(folder / entry["file"])["wav"].reshape(-1).numpy()
        tolerance = replay_hifi_gan.WAVE_TOLERANCE
        rows.append((entry["name"], "wav", _worst(wave, expected), tolerance))
    return rows


def _named(folder: Path, wanted: dict[str, str]) -> Entry:
    """The entry of a line, wherever its index is."""
    for index in sorted(folder.rglob("index.json")):
        for entry in json.loads(index.read_text(encoding="utf-8")):
            same = all(entry.get(key) == value for key, value in wanted.items())
            if same and entry["kind"] == "infer":
                return entry
    raise SystemExit(f"no line {wanted} below {folder}")
