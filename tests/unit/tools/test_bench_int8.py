"""What both sides of `tools.bench_int8` compute is the same convolution."""

import sys

import pytest
import shell
import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(shell.ROOT))

from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.models.vocoder.hifigan.model import SLOPE
from tools import bench_int8


# It is the one operator of torch that rounds in one pass; the bench states what torch 2.13 offers.
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
@pytest.mark.skipif(
    not convolution.can_pack(torch.bfloat16), reason="this processor does not multiply bfloat16"
)
def test_a_step_in_8_bits_is_the_convolution():
    torch.manual_seed(0)
    weight, bias = torch.randn(32, 32, 7) / 15, torch.randn(32)
    x, total = torch.randn(206, 32), torch.ones(200, 32)
    bench_int8.EightBitStep(weight, bias, len(x))(x, total)
    exact = 1 + functional.conv1d(functional.leaky_relu(x, SLOPE).T, weight, bias).T
    error = (total - exact).square().mean() / exact.square().mean()
    assert 0 < float(error) < 1e-3


def test_a_rounded_decoder_is_near_the_decoder():
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv1d(8, 8, 3), nn.ConvTranspose1d(8, 8, 4, 2))
    x = torch.randn(1, 8, 50)
    with torch.inference_mode():
        exact, rounded = layers(x), bench_int8.rounded(layers)(x)
        assert torch.equal(exact, layers(x))  # those stay as they are
    error = float((rounded - exact).square().mean() / exact.square().mean())
    assert 0 < error < 1e-3
