"""The text encoder that Glow-TTS and Grad-TTS share, as a part of a graph."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch import nn

from sbv2cli.export import layers
from sbv2cli.models.layers.norm import ChannelNorm

if TYPE_CHECKING:
    from sbv2cli.export.graph import Value
    from sbv2cli.models.layers.prenet_encoder import Prenet, PrenetEncoder


def encoded(text: PrenetEncoder, phones_BP: Value, mask_B1P: Value) -> Value:
    """[B, P, C] hidden states of the text encoder."""
    table = phones_BP.graph.weight(text.symbols.weight)
    x_BPC = phones_BP.graph.node("Gather", table, phones_BP, axis=0)
    x_BPC = x_BPC * math.sqrt(text.symbols.embedding_dim)
    if text.prenet is not None:
        x_BPC = prenet(x_BPC.transpose(0, 2, 1), mask_B1P, text.prenet).transpose(0, 2, 1)
    return layers.encoder(x_BPC, mask_B1P, None, text.encoder)


def prenet(x_BCP: Value, mask_B1P: Value, module: Prenet) -> Value:
    """Convolutions that are added to what they are given."""
    x_BCP = x_BCP * mask_B1P
    branch = x_BCP
    for conv, norm in zip(module.convs, module.norms, strict=True):
        assert isinstance(conv, nn.Conv1d)
        assert isinstance(norm, ChannelNorm)
        branch = layers.norm(layers.conv(branch * mask_B1P, conv), norm).apply("Relu")
    return (x_BCP + layers.conv(branch, module.conv_out)) * mask_B1P


def per_phone(text: PrenetEncoder, hidden_BPC: Value, mask_B1P: Value) -> Value:
    """[B, K, P] means of the frames, and log scales below them where there are any."""
    means_BMP = layers.pointwise(hidden_BPC, text.means).transpose(0, 2, 1) * mask_B1P
    if text.log_scales is None:
        return means_BMP
    scales_BMP = layers.pointwise(hidden_BPC, text.log_scales).transpose(0, 2, 1) * mask_B1P
    return means_BMP.graph.concat([means_BMP, scales_BMP], axis=1)


def log_durations(
    text: PrenetEncoder, hidden_BPC: Value, mask_B1P: Value, speaker_BG1: Value | None
) -> Value:
    """[B, 1, P]; the speaker, where there is one, stands beside the hidden states."""
    hidden_BCP = hidden_BPC.transpose(0, 2, 1)
    if speaker_BG1 is not None:
        graph, shape = hidden_BCP.graph, hidden_BCP.shape
        assert shape is not None
        assert speaker_BG1.shape is not None
        along_BGP = speaker_BG1.expand(1, 1, hidden_BCP.size(2))
        along_BGP = along_BGP.shaped(shape[0], speaker_BG1.shape[1], shape[2])
        hidden_BCP = graph.concat([hidden_BCP, along_BGP], axis=1)
    return layers.fixed_durations(hidden_BCP, mask_B1P, None, text.durations)
