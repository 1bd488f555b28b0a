"""The flow between the posterior's space and the prior's.

Volume preserving: a coupling only shifts one half of the channels by what a network makes of the
other half, so there is no determinant to account for.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from sbv2cli.models.layers.masks import Mask, masked


class Coupling(nn.Module):
    """Shifts the second half of the channels by a function of the first."""

    def __init__(self, channels: int, hidden: int, network: nn.Module) -> None:
        super().__init__()
        self.kept = channels // 2
        self.conv_in = nn.Conv1d(self.kept, hidden, 1)
        self.network = network
        self.conv_out = nn.Conv1d(hidden, self.kept, 1)
        # A fresh coupling is the identity.
        nn.init.zeros_(self.conv_out.weight)
        assert self.conv_out.bias is not None
        nn.init.zeros_(self.conv_out.bias)

    def shift(self, kept_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor) -> Tensor:
        """How far the other half moves."""
        hidden_BCT = masked(self.conv_in(kept_BCT), mask_B1T)
        hidden_BCT = self.network(hidden_BCT, mask_B1T, speaker_BG1)
        return masked(self.conv_out(hidden_BCT), mask_B1T)

    def forward(self, x_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor) -> Tensor:
        kept_BCT, moved_BCT = x_BCT[:, : self.kept], x_BCT[:, self.kept :]
        shift_BCT = self.shift(kept_BCT, mask_B1T, speaker_BG1)
        return torch.cat([kept_BCT, shift_BCT + masked(moved_BCT, mask_B1T)], dim=1)

    def reverse(self, x_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor) -> Tensor:
        """Undo `forward`."""
        kept_BCT, moved_BCT = x_BCT[:, : self.kept], x_BCT[:, self.kept :]
        shift_BCT = self.shift(kept_BCT, mask_B1T, speaker_BG1)
        return torch.cat([kept_BCT, masked(moved_BCT - shift_BCT, mask_B1T)], dim=1)


class Flow(nn.Module):
    """Couplings, each followed by a reversal of the channels so that the halves change roles."""

    def __init__(self, couplings: Iterable[Coupling]) -> None:
        super().__init__()
        self.couplings = nn.ModuleList(couplings)

    def forward(self, x_BCF: Tensor, mask_B1F: Mask, speaker_BG1: Tensor) -> Tensor:
        """Posterior space -> prior space (training)."""
        for coupling in self.couplings:
            x_BCF = coupling(x_BCF, mask_B1F, speaker_BG1).flip(1)
        return x_BCF

    def reverse(self, x_BCF: Tensor, mask_B1F: Mask, speaker_BG1: Tensor) -> Tensor:
        """Prior space -> posterior space (speaking)."""
        for coupling in reversed(self.couplings):
            assert isinstance(coupling, Coupling)
            x_BCF = coupling.reverse(x_BCF.flip(1), mask_B1F, speaker_BG1)
        return x_BCF
