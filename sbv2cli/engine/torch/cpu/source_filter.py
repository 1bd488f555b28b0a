"""The source-filter vocoder of one line on a CPU: the same mathematics on rows; see `narrow`.

In bfloat16 nothing is won, and the sound is another one: rounding moves the pitch by a little, and
the phase of the pulses runs on from there (8 dB of the signal to noise, docs/reference/
performance.md). Shapes: F frames, C channels, S samples, Z samples of a frame, T windows, Q
coefficients of the cepstra, K bins of a spectrum, W samples of a window's answer.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.engine.torch.cpu import narrow
from sbv2cli.engine.torch.cpu.narrow import (
    Convolution,
    Linear,
    Norm,
    conditioned,
    convolve,
    convolve_each,
    normed,
    product,
)
from sbv2cli.engine.torch.cpu.scripted import Scripted
from sbv2cli.models.architecture import Vocoder
from sbv2cli.models.vocoder.source_filter import filters, source
from sbv2cli.models.vocoder.source_filter.model import Block, SourceFilter, classes

# Frames and windows at once: what is made of them stays in the second-level cache of a core.
FRAMES_AT_ONCE = 64


def pack(vocoder: SourceFilter, precision: torch.dtype) -> Vocoder | None:
    """The same vocoder; `None` in a precision in which it would gain nothing."""
    return PackedSourceFilter(vocoder) if precision is torch.float32 else None


class PackedSourceFilter(Vocoder):
    """The vocoder of one line."""

    kind = SourceFilter.kind

    def __init__(self, vocoder: SourceFilter) -> None:
        super().__init__()
        self.frame_samples, self.noise_channels = vocoder.frame_samples, vocoder.noise_channels
        self.halo, self.bytes_per_frame = vocoder.halo, vocoder.bytes_per_frame
        self.weights = _pack(vocoder)
        self.speak = Scripted(speak)

    def forward(
        self,
        x_BCF: Tensor,
        lengths_B: Tensor | None,
        speaker_BG1: Tensor,
        noise_BNF: Tensor | None = None,
    ) -> Tensor:
        """See `Vocoder.forward`; of one line."""
        assert lengths_B is None
        assert noise_BNF is not None
        noise_FZ = noise_BNF[0].T.contiguous()
        return self.speak(x_BCF[0].T, speaker_BG1[0, :, 0], noise_FZ, self.weights)[None, None]


class Mixer(NamedTuple):
    """A block of a network."""

    each: Convolution
    norm: Norm
    widen: Linear
    narrow: Linear


class Pulses(NamedTuple):
    """What pulses are made with."""

    inside_3Z: Tensor  # cycles since the frame began, for each hertz of three frames
    line_3Z: Tensor
    most: float  # harmonics times hertz


class Filters(NamedTuple):
    """What makes spectra of cepstra: of the pulses' two filters, and of the noise's."""

    hann_Z: Tensor
    step: int  # from one window to the next
    gain_QK: Tensor
    phase_QK: Tensor
    noise_QK: Tensor
    loudest: float
    size: int


class Weights(NamedTuple):
    """The vocoder."""

    pitch_in: Convolution
    pitch_blocks: list[Mixer]
    pitch_norm: Norm
    pitch_out: Linear
    classes: Tensor
    filters_in: Convolution
    filters_pitch: Linear
    filters_speaker: Linear
    filters_norm_in: Norm
    filters_blocks: list[Mixer]
    filters_norm: Norm
    filters_out: Linear
    pulses: Pulses
    filters: Filters
    at_once: int


def _pack(vocoder: SourceFilter) -> Weights:
    pitch, network, dims = vocoder.pitch, vocoder.filters, vocoder.dims
    speaker = narrow.pack_linear(None)
    if network.speaker_in is not None:
        weight = network.speaker_in.weight
        speaker = narrow.linear(weight, torch.zeros(len(weight)))
    line_3Z = source.lines(dims.frame_samples, torch.device("cpu")).T
    return Weights(
        pitch_in=narrow.pack_convolution(pitch.conv_in),
        pitch_blocks=_pack_blocks(pitch.blocks),
        pitch_norm=narrow.pack_norm(pitch.norm),
        pitch_out=narrow.pack_linear(pitch.out),
        classes=classes(torch.device("cpu")),
        filters_in=narrow.pack_convolution(network.conv_in),
        filters_pitch=narrow.pack_linear(network.pitch_in),
        filters_speaker=speaker,
        filters_norm_in=narrow.pack_norm(network.norm_in),
        filters_blocks=_pack_blocks(network.blocks),
        filters_norm=narrow.pack_norm(network.norm_out),
        filters_out=narrow.pack_linear(network.out),
        pulses=Pulses(
            inside_3Z=(line_3Z.cumsum(1) / dims.rate).contiguous(),
            line_3Z=line_3Z.contiguous(),
            most=source.TOP * dims.rate / 2,
        ),
        filters=_pack_filters(vocoder),
        at_once=FRAMES_AT_ONCE,
    )


def _pack_blocks(blocks: nn.ModuleList) -> list[Mixer]:
    return [
        Mixer(
            each=narrow.pack_convolution(block.depthwise),
            norm=narrow.pack_norm(block.norm),
            widen=narrow.pack_linear(block.widen),
            # What is added carries the block's scale.
            narrow=narrow.linear(
                block.narrow.weight * block.scale[:, None], block.narrow.bias * block.scale
            ),
        )
        for block in blocks
        if isinstance(block, Block)
    ]


def _pack_filters(vocoder: SourceFilter) -> Filters:
    dims, size, cpu = vocoder.dims, vocoder.size, torch.device("cpu")
    causal = filters.waves(dims.minimum_phase, 0, size, cpu)
    anticausal = filters.waves(dims.maximum_phase, 1, size, cpu)
    return Filters(
        hann_Z=filters.hann(dims.frame_samples, cpu),
        step=dims.frame_samples // filters.PER_FRAME,
        gain_QK=torch.cat([causal[0], anticausal[0]]),
        phase_QK=torch.cat([-causal[1], anticausal[1]]),
        noise_QK=filters.waves(dims.noise_filter, 0, size, cpu)[0],
        loudest=filters.LOUDEST,
        size=size,
    )


def speak(x_FC: Tensor, speaker_G: Tensor, noise_FZ: Tensor, weights: Weights) -> Tensor:
    """[S] samples, as `SourceFilter.forward`."""
    pitch_FC = _mixed(_convolved(x_FC, weights.pitch_in), weights.pitch_blocks)
    logits_FK = product(normed(pitch_FC, weights.pitch_norm), weights.pitch_out)
    pitch_FK = logits_FK.double().softmax(dim=-1)
    hertz_F = torch.matmul(pitch_FK, weights.classes).exp()

    hidden_FC = _convolved(x_FC, weights.filters_in)
    hidden_FC.add_(product(pitch_FK.float(), weights.filters_pitch))
    hidden_FC = conditioned(hidden_FC, weights.filters_speaker, speaker_G)
    hidden_FC = _mixed(normed(hidden_FC, weights.filters_norm_in), weights.filters_blocks)
    cepstra_FQ = product(normed(hidden_FC, weights.filters_norm), weights.filters_out)

    pulses_FZ = _pulses(hertz_F, weights.pulses, weights.at_once)
    return _filtered(pulses_FZ, noise_FZ, cepstra_FQ, weights.filters, weights.at_once)


def _convolved(x_FC: Tensor, conv: Convolution) -> Tensor:
    out_FC = torch.empty(x_FC.shape[0], conv.bias.shape[0])
    convolve(x_FC, conv, out_FC)
    return out_FC


def _mixed(x_FC: Tensor, blocks: list[Mixer]) -> Tensor:
    """As `Block.forward`, one after the other."""
    for block in blocks:
        y_FC = product(normed(convolve_each(x_FC, block.each), block.norm), block.widen)
        x_FC = product(functional.gelu(y_FC), block.narrow).add_(x_FC)
    return x_FC


def _pulses(hertz_F: Tensor, pulses: Pulses, at_once: int) -> Tensor:
    """[F, Z], as `source.pulses`."""
    frames = hertz_F.shape[0]
    around_F3 = torch.stack(
        [
            torch.cat([hertz_F[:1], hertz_F[:-1]]),
            hertz_F,
            torch.cat([hertz_F[1:], hertz_F[-1:]]),
        ],
        dim=1,
    )
    cycles_F = torch.matmul(around_F3, pulses.inside_3Z[:, -1])
    # Each frame begins where the one before it ended.
    begin_F = cycles_F.cumsum(0) - cycles_F
    pulses_FZ = torch.empty(frames, pulses.line_3Z.shape[1])
    for start in range(0, frames, at_once):
        around = around_F3[start : start + at_once]
        cycles = torch.matmul(around, pulses.inside_3Z).add_(begin_F[start : start + at_once, None])
        phase = cycles.sub_(cycles.round()).float().mul_(2 * math.pi)
        count = pulses.most / torch.matmul(around, pulses.line_3Z).float()
        pulses_FZ[start : start + at_once] = source.harmonics(phase, count)
    return pulses_FZ


def _filtered(
    pulses_FZ: Tensor, noise_FZ: Tensor, cepstra_FQ: Tensor, made: Filters, at_once: int
) -> Tensor:
    """[S], as `SourceFilter.sound`: windows of both signals, each through its filters."""
    size, step, own = pulses_FZ.shape[1], made.step, made.gain_QK.shape[0]
    edge = size // 4
    cepstra_TQ = cepstra_FQ.view(-1, own + made.noise_QK.shape[0])
    windows = cepstra_TQ.shape[0]
    pulses_TZ = functional.pad(pulses_FZ.flatten(), [edge, edge]).unfold(0, size, step)
    noise_TZ = functional.pad(noise_FZ.flatten(), [edge, edge]).unfold(0, size, step)
    steps = -(-made.size // step)
    sum_TZ = torch.zeros(windows + steps - 1, step)
    for start in range(0, windows, at_once):
        end = min(windows, start + at_once)
        cepstra = cepstra_TQ[start:end]
        gain = torch.mm(cepstra[:, :own], made.gain_QK).clamp_max_(made.loudest).exp_()
        phase = torch.mm(cepstra[:, :own], made.phase_QK)
        response = torch.complex(torch.cos(phase).mul_(gain), torch.sin(phase).mul_(gain))
        noise_gain = torch.mm(cepstra[:, own:], made.noise_QK).clamp_max_(made.loudest).exp_()
        spectrum = torch.fft.rfft(pulses_TZ[start:end] * made.hann_Z, made.size).mul_(response)
        breath = torch.fft.rfft(noise_TZ[start:end] * made.hann_Z, made.size)
        torch.view_as_real(breath).mul_(noise_gain[:, :, None])
        answers = torch.fft.irfft(spectrum.add_(breath), made.size)
        # Each window is a row of steps, and every step of it has its own place in the sum.
        for place in range(steps):
            rung = answers[:, place * step : (place + 1) * step]
            sum_TZ[start + place : end + place, : rung.shape[1]].add_(rung)
    return sum_TZ.flatten()[edge : edge + windows * step]
