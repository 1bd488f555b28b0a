"""Every setting: what it is called, how it is written, where it may stand, what holds without it.

One key has one name everywhere: the flag `--sdp-ratio`, the column, the JSON key and the TOML key
`sdp_ratio`, the variable `SBV2_SDP_RATIO`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from sbv2cli.records import Delivery

# field -> (lowest, highest) that still means something; outside, a typing error is likelier.
BOUNDS = {
    "style_weight": (-50.0, 50.0),
    "speed": (0.1, 10.0),
    "pitch": (-24.0, 24.0),
    "intonation": (0.0, 5.0),
    "volume": (-96.0, 40.0),
    "sdp_ratio": (0.0, 1.0),
    "noise": (0.0, 10.0),
    "noise_w": (0.0, 10.0),
    "assist_weight": (0.0, 1.0),
    "bert_scale": (0.0, 10.0),
    "pause_before": (0.0, 60.0),
    "pause_after": (0.0, 60.0),
}

Where = Literal["line", "run", "render"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: how it is written, and where it may stand.

    `line`: in a script, in `[cast]`, in `[defaults]` and as a flag. `run`: in `[defaults]` and as a
    flag. `render`: in `[render]` and as a flag of `sbv2 render`.
    """

    kind: str  # a row of units.KINDS
    where: Where = "line"
    choices: tuple[str, ...] = ()
    many: bool = False  # a list
    path: bool = False  # relative to the file that names it
    built_in: Any = None


KEYS: Mapping[str, Key] = {
    "voice": Key(kind="text"),
    "speaker": Key(kind="text"),
    "style": Key(kind="text"),
    "style_weight": Key(kind="number", built_in=1.0),
    "speed": Key(kind="factor", built_in=1.0),
    "pitch": Key(kind="semitones", built_in=0.0),
    "intonation": Key(kind="factor", built_in=1.0),
    "volume": Key(kind="decibels", built_in=0.0),
    "sdp_ratio": Key(kind="number", built_in=0.2),
    "noise": Key(kind="number", built_in=0.6),
    "noise_w": Key(kind="number", built_in=0.8),
    "seed": Key(kind="whole", built_in=0),
    "take": Key(kind="count", built_in=1),
    "assist_text": Key(kind="text"),
    "assist_weight": Key(kind="number", built_in=1.0),
    "bert_scale": Key(kind="number", built_in=1.0),
    "lang": Key(kind="text", where="run", built_in="ja"),
    "dict": Key(kind="text", where="run", many=True, path=True, built_in=()),
    "markup": Key(
        kind="text",
        where="run",
        choices=("auto", "plain", "aozora", "narou", "kakuyomi", "voicevox", "renpy"),
        built_in="auto",
    ),
    "ruby": Key(kind="text", where="run", choices=("auto", "base"), built_in="auto"),
    "mode": Key(kind="text", where="run", choices=("better", "compat"), built_in="better"),
    "split": Key(kind="text", where="run", choices=("line", "sentence", "paragraph")),
    "default_character": Key(kind="text", where="run"),
    "backend": Key(kind="text", where="run", choices=("auto", "torch", "onnx"), built_in="auto"),
    "device": Key(kind="text", where="run", built_in="auto"),
    "precision": Key(
        kind="text", where="run", choices=("auto", "fp32", "tf32", "fp16", "bf16"), built_in="auto"
    ),
    "threads": Key(kind="workers", where="run", built_in=0),
    "output": Key(kind="text", where="render", path=True, built_in="out"),
    "name": Key(kind="text", where="render"),
    "format": Key(
        kind="text", where="render", choices=("wav", "flac", "ogg", "opus", "mp3"), built_in="wav"
    ),
    "subtype": Key(
        kind="text", where="render", choices=("pcm16", "pcm24", "float"), built_in="pcm16"
    ),
    "rate": Key(kind="count", where="render"),
    "on_error": Key(kind="text", where="render", choices=("continue", "stop"), built_in="continue"),
    "on_collision": Key(kind="text", where="render", choices=("error", "suffix"), built_in="error"),
    "max_failures": Key(kind="text", where="render"),
    "retries": Key(kind="whole", where="render", built_in=1),
    "strict": Key(kind="switch", where="render", built_in=False),
    "verify": Key(kind="text", where="render", choices=("size", "sha256"), built_in="size"),
    "reuse": Key(kind="switch", where="render", built_in=True),
    "prune": Key(kind="text", where="render", choices=("list", "delete"), built_in="list"),
    "timings": Key(
        kind="text", where="render", choices=("phones", "moras", "none"), built_in="moras"
    ),
    "batch_frames": Key(kind="count", where="render"),
    "sort": Key(kind="text", where="render", choices=("length", "script"), built_in="length"),
    "trim": Key(kind="switch", where="render", built_in=False),
    "lead": Key(kind="seconds", where="render", built_in=0.0),
    "tail": Key(kind="seconds", where="render", built_in=0.0),
    "gain": Key(kind="text", where="render", built_in="voice"),
    "restrict_names": Key(kind="switch", where="render", built_in=False),
}
"""Every setting that a flag, a variable or a TOML file may name."""

DELIVERY_KEYS = tuple(f.name for f in fields(Delivery))

BUILT_IN_DELIVERY = Delivery(**{name: KEYS[name].built_in for name in DELIVERY_KEYS})
"""What holds where nobody said otherwise: the published defaults of the field."""

PAUSES: Mapping[str, float] = {"comma": 0.2, "sentence": 0.4, "paragraph": 0.8, "chapter": 2.0}
"""Seconds of the pause levels where `pause = {...}` says nothing."""


def _same(value: float) -> float:
    return value


def inverse(value: float) -> float:
    """The speed of a length, and the other way round."""
    if value <= 0:
        raise ValueError(f"{value:g}; a length is above 0")
    return 1 / value


# What other tools call it -> (our key, conversion). `length_scale` is the one with the other sense:
# bigger is slower.
ALIASES: Mapping[str, tuple[str, Callable[[float], float]]] = {
    "length_scale": ("speed", inverse),
    "length": ("speed", inverse),
    "noise_scale": ("noise", _same),
    "noise_scale_w": ("noise_w", _same),
    "noisew": ("noise_w", _same),
    "assist_text_weight": ("assist_weight", _same),
}
