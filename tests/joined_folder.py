"""An output folder as `sbv2 render` leaves it, with sounds of known loudness."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sbv2cli.records import AudioFacts, LineId, ManifestRow, Source
from sbv2cli.writers import manifest


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line and its sound."""

    samples: np.ndarray
    rate: int = 44100
    chapter: int | None = None
    title: str | None = None
    scene: str | None = None
    paragraph: int | None = None
    character: str | None = None
    voice: str = "hana"
    before: float | None = None
    after: float = 0.4
    status: str = "ok"
    suffix: str = ".wav"
    text: str = "こんにちは。"


def speech(seconds: float, *, level: float = 0.1, seed: int = 0, rate: int = 44100) -> np.ndarray:
    """Noise with the rhythm and about the spectrum of speech."""
    rng = np.random.default_rng(seed)
    count = round(seconds * rate)
    t = np.arange(count) / rate
    spectrum = np.fft.rfft(rng.normal(0, 1, count))
    hertz = np.fft.rfftfreq(count, 1 / rate)
    made = np.fft.irfft(spectrum / (1 + (hertz / 500) ** 2) ** 0.5, count)
    made *= np.clip(np.sin(2 * np.pi * 2.5 * t), 0, 1) ** 0.5
    return (level * made / np.sqrt(np.mean(made**2))).astype(np.float32)


def write(folder: Path, lines: Sequence[Line]) -> Path:
    """The folder of these lines."""
    folder.mkdir(parents=True)
    rows = [{"type": "job", "schema": manifest.SCHEMA}]
    for number, line in enumerate(lines, start=1):
        name = f"{number:04d}{line.suffix}"
        made = line.status == "ok"
        if made:
            subtype = "FLOAT" if line.suffix == ".wav" else None
            soundfile.write(folder / name, line.samples, line.rate, subtype=subtype)
        row = ManifestRow(
            id=LineId(f"l{number}"),
            number=number,
            status=line.status,
            file=name if made else None,
            text=line.text,
            seconds=len(line.samples) / line.rate if made else None,
            language="ja",
            voice=line.voice,
            speaker="a",
            chapter=line.chapter,
            chapter_title=line.title,
            scene=line.scene,
            paragraph=line.paragraph,
            character=line.character,
            pause_before=line.before,
            pause_after=line.after,
            audio=AudioFacts(
                samples=len(line.samples),
                rate=line.rate,
                bytes=(folder / name).stat().st_size,
            )
            if made
            else None,
            source=Source(path="a.txt", row=number),
        )
        rows.append(manifest.to_json(row))
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / manifest.NAME).write_text(text, "utf-8")
    return folder
