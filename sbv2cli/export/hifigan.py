"""A HiFi-GAN as a part of a graph."""

from __future__ import annotations

from torch import nn

from sbv2cli.export.graph import Value
from sbv2cli.export.layers import conditioned, conv, length_mask
from sbv2cli.models.vocoder.hifigan.model import (
    LAST_SLOPE,
    SLOPE,
    HifiGan,
    PairedBlock,
    SingleBlock,
)


def vocode(
    module: HifiGan,
    x_BCF: Value,
    lengths_B: Value,
    speaker_BG1: Value | None,
    noise_BNF: Value | None = None,
) -> Value:
    """[B, 1, S]; `lengths_B` in frames."""
    assert noise_BNF is None  # it wants none
    mask = length_mask(lengths_B, x_BCF)
    x_BCT = conditioned(conv(x_BCF * mask, module.conv_in), module.condition, speaker_BG1)
    for stage, upsample in enumerate(module.upsamplers):
        assert isinstance(upsample, nn.ConvTranspose1d)
        x_BCT = conv(x_BCT.apply("LeakyRelu", alpha=SLOPE) * mask, upsample)
        lengths_B = lengths_B * module.rates[stage] + module.extras[stage]
        mask = length_mask(lengths_B, x_BCT)
        x_BCT = blend(x_BCT * mask, stage, mask, module)
    x_BCT = x_BCT.apply("LeakyRelu", alpha=LAST_SLOPE) * mask
    return conv(x_BCT, module.conv_out).apply("Tanh") * mask


def blend(x_BCT: Value, stage: int, mask_B1T: Value, module: HifiGan) -> Value:
    """Mean over the stage's residual blocks."""
    start = stage * module.blocks_per_stage
    total: Value | None = None
    for block in module.blocks[start : start + module.blocks_per_stage]:
        assert isinstance(block, PairedBlock | SingleBlock)
        spoken = residual_block(x_BCT, mask_B1T, block)
        total = spoken if total is None else total + spoken
    assert total is not None
    return total / float(module.blocks_per_stage)


def residual_block(x_BCT: Value, mask_B1T: Value, module: PairedBlock | SingleBlock) -> Value:
    """Dilated convolutions, each added to its input."""
    pairs = (
        zip(module.first, module.second, strict=True)
        if isinstance(module, PairedBlock)
        else ((one,) for one in module.convs)
    )
    for pair in pairs:
        branch = x_BCT
        for one in pair:
            assert isinstance(one, nn.Conv1d)
            branch = conv(branch.apply("LeakyRelu", alpha=SLOPE) * mask_B1T, one)
        x_BCT = branch + x_BCT
    return x_BCT * mask_B1T
