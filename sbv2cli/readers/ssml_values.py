"""What the attributes of SSML mean in our units."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from sbv2cli.readers.ruby import interlinear
from sbv2cli.units import number, seconds

BREAK_LIMIT_S = 60.0

_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_PITCHES = {"x-low": -4.0, "low": -2.0, "medium": 0.0, "default": 0.0, "high": 2.0, "x-high": 4.0}
_VOLUMES = {
    "silent": -96.0,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 3.0,
    "x-loud": 6.0,
}
# Strength -> (pause level, share of it). The standard leaves the lengths to the engine.
_STRENGTHS = {
    "none": ("comma", 0.0),
    "x-weak": ("comma", 0.25),
    "weak": ("comma", 1.0),
    "medium": ("comma", 1.0),
    "strong": ("sentence", 1.0),
    "x-strong": ("paragraph", 1.0),
}
_DIGITS = dict(
    zip(
        "0123456789",
        ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー"),
        strict=True,
    )
)
_HALF_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_AZURE_READING = 0.5  # below half the speed a bare percentage was likelier meant as an increase
_KANA_ALPHABETS = frozenset({"x-sbv2-kana", "x-amazon-pron-kana", "x-amazon-yomigana", "kana"})
_ACCENT_ALPHABETS = frozenset({"x-sbv2-kana", "x-amazon-pron-kana"})
_GOOGLE = frozenset({"yomigana", "x-google-yomigana"})


def break_seconds(attributes: Mapping[str, str], pauses: Mapping[str, float]) -> float:
    """The length of a `<break>`; its time wins over its strength."""
    time = attributes.get("time")
    if time is not None:
        try:
            return seconds(time)
        except ValueError as error:
            raise ValueError(f"time is {error}") from None
    strength = attributes.get("strength", "medium")
    if strength not in _STRENGTHS:
        raise ValueError(f'strength is "{strength}", not one of {", ".join(_STRENGTHS)}')
    level, share = _STRENGTHS[strength]
    return pauses[level] * share


def prosody_setting(name: str, written: str) -> tuple[str, float, str | None]:
    """(our key, value, note) of an attribute of `<prosody>`."""
    written = written.strip()
    if name == "rate":
        return ("speed", *_rate(written))
    if name == "pitch":
        return "pitch", _pitch(written), None
    return ("volume", *_volume(written))


def _rate(written: str) -> tuple[float, str | None]:
    if written in _RATES:
        return _RATES[written], None
    value = number(written)
    if not written.endswith("%"):
        return value, None
    if written[0] in "+-":
        return 1 + value, None
    # SSML 1.1: a bare percentage multiplies the default speed. Azure adds it.
    note = None
    if value < _AZURE_READING:
        note = f'"{written}" is {value:g} times the speed here; Azure reads it as +{written}'
    return value, note


def _pitch(written: str) -> float:
    if written in _PITCHES:
        return _PITCHES[written]
    if written.casefold().endswith("hz"):
        raise ValueError(f'"{written}": a pitch in Hz is not followed; write semitones: +2st')
    if written.endswith("%"):
        ratio = 1 + number(written)
        if ratio <= 0:
            raise ValueError(f'"{written}" leaves no frequency')
        return 12 * math.log2(ratio)
    return number(re.sub(r"st$", "", written))


def _volume(written: str) -> tuple[float, str | None]:
    if written in _VOLUMES:
        return _VOLUMES[written], None
    if written.casefold().endswith("db"):
        return number(written[:-2]), None
    value = number(written)
    if written.endswith("%") and written[0] in "+-":
        value = (1 + value) * 100
    elif written.endswith("%"):
        value *= 100
    if value <= 0:
        return _VOLUMES["silent"], None
    level = 20 * math.log10(value / 100)
    return level, f'"{written}" of 100 is {level:.1f} dB'


def spelled_digits(content: str) -> str:
    """Digits with the reading of each one above them, as telephone numbers are said."""
    return re.sub(
        r"[0-9]+",
        lambda run: interlinear(run[0], "".join(_DIGITS[digit] for digit in run[0])),
        content.translate(_HALF_WIDTH),
    )


def yomigana(alphabet: str, sounds: str) -> str | None:
    """A given reading in our notation: `'` after the accent nucleus, `/` between phrases."""
    sounds = sounds.strip()
    if not sounds:
        return None
    if alphabet in _KANA_ALPHABETS:
        return sounds
    if alphabet in _GOOGLE:
        # `^` begins an accent phrase, `!` marks the fall.
        return sounds.replace("!", "'").replace("^", "/").strip("/")
    return None


def undecided(alphabet: str, sounds: str) -> bool:
    """Whether these sounds leave the accent open: kana alone, where it need not be marked."""
    return alphabet not in _ACCENT_ALPHABETS and not any(mark in sounds for mark in "'!^/")


def accented_ruby(kana: str) -> str | None:
    """Our notation of one accent phrase as ruby holds it: ハシ' falls, 'ハシ is flat."""
    kana = kana.strip("/")
    if "/" in kana or kana.count("'") > 1:
        return None
    return kana if "'" in kana else f"'{kana}"
