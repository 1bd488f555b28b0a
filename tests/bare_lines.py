"""Prepared lines without a voice on the disk, for tests of what a run decides."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sbv2cli.languages.language import ReadOptions
from sbv2cli.pipeline.file_names import NameRules
from sbv2cli.pipeline.job import Job, OpenVoice, PreparedLine
from sbv2cli.pipeline.keys import FileSettings, Model
from sbv2cli.pipeline.reading import ReadLine, Segment
from sbv2cli.records import (
    Delivery,
    LineId,
    Reading,
    ScriptLine,
    Source,
    SynthesisSettings,
    Waveform,
)
from sbv2cli.settings.cast import Cast
from sbv2cli.writers.audio.formats import Encoding

RATE = 16000
SETTINGS = SynthesisSettings(
    speaker=0,
    style={0: 1.0},
    speed=1.0,
    sdp_ratio=0.2,
    noise=0.6,
    noise_w=0.8,
    seed=0,
    take=1,
    assist_text=None,
    assist_weight=1.0,
    bert_scale=1.0,
)
_CONFIG = SimpleNamespace(
    needs_bert=False,
    styles={"Neutral": 0},
    version="x",
    rate=RATE,
    licence=None,
    text_rules=None,
    phonology=SimpleNamespace(reader=None),
)
_BUNDLE: Any = SimpleNamespace(config=_CONFIG, noise_inside=False, backend="torch")
VOICE = OpenVoice(name="hana", bundle=_BUNDLE, fingerprint="v")


def prepared(
    name: str, text: str = "あ。", *, number: int = 1, file: str | None = None, **fields: Any
) -> PreparedLine:
    return PreparedLine(
        line=ScriptLine(
            id=LineId(name), number=number, text=text, source=Source(path="s.txt", row=number)
        ),
        **{
            "delivery": Delivery(volume=0.0),
            "language": "ja",
            "voice": VOICE,
            "speaker": "0",
            "settings": SETTINGS,
            "model": Model(voice="v"),
            "file_settings": FileSettings(rate=RATE),
            "file": file or f"{name}.wav",
            "text_key": text,
            "frontend_key": text,
            "pause_after": 0.4,
            **fields,
        },
    )


def reading(text: str = "あ。", phones: tuple[str, ...] = ("_", "a", "_")) -> Reading:
    return Reading(
        language="ja",
        text=text,
        normalised=text,
        model_text=text,
        phones=phones,
        tones=(0,) * len(phones),
        phones_per_token=(1,) * len(phones),
    )


def read(line: PreparedLine) -> ReadLine:
    text = line.line.text
    return ReadLine(prepared=line, segments=(Segment(text=text),), readings=(reading(text),))


def waveform(name: str, frames: int = 30) -> Waveform:
    import numpy as np

    step = 256
    samples = np.sin(np.arange(frames * step, dtype=np.float32) / 10) / 4
    phone_frames = np.array([5, frames - 10, 5])
    return Waveform(
        id=LineId(name), samples=samples, rate=RATE, phone_frames=phone_frames, frame_samples=step
    )


def job(folder: Path, **fields: Any) -> Job:
    return Job(
        output=folder,
        manifest=folder / "manifest.jsonl",
        delivery=Delivery(),
        cast=Cast(),
        reading=ReadOptions(),
        names=NameRules(ext="wav"),
        encoding=Encoding(),
        fsync=False,
        **fields,
    )
