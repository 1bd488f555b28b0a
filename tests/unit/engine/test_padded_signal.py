"""Convolutions over rows: fewer products say what the plain sum says, and nothing old is heard."""

from __future__ import annotations

import pytest
import tiny_voice
import torch
from torch import nn
from torch.nn import functional

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.cpu import convolution, padded_signal, winograd
from sbv2cli.engine.torch.cpu import decoder as packed_decoder
from sbv2cli.engine.torch.cpu.decoder import PackedDecoder
from sbv2cli.engine.torch.cpu.scratch import Scratch

pytestmark = pytest.mark.skipif(
    not convolution.can_pack(torch.float32), reason="this torch has no packed convolutions"
)

SHAPES = [(kernel, dilation) for kernel in (3, 5, 7, 9, 11) for dilation in (1, 2, 3, 5)]


def _case(kernel, dilation, channels=32):
    torch.manual_seed(kernel * 10 + dilation)
    weight = torch.randn(channels, channels, kernel) / (channels * kernel) ** 0.5
    return weight, torch.randn(channels), torch.randn(channels, 240 + (kernel - 1) * dilation)


def _rows(conv, x_CT, count):
    """What a convolution of rows makes of a signal whose rows beyond its end are silent."""
    x_TC = functional.pad(x_CT, (0, conv.more)).T.contiguous()[: count + conv.more]
    scratch = Scratch()
    scratch.rows(4096, 64).fill_(float("nan"))
    out_TC = conv.activated(x_TC, 0.1, scratch).clone()
    sum_TC = torch.ones_like(out_TC)
    conv.accumulate(x_TC, sum_TC, scratch)
    return out_TC, sum_TC


@pytest.mark.parametrize(("kernel", "dilation"), SHAPES)
@pytest.mark.parametrize("kind", [convolution, winograd])
def test_both_kinds_convolve(kind, kernel, dilation):
    weight, bias, x_CT = _case(kernel, dilation)
    conv = kind.pack(weight, bias, dilation=dilation, dtype=torch.float32)
    exact_TC = functional.conv1d(x_CT.double(), weight.double(), bias.double(), dilation=dilation).T
    written, summed = _rows(conv, x_CT, 240)
    assert (written - functional.leaky_relu(exact_TC, 0.1)).abs().max() < 2e-5
    assert (summed - 1 - exact_TC).abs().max() < 2e-5


@pytest.mark.parametrize("kernel", [3, 7, 11])
def test_fewer_products_are_nearly_as_exact(kernel):
    weight, bias, x_CT = _case(kernel, 1, channels=128)
    exact_TC = functional.conv1d(x_CT.double(), weight.double(), bias.double()).T
    errors = []
    for kind in (convolution, winograd):
        conv = kind.pack(weight, bias, dilation=1, dtype=torch.float32)
        _, summed = _rows(conv, x_CT, 240)
        errors.append(float((summed - 1 - exact_TC).square().mean().sqrt() / exact_TC.std()))
    direct, fewer = errors
    assert fewer < 2e-6
    assert fewer < 10 * direct


def test_fewer_products():
    """Products for each sample: what the module's text says, from the weights themselves."""
    for kernel, products in ((3, 1.5), (7, 3.5), (11, 5.25)):
        weight, bias, _ = _case(kernel, 1)
        conv = winograd.pack(weight, bias, dilation=1, dtype=torch.float32)
        taps = sum(points.numel() for points in conv.weights) / weight[..., 0].numel()
        assert taps / 4 == products


def test_a_frame_holds_what_is_heard():
    conv = winograd.pack(*_case(11, 5)[:2], dilation=5, dtype=torch.float32)
    frame = padded_signal.frame(32, [conv])
    assert frame.grain % conv.grain == 0
    assert frame.chunk % frame.grain == 0
    for length in (1, frame.grain, frame.chunk + 1, 3 * frame.chunk - 1):
        signal = padded_signal.signal(frame, length, torch.float32, Scratch())
        for start, size in signal.chunks():
            assert len(signal.heard_by(conv, start, size)) == size + conv.more
        assert start + size >= length


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    network = {
        "upsample_rates": [8, 4],
        "upsample_kernel_sizes": [16, 8],
        "upsample_initial_channel": 128,
        "resblock_kernel_sizes": [3, 11],
        "resblock_dilation_sizes": [[1, 3, 5]] * 2,
    }
    folder = tmp_path_factory.mktemp("v") / "tiny"
    return loading.load(tiny_voice.opened(folder, network=network)).vocoder


@pytest.mark.parametrize(
    ("chunk", "tile"), [(1 << 12, 1 << 13), (1 << 13, 1 << 20), (1 << 18, 1 << 9)]
)
@pytest.mark.parametrize("kernels", ["direct", "fewer"])
def test_chunks_and_tiles_change_no_samples(decoder, monkeypatch, chunk, tile, kernels):
    monkeypatch.setattr(padded_signal, "pays", lambda *_: kernels == "fewer")
    torch.manual_seed(1)
    z_CF = torch.randn(decoder.conv_in.in_channels, 90)
    condition = decoder.condition
    speaker_G = torch.randn(condition.in_channels if isinstance(condition, nn.Conv1d) else 8)
    with torch.inference_mode():
        expected = decoder(z_CF[None], None, speaker_G[None, :, None])[0, 0]
        monkeypatch.setattr(padded_signal, "CHUNK", chunk)
        monkeypatch.setattr(packed_decoder, "TILE", tile)
        packed = PackedDecoder(decoder, torch.float32)
        found = packed(z_CF[None], None, speaker_G[None, :, None])[0, 0]
    assert (found - expected).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("rate", "kernel", "ways"),
    [(8, 16, 2), (10, 20, 2), (6, 12, 2), (5, 11, 3), (2, 8, 2), (2, 2, 1), (4, 4, 1), (3, 7, 3)],
)
def test_an_upsampler_hears_what_a_transposed_convolution_does(rate, kernel, ways):
    torch.manual_seed(kernel)
    conv = nn.ConvTranspose1d(24, 16, kernel, rate, (kernel - rate) // 2)
    x_CF = torch.randn(24, 70)
    packed = packed_decoder.PackedUpsampler(conv, 0.5, torch.float32)
    assert len(packed.phases) == ways
    assert sum(phases.end - phases.first for phases in packed.phases) == rate
    # No more weights than taps, each heard by one sample of a step.
    assert sum(p.conv.kernel * (p.end - p.first) for p in packed.phases) == kernel
    with torch.inference_mode():
        expected = functional.conv_transpose1d(
            x_CF.double(), 0.5 * conv.weight.double(), conv.bias.double(), rate, conv.padding
        ).T
        source = padded_signal.signal(packed.frame, 70, torch.float32, Scratch())
        source.rows_TC.fill_(float("nan"))
        source.part(0, 70).copy_(x_CF.T)
        source.silence_before()
        source.silence_after()
        frame = padded_signal.frame(
            16, [packed_decoder.LastConvolution(torch.ones(1, 16, 7), None)]
        )
        made = padded_signal.signal(frame, 60 * rate, torch.float32, Scratch())
        packed(source, 10, made)
    # Of an odd difference of kernel and rate there is a sample less at the end.
    found = made.part(0, 60 * rate)[: len(expected) - 10 * rate]
    assert (found - expected[10 * rate :]).abs().max() < 1e-5


def test_a_line_leaves_nothing_in_the_next(decoder, monkeypatch):
    monkeypatch.setattr(padded_signal, "pays", lambda *_: True)
    torch.manual_seed(2)
    packed = PackedDecoder(decoder, torch.float32)
    speaker = torch.randn(1, decoder.condition.in_channels, 1)
    channels = decoder.conv_in.in_channels
    lines = [torch.randn(1, channels, frames) for frames in (41, 7, 90, 23)]
    with torch.inference_mode():
        alone = [PackedDecoder(decoder, torch.float32)(line, None, speaker) for line in lines]
        packed(torch.full((1, channels, 64), float("nan")), None, speaker)
        together = [packed(line, None, speaker) for line in lines]
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one, other)
