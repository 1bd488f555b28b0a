"""Layer normalisation over the channels of [B, C, T]."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-5


class ChannelNorm(nn.Module):
    """Each position is normalised over its channels."""

    def __init__(self, channels: int, epsilon: float = EPSILON) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x_BCT: Tensor) -> Tensor:
        x_BTC = functional.layer_norm(
            x_BCT.transpose(1, 2), self.gamma.shape, self.gamma, self.beta, self.epsilon
        )
        return x_BTC.transpose(1, 2)
