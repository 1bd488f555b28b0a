"""The source-filter vocoder as ONNX nodes: each function is that of `models/vocoder/source_filter`.

Transforms are convolutions with waves for weights: runtimes of other programs have no Fourier
transform, and with 300 samples to a window nothing is lost by it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from onnx import TensorProto

from sbv2cli.export import layers
from sbv2cli.export.graph import FLOAT, Graph, Value
from sbv2cli.models.vocoder.source_filter import filters, model, source
from sbv2cli.models.vocoder.source_filter.model import Block, SourceFilter

if TYPE_CHECKING:
    from torch import nn

DOUBLE = TensorProto.DOUBLE
CPU = torch.device("cpu")


def vocode(
    module: SourceFilter,
    x_BCF: Value,
    lengths_B: Value,
    speaker_BG1: Value | None,
    noise_BNF: Value | None = None,
) -> Value:
    """[B, 1, S]; `lengths_B` in frames."""
    assert noise_BNF is not None
    mask_B1F = layers.length_mask(lengths_B, x_BCF)
    mask_BF1 = mask_B1F.transpose(0, 2, 1)
    x_BCF = x_BCF * mask_B1F
    pitch_BFK = _pitch(x_BCF, mask_BF1, module).cast(DOUBLE).apply("Softmax", axis=-1)
    cepstra_BFC = _cepstra(x_BCF, pitch_BFK.cast(FLOAT), speaker_BG1, mask_BF1, module)
    log_hertz_BF = (pitch_BFK @ _double(x_BCF.graph, model.classes(CPU)[:, None])).squeeze(2)
    pulses_BS = _pulses(_held(log_hertz_BF, lengths_B), module)
    hop = module.frame_samples
    mask_BS = mask_BF1.expand(1, 1, hop).reshape(0, -1).shaped("batch", "samples")
    noise_BS = noise_BNF.transpose(0, 2, 1).reshape(0, -1).shaped("batch", "samples")
    spectra = [_spectrum((x_BS * mask_BS).unsqueeze(1), module) for x_BS in (pulses_BS, noise_BS)]
    real, imaginary = _filtered(spectra, cepstra_BFC, module)
    mask_BF2 = mask_BF1.expand(1, 1, filters.PER_FRAME)
    mask_B1T = mask_BF2.reshape(0, 1, -1).shaped("batch", 1, "windows")
    both = x_BCF.graph.concat([real * mask_B1T, imaginary * mask_B1T], 1)
    return _overlapped(both, module) * mask_BS.unsqueeze(1)


def _double(graph: Graph, tensor: torch.Tensor) -> Value:
    return graph.constant(tensor.double().numpy())


def _norm(x_BFC: Value, module: nn.LayerNorm) -> Value:
    graph = x_BFC.graph
    gains = graph.weight(module.weight), graph.weight(module.bias)
    return graph.node("LayerNormalization", x_BFC, *gains, axis=-1, epsilon=module.eps)


def _block(x_BFC: Value, mask_BF1: Value, module: Block) -> Value:
    y_BFC = layers.conv(x_BFC.transpose(0, 2, 1), module.depthwise).transpose(0, 2, 1)
    y_BFC = layers.pointwise(_norm(y_BFC, module.norm), module.widen)
    y_BFC = layers.pointwise(layers.gelu(y_BFC), module.narrow)
    return (x_BFC + y_BFC * x_BFC.graph.weight(module.scale)) * mask_BF1


def _pitch(x_BCF: Value, mask_BF1: Value, module: SourceFilter) -> Value:
    network = module.pitch
    h_BFC = layers.conv(x_BCF, network.conv_in).transpose(0, 2, 1) * mask_BF1
    for block in network.blocks:
        assert isinstance(block, Block)
        h_BFC = _block(h_BFC, mask_BF1, block)
    return layers.pointwise(_norm(h_BFC, network.norm), network.out)


def _cepstra(
    x_BCF: Value, pitch_BFK: Value, speaker_BG1: Value | None, mask_BF1: Value, module: SourceFilter
) -> Value:
    network = module.filters
    h_BFC = layers.conv(x_BCF, network.conv_in).transpose(0, 2, 1)
    h_BFC = h_BFC + layers.pointwise(pitch_BFK, network.pitch_in)
    if network.speaker_in is not None and speaker_BG1 is not None:
        h_BFC = h_BFC + layers.pointwise(speaker_BG1.transpose(0, 2, 1), network.speaker_in)
    h_BFC = _norm(h_BFC, network.norm_in) * mask_BF1
    for block in network.blocks:
        assert isinstance(block, Block)
        h_BFC = _block(h_BFC, mask_BF1, block)
    return layers.pointwise(_norm(h_BFC, network.norm_out), network.out)


def _held(log_hertz_BF: Value, lengths_B: Value) -> Value:
    """Beyond a line's end its last pitch."""
    graph = log_hertz_BF.graph
    frames_F = layers.steps(log_hertz_BF.size(1), "frames")
    index_BF = graph.node("Min", frames_F, (lengths_B - 1).unsqueeze(1))
    return graph.node("GatherElements", log_hertz_BF, index_BF, axis=1)


def _pulses(log_hertz_BF: Value, module: SourceFilter) -> Value:
    """See `source.pulses`; [B, S]."""
    graph, dims = log_hertz_BF.graph, module.dims
    hertz_BF = log_hertz_BF.apply("Exp")
    end = 2**31 - 1
    before_BF = graph.concat([hertz_BF.cut(1, 0, 1), hertz_BF.cut(1, 0, -1)], 1)
    after_BF = graph.concat([hertz_BF.cut(1, 1, end), hertz_BF.cut(1, -1, end)], 1)
    around_BF3 = graph.concat([x.unsqueeze(2) for x in (before_BF, hertz_BF, after_BF)], 2)
    line_Z3 = source.lines(dims.frame_samples, CPU)
    inside_BFZ = around_BF3 @ _double(graph, (line_Z3.cumsum(0) / dims.rate).T.contiguous())
    turns_BF = inside_BFZ.cut(2, -1, end).squeeze(2)
    begin_BF = graph.node("CumSum", turns_BF, graph.value(1), exclusive=1)
    cycles_BFZ = begin_BF.unsqueeze(2) + inside_BFZ
    phase_BFZ = (cycles_BFZ - cycles_BFZ.apply("Round")).cast(FLOAT) * (2 * math.pi)
    hertz_BFZ = (around_BF3 @ _double(graph, line_Z3.T.contiguous())).cast(FLOAT)
    count_BFZ = graph.value(source.TOP * dims.rate / 2) / hertz_BFZ
    made_BFZ = _harmonics(phase_BFZ, count_BFZ)
    return made_BFZ.reshape(0, -1).shaped("batch", "samples")


def _harmonics(phase: Value, count: Value) -> Value:
    """See `source.pulses`."""
    graph = phase.graph
    whole, half = count.apply("Floor"), phase * 0.5
    odd = whole * 2.0 + 1.0
    near = graph.node("Less", half.apply("Abs"), graph.value(source.SMALL))
    below = graph.node("Where", near, graph.value(1.0), half.apply("Sin"))
    quotient = graph.node("Where", near, odd, (odd * half).apply("Sin") / below)
    last = (count - whole) * ((whole + 1.0) * phase).apply("Cos")
    return ((quotient - 1.0) * 0.5 + last) * (graph.value(2.0) / count).apply("Sqrt")


def _waves(graph: Graph, first: int, count: int, size: int) -> tuple[Value, Value]:
    """Cosine and sine [K, n] of every bin, at `count` times from the first on.

    A runtime makes them once, when it opens the graph, so that files need not carry them (6 MB at
    1,024 points). All of them are values of one period.
    """
    bins_K1 = layers.steps(graph.integers([size // 2 + 1]), size // 2 + 1).unsqueeze(1)
    times_N = layers.steps(graph.integers([count]), count) + graph.value(first)
    places_KN = graph.node("Mod", bins_K1 * times_N, graph.value(size))
    turns = 2 * np.pi / size * np.arange(size)
    cosine, sine = (
        graph.node("Gather", graph.constant(table.astype(np.float32)), places_KN, axis=0)
        for table in (np.cos(turns), np.sin(turns))
    )
    return cosine, sine


def _spectrum(signal_B1S: Value, module: SourceFilter) -> tuple[Value, Value]:
    """Real and imaginary part of each window, [B, K, T] each."""
    graph, hop, size = signal_B1S.graph, module.frame_samples, module.size
    cosine_KN, sine_KN = _waves(graph, 0, hop, size)
    hann_N = graph.constant(torch.hann_window(hop, dtype=torch.float64).float().numpy())
    waves_KN = graph.concat([cosine_KN * hann_N, -sine_KN * hann_N], 0)
    step, edge = hop // filters.PER_FRAME, hop // 4
    both = graph.node(
        "Conv",
        signal_B1S,
        waves_KN.unsqueeze(1),
        kernel_shape=[hop],
        strides=[step],
        dilations=[1],
        group=1,
        pads=[edge, edge],
    ).shaped("batch", size + 2, "windows")
    real, imaginary = graph.split(both, 2 * [size // 2 + 1], axis=1)
    return real, imaginary


def _filtered(
    spectra: list[tuple[Value, Value]], cepstra_BFC: Value, module: SourceFilter
) -> tuple[Value, Value]:
    """The sum of what the filters let through, [B, K, T] real and imaginary."""
    graph, dims, size = cepstra_BFC.graph, module.dims, module.size
    sizes = [dims.minimum_phase, dims.maximum_phase, dims.noise_filter]
    cepstra_BTQ = cepstra_BFC.reshape(0, -1, sum(sizes)).shaped("batch", "windows", sum(sizes))
    cepstra_BQT = cepstra_BTQ.transpose(0, 2, 1)
    parts = graph.split(cepstra_BQT, sizes, axis=1)
    waves = [
        _waves(graph, first, count, size) for count, first in zip(sizes, (0, 1, 0), strict=True)
    ]
    cosines = [cosine @ part for (cosine, _), part in zip(waves, parts, strict=True)]
    sines = [sine @ part for (_, sine), part in zip(waves[:2], parts[:2], strict=True)]
    loudest = graph.value(filters.LOUDEST)
    gain = graph.node("Min", cosines[0] + cosines[1], loudest).apply("Exp")
    phase = sines[1] - sines[0]
    through = gain * phase.apply("Cos"), gain * phase.apply("Sin")
    noise = graph.node("Min", cosines[2], loudest).apply("Exp")
    (real, imaginary), (noise_real, noise_imaginary) = spectra
    return (
        real * through[0] - imaginary * through[1] + noise_real * noise,
        real * through[1] + imaginary * through[0] + noise_imaginary * noise,
    )


def _overlapped(both_BKT: Value, module: SourceFilter) -> Value:
    """The reverse of `_spectrum`, added up: [B, 1, S]."""
    graph, hop, size = both_BKT.graph, module.frame_samples, module.size
    cosine_KN, sine_KN = _waves(graph, 0, size, size)
    # All bins but the first and the last stand for two.
    twice = np.where((np.arange(size // 2 + 1) % (size // 2)) == 0, 1.0, 2.0)[:, None] / size
    twice_K1 = graph.constant(twice.astype(np.float32))
    waves_KN = graph.concat([cosine_KN * twice_K1, -sine_KN * twice_K1], 0)
    step, edge = hop // filters.PER_FRAME, hop // 4
    long = graph.node(
        "ConvTranspose",
        both_BKT,
        waves_KN.unsqueeze(1),
        kernel_shape=[size],
        strides=[step],
        dilations=[1],
        group=1,
        pads=[0, 0],
    )
    # The last windows ring on past the end.
    last = size - step - edge
    return long.cut(2, edge, -last).shaped("batch", 1, "samples")
