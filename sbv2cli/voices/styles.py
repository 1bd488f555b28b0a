"""Requested styles -> one style vector.

A request is a name ("Happy"), a number ("3"), either with a weight ("Happy:1.5"), or a blend
("Happy:0.6+Sad:0.2"). A style's vector is the mean (row 0) plus the weighted way from there to it;
a blend adds the ways up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.errors import ScriptError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.voices.bundle import Bundle


_DIGITS = 18  # of a row's number; Python refuses to convert thousands


def style_row(wanted: str, styles: Mapping[str, int], rows: int, *, voice: str) -> int:
    """Row of a style by its exact name, its name in any case, or its number."""
    if wanted in styles:
        return styles[wanted]
    folded = {name.casefold(): row for name, row in styles.items()}
    if wanted.casefold() in folded:
        return folded[wanted.casefold()]
    if wanted.isdecimal() and len(wanted) <= _DIGITS and int(wanted) < rows:
        return int(wanted)
    raise ScriptError(
        "voice.style-unknown",
        f'voice "{voice}" has no style "{wanted}"',
        hint=did_you_mean(wanted, styles),
    )


def parse_blend(wanted: str, bundle: Bundle, weight: float) -> dict[int, float]:
    """Rows and weights of a requested style; `weight` holds for parts that give none."""
    # A manifest that is read as a script has the style that every voice has, with its weight.
    if not bundle.config.has_styles and wanted.partition(":")[0] not in bundle.config.styles:
        raise ScriptError(
            "voice.no-styles",
            f'voice "{bundle.name}" has no styles, so no "{wanted}"',
            hint="leave the style out, or choose a Style-Bert-VITS2 voice",
        )
    parts: dict[int, float] = {}
    # A style may be called "A+B" or "A:1": the exact name wins over the notation.
    for part in [wanted] if wanted in bundle.config.styles else wanted.split("+"):
        name, strength = part.strip(), weight
        if name not in bundle.config.styles and ":" in name:
            name, _, number = name.rpartition(":")
            try:
                strength = float(number)
            except ValueError:
                strength = float("nan")
            if not np.isfinite(strength):
                raise ScriptError(
                    "voice.style-weight",
                    f'the weight "{number}" of style "{name}" is not a number',
                    hint='write it like "Happy:0.8" or "Happy:0.6+Sad:0.2"',
                )
        row = style_row(
            name.strip(), bundle.config.styles, len(bundle.style_vectors), voice=bundle.name
        )
        parts[row] = parts.get(row, 0.0) + strength
    return parts


def blend(vectors: NDArray[np.float32], parts: Mapping[int, float]) -> NDArray[np.float32]:
    """The mean plus every style's weighted distance from it."""
    mean = vectors[0]
    style = mean.copy()
    for row, weight in parts.items():
        style += (vectors[row] - mean) * np.float32(weight)
    return np.asarray(style, dtype=np.float32)


def style_vector(
    bundle: Bundle, wanted: str | NDArray[np.float32] | None, weight: float = 1.0
) -> NDArray[np.float32]:
    """The vector for a requested style; a raw vector of the right size is taken as it is."""
    if isinstance(wanted, np.ndarray):
        if wanted.shape != bundle.style_vectors.shape[1:] or not np.isfinite(wanted).all():
            raise ScriptError(
                "voice.style-vector",
                f"a raw style vector has shape {wanted.shape}, wanted"
                f" {bundle.style_vectors.shape[1]} finite numbers",
            )
        return wanted.astype(np.float32)
    if wanted is None:
        return np.array(bundle.style_vectors[0])
    return blend(bundle.style_vectors, parse_blend(wanted, bundle, weight))


def speaker_row(bundle: Bundle, wanted: str | None) -> int:
    """Row of a speaker by name (in any case) or number; nobody named means the first row."""
    speakers = bundle.config.speakers
    if wanted is None:
        return min(speakers.values(), default=0)
    if wanted in speakers:
        return speakers[wanted]
    folded = {name.casefold(): row for name, row in speakers.items()}
    if wanted.casefold() in folded:
        return folded[wanted.casefold()]
    if wanted.isdecimal() and len(wanted) <= _DIGITS and int(wanted) < bundle.config.speaker_count:
        return int(wanted)
    raise ScriptError(
        "voice.speaker-unknown",
        f'voice "{bundle.name}" has no speaker "{wanted}"',
        hint=did_you_mean(wanted, speakers),
    )
