"""An objective without discriminators: a plain sum of what a model of spectrograms is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sbv2cli.training.objectives.objective import VOICE, DiscriminatorRow, TrainingModel

if TYPE_CHECKING:
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.spectrogram import SpectrogramSettings


class MelTrainingModel(TrainingModel):
    """What becomes the voice; its vocoder is learned elsewhere."""

    vocoder = None

    def forward(self, batch: TrainingBatch) -> Mapping[str, Tensor]:
        """The terms of the loss, by the name of their column."""
        raise NotImplementedError

    def clipped_apart(self) -> Sequence[Sequence[nn.Parameter]]:
        """Parameters whose gradients are bounded by themselves."""
        return [list(self.parameters())]


class PlainSum:
    """See `Objective`."""

    discriminator_rows: Mapping[str, DiscriminatorRow] = {}

    def __init__(
        self, model: MelTrainingModel, sounds: SpectrogramSettings, *, bf16: bool = False
    ) -> None:
        self.model, self.sounds, self.bf16 = model, sounds, bf16
        self.networks: dict[str, nn.Module] = {VOICE: model}

    def trainable(self) -> list[nn.Parameter]:
        """All there are."""
        return list(self.model.parameters())

    def set_modes(self) -> None:
        """See `Objective.set_modes`."""
        self.model.train()

    def forward(self, batch: TrainingBatch, step: int) -> Mapping[str, Tensor]:  # noqa: ARG002
        """See `Objective.forward`."""
        with self._autocast(batch):
            terms: Mapping[str, Tensor] = self.networks[VOICE](batch)
        return terms

    def _autocast(self, batch: TrainingBatch) -> Any:
        if self.bf16:
            return torch.autocast(batch.phones_BP.device.type, dtype=torch.bfloat16)
        return nullcontext()

    def discriminator_losses(self, made: Any) -> Mapping[str, Tensor]:  # noqa: ARG002
        """There are none."""
        return {}

    def losses(self, made: Mapping[str, Tensor], values: dict[str, Tensor]) -> Tensor:
        """See `Objective.losses`."""
        values |= {name: term.detach() for name, term in made.items()}
        return torch.stack(list(made.values())).sum()

    def clip(self, limit: float) -> Tensor:
        """See `Objective.clip`."""
        norms = [
            nn.utils.clip_grad_norm_(list(group), limit) for group in self.model.clipped_apart()
        ]
        return torch.stack(norms).norm()

    def validate(self, batch: TrainingBatch) -> Mapping[str, float]:
        """See `Objective.validate`."""
        return {f"validation_{name}": float(term) for name, term in self.model(batch).items()}

    def copied(self, batch: TrainingBatch, most_frames: int) -> Tensor | None:  # noqa: ARG002
        """There is no vocoder to hear it through."""
        return None

    def fitting(self, published: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `Objective.fitting`."""
        return published
