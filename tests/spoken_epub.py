"""An output folder as `sbv2 render` leaves it for an EPUB: every line has the same short sound."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from sbv2cli.readers.epub import reader
from sbv2cli.records import AudioFacts, ManifestRow, ScriptLine
from sbv2cli.writers import manifest

RATE = 16000
SAMPLES = 1603  # no whole number of milliseconds


def write(
    folder: Path, book: Path, *, made: Callable[[ScriptLine], bool] = lambda _: True
) -> list[ManifestRow]:
    """The folder of a book, and its rows."""
    folder.mkdir(parents=True)
    sound = np.sin(np.arange(SAMPLES) / 9).astype(np.float32) * 0.1
    soundfile.write(folder / "line.wav", sound, RATE)
    data = book.read_bytes()
    script = {"path": str(book), "sha256": hashlib.sha256(data).hexdigest()}
    rows = [row(line, made=made(line)) for line in reader.read(io.BytesIO(data), str(book))]
    header = {"type": "job", "schema": manifest.SCHEMA, "script": [script]}
    records = [header, *map(manifest.to_json, rows)]
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    (folder / manifest.NAME).write_text(text, "utf-8")
    return rows


def row(line: ScriptLine, *, made: bool) -> ManifestRow:
    """The row of a line."""
    audio = AudioFacts(samples=SAMPLES, rate=RATE) if made else None
    return ManifestRow(
        id=line.id,
        number=line.number,
        status="ok" if made else "failed",
        file="line.wav" if made else None,
        text=line.text,
        seconds=SAMPLES / RATE if made else None,
        pause_after=0.1,
        audio=audio,
        source=line.source,
    )
