"""The four parts of a voice's weights, and adding a "null model" to them when a voice is opened.

Works on published tensors as they are stored: magnitude and direction of weight norm (`weight_g`,
`weight_v`) count as tensors of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from sbv2cli.errors import UsageError, VoiceError

Part = Literal["voice", "pitch", "style", "tempo"]

PARTS: Mapping[str, Part] = {
    "dec": "voice",
    "flow": "pitch",
    "enc_p": "style",
    "sdp": "tempo",
    "dp": "tempo",
}
"""First name of a published key -> the part that it belongs to; other keys belong to none."""

SHOWN = 3


def part_of(key: str) -> Part | None:
    """The part of the voice that a published key belongs to."""
    return PARTS.get(key.partition(".")[0])


def add_null_model(
    state: Mapping[str, Tensor],
    null: Mapping[str, Tensor],
    *,
    weight: float = 0.0,
    pitch: float = 0.0,
    style: float = 0.0,
    tempo: float = 0.0,
) -> dict[str, Tensor]:
    """`p + w p_null` for every tensor of the four parts, in float32; the others as they are.

    `weight` is that of the voice part: so it is called where such models are used. Several null
    models are added by calling this for each in turn.
    """
    weights: dict[Part, float] = {"voice": weight, "pitch": pitch, "style": style, "tempo": tempo}
    for part, number in weights.items():
        if not 0 <= number <= 1:
            raise UsageError(
                "voice.null-weight",
                f"the null model's {part} weight is {number:g}, outside 0 to 1",
                hint="give a number from 0 to 1",
            )
    touched = {key: part for key, part in zip(state, map(part_of, state), strict=True) if part}
    check_alike(state, null, touched, what="the null model")
    return {
        key: tensor.to(torch.float32) + weights[touched[key]] * null[key].to(torch.float32)
        if key in touched
        else tensor
        for key, tensor in state.items()
    }


def check_alike(
    state: Mapping[str, Tensor],
    other: Mapping[str, Tensor],
    keys: Mapping[str, object],
    *,
    what: str,
) -> None:
    """Refuse another voice that lacks tensors of the first, or has them in another shape."""
    missing = [key for key in keys if key not in other]
    if missing:
        raise VoiceError(
            "merge.tensors",
            f"{what} lacks {len(missing)} of {len(keys)} tensors, first {_some(missing)}",
            hint="all voices must be of one architecture and size",
        )
    reshaped = [key for key in keys if state[key].shape != other[key].shape]
    if reshaped:
        first = reshaped[0]
        raise VoiceError(
            "merge.shapes",
            f"{len(reshaped)} of {len(keys)} tensors of {what} have another shape, first"
            f' "{first}": {list(state[first].shape)} and {list(other[first].shape)}',
            hint="all voices must be of one architecture and size, with equally many speakers",
        )


def _some(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys[:SHOWN])
