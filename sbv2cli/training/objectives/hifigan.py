"""HiFi-GAN: nothing is asked of it but its sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbv2cli.training.objectives.objective import Vocoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from sbv2cli.models.architecture import Vocoder


class HifiganTerms:
    """See `VocoderTerms`."""

    def run(self, vocoder: Vocoder, x_BCW: Tensor, speaker_BG1: Tensor) -> Vocoded:
        """Segments of sound."""
        return Vocoded(samples_B1S=vocoder(x_BCW, None, speaker_BG1))

    def losses(
        self, vocoded: Vocoded, real_BS: Tensor, rate: int, hop: int
    ) -> Mapping[str, Tensor]:
        """None."""
        del vocoded, real_BS, rate, hop
        return {}


TERMS = HifiganTerms()
