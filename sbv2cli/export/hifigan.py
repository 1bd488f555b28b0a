"""A HiFi-GAN as a part of a graph."""

from __future__ import annotations

from torch import nn

from sbv2cli.export.graph import Value
from sbv2cli.export.layers import conditioned, conv, length_mask, steps
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
    edge = module.dims.edge_frames
    if not edge:
        return speak(module, x_BCF, lengths_B, speaker_BG1)
    frames = x_BCF.size(2)
    around_BCF = repeat_edges(x_BCF, lengths_B, edge)
    samples_B1S = speak(module, around_BCF, lengths_B + 2 * edge, speaker_BG1)
    start, size = edge * module.frame_samples, _output_length(module, frames)
    assert x_BCF.shape is not None
    samples_B1S = samples_B1S.cut(2, start, size + start).shaped(x_BCF.shape[0], 1, "samples")
    return samples_B1S * length_mask(_output_length(module, lengths_B), samples_B1S)


def repeat_edges(x_BCF: Value, lengths_B: Value, count: int) -> Value:
    """Each line with its first and its last frame `count` times more."""
    graph, shape = x_BCF.graph, x_BCF.shape
    assert shape is not None
    assert isinstance(shape[1], int)
    places_F = steps(x_BCF.size(2) + 2 * count, f"{shape[2]}+{2 * count}") - count
    places_BF = graph.node("Max", places_F, graph.value(0)).unsqueeze(0)
    places_BF = graph.node("Min", places_BF, lengths_B.unsqueeze(1) - 1)
    index_BCF = places_BF.unsqueeze(1).expand(1, shape[1], 1)
    index_BCF = index_BCF.shaped(shape[0], shape[1], f"{shape[2]}+{2 * count}")
    return graph.node("GatherElements", x_BCF, index_BCF, axis=2)


def _output_length(module: HifiGan, frames: Value) -> Value:
    for rate, extra in zip(module.rates, module.extras, strict=True):
        frames = frames * rate + extra
    return frames


def speak(module: HifiGan, x_BCF: Value, lengths_B: Value, speaker_BG1: Value | None) -> Value:
    """The sound of what is given, edges and all."""
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
