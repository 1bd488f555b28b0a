"""An output folder with made-up lines and sounds, as large as is asked for: no voice is needed.

The manifest, the sidecars and the files are those that a run would leave. Tests of the page of
`sbv2 proof` use it, and `tools/bench_proof.py`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from sbv2cli.languages.japanese.corrections import units_of_notation
from sbv2cli.languages.japanese.moras import PUNCTUATION_SET

RATE = 24_000
MORA = 0.13  # seconds
PEOPLE = ("花", "太郎", "ナレーター")
Sentence = tuple[str, str, tuple[tuple[str, int], ...], tuple[tuple[int, int, str], ...]]
# Text, reading, words with their moras, ruby.
SENTENCES: tuple[Sentence, ...] = (
    (
        "灯台の明かりが、海を照らす。",
        "トーダイノ/アカリガ、ウ'ミヲ/テラ'ス。",
        (
            ("灯台", 4),
            ("の", 1),
            ("明かり", 3),
            ("が", 1),
            ("、", 0),
            ("海", 2),
            ("を", 1),
            ("照らす", 3),
        ),
        (),
    ),
    (
        "海は静かだった。",
        "ウ'ミワ/シ'ズカダッタ。",
        (("海", 2), ("は", 1), ("静か", 3), ("だった", 3)),
        (),
    ),
    (
        "七瀬は笑った。",
        "ナナセワ/ワラッタ。",
        (("七瀬", 3), ("は", 1), ("笑った", 4)),
        ((0, 2, "ななせ"),),
    ),
    (
        "橋の端で箸を持つ。",
        "ハシ'ノ/ハシデ/ハ'シヲ/モ'ツ。",
        (("橋", 2), ("の", 1), ("端", 2), ("で", 1), ("箸", 2), ("を", 1), ("持つ", 2)),
        (),
    ),
    (
        "今日は朝から雨が降っている。",
        "キョ'ーワ/ア'サカラ/ア'メガ/フ'ッテイル。",
        (("今日", 2), ("は", 1), ("朝", 2), ("から", 2), ("雨", 2), ("が", 1), ("降っている", 5)),
        (),
    ),
)


def made_up_folder(folder: Path, lines: int, *, seconds: float = 2.0) -> Path:
    """Write a folder with so many lines of about this length."""
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = [
        {
            "type": "job",
            "schema": "sbv2.manifest/1",
            "argv": ["render", "made-up.csv", "-o", folder.name],
            "script": [{"path": "made-up.csv", "sha256": "0" * 64}],
        }
    ]
    sounds = [_sound(folder, number, seconds) for number in range(min(lines, 40))]
    for number in range(1, lines + 1):
        first, size, digest, length = sounds[number % len(sounds)]
        file = f"{1 + (number - 1) // 500:02d}/{number:05d}.wav"
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(first, path)
        rows.append(_row(number, file, digest, size, length))
        _sidecar(folder, number, file, length)
    shutil.rmtree(folder / "sounds")
    rows.append({"type": "summary", "ok": lines, "exit": 0})
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "manifest.jsonl").write_text(text, encoding="utf-8")
    return folder


def _sound(folder: Path, number: int, seconds: float) -> tuple[Path, int, str, float]:
    """A tone that falls, with harmonics and syllables; each number another length."""
    length = seconds * (0.8 + 0.4 * (number % 7) / 6)
    time = np.arange(round(length * RATE)) / RATE
    pitch = 220 * 2 ** (-0.4 * time / length + 0.05 * (number % 5))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum(np.sin(harmonic * phase) / harmonic for harmonic in (1, 2, 3, 4, 5))
    loud = 0.12 * np.clip(np.sin(np.pi * time / MORA) ** 2 + 0.1, 0, 1)
    path = folder / "sounds" / f"{number}.wav"
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, loud * tone, RATE, subtype="PCM_16")
    data = path.read_bytes()
    return path, len(data), hashlib.sha256(data).hexdigest(), len(time) / RATE


def _row(number: int, file: str, digest: str, size: int, length: float) -> dict[str, Any]:
    text, kana, _, ruby = SENTENCES[number % len(SENTENCES)]
    text = text.replace("。", f"、{number}。") if number % 3 == 0 else text
    row: dict[str, Any] = {
        "type": "line",
        "id": f"line-{number:05d}",
        "n": number,
        "status": "ok",
        "file": file,
        "text": text,
        "duration": round(length, 6),
        "spoken": kana.replace("'", "").replace("/", ""),
        "kana": kana,
        "lang": "ja",
        "voice": "made-up",
        "take": 1,
        "character": PEOPLE[number % 3],
        "chapter": 1 + (number - 1) // 500,
        "chapter_title": f"第{1 + (number - 1) // 500}章",
        "source": {"path": "made-up.csv", "line": number + 1},
        "samples": round(length * RATE),
        "rate": RATE,
        "format": "wav/pcm16",
        "bytes": size,
        "peak_db": -12.0,
        # One in a hundred is far too loud.
        "rms_db": -22.0 + (9.0 if number % 100 == 50 else (number % 7) * 0.3),
        "sha256": digest,
        "timings": f"timings/{file.removesuffix('.wav')}.json",
        "text_key": hashlib.sha256(text.encode()).hexdigest()[:32],
    }
    if ruby:
        row["ruby"] = [{"start": a, "end": b, "reading": said} for a, b, said in ruby]
    if number % 50 == 0:
        row["warnings"] = [{"code": "audio.duration", "message": "a sound is too short"}]
    return row


def _sidecar(folder: Path, number: int, file: str, length: float) -> None:
    _, kana, words, _ = SENTENCES[number % len(SENTENCES)]
    units = units_of_notation(kana)
    each = (length - 0.2) / len(units)
    at = [round(0.1 + each * index, 6) for index in range(len(units) + 1)]
    phones: list[list[Any]] = [["_", 0.0, 0.1]]
    moras: list[list[Any]] = []
    for unit, start, end in zip(units, at, at[1:], strict=False):
        parts = np.linspace(start, end, len(unit.phones) + 1).round(6).tolist()
        phones += [
            [phone, a, b] for phone, a, b in zip(unit.phones, parts, parts[1:], strict=False)
        ]
        if unit.phones[0] not in PUNCTUATION_SET:
            moras.append([unit.written, start, end, unit.tone == 1])
    chars: list[list[Any]] = []
    place = mora = 0
    for surface, count in words:
        if count:
            chars.append([place, place + len(surface), moras[mora][1], moras[mora + count - 1][2]])
        place, mora = place + len(surface), mora + count
    record = {
        "id": f"line-{number:05d}",
        "rate": RATE,
        "frames_hop": 300,
        "phones": [*phones, ["_", at[-1], length]],
        "moras": moras,
        "chars": chars,
    }
    path = folder / "timings" / Path(file).with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
