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
    from sbv2cli.models.mel_latent import Hears

# The noise scale at which a vocoder's own noise is as loud as it learned it.
USUAL_NOISE = 0.6


def own_graphs(
    network: Network, exporters: Exporters, metadata: Mapping[str, Any], *, with_features: bool
) -> dict[str, onnx.ModelProto]:
    """Plan: text to durations, and what frames are made from. Render: frames to sound."""
    acoustic, vocoder = network.acoustic, network.vocoder
    graph = Graph(network)
    planned = exporters.acoustic.plan(acoustic, OwnInputs(graph, with_features=with_features))
    shape = planned.per_phone_BKP.shape
    assert shape is not None
    graph.output(planned.frames_BP, "frames", FLOAT, ("batch", "phones"))
    graph.output(planned.per_phone_BKP, "per_phone", FLOAT, ("batch", shape[1], "phones"))
    speaks = planned.speaker_BG1 is not None
    size: int | str = 0
    if planned.speaker_BG1 is not None:
        assert planned.speaker_BG1.shape is not None
        size = planned.speaker_BG1.shape[1]
        graph.output(planned.speaker_BG1.squeeze(2), "speaker", FLOAT, ("batch", size))
    plan = graph.finish("plan", {**metadata, "kind": "plan"})

    graph = Graph(network)
    values_BKF = graph.input("values", FLOAT, ("batch", shape[1], "frames"))
    noise_BNF = graph.input("noise", FLOAT, ("batch", acoustic.noise_channels, "frames"))
    scale_B11 = graph.input("noise_scale", FLOAT, ("batch",)).unsqueeze(1, 2)
    lengths_B = graph.input("lengths", INT, ("batch",))
    speaker_BG1 = own_BNF = None
    if speaks:
        speaker_BG1 = graph.input("speaker", FLOAT, ("batch", size)).unsqueeze(2)
    if vocoder.noise_channels:
        # Scaled already.
        own_BNF = graph.input("vocoder_noise", FLOAT, ("batch", vocoder.noise_channels, "frames"))
    x_BCF = exporters.acoustic.decode(
        acoustic, values_BKF, noise_BNF, scale_B11, lengths_B, speaker_BG1
    )
    if network.hears is not None:
        x_BCF, speaker_BG1 = _as_heard(x_BCF, network.hears)
    samples_B1S = exporters.vocode(vocoder, x_BCF, lengths_B, speaker_BG1, own_BNF)
    graph.output(samples_B1S.squeeze(1), "samples", FLOAT, ("batch", "samples"))
    return {"plan": plan, "render": graph.finish("render", {**metadata, "kind": "render"})}


def _as_heard(mel_BMF: Value, hears: Hears) -> tuple[Value, Value]:
    """What a vocoder makes of a spectrogram before it listens, and whose voice it has."""
    graph = mel_BMF.graph
    loud_BMF = graph.node("Max", mel_BMF, graph.value(hears.quietest)).shaped(*mel_BMF.shape or ())
    row_1G1 = torch.tensor(hears.speaker)[None, :, None]
    speaker_1G1 = graph.weight(row_1G1, name="vocoder.own_speaker")
    return (loud_BMF - hears.middle) / hears.width, speaker_1G1


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
