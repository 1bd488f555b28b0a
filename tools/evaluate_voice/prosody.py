"""What styles do to a voice, and whether its questions rise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import sbv2cli
from sbv2cli.audio import loudness
from sbv2cli.audio.resample import resample
from tools.evaluate_voice import metrics
from tools.evaluate_voice.metrics import HOP, RATE, AlignedSound

if TYPE_CHECKING:
    from sbv2cli.records import Delivery

STYLED = (
    "今日は朝から、とてもいい天気ですね。",
    "駅前の喫茶店で、友だちと待ち合わせをした。",
    "明日の会議は、午後三時に始まります。",
    "窓の外を見ると、雪が静かに降っていた。",
)
QUESTIONS = (
    "今、何時ですか？",
    "本当に、それでいいの？",
    "もう帰るんですか？",
    "一緒に行きませんか？",
    "ねえ、聞いてる？",
    "これは誰の傘ですか？",
)


def styles(voice: sbv2cli.Voice, delivery: Delivery) -> dict[str, Any]:
    """Pitch, pace, loudness, and how far the timbre is from the first style's, by weight."""
    first = voice.styles[0]
    found: dict[str, Any] = {}
    neutral: np.ndarray[Any, Any] | None = None
    for style in voice.styles:
        for weight in (1.0,) if style == first else (0.5, 1.0):
            sounds = [
                spoken(voice, text, replace(delivery, style=style, style_weight=weight))
                for text in STYLED
            ]
            pitches = np.concatenate([metrics.pitch(sound.samples) for sound in sounds])
            voiced = pitches[pitches > 0]
            timbre = metrics.timbre([sound.samples for sound in sounds])
            neutral = timbre if neutral is None else neutral
            found[f"{style}:{weight:g}"] = {
                "pitch_hz": round(float(np.exp(np.log(voiced).mean())), 1),
                "pitch_sd_semitones": round(float(12 / np.log(2) * np.log(voiced).std()), 2),
                "seconds": round(sum(len(x.samples) for x in sounds) / RATE, 2),
                "loudness_lufs": round(
                    float(np.mean([loudness.loudness(x.samples, RATE) for x in sounds])), 2
                ),
                # Natural logarithms -> decibels.
                "timbre_db": round(float(np.abs(timbre - neutral).mean() * 20 / np.log(10)), 2),
            }
    return found


def questions(voice: sbv2cli.Voice, delivery: Delivery) -> dict[str, int]:
    """Questions that end higher than the mora before their last one."""
    rising = 0
    for text in QUESTIONS:
        moras = metrics.mora_pitches(spoken(voice, text, delivery))
        if len(moras) >= 2:
            rising += moras[-1][2] > moras[-2][2]
    return {"rising": rising, "of": len(QUESTIONS)}


def spoken(voice: sbv2cli.Voice, text: str, delivery: Delivery) -> AlignedSound:
    """A text as the voice says it, at the rate of the metrics."""
    (sound,) = voice.speak([sbv2cli.Line(text=text, delivery=delivery)])
    reading = sound.or_raise().reading
    assert reading is not None
    ends = np.round([phone.end * RATE / HOP for phone in sound.phones]).astype(np.int64)
    return AlignedSound(
        samples=resample(sound.samples, sound.rate, RATE),
        phones=reading.phones,
        tones=reading.tones,
        frames=np.diff(ends, prepend=0),
    )
