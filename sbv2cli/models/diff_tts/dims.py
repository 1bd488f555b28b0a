"""The sizes of a Diff-TTS, from the `model` section of a voice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbv2cli.models.mel_latent import MIDDLE, WIDTH
from sbv2cli.models.section import Section

if TYPE_CHECKING:
    from sbv2cli.records import Inventory

VELOCITY = "velocity"

DEFAULTS: Mapping[str, Any] = {
    "n_mels": 80,
    "encoder_channels": 256,
    "encoder_blocks": 10,
    "encoder_kernel": 3,
    "encoder_dilations": [1, 2, 4],
    "encoder_dropout": 0.1,
    "duration_channels": 256,
    "duration_kernel": 3,
    "residual_channels": 256,
    "residual_layers": 12,
    "step_channels": 512,
    "steps": 400,
    "beta_min": 1e-4,
    "beta_max": 0.05,
    "mel_mean": MIDDLE,
    "mel_std": WIDTH,
    "eta": 0.0,
    "predicts": "noise",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffTtsDims:
    """Sizes of a network."""

    inventory: Inventory
    bands: int
    channels: int  # of hidden states
    blocks: int  # of the text encoder
    kernel: int
    dilations: tuple[int, ...]  # of its blocks, taken in turn
    dropout: float
    duration_filter: int
    duration_kernel: int
    width: int  # channels of the denoiser
    layers: int  # of the denoiser
    step_channels: int
    steps: int  # T: so many times noise is added
    beta_min: float
    beta_max: float
    mean: float  # of logarithmic spectrograms, and how far they go from it
    deviation: float
    velocity: bool  # whether the network answers that, not the noise: see `schedule`
    eta: float  # how much noise each step adds: 0 none (DDIM), 1 what it took (DDPM)


def read_dims(network: Mapping[str, Any], inventory: Inventory, where: str) -> DiffTtsDims:
    """Check and type the `model` section."""
    read = Section({**DEFAULTS, **network}, where)
    dims = DiffTtsDims(
        inventory=inventory,
        bands=read.whole("n_mels"),
        channels=read.whole("encoder_channels"),
        blocks=read.whole("encoder_blocks"),
        kernel=read.whole("encoder_kernel"),
        dilations=read.whole_list("encoder_dilations"),
        dropout=read.number("encoder_dropout"),
        duration_filter=read.whole("duration_channels"),
        duration_kernel=read.whole("duration_kernel"),
        width=read.whole("residual_channels"),
        layers=read.whole("residual_layers"),
        step_channels=read.whole("step_channels"),
        steps=read.whole("steps"),
        beta_min=read.number("beta_min"),
        beta_max=read.number("beta_max"),
        mean=read.number("mel_mean"),
        deviation=read.number("mel_std"),
        eta=read.number("eta"),
        velocity=read.values.get("predicts") == VELOCITY,
    )
    read.must(dims.kernel % 2 == 1, "encoder_kernel", "an odd number")
    read.must(0 < dims.beta_min <= dims.beta_max < 1, "beta_max", "from beta_min to below 1")
    predicts = read.values.get("predicts")
    read.must(predicts in ("noise", VELOCITY), "predicts", f"noise or {VELOCITY}")
    read.must(0 <= dims.eta <= 1, "eta", "a number from 0 to 1")
    read.must(dims.deviation > 0, "mel_std", "a number above zero")
    return dims
