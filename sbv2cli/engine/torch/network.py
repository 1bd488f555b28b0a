"""An acoustic model and a vocoder as one network. Nobody else of the engine sees two parts."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from sbv2cli.models.architecture import AcousticModel, Batch, Plan, Spread, Vocoder
    from sbv2cli.models.mel_latent import MelInput


class Network(nn.Module):
    """What the engine speaks with: `plan`, then `render`."""

    def __init__(
        self, acoustic: AcousticModel, vocoder: Vocoder, mel_input: MelInput | None = None
    ) -> None:
        super().__init__()
        self.acoustic = acoustic
        self.vocoder = vocoder
        self.mel_input = mel_input  # how the vocoder wants spectrograms
        self.precision = torch.float32  # of what the vocoder is given

    @property
    def bytes_per_frame(self) -> int:
        """Memory that a frame takes at most; what one part took, the other takes after it."""
        return max(self.acoustic.bytes_per_frame, self.vocoder.bytes_per_frame)

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """How long each phone lasts, and what its frames are made from."""
        return self.acoustic.plan(batch, noise_B2P)

    def render(self, spread: Spread, noise_BNF: Tensor | None, piece: int) -> Tensor:
        """[B, S] samples; a line alone at most `piece` frames at a time.

        `noise_BNF` is what the vocoder wants.
        """
        return self.vocode(self.acoustic.decode(spread), spread, noise_BNF, piece)

    def vocode(self, x_BCF: Tensor, spread: Spread, noise_BNF: Tensor | None, piece: int) -> Tensor:
        """The second half of `render`."""
        x_BCF, speaker_BG1 = x_BCF[:, :, : spread.frames], spread.speaker_BG1
        if self.mel_input is not None:
            x_BCF, speaker_BG1 = self.mel_input.latent(x_BCF), self.mel_input.speaker_of(x_BCF)
        x_BCF, speaker_BG1 = x_BCF.to(self.precision), speaker_BG1.to(self.precision)
        if noise_BNF is not None:
            noise_BNF = noise_BNF.to(self.precision)
        if len(x_BCF) > 1:
            samples_B1S: Tensor = self.vocoder(x_BCF, spread.lengths_B, speaker_BG1, noise_BNF)
        else:
            samples_B1S = in_pieces(self.vocoder, x_BCF, speaker_BG1, noise_BNF, piece)
        return samples_B1S[:, 0]

    def lower(self, precision: torch.dtype) -> None:
        """Let the vocoder compute in this precision."""
        self.precision = self.vocoder.lower(precision)


def in_pieces(
    vocoder: Vocoder, x_1CF: Tensor, speaker_1G1: Tensor, noise_1NF: Tensor | None, piece: int
) -> Tensor:
    """One line, `piece` frames at a time, with as much real context as a sample depends on.

    The samples are those of the unbroken line.
    """
    frames, halo = x_1CF.shape[2], vocoder.halo
    if halo is None or frames <= piece + 2 * halo:
        whole_11S: Tensor = vocoder(x_1CF, None, speaker_1G1, noise_1NF)
        return whole_11S
    # Pieces of equal size: the last one would else pay its context for a few frames.
    count = ceil(frames / piece)
    edges = [frames * index // count for index in range(count + 1)]
    hop, sounds = vocoder.frame_samples, []
    for start, end in pairwise(edges):
        first, last = max(start - halo, 0), min(end + halo, frames)
        noise = None if noise_1NF is None else noise_1NF[:, :, first:last]
        samples = vocoder(x_1CF[:, :, first:last], None, speaker_1G1, noise)
        sounds.append(samples[:, :, (start - first) * hop : (end - first) * hop])
    return torch.cat(sounds, dim=2)
