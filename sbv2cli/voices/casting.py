"""Reading + Voice + Delivery -> Utterance: ids, blanks, speaker, style, noise identity."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sbv2cli import settings
from sbv2cli.errors import ReadingError
from sbv2cli.records import Delivery, LineId, Reading, Utterance
from sbv2cli.voices import styles
from sbv2cli.voices.config import MULTILINGUAL
from sbv2cli.voices.symbols import (
    LANGUAGE_IDS,
    MULTILINGUAL_ALIASES,
    SYMBOL_IDS,
    TONE_COUNTS,
    TONE_OFFSETS,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.voices.bundle import Bundle

BLANK = 0
T = TypeVar("T")


def cast(
    line: LineId,
    reading: Reading,
    bundle: Bundle,
    delivery: Delivery,
    *,
    style_vector: NDArray[np.float32] | None = None,
) -> Utterance:
    """Everything the model needs to say `reading` in the voice of `bundle`.

    `delivery` may leave things unsaid; the built-in defaults fill them. A raw `style_vector` wins
    over the delivery's style.
    """
    settings.check(delivery)
    said = settings.resolve(delivery)
    config = bundle.config
    if reading.language not in config.languages:
        raise ReadingError(
            "voice.language",
            f'voice "{bundle.name}" speaks {", ".join(config.languages)}, not {reading.language}',
            hint="choose a multilingual voice, or set the language of the line",
        )
    aliases = MULTILINGUAL_ALIASES if config.architecture == MULTILINGUAL else {}
    phones, tones, languages = ids(
        [aliases.get(phone, phone) for phone in reading.phones], reading.tones, reading.language
    )
    per_token: Sequence[int] = reading.phones_per_token
    if config.add_blank:
        phones, tones, languages = (with_blanks(row) for row in (phones, tones, languages))
        per_token = doubled(per_token)
    wish = style_vector if style_vector is not None else said.style
    return Utterance(
        id=line,
        phones=phones,
        tones=tones,
        languages=languages,
        speaker=styles.speaker_row(bundle, said.speaker),
        style=styles.style_vector(bundle, wish, _decided(said.style_weight)),
        length_scale=1.0 / _decided(said.speed),
        sdp_ratio=_decided(said.sdp_ratio),
        noise_scale=_decided(said.noise),
        noise_scale_w=_decided(said.noise_w),
        seed=_decided(said.seed),
        noise_name=noise_name(reading),
        take=_decided(said.take),
        model_text=reading.model_text if config.needs_bert else None,
        phones_per_token=tuple(per_token),
        text_language=reading.language,
        assist_text=said.assist_text or None,
        assist_weight=_decided(said.assist_weight),
        bert_scale=_decided(said.bert_scale),
    )


def noise_name(reading: Reading) -> str:
    """What a line's noise is keyed by: what it says, not what it is called.

    A line that is renamed, moved or repeated then really is the same sound, so that it may be
    reused; two different takes of the same words differ by their take number.
    """
    said = "\x1f".join((reading.language, " ".join(reading.phones), _digits(reading.tones)))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def ids(
    phones: Sequence[str], tones: Sequence[int], language: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Symbol, tone and language ids of a reading, without blanks."""
    unknown = next((phone for phone in phones if phone not in SYMBOL_IDS), None)
    if unknown is not None:
        raise ReadingError(
            "reading.phone",
            f'no voice knows the phone "{unknown}"',
            hint="give the reading in kana instead",
        )
    highest = TONE_COUNTS[language] - 1
    wrong = next((tone for tone in tones if not 0 <= tone <= highest), None)
    if wrong is not None or len(tones) != len(phones):
        raise ReadingError(
            "reading.tone",
            f"{len(phones)} phones have {len(tones)} tones"
            if wrong is None
            else f"tone {wrong} does not exist in {language}: 0 to {highest}",
            hint="every phone has one tone",
        )
    return (
        np.array([SYMBOL_IDS[phone] for phone in phones], dtype=np.int64),
        np.array(tones, dtype=np.int64) + TONE_OFFSETS[language],
        np.full(len(phones), LANGUAGE_IDS[language], dtype=np.int64),
    )


def with_blanks(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """A blank before, between and after all elements; blanks carry tone 0 and language 0 too."""
    spread = np.full(2 * len(row) + 1, BLANK, dtype=np.int64)
    spread[1::2] = row
    return spread


def doubled(per_token: Sequence[int]) -> list[int]:
    """Phones per token after blanks were inserted: each doubled, the first blank on top."""
    counts = [2 * count for count in per_token]
    if counts:
        counts[0] += 1
    return counts


def _decided(value: T | None) -> T:
    assert value is not None  # settings.resolve has filled every number
    return value


def _digits(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))
