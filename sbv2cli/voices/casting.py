"""Reading + Voice + Delivery -> Utterance: ids, blanks, speaker, style, noise identity."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sbv2cli.errors import ReadingError
from sbv2cli.records import OWN_SYMBOL, SYMBOL_NUMBER, Delivery, LineId, Reading, Utterance
from sbv2cli.settings.resolve import check_delivery, resolve_delivery
from sbv2cli.voices import styles
from sbv2cli.voices.config import MULTILINGUAL, VITS
from sbv2cli.voices.symbol_tables import spell
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
    from sbv2cli.voices.config import VoiceConfig

BLANK = 0
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A reading in the ids of a voice."""

    phones: NDArray[np.int64]
    tones: NDArray[np.int64]
    languages: NDArray[np.int64]
    per_token: Sequence[int] = ()
    ids_per_phone: tuple[int, ...] = ()  # see `Utterance`


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
    check_delivery(delivery)
    said = resolve_delivery(delivery)
    config = bundle.config
    if reading.language not in config.languages and not in_own_symbols(reading):
        raise ReadingError(
            "voice.language",
            f'voice "{bundle.name}" speaks {", ".join(config.languages)}, not {reading.language}',
            hint="choose a multilingual voice, or set the language of the line",
        )
    spelled = spelled_by(
        config, reading.phones, reading.tones, reading.language, reading.phones_per_token
    )
    wish = style_vector if style_vector is not None else said.style
    return Utterance(
        id=line,
        phones=spelled.phones,
        tones=spelled.tones,
        languages=spelled.languages,
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
        phones_per_token=tuple(spelled.per_token),
        ids_per_phone=spelled.ids_per_phone,
        text_language=reading.language,
        assist_text=said.assist_text or None,
        assist_weight=_decided(said.assist_weight),
        bert_scale=_decided(said.bert_scale),
    )


def in_own_symbols(reading: Reading) -> bool:
    """Whether the author wrote the line in the voice's own symbols; then no language matters."""
    marks = (OWN_SYMBOL, SYMBOL_NUMBER)
    return all(phone.startswith(marks) for phone in reading.phones[1:-1])


def trial(config: VoiceConfig) -> Reading:
    """One short sound that the voice can make, whatever its symbols."""
    return Reading(
        language="ja",
        text="",
        normalised="",
        model_text="",
        phones=("_", f"{SYMBOL_NUMBER}1" if config.architecture == VITS else "a", "_"),
        tones=(0, 0, 0),
        phones_per_token=(1, 1, 1),
    )


def spelled_by(
    config: VoiceConfig,
    phones: Sequence[str],
    tones: Sequence[int],
    language: str,
    per_token: Sequence[int],
) -> Spelled:
    """Phones with edge marks, in the ids that the voice was trained with; blanks where it has them.

    Raises:
        ReadingError: the voice does not know one of them.
    """
    if config.architecture == VITS:
        return _own_ids(config, spell(phones[1:-1], tones[1:-1], language, config.symbols))
    aliases = MULTILINGUAL_ALIASES if config.architecture == MULTILINGUAL else {}
    rows = ids([aliases.get(phone, phone) for phone in phones], tones, language)
    if config.add_blank:
        rows = with_blanks(rows[0]), with_blanks(rows[1]), with_blanks(rows[2])
        per_token = doubled(per_token)
    return Spelled(phones=rows[0], tones=rows[1], languages=rows[2], per_token=per_token)


def _own_ids(config: VoiceConfig, groups: Sequence[Sequence[int]]) -> Spelled:
    """Ids without tones and languages.

    There are no edge marks, so the first one gets the blank that begins the line, the last nothing.
    """
    symbols = np.fromiter(chain.from_iterable(groups), dtype=np.int64)
    counts = [0, *(len(group) for group in groups), 0]
    if config.add_blank:
        symbols, counts = with_blanks(symbols), doubled(counts)
    zeros = np.zeros_like(symbols)
    return Spelled(phones=symbols, tones=zeros, languages=zeros, ids_per_phone=tuple(counts))


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
