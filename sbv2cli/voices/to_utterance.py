"""Reading + Voice + Delivery -> Utterance: ids, blanks, speaker, style, noise identity."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from sbv2cli.errors import ReadingError, ScriptError
from sbv2cli.records import (
    OWN_SYMBOL,
    SYMBOL_NUMBER,
    Delivery,
    LineId,
    Reading,
    SynthesisSettings,
    Utterance,
)
from sbv2cli.settings.resolve import check_delivery, resolve_delivery
from sbv2cli.voices import styles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.voices.bundle import Bundle
    from sbv2cli.voices.configs.voice_config import VoiceConfig

T = TypeVar("T")

# Symbols of a line that says nothing.
TOGETHER = 24


def to_utterance(line: LineId, reading: Reading, bundle: Bundle, delivery: Delivery) -> Utterance:
    """Everything the model needs to say `reading` in the voice of `bundle`.

    `delivery` may leave things unsaid; the voice's defaults fill them, then the built-in ones.
    """
    return settled_utterance(line, reading, bundle, settle(delivery, bundle))


def settle(delivery: Delivery, bundle: Bundle) -> SynthesisSettings:
    """A delivery in the numbers of a voice: speaker and styles by row, its defaults filled in."""
    check_delivery(delivery)
    said = resolve_delivery(delivery, bundle.config.defaults)
    weight = _decided(said.style_weight)
    steps, temperature = _diffusion(said, bundle)
    return SynthesisSettings(
        speaker=styles.speaker_row(bundle, said.speaker),
        # Row 0 is the mean style, which is what a voice has where nobody asks for one.
        style={0: 1.0} if said.style is None else styles.parse_blend(said.style, bundle, weight),
        speed=_decided(said.speed),
        sdp_ratio=_decided(said.sdp_ratio),
        noise=_decided(said.noise),
        noise_w=_decided(said.noise_w),
        seed=_decided(said.seed),
        take=_decided(said.take),
        assist_text=said.assist_text or None,
        assist_weight=_decided(said.assist_weight),
        bert_scale=_decided(said.bert_scale),
        steps=steps,
        temperature=temperature,
    )


def _diffusion(said: Delivery, bundle: Bundle) -> tuple[int | None, float | None]:
    """Steps and temperature, the voice's own where nobody asks for others."""
    own = bundle.config.diffusion
    if own is None and said.steps is not None:
        raise ScriptError(
            "voice.no-steps",
            f'voice "{bundle.name}" makes no diffusion, so it has no {said.steps} steps',
            hint="leave steps out, or set them for the characters whose voices have them",
        )
    if (own is None or own.temperature is None) and said.temperature is not None:
        raise ScriptError(
            "voice.no-temperature",
            f'voice "{bundle.name}" has no temperature that could be {said.temperature:g}',
            hint="leave temperature out, or set it for the characters whose voices have one",
        )
    if own is None:
        return None, None
    steps = own.steps if said.steps is None else own.nearest(said.steps)
    return steps, own.temperature if said.temperature is None else said.temperature


def settled_utterance(
    line: LineId,
    reading: Reading,
    bundle: Bundle,
    settled: SynthesisSettings,
    *,
    style_vector: NDArray[np.float32] | None = None,
) -> Utterance:
    """What the model needs to say `reading`; a raw `style_vector` wins over the settled style."""
    config = bundle.config
    if reading.language not in config.languages and not in_own_symbols(reading):
        raise ReadingError(
            "voice.language",
            f'voice "{bundle.name}" speaks {", ".join(config.languages)}, not {reading.language}',
            hint="choose a multilingual voice, or set the language of the line",
        )
    spelled = config.phonology.spell(reading, add_blank=config.add_blank)
    style = (
        styles.blend(bundle.style_vectors, settled.style)
        if style_vector is None
        else styles.style_vector(bundle, style_vector)
    )
    return Utterance(
        id=line,
        phones=spelled.phones,
        tones=spelled.tones,
        languages=spelled.languages,
        speaker=settled.speaker,
        style=style,
        length_scale=1.0 / settled.speed,
        sdp_ratio=settled.sdp_ratio,
        noise_scale=settled.noise,
        noise_scale_w=settled.noise_w,
        seed=settled.seed,
        noise_name=noise_name(reading),
        take=settled.take,
        model_text=reading.model_text if config.needs_bert else None,
        phones_per_token=tuple(spelled.per_token),
        ids_per_phone=spelled.ids_per_phone,
        text_language=reading.language,
        assist_text=settled.assist_text,
        assist_weight=settled.assist_weight,
        bert_scale=settled.bert_scale,
        steps=settled.steps or 0,
        temperature=1.0 if settled.temperature is None else settled.temperature,
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


def trials(config: VoiceConfig) -> tuple[Reading, ...]:
    """All sounds that the voice can make, some at a time, where nobody knows a sentence for it."""
    count = 1 if config.symbols is None else len(config.symbols.symbols)
    ids = [f"{SYMBOL_NUMBER}{number}" for number in range(1, count)]
    one = trial(config)
    several = [ids[start : start + TOGETHER] for start in range(0, len(ids), TOGETHER)]
    return tuple(
        replace(
            one,
            phones=("_", *row, "_"),
            tones=(0,) * (len(row) + 2),
            phones_per_token=(1, len(row), 1),
        )
        for row in several
    ) or (one,)


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
