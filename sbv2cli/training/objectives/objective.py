"""What a trainer asks of an objective, and an objective of a vocoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

    from sbv2cli.models.architecture import Vocoder
    from sbv2cli.training.networks.training_model import TrainingBatch


VOICE = "voice"
"""Among the networks of an objective, what becomes the voice; the others are discriminators."""


class Objective(Protocol):
    """Networks, which of their parameters learn, and the losses of a step.

    The networks are called through `networks`, where a trainer may put a wrapper in the place of
    one, so that several processes learn as one.
    """

    networks: dict[str, nn.Module]

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
