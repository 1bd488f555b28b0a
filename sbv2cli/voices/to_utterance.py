"""Reading + Voice + Delivery -> Utterance: ids, blanks, speaker, style, noise identity."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from sbv2cli.errors import ReadingError
from sbv2cli.records import OWN_SYMBOL, SYMBOL_NUMBER, Delivery, LineId, Reading, Utterance
from sbv2cli.settings.resolve import check_delivery, resolve_delivery
from sbv2cli.voices import styles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.voices.bundle import Bundle
    from sbv2cli.voices.configs.voice_config import VoiceConfig

T = TypeVar("T")


def to_utterance(
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
    spelled = config.phonology.spell(reading, add_blank=config.add_blank)
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
        language=config.languages[0],
        text="",
        normalised="",
        model_text="",
        phones=("_", config.phonology.any_phone, "_"),
        tones=(0, 0, 0),
        phones_per_token=(1, 1, 1),
    )


def noise_name(reading: Reading) -> str:
    """What a line's noise is keyed by: what it says, not what it is called.

    A line that is renamed, moved or repeated then really is the same sound, so that it may be
    reused; two different takes of the same words differ by their take number.
    """
    said = "\x1f".join((reading.language, " ".join(reading.phones), _digits(reading.tones)))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _decided(value: T | None) -> T:
    assert value is not None  # settings.resolve has filled every number
    return value


def _digits(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))
