"""Its acoustic model: hidden states spread over frames, smoothed over neighbours, noise on top.

Frames are made four at a time, as a network with strides would; in steps, where it is asked to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sbv2cli.models.architecture import AcousticModel, Architecture, Batch, Plan, Spread
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.records import Inventory


class MadeUp(AcousticModel):
    def __init__(self, bands: int, hidden: int, inventory: Inventory) -> None:
        super().__init__()
        self.inventory = inventory
        self.channels = self.noise_channels = bands
        self.speaker_channels = 0
        self.frame_multiple = 4
        self.symbols = nn.Embedding(inventory.phones, hidden)
        self.durations = nn.Linear(hidden, 1)
        self.frames = nn.Conv1d(hidden, bands, 3, padding=1)

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        hidden_BPH = self.symbols(batch.phones_BP)
        frames_BP = torch.ceil(self.durations(hidden_BPH)[..., 0].sigmoid() * 9)
        frames_BP = torch.ceil(frames_BP * batch.length_scale_B[:, None])
        if batch.lengths_B is not None:
            frames_BP = frames_BP * length_mask(batch.lengths_B, frames_BP.shape[1])[:, 0]
        return Plan(
            frames_BP=frames_BP,
            per_phone_BKP=hidden_BPH.transpose(1, 2),
            speaker_BG1=hidden_BPH.new_empty(len(hidden_BPH), 0, 1),
        )

    def decode(self, spread: Spread) -> Tensor:
        size = spread.values_BKF.shape[2]
        assert size % self.frame_multiple == 0
        x_BKF, noise_BNF = spread.values_BKF, spread.noise_BNF
        if spread.lengths_B is not None:
            mask_B1F = length_mask(spread.lengths_B, size)
            x_BKF, noise_BNF = x_BKF * mask_B1F, noise_BNF * mask_B1F
        mel_BMF: Tensor = self.frames(x_BKF)
        if spread.steps:
            return self._diffuse(mel_BMF, spread)
        return mel_BMF + noise_BNF * spread.noise_scale_B[:, None, None]

    def _diffuse(self, mel_BMF: Tensor, spread: Spread) -> Tensor:
        assert spread.temperature_B is not None
        assert spread.step_noise is not None
        x_BMF = mel_BMF + spread.noise_BNF / spread.temperature_B[:, None, None]
        for step in range(spread.steps):
            x_BMF = x_BMF + 0.1 * (mel_BMF - x_BMF) + 0.1 * spread.step_noise(step)
        if spread.lengths_B is not None:
            x_BMF = x_BMF * length_mask(spread.lengths_B, x_BMF.shape[2])
        return x_BMF


def build(section: Mapping[str, Any], inventory: Inventory, where: str) -> MadeUp:
    return MadeUp(section["bands"], section["hidden"], inventory)


ARCHITECTURE = Architecture(
    name="made_up",
    build=build,
    names=(("embedding.weight", "symbols.weight"), ("dur.*", "durations.*"), ("mel.*", "frames.*")),
    feature_slots={},
    vocoder=None,
    symbol_table="embedding.weight",
    objective="made_up.objective:OBJECTIVE",
)
