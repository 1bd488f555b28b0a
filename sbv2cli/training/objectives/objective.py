"""What a trainer asks of an objective, and an objective of a vocoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from torch import nn

from sbv2cli.training.fit_settings import FitSettings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from sbv2cli.models.architecture import AcousticModel, Vocoder
    from sbv2cli.models.weights import Rows
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.task import Task


VOICE = "voice"
"""Among the networks of an objective, what becomes the voice; the others are discriminators."""


class TrainingModel(nn.Module):
    """What becomes the voice, with what only learning needs beside it."""

    synthesizer: AcousticModel
    vocoder: Vocoder | None  # `None`: it is learned elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscriminatorRow:
    """How the log and the files of training call a discriminator."""

    column: str  # of its loss
    file: str  # beginning of its file in published training
    names: Rows = ()  # published tensors -> its parameters
    norm_column: str | None = None  # of the norm of its gradient


class Objective(Protocol):
    """Networks, which of their parameters learn, and the losses of a step.

    The networks are called through `networks`, where a trainer may put a wrapper in the place of
    one, so that several processes learn as one.
    """

    networks: dict[str, nn.Module]

    @property
    def model(self) -> TrainingModel:
        """The network of the voice itself, without a wrapper."""

    @property
    def sounds(self) -> SpectrogramSettings:
        """Of the recordings."""

    @property
    def discriminator_rows(self) -> Mapping[str, DiscriminatorRow]:
        """Discriminator -> how log and files call it."""

    def trainable(self) -> list[nn.Parameter]:
        """The parameters of the voice that learn."""

    def set_modes(self) -> None:
        """Training mode for what learns; called before each step."""

    def forward(self, batch: TrainingBatch, step: int) -> Any:
        """What the voice makes of a batch."""

    def discriminator_losses(self, made: Any) -> Mapping[str, Tensor]:
        """Network -> its loss, in the order in which they are updated. Empty: they rest."""

    def losses(self, made: Any, values: dict[str, Tensor]) -> Tensor:
        """The loss of the voice, after the discriminators learned; its terms go into `values`."""

    def clip(self, limit: float) -> Tensor:
        """Bound the gradients of what learns; answers the norm that they had."""

    def validate(self, batch: TrainingBatch) -> Mapping[str, float]:
        """Numbers of a clip that is not learned, by the name of their column."""

    def copied(self, batch: TrainingBatch, most_frames: int) -> Tensor | None:
        """The recording as well as the vocoder can say it, where that can be heard."""

    def fitting(self, published: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The tensors of a voice to go on from, made to fit where the shapes may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveKind:
    """What `Architecture.objective` names."""

    build: Callable[[Task, torch.device, Callable[[str], None]], Objective]
    """`build(task, device, who is told of something)`: networks with random weights."""
    settings: type[FitSettings] = FitSettings  # with those that only this objective has


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocoded:
    """A vocoder's segments of sound, and what its own terms need."""

    samples_B1S: Tensor
    kept: Any = None


class VocoderTerms(Protocol):
    """How a vocoder is run in training, and what is asked of it beside its sound."""

    def run(self, vocoder: Vocoder, x_BCW: Tensor, speaker_BG1: Tensor) -> Vocoded:
        """Segments of sound."""

    def losses(
        self, vocoded: Vocoded, real_BS: Tensor, rate: int, hop: int
    ) -> Mapping[str, Tensor]:
        """Terms by the name of their column."""
