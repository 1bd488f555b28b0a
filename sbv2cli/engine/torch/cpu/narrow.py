"""Layers of few channels on rows [T, C]: one line, in float32.

A convolution is a product for each tap, added up where the result lies. Beside one product of
windows of rows, nothing is copied, no length is rounded up, and what is read and written stays in
the cache of a core (figures: docs/explanation/performance.md).

These functions are written so that `scripted` can translate them, and so are all that call them:
weights are tuples with names, constants come with them, and results lie where `out` says. (Of the
sum that `addmm` returns TorchScript makes two operators, which differ in their last bits.)
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.models.layers.norm import ChannelNorm

# A flow of more channels takes packed products: at 192 they need two thirds of the time (by hand).
WIDEST = 128


class Linear(NamedTuple):
    """A product; without columns where there is none."""

    weight: Tensor  # [in, out]
    bias: Tensor


class Convolution(NamedTuple):
    """A convolution: for each tap a weight [in, out], or [C] where each channel goes alone."""

    taps: list[Tensor]
    bias: Tensor
    dilation: int


class Norm(NamedTuple):
    """A layer normalisation."""

    gamma: Tensor
    beta: Tensor
    epsilon: float


def pack_linear(layer: nn.Module | None) -> Linear:
    """A linear layer, or a convolution of one tap."""
    if layer is None:
        return Linear(weight=torch.zeros(0), bias=torch.zeros(0))
    assert isinstance(layer, nn.Conv1d | nn.Linear)
    assert layer.bias is not None
    return linear(layer.weight, layer.bias)


def linear(weight: Tensor, bias: Tensor) -> Linear:
    """A weight [out, in] or [out, in, 1]."""
    return Linear(weight=weight.flatten(1).T.contiguous(), bias=bias)


def pack_convolution(conv: nn.Module) -> Convolution:
    """A convolution of all channels, or of each by itself."""
    assert isinstance(conv, nn.Conv1d)
    assert conv.bias is not None
    weight = conv.weight if conv.groups == 1 else conv.weight[:, 0]
    taps = [tap.T.contiguous() if tap.ndim > 1 else tap.contiguous() for tap in weight.unbind(-1)]
    return Convolution(taps=taps, bias=conv.bias, dilation=conv.dilation[0])


def pack_norm(norm: nn.Module) -> Norm:
    """A normalisation of channels."""
    if isinstance(norm, nn.LayerNorm):
        return Norm(gamma=norm.weight, beta=norm.bias, epsilon=norm.eps)
    assert isinstance(norm, ChannelNorm)
    return Norm(gamma=norm.gamma, beta=norm.beta, epsilon=norm.epsilon)


def product(x_TC: Tensor, layer: Linear) -> Tensor:
    """Rows times a weight, and the bias."""
    y_TC = torch.empty(x_TC.shape[0], layer.weight.shape[1])
    torch.addmm(layer.bias, x_TC, layer.weight, out=y_TC)
    return y_TC


def conditioned(x_TC: Tensor, layer: Linear, speaker_G: Tensor) -> Tensor:
    """The signal as this speaker has it."""
    if layer.weight.dim() == 1:
        return x_TC
    return x_TC + product(speaker_G[None], layer)


def normed(x_TC: Tensor, norm: Norm) -> Tensor:
    """Each row normalised."""
    return functional.layer_norm(x_TC, norm.gamma.shape, norm.gamma, norm.beta, norm.epsilon)


def convolve(x_TC: Tensor, conv: Convolution, out_TC: Tensor) -> None:
    """`out = conv(x)` with silence around x; an even kernel sees one more on the right."""
    rows, before = x_TC.shape[0], (len(conv.taps) - 1) // 2
    torch.addmm(conv.bias, x_TC, conv.taps[before], out=out_TC)
    for index, tap in enumerate(conv.taps):
        away = (index - before) * conv.dilation
        if away != 0 and abs(away) < rows:
            heard_TC = x_TC[max(0, away) : rows - max(0, -away)]
            out_TC[max(0, -away) : rows - max(0, away)].addmm_(heard_TC, tap)


def convolve_each(x_TC: Tensor, conv: Convolution) -> Tensor:
    """A convolution of each channel by itself."""
    rows, before = x_TC.shape[0], (len(conv.taps) - 1) // 2
    y_TC = torch.addcmul(conv.bias, x_TC, conv.taps[before])
    for index, tap in enumerate(conv.taps):
        away = (index - before) * conv.dilation
        if away != 0 and abs(away) < rows:
            heard_TC = x_TC[max(0, away) : rows - max(0, -away)]
            y_TC[max(0, -away) : rows - max(0, away)].addcmul_(heard_TC, tap)
    return y_TC
