"""Another vocoder than the recipe's own: its section of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sbv2cli import tables
from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.models import PUBLISHED_VOCODER, VOCODERS

if TYPE_CHECKING:
    from sbv2cli.models.architecture import VocoderKind

# Sizes of the published vocoder, which stand among those of the network.
PUBLISHED_SIZES = (
    "resblock",
    "resblock_kernel_sizes",
    "resblock_dilation_sizes",
    "upsample_rates",
    "upsample_initial_channel",
    "upsample_kernel_sizes",
)


def with_vocoder(recipe: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The recipe with this vocoder."""
    if kind == PUBLISHED_VOCODER:
        return dict(recipe)
    if "upsample_rates" not in recipe["model"]:
        raise UsageError(
            "train.vocoder",
            f'the recipe learns no vocoder, so none of the kind "{kind}"',
            hint="leave out --vocoder; sbv2 voices convert VOICE --to vocoder gives it one",
        )
    model = {name: value for name, value in recipe["model"].items() if name not in PUBLISHED_SIZES}
    return {**recipe, "model": {**model, "vocoder": vocoder_section(kind, recipe["data"])}}


def vocoder_section(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Section `vocoder` of a configuration's `model`."""
    row: VocoderKind | None = tables.load(VOCODERS[kind]) if kind in VOCODERS else None
    if row is None or row.sizes is None:
        raise UsageError(
            "train.vocoder",
            f'there is no recipe for a vocoder "{kind}"',
            hint=did_you_mean(kind, VOCODERS),
        )
    same = {name: data[name] for name in ("sampling_rate", "hop_length")}
    return {"kind": kind, **same, **row.sizes}
