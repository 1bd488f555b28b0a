"""The graphs of a voice: plan and render for our own runtime, and one that other programs know.

Our own pair takes its noise as inputs and gives durations out, so that lines can be grouped by
their true lengths between the two and sound the same in any company. An input that a network has no
use for is not in them. The published signature is a fixed list, so there such inputs are ignored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from sbv2cli.export import layers
from sbv2cli.export.graph import FLOAT, INT, Graph, Value
from sbv2cli.models.dims import BERT_CHANNELS, STYLE_CHANNELS
from sbv2cli.models.layers.durations import StochasticDurations
from sbv2cli.models.layers.synthesizer import Synthesizer
from sbv2cli.models.vits.model import Latent
from sbv2cli.models.vocoder.hifigan.model import HifiGan

if TYPE_CHECKING:
    import onnx

    from sbv2cli.engine.torch.network import Network

# The slots of an architecture, by their number, under the names of the published signature.
PUBLISHED_FEATURES: Mapping[int, Sequence[str]] = {
    1: ("bert",),
    3: ("bert", "ja_bert", "en_bert"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """`models.Plan` as values of a graph."""

    frames_BP: Value
    means_BCP: Value
    log_scales_BCP: Value
    speaker_BG1: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a plan is made from; what a network has no use for may be missing."""

    phones_BP: Value
    lengths_B: Value
    length_scale_B11: Value
    speakers_B: Value | None = None
    tones_BP: Value | None = None
    languages_BP: Value | None = None
    style_BC: Value | None = None
    features: Sequence[Value | None] = ()  # [B, C, P] of each slot; `None` is zeros
    sdp_ratio_B11: Value | None = None
    noise_B2P: Value | None = None  # scaled


def plan_graph(
    network: Network, metadata: Mapping[str, Any], *, with_features: bool
) -> onnx.ModelProto:
    """Text to durations and prior."""
    graph = Graph(network)
    acoustic, _ = parts(network)
    full = isinstance(acoustic, Synthesizer)
    slots = len(acoustic.text_encoder.bert) if isinstance(acoustic, Synthesizer) else 0
    line, table = ("batch",), ("batch", "phones")
    phones_BP = graph.input("phones", INT, table)
    tones_BP = graph.input("tones", INT, table) if full else None
    languages_BP = graph.input("languages", INT, table) if full else None
    lengths_B = graph.input("lengths", INT, line)
    speakers_B = graph.input("speakers", INT, line) if acoustic.speakers is not None else None
    style_BC = graph.input("style", FLOAT, ("batch", STYLE_CHANNELS)) if full else None
    features: list[Value | None] = [None] * slots
    if slots and with_features:
        bert_BCP = graph.input("bert", FLOAT, ("batch", BERT_CHANNELS, "phones"))
        features[:] = [bert_BCP]
        if slots > 1:
            slot_B = graph.input("bert_slot", INT, line)
            features[:] = [
                bert_BCP
                * graph.node("Equal", slot_B, graph.value(slot)).cast(FLOAT).unsqueeze(1, 2)
                for slot in range(slots)
            ]
    length_scale_B11 = graph.input("length_scale", FLOAT, line).unsqueeze(1, 2)
    sdp_ratio_B11 = noise_B2P = None
    if full:
        sdp_ratio_B11 = graph.input("sdp_ratio", FLOAT, line).unsqueeze(1, 2)
    if acoustic.stochastic_durations is not None:
        strength_B = graph.input("noise_scale_w", FLOAT, line)
        noise_B2P = graph.input("noise", FLOAT, ("batch", 2, "phones"))
        noise_B2P = noise_B2P * strength_B.unsqueeze(1, 2)
    planned = plan(
        acoustic,
        Said(
            phones_BP=phones_BP,
            tones_BP=tones_BP,
            languages_BP=languages_BP,
            lengths_B=lengths_B,
            speakers_B=speakers_B,
            style_BC=style_BC,
            features=features,
            length_scale_B11=length_scale_B11,
            sdp_ratio_B11=sdp_ratio_B11,
            noise_B2P=noise_B2P,
        ),
    )
    channels = acoustic.dims.latent
    graph.output(planned.frames_BP, "frames", FLOAT, table)
    graph.output(planned.means_BCP, "means", FLOAT, ("batch", channels, "phones"))
    graph.output(planned.log_scales_BCP, "log_scales", FLOAT, ("batch", channels, "phones"))
    if planned.speaker_BG1 is not None:
        size = acoustic.dims.speaker_channels
        graph.output(planned.speaker_BG1.squeeze(2), "speaker", FLOAT, ("batch", size))
    return graph.finish("plan", {**metadata, "kind": "plan"})


def render_graph(network: Network, metadata: Mapping[str, Any]) -> onnx.ModelProto:
    """A sample of the prior, spread over frames, to sound."""
    graph = Graph(network)
    acoustic, vocoder = parts(network)
    prior_BCF = graph.input("prior", FLOAT, ("batch", acoustic.dims.latent, "frames"))
    lengths_B = graph.input("lengths", INT, ("batch",))
    speaker_BG1 = None
    if acoustic.speakers is not None:
        size = acoustic.dims.speaker_channels
        speaker_BG1 = graph.input("speaker", FLOAT, ("batch", size)).unsqueeze(2)
    samples_B1S = render(acoustic, vocoder, prior_BCF, lengths_B, speaker_BG1)
    graph.output(samples_B1S.squeeze(1), "samples", FLOAT, ("batch", "samples"))
    return graph.finish("render", {**metadata, "kind": "render"})


def published_graph(
    network: Network, metadata: Mapping[str, Any], *, with_features: bool
) -> onnx.ModelProto:
    """Text to sound in one graph, under the names that other programs know.

    The sound is its first output. The second, the frames of each phone, is ours.
    """
    graph = Graph(network)
    acoustic, vocoder = parts(network)
    assert isinstance(acoustic, Synthesizer)
    line, table = ("batch_size",), ("batch_size", "x_tst_max_length")
    ids = {
        name: graph.input(name, INT, shape)
        for name, shape in (
            ("x_tst", table),
            ("x_tst_lengths", line),
            ("sid", line),
            ("tones", table),
            ("language", table),
        )
    }
    shape = ("batch_size", BERT_CHANNELS, "x_tst_max_length")
    names = PUBLISHED_FEATURES[len(acoustic.text_encoder.bert)]
    features: list[Value | None] = [graph.input(name, FLOAT, shape) for name in names]
    style_BC = graph.input("style_vec", FLOAT, ("batch_size", STYLE_CHANNELS))
    # Some programs give numbers here, some rows of one number. Runtimes do not check the shape of
    # what is declared as a number, so that both get in.
    length_scale, sdp_ratio, noise_scale, noise_scale_w = (
        graph.input(name, FLOAT, ()).reshape(1, 1, 1)
        for name in ("length_scale", "sdp_ratio", "noise_scale", "noise_scale_w")
    )
    phones_BP = ids["x_tst"]
    blank_B2P = graph.value(0.0).expand(phones_BP.size(0), 2, phones_BP.size(1))
    blank_B2P = blank_B2P.shaped(line[0], 2, table[1])
    planned = plan(
        acoustic,
        Said(
            phones_BP=phones_BP,
            tones_BP=ids["tones"],
            languages_BP=ids["language"],
            lengths_B=ids["x_tst_lengths"],
            speakers_B=ids["sid"],
            style_BC=style_BC,
            features=features if with_features else [None] * len(features),
            length_scale_B11=length_scale,
            sdp_ratio_B11=sdp_ratio,
            noise_B2P=blank_B2P.apply("RandomNormalLike") * noise_scale_w,
        ),
    )
    lengths_B, path_BPF = spread(planned.frames_BP)
    means_BCF = planned.means_BCP @ path_BPF
    scales_BCF = (planned.log_scales_BCP @ path_BPF).apply("Exp")
    prior_BCF = means_BCF + means_BCF.apply("RandomNormalLike") * scales_BCF * noise_scale
    samples_B1S = render(acoustic, vocoder, prior_BCF, lengths_B, planned.speaker_BG1)
    graph.output(samples_B1S, "output", FLOAT, ("batch_size", 1, "samples"))
    graph.output(planned.frames_BP, "durations", FLOAT, table)
    return graph.finish("voice", {**metadata, "kind": "voice"})


def parts(network: Network) -> tuple[Latent, HifiGan]:
    """The two parts, of the kinds that graphs are written for."""
    assert isinstance(network.acoustic, Latent)
    assert isinstance(network.vocoder, HifiGan)
    return network.acoustic, network.vocoder


def plan(network: Latent, said: Said) -> Planned:
    """`plan` of the network."""
    mask_B1P = layers.length_mask(said.lengths_B, said.phones_BP)
    speaker_BG1 = None
    if said.speakers_B is not None and network.speakers is not None:
        speaker_BG1 = _rows(network.speakers, said.speakers_B).unsqueeze(2)
    embedded_BPC = _embedded(network, said) * math.sqrt(network.dims.hidden)
    text = network.text_encoder
    hidden_BPC = layers.encoder(embedded_BPC, mask_B1P, speaker_BG1, text.encoder)
    prior_BCP = layers.pointwise(hidden_BPC, text.leave).transpose(0, 2, 1) * mask_B1P
    means_BCP, log_scales_BCP = prior_BCP.graph.split(prior_BCP, 2 * [network.dims.latent], axis=1)
    hidden_BCP = hidden_BPC.transpose(0, 2, 1)
    drawn_B1P = fixed_B1P = None
    drawing = network.stochastic_durations
    if drawing is not None and said.noise_B2P is not None:
        drawn_B1P = layers.drawn_durations(
            hidden_BCP, mask_B1P, speaker_BG1, said.noise_B2P, drawing
        )
    if not isinstance(network.durations, StochasticDurations):
        fixed_B1P = layers.fixed_durations(hidden_BCP, mask_B1P, speaker_BG1, network.durations)
    log_B1P = drawn_B1P or fixed_B1P
    if drawn_B1P is not None and fixed_B1P is not None and said.sdp_ratio_B11 is not None:
        log_B1P = said.sdp_ratio_B11 * drawn_B1P + (1.0 - said.sdp_ratio_B11) * fixed_B1P
    assert log_B1P is not None
    frames_B1P = (log_B1P.apply("Exp") * mask_B1P * said.length_scale_B11).apply("Ceil")
    return Planned(
        frames_BP=frames_B1P.squeeze(1),
        means_BCP=means_BCP,
        log_scales_BCP=log_scales_BCP,
        speaker_BG1=speaker_BG1,
    )


def render(
    network: Latent, vocoder: HifiGan, prior_BCF: Value, lengths_B: Value, speaker_BG1: Value | None
) -> Value:
    """`render` of the network, [B, 1, S]."""
    mask_B1F = layers.length_mask(lengths_B, prior_BCF)
    latent_BCF = layers.flow(prior_BCF, mask_B1F, speaker_BG1, network.flow)
    return layers.decoder(latent_BCF, lengths_B, speaker_BG1, vocoder)


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


def _embedded(network: Latent, said: Said) -> Value:
    """What is known about each phone, [B, P, C]."""
    text = network.text_encoder
    sum_BPC = _rows(text.symbols, said.phones_BP)
    if not isinstance(network, Synthesizer):
        return sum_BPC
    text = network.text_encoder
    assert said.tones_BP is not None
    assert said.languages_BP is not None
    assert said.style_BC is not None
    sum_BPC = sum_BPC + _rows(text.tones, said.tones_BP) + _rows(text.languages, said.languages_BP)
    for projection, features_BCP in zip(text.bert, said.features, strict=True):
        assert isinstance(projection, nn.Conv1d)
        assert projection.bias is not None
        if features_BCP is None:
            sum_BPC = sum_BPC + sum_BPC.graph.weight(projection.bias)
        else:
            sum_BPC = sum_BPC + layers.pointwise(features_BCP.transpose(0, 2, 1), projection)
    return sum_BPC + layers.pointwise(said.style_BC, text.style).unsqueeze(1)


def _rows(table: nn.Embedding, index: Value) -> Value:
    return index.graph.node("Gather", index.graph.weight(table.weight), index, axis=0)
