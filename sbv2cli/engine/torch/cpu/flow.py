"""Flow and planning of one line on a CPU: the same mathematics on packed weights.

One line at a time, no masks, channels beside each other in memory. Knows the networks of
`models/`, whose modules are the reference for what is computed here; `tests/unit/engine/
test_flow.py` holds the two together. Shapes: F frames, T samples of a stage, C channels,
H heads, D channels of a head.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.engine.torch.cpu import convolution, narrow, narrow_durations
from sbv2cli.engine.torch.cpu.linear import CPU, Linear, can_reorder, linear, on_grid
from sbv2cli.engine.torch.cpu.narrow_flow import NarrowFlow
from sbv2cli.engine.torch.cpu.scripted import Scripted
from sbv2cli.engine.torch.cpu.windows import WindowedLinear, WinogradWindows, direct_or_winograd
from sbv2cli.models.architecture import AcousticModel, Plan
from sbv2cli.models.layers.attention import (
    SPEAKER_LAYER,
    AttentionEncoder,
    EncoderLayer,
)
from sbv2cli.models.layers.durations import DurationPredictor
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.norm import ChannelNorm
from sbv2cli.models.layers.synthesizer import Synthesizer, frame_counts, prior_of
from sbv2cli.models.layers.wavenet import WaveNet

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Batch, Spread
    from sbv2cli.models.vits.model import Vits

# Attention scores at once: about what the second-level cache of a core holds.
SCORES_AT_ONCE = 1 << 19


def pack(acoustic: Synthesizer | Vits, dtype: torch.dtype) -> AcousticModel | None:
    """The same acoustic model for one line at a time; nothing where this machine cannot.

    It computes in float32 whatever `dtype` is: what a trained flow rounds, its decoder says with
    other phases (`python -m tools.bench_precision`).
    """
    if not can_reorder(dtype) or not convolution.can_pack(dtype):
        return None
    few = acoustic.dims.hidden <= narrow.WIDEST
    return PackedAcousticModel(
        acoustic,
        RowsPlanner(acoustic),
        NarrowFlow(acoustic.flow) if few else PackedFlow(acoustic.flow, torch.float32),
    )


class PackedAcousticModel(AcousticModel):
    """A model of the VITS family that speaks one line at a time."""

    def __init__(
        self,
        acoustic: Synthesizer | Vits,
        planner: RowsPlanner,
        flow: NarrowFlow | PackedFlow,
    ) -> None:
        super().__init__()
        self.dims = acoustic.dims
        self.inventory = acoustic.inventory
        self.channels, self.noise_channels = acoustic.channels, acoustic.noise_channels
        self.speaker_channels = acoustic.speaker_channels
        self.planner, self.flow = planner, flow
        # The packed weights take their place.
        acoustic.flow.to("meta")

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """See `AcousticModel.plan`."""
        return self.planner(batch, noise_B2P)

    def decode(self, spread: Spread) -> Tensor:
        """See `AcousticModel.decode`."""
        assert spread.lengths_B is None
        return self.flow(prior_of(spread)[0].T, spread.speaker_BG1[0, :, 0]).T[None]


class RowsPlanner:
    """Text encoder and durations of any width; a product for each tap is faster for all of them.

    At 192 channels a line of 17 to 73 phones takes 13 ms for 18 with products of windows, one of
    600 phones 122 for 135 (by hand).
    """

    def __init__(self, acoustic: Synthesizer | Vits) -> None:
        self.embedded, self.speaker = acoustic.embedded, acoustic.speaker
        text_encoder = acoustic.text_encoder
        drawn, fixed = acoustic.stochastic_durations, acoustic.durations
        self.weights = narrow_durations.pack(
            text_encoder.encoder,
            text_encoder.conv_out,
            drawn,
            fixed if isinstance(fixed, DurationPredictor) else None,
        )
        self.plan = Scripted(narrow_durations.plan)
        for packed in (text_encoder.encoder, text_encoder.conv_out, drawn, fixed):
            if packed is not None:
                packed.to("meta")

    def __call__(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """As `AcousticModel.plan`."""
        speaker_BG1 = self.speaker(batch.speakers_B)
        log_T, prior_TK = self.plan(
            self.embedded(batch)[0].T,
            self.weights,
            speaker_BG1[0, :, 0],
            noise_B2P[0] * batch.noise_scale_w_B,
            float(batch.sdp_ratio_B),
        )
        return Plan(
            frames_BP=frame_counts(log_T[None, None], None, batch.length_scale_B),
            per_phone_BKP=prior_TK.T[None],
            speaker_BG1=speaker_BG1,
        )


class AloneEncoder(nn.Module):
    """In the place of an `AttentionEncoder` that hears one line at a time."""

    def __init__(self, encoder: AttentionEncoder) -> None:
        super().__init__()
        # Direct sums: what decides over durations is rounded as little as can be.
        self.packed = PackedEncoder(encoder, torch.float32, WindowedLinear)

    def forward(self, x_1CT: Tensor, _: None, speaker_1G1: Tensor) -> Tensor:
        """As `AttentionEncoder.forward`."""
        x_TC = x_1CT[0].T
        real = len(x_TC)
        x_TC = functional.pad(x_TC, (0, 0, 0, on_grid(real) - real))
        return self.packed(x_TC, speaker_1G1[0, :, 0], real)[:real].T[None]


def rows_of(conv: nn.Conv1d, dtype: torch.dtype) -> Linear:
    """A convolution of one position as rows times a matrix."""
    return linear(conv.weight[:, :, 0], conv.bias, CPU, dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedLayer:
    """One layer of an attention encoder. The query rows carry the score's scale."""

    query_key_value: Linear
    output: Linear
    relative_keys_DR: Tensor | None  # `None`: no distance is known
    relative_values_RD: Tensor | None
    attention_norm: ChannelNorm
    first: WindowedLinear | WinogradWindows
    second: WindowedLinear | WinogradWindows
    norm: ChannelNorm


class PackedEncoder:
    """An attention encoder on rows [F, C]; residuals and norms in float32."""

    def __init__(
        self,
        encoder: AttentionEncoder,
        dtype: torch.dtype,
        windows: Callable[..., WindowedLinear | WinogradWindows],
    ) -> None:
        self.dtype, self.windows = dtype, windows
        self.speaker = deepcopy(encoder.speaker)
        layers = [layer for layer in encoder.layers if isinstance(layer, EncoderLayer)]
        self.heads = layers[0].attention.heads
        self.window = layers[0].attention.window or 0
        self.layers = [self._pack(layer) for layer in layers]
        # Silent rows before and after what is heard; together they are on the grid.
        self.guard = on_grid(2 * max(self.window, self.layers[0].first.after)) // 2

    def _pack(self, layer: EncoderLayer) -> PackedLayer:
        attention = layer.attention
        size = attention.query.weight.shape[0] // self.heads
        scale = 1 / math.sqrt(size)
        biases = [attention.query.bias, attention.key.bias, attention.value.bias]
        assert all(bias is not None for bias in biases)
        weight = torch.cat(
            [attention.query.weight * scale, attention.key.weight, attention.value.weight]
        )[:, :, 0]
        bias = torch.cat(
            [b * s for b, s in zip(biases, (scale, 1, 1), strict=True) if b is not None]
        )
        first, second = layer.feed_forward.first, layer.feed_forward.second
        return PackedLayer(
            query_key_value=linear(weight, bias, CPU, self.dtype),
            output=rows_of(attention.output, self.dtype),
            relative_keys_DR=_near_rows(attention.relative_keys, self.dtype, across=True),
            relative_values_RD=_near_rows(attention.relative_values, self.dtype),
            attention_norm=deepcopy(layer.attention_norm),
            first=self.windows(first, self.dtype, activation=functional.relu_),
            second=self.windows(second, self.dtype),
            norm=deepcopy(layer.feed_forward_norm),
        )

    def __call__(self, x_FC: Tensor, speaker_G: Tensor, real: int) -> Tensor:
        """[F, C] in float32; rows from `real` on fill the grid and are not heard."""
        frames, channels = x_FC.shape
        guard = self.guard
        # What is heard, in the precision of products, with silence around it. Keys and values
        # before the first frame and after the last one weigh nothing; with them all relative
        # distances lie within every row of the scores.
        around_NC = torch.zeros(frames + 2 * guard, channels, dtype=self.dtype)
        x = around_NC[guard : guard + real]
        first, second = self.layers[0].first, self.layers[0].second
        seen_FC = around_NC[guard - first.before : guard + frames + first.after]
        inner_FC = second.buffer(frames)
        inner = inner_FC[second.before : second.before + real]
        for index, layer in enumerate(self.layers):
            if index == SPEAKER_LAYER and self.speaker is not None:
                x_FC = x_FC + self.speaker(speaker_G)
            x.copy_(x_FC[:real])
            branch_FC = layer.output(self._attend(around_NC, frames, layer, real))
            x_FC = _norm(x_FC + branch_FC, layer.attention_norm)
            x.copy_(x_FC[:real])
            inner.copy_(layer.first(seen_FC)[:real])
            x_FC = _norm(x_FC + layer.second(inner_FC), layer.norm)
        return x_FC

    def _attend(self, x_NC: Tensor, frames: int, layer: PackedLayer, real: int) -> Tensor:
        columns = layer.query_key_value(x_NC).view(len(x_NC), 3, self.heads, -1)
        start, end, window = self.guard, self.guard + frames, self.window
        query_HFD = columns[start:end, 0].transpose(0, 1)
        # P counts the window before the first frame and after the last one, too.
        key_HPD, value_HPD = (
            columns[start - window : end + window, part].transpose(0, 1) for part in (1, 2)
        )
        rows = max(1, SCORES_AT_ONCE // (self.heads * frames))
        mixed = [
            _attend_rows(query_HFD[:, start : start + rows], start, key_HPD, value_HPD, layer, real)
            for start in range(0, frames, rows)
        ]
        mixed_HFD = mixed[0] if len(mixed) == 1 else torch.cat(mixed, dim=1)
        return mixed_HFD.transpose(0, 1).reshape(frames, -1)


def _attend_rows(
    query_HQD: Tensor,
    start: int,
    key_HPD: Tensor,
    value_HPD: Tensor,
    layer: PackedLayer,
    real: int,
) -> Tensor:
    """Attention of the query rows from `start` on."""
    score_HQP = query_HQD @ key_HPD.transpose(1, 2)
    keys_DR, values_RD = layer.relative_keys_DR, layer.relative_values_RD
    window = 0 if keys_DR is None else keys_DR.shape[1] // 2
    if keys_DR is not None:
        _near(score_HQP, start, window).add_(query_HQD @ keys_DR)
    score_HQP[:, :, :window] = float("-inf")
    score_HQP[:, :, window + real :] = float("-inf")
    # It adds up in float32, whatever it is given.
    weight_HQP = functional.softmax(score_HQP, dim=-1)
    mixed_HQD = weight_HQP @ value_HPD
    if values_RD is None:
        return mixed_HQD
    return mixed_HQD + _near(weight_HQP, start, window) @ values_RD


def _near(x_HQP: Tensor, start: int, window: int) -> Tensor:
    """What each row has at the relative distances, which begins a column later in each row."""
    heads, rows, columns = x_HQP.shape
    return x_HQP.as_strided(
        (heads, rows, 2 * window + 1),
        (rows * columns, columns + 1, 1),
        x_HQP.storage_offset() + start,
    )


def _near_rows(
    rows_1RD: Tensor | None, dtype: torch.dtype, *, across: bool = False
) -> Tensor | None:
    """What is learned of relative distances, ready for products; `across`: a column for each."""
    if rows_1RD is None:
        return None
    return (rows_1RD[0].T if across else rows_1RD[0]).to(dtype).contiguous()


def _norm(x_FC: Tensor, norm: ChannelNorm) -> Tensor:
    return functional.layer_norm(
        x_FC.float(), norm.gamma.shape, norm.gamma, norm.beta, norm.epsilon
    )


class PackedWaveNet:
    """A gated stack on rows [F, C]; what adds up over its layers does so in float32."""

    def __init__(self, network: WaveNet, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.channels = network.channels
        self.condition = deepcopy(network.condition)
        self.gates = [direct_or_winograd(gate, dtype) for gate in _convolutions(network.gates)]
        self.residuals = [rows_of(conv, dtype) for conv in _convolutions(network.residuals)]

    def __call__(self, x_FC: Tensor, speaker_G: Tensor, real: int) -> Tensor:
        """[F, C] in float32; rows from `real` on fill the grid and are not heard."""
        own_LC = torch.zeros(len(self.gates), 2 * self.channels)
        if self.condition is not None:
            own_LC = self.condition(speaker_G[None, :, None]).view_as(own_LC)
        total_FC = torch.zeros_like(x_FC)
        buffer_TC = self.gates[0].buffer(len(x_FC))
        heard = buffer_TC[self.gates[0].before :][:real]
        for gate, residual, own_C in zip(self.gates, self.residuals, own_LC, strict=True):
            heard.copy_(x_FC[:real])
            signal_FC, valve_FC = (gate(buffer_TC).float() + own_C).chunk(2, dim=1)
            step_FC = residual(torch.tanh(signal_FC) * torch.sigmoid(valve_FC)).float()
            # The last layer has nothing to pass on.
            total_FC += step_FC[:, -self.channels :]
            if step_FC.shape[1] > self.channels:
                x_FC = x_FC + step_FC[:, : self.channels]
        return total_FC


def _convolutions(layers: nn.ModuleList) -> list[nn.Conv1d]:
    return [layer for layer in layers if isinstance(layer, nn.Conv1d)]


def _pack_network(network: nn.Module, dtype: torch.dtype) -> PackedEncoder | PackedWaveNet:
    if isinstance(network, AttentionEncoder):
        return PackedEncoder(network, dtype, direct_or_winograd)
    assert isinstance(network, WaveNet)
    return PackedWaveNet(network, dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedCoupling:
    """One step of the flow."""

    conv_in: Linear
    network: PackedEncoder | PackedWaveNet
    conv_out: Linear


class PackedFlow:
    """The reversed flow on rows [F, C]."""

    def __init__(self, flow: Flow, dtype: torch.dtype) -> None:
        couplings = [coupling for coupling in flow.couplings if isinstance(coupling, Coupling)]
        self.half = couplings[0].kept
        self.couplings = []
        for coupling in reversed(couplings):
            self.couplings.append(
                PackedCoupling(
                    conv_in=rows_of(coupling.conv_in, dtype),
                    network=_pack_network(coupling.network, dtype),
                    conv_out=rows_of(coupling.conv_out, dtype),
                )
            )

    def __call__(self, x_FC: Tensor, speaker_G: Tensor) -> Tensor:
        """Prior space -> posterior space."""
        real = len(x_FC)
        x_FC = functional.pad(x_FC, (0, 0, 0, on_grid(real) - real))
        for coupling in self.couplings:
            x_FC = x_FC.flip(1)
            hidden_FC = coupling.conv_in(x_FC[:, : self.half]).float()
            hidden_FC = coupling.network(hidden_FC, speaker_G, real)
            x_FC[:, self.half :] -= coupling.conv_out(hidden_FC)
        return x_FC[:real]
