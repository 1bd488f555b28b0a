"""The graphs of a voice: plan and render for our own runtime, and one that other programs know.

Our own pair takes its noise as inputs and gives durations out, so that lines can be grouped by
their true lengths between the two and are batch-invariant. An input that a network has no use for
is not in them. The published signature is a fixed list, so there such inputs are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from sbv2cli.export import layers
from sbv2cli.export.diffusion_graphs import sampling_graphs
from sbv2cli.export.graph import FLOAT, INT, Graph, Value
from sbv2cli.export.plan_inputs import (
    PUBLISHED_FEATURES,
    SYMBOLS,
    OwnInputs,
    PublishedInputs,
    SymbolInputs,
)

if TYPE_CHECKING:
    import onnx

    from sbv2cli.engine.torch.network import Network
    from sbv2cli.export.parts import Exporters
    from sbv2cli.models.mel_latent import MelInput

# The noise scale at which a vocoder's own noise is as loud as it learned it.
USUAL_NOISE = 0.6


def own_graphs(
    network: Network, exporters: Exporters, metadata: Mapping[str, Any], *, with_features: bool
) -> dict[str, onnx.ModelProto]:
    """Plan: text to durations, and what frames are made from. Render: frames to sound.

    Between the two, where frames are made of noise: begin, and step, which is run many times.
    """
    acoustic, exporter = network.acoustic, exporters.acoustic
    graph = Graph(network)
    planned = exporter.plan(acoustic, OwnInputs(graph, with_features=with_features))
    shape = planned.per_phone_BKP.shape
    assert shape is not None
    graph.output(planned.frames_BP, "frames", FLOAT, ("batch", "phones"))
    graph.output(planned.per_phone_BKP, "per_phone", FLOAT, ("batch", shape[1], "phones"))
    size: int | str = 0
    if planned.speaker_BG1 is not None:
        assert planned.speaker_BG1.shape is not None
        size = planned.speaker_BG1.shape[1]
        graph.output(planned.speaker_BG1.squeeze(2), "speaker", FLOAT, ("batch", size))
    made = {"plan": graph.finish("plan", {**metadata, "kind": "plan"})}
    assert isinstance(shape[1], int)
    assert isinstance(size, int)
    if exporter.sampling is not None:
        made |= sampling_graphs(network, exporter.sampling, metadata, shape[1], size)
    return made | {"render": _render(network, exporters, metadata, shape[1], size)}


def _render(
    network: Network, exporters: Exporters, metadata: Mapping[str, Any], width: int, size: int
) -> onnx.ModelProto:
    """Frames to sound; of a diffusion from the spectrogram on, else from what phones were given."""
    acoustic, vocoder, exporter = network.acoustic, network.vocoder, exporters.acoustic
    graph = Graph(network)
    lengths_B = graph.input("lengths", INT, ("batch",))
    speaker_BG1 = own_BNF = None
    if exporter.decode is None:
        x_BCF = graph.input("mel", FLOAT, ("batch", acoustic.channels, "frames"))
    else:
        values_BKF = graph.input("values", FLOAT, ("batch", width, "frames"))
        noise_BNF = graph.input("noise", FLOAT, ("batch", acoustic.noise_channels, "frames"))
        scale_B11 = graph.input("noise_scale", FLOAT, ("batch",)).unsqueeze(1, 2)
        if size:
            speaker_BG1 = graph.input("speaker", FLOAT, ("batch", size)).unsqueeze(2)
        x_BCF = exporter.decode(acoustic, values_BKF, noise_BNF, scale_B11, lengths_B, speaker_BG1)
    if vocoder.noise_channels:
        # Scaled already.
        own_BNF = graph.input("vocoder_noise", FLOAT, ("batch", vocoder.noise_channels, "frames"))
    if network.mel_input is not None:
        x_BCF, speaker_BG1 = _in_range(x_BCF, network.mel_input)
    samples_B1S = exporters.vocode(vocoder, x_BCF, lengths_B, speaker_BG1, own_BNF)
    graph.output(samples_B1S.squeeze(1), "samples", FLOAT, ("batch", "samples"))
    return graph.finish("render", {**metadata, "kind": "render"})


def _in_range(mel_BMF: Value, wanted: MelInput) -> tuple[Value, Value]:
    """A spectrogram as its vocoder wants it, and whose voice the vocoder has."""
    graph = mel_BMF.graph
    loud_BMF = graph.node("Max", mel_BMF, graph.value(wanted.quietest)).shaped(*mel_BMF.shape or ())
    row_1G1 = torch.tensor(wanted.speaker)[None, :, None]
    speaker_1G1 = graph.weight(row_1G1, name="vocoder.own_speaker")
    return (loud_BMF - wanted.middle) / wanted.width, speaker_1G1


def published_graph(
    network: Network, exporters: Exporters, metadata: Mapping[str, Any], *, slots: int, heard: bool
) -> onnx.ModelProto:
    """Text to sound in one graph, under the names that other programs know.

    The sound is its first output. The second, the frames of each phone, is ours. BERT features of
    each slot are inputs, whether they are `heard` or not.
    """
    acoustic, vocoder = network.acoustic, network.vocoder
    graph = Graph(network)
    symbols = exporters.acoustic.published == SYMBOLS
    inputs: PublishedInputs | SymbolInputs = (
        SymbolInputs(graph, several=acoustic.speaker_channels > 0)
        if symbols
        else PublishedInputs(graph, PUBLISHED_FEATURES[slots], heard=heard)
    )
    planned = exporters.acoustic.plan(acoustic, inputs)
    lengths_B, path_BPF = spread(planned.frames_BP)
    values_BKF = planned.per_phone_BKP @ path_BPF
    scale_B11 = inputs("noise_scale")
    noise_BNF, own_BNF = (
        _normals(values_BKF, channels) if channels else None
        for channels in (acoustic.noise_channels, vocoder.noise_channels)
    )
    assert noise_BNF is not None
    assert exporters.acoustic.decode is not None  # no diffusion has a published signature
    x_BCF = exporters.acoustic.decode(
        acoustic, values_BKF, noise_BNF, scale_B11, lengths_B, planned.speaker_BG1
    )
    if own_BNF is not None:
        # Unlike `engine.collate.breath` nothing where the scale is 0: such a graph then says the
        # same every time, and can be checked.
        own_BNF = own_BNF * (scale_B11 / USUAL_NOISE)
    samples_B1S = exporters.vocode(vocoder, x_BCF, lengths_B, planned.speaker_BG1, own_BNF)
    if symbols:
        sound_B11S = samples_B1S.unsqueeze(1)
        graph.output(sound_B11S, "output", FLOAT, ("batch_size", 1, 1, "samples"))
    else:
        graph.output(samples_B1S, "output", FLOAT, ("batch_size", 1, "samples"))
    graph.output(planned.frames_BP, "durations", FLOAT, inputs.table)
    return graph.finish("voice", {**metadata, "kind": "voice"})


def _normals(values_BKF: Value, channels: int) -> Value:
    """[B, N, F] noise that the graph draws by itself."""
    graph = values_BKF.graph
    blank_BNF = graph.value(0.0).expand(values_BKF.size(0), channels, values_BKF.size(2))
    shape = values_BKF.shape
    if shape is not None:
        blank_BNF = blank_BNF.shaped(shape[0], channels, shape[2])
    return blank_BNF.apply("RandomNormalLike")


def spread(frames_BP: Value) -> tuple[Value, Value]:
    """Frames of each line, and [B, P, F] with a one where a frame belongs to a phone."""
    graph = frames_BP.graph
    ends_BP = graph.node("CumSum", frames_BP, graph.value(1))
    starts_BP = ends_BP - frames_BP
    lengths_B = graph.node("ReduceSum", frames_BP, graph.integers([1]), keepdims=0).cast(INT)
    longest = lengths_B.apply("ReduceMax", axes=[0], keepdims=1).shaped(1)
    places_F = layers.steps(longest, "frames").cast(FLOAT)
    begun_BPF = graph.node("GreaterOrEqual", places_F, starts_BP.unsqueeze(2))
    open_BPF = graph.node("Less", places_F, ends_BP.unsqueeze(2))
    return lengths_B, graph.node("And", begun_BPF, open_BPF).cast(FLOAT)
