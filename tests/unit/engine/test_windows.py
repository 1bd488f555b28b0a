"""Convolutions over rows as products: both ways are the convolution."""

import pytest
import torch
from torch import nn

from sbv2cli.engine.torch.cpu import windows
from sbv2cli.engine.torch.cpu.linear import can_reorder

pytestmark = pytest.mark.skipif(
    not can_reorder(torch.float32), reason="this torch has no packed products"
)


@pytest.mark.parametrize("frames", [4, 16, 64, 236])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("activation", [None, torch.relu_])
@pytest.mark.parametrize("bias", [False, True])
def test_both_ways_are_the_convolution(frames, kernel, activation, bias):
    torch.manual_seed(frames)
    conv = nn.Conv1d(192, 96, kernel, padding=kernel // 2, bias=bias)
    x_FC = torch.randn(frames, 192)
    expected = conv.double()(x_FC.T.double()).T
    if activation is not None:
        expected = activation(expected)
    conv.float()
    few = windows.direct_or_winograd(conv, torch.float32, activation=activation)
    direct = windows.WindowedLinear(conv, torch.float32, activation=activation)
    assert isinstance(few, windows.WinogradWindows)
    with torch.inference_mode():
        for way, tolerance in ((direct, 1e-6), (few, 1e-5)):
            buffer = way.buffer(frames)
            buffer[way.before :][:frames] = x_FC
            error = (way(buffer).double() - expected).norm() / expected.norm()
            assert 0 < error < tolerance / 2


@pytest.mark.parametrize("kernel", [1, 2, 4, 7])
def test_other_kernels_are_summed_directly(kernel):
    conv = nn.Conv1d(8, 8, kernel)
    assert isinstance(windows.direct_or_winograd(conv, torch.float32), windows.WindowedLinear)


def test_half_precision_is_summed_directly():
    # Combinations of samples are larger than the samples, and half precision has no room for it.
    conv = nn.Conv1d(8, 8, 5)
    assert isinstance(windows.direct_or_winograd(conv, torch.bfloat16), windows.WindowedLinear)
