"""The source-filter vocoder: its pitch is taught beside its sound.

No gradient of the sound reaches the pitch: a phase is a sum over a line, so one frame's pitch would
be blamed for all samples after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sbv2cli.models.vocoder.source_filter.model import FramePrediction, SourceFilter, classes
from sbv2cli.training.data.pitch import pitch
from sbv2cli.training.objectives.objective import Vocoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbv2cli.models.architecture import Vocoder

# Width of the soft classes that are aimed at, in logarithms: about two thirds of a semitone.
WIDTH = 0.04
# Of the distance of the mean pitch beside the cross entropy of its classes.
DISTANCE_WEIGHT = 10.0


class SourceFilterTerms:
    """See `VocoderTerms`."""

    def run(self, vocoder: Vocoder, x_BCW: Tensor, speaker_BG1: Tensor) -> Vocoded:
        """Segments of sound, each beginning at a random phase: they come from inside of lines."""
        assert isinstance(vocoder, SourceFilter)
        count, _, frames = x_BCW.shape
        heard = vocoder.hear(x_BCW, speaker_BG1)
        noise_BNW = torch.randn(count, vocoder.noise_channels, frames, device=x_BCW.device)
        with torch.autocast(x_BCW.device.type, enabled=False):
            samples_B1S = vocoder.sound(
                heard.cepstra_BTQ,
                heard.log_hertz_BF.detach(),
                noise_BNW,
                start_B=torch.rand(count, dtype=torch.float64, device=x_BCW.device),
            )
        return Vocoded(samples_B1S=samples_B1S, kept=heard)

    def losses(
        self, vocoded: Vocoded, real_BS: Tensor, rate: int, hop: int
    ) -> Mapping[str, Tensor]:
        """The pitch, against that of the recording, where it has one."""
        heard = vocoded.kept
        assert isinstance(heard, FramePrediction)
        wanted_BF, voiced_BF = pitch(real_BS, rate, hop)
        count = voiced_BF.sum().clamp_min(1)
        away_BFK = (wanted_BF[..., None] - classes(real_BS.device).float()) / WIDTH
        soft_BFK = torch.softmax(-0.5 * away_BFK.square(), dim=-1)
        entropy_BF = -(soft_BFK * heard.pitch_logits_BFK.float().log_softmax(dim=-1)).sum(dim=-1)
        distance_BF = (heard.log_hertz_BF - wanted_BF).abs().float()
        loss_BF = entropy_BF + DISTANCE_WEIGHT * distance_BF
        return {"pitch": (loss_BF * voiced_BF).sum() / count}


TERMS = SourceFilterTerms()
