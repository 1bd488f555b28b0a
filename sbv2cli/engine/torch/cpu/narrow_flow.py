"""The flow of a network of few channels, of one line; see `narrow`.

Shapes: F frames, C channels.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from sbv2cli.engine.torch.cpu import narrow, narrow_encoder
from sbv2cli.engine.torch.cpu.narrow import Convolution, Linear, conditioned, convolve, product
from sbv2cli.engine.torch.cpu.narrow_encoder import Encoder, encode
from sbv2cli.engine.torch.cpu.scripted import Scripted
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.wavenet import WaveNet


class NarrowFlow:
    """The reversed flow of few channels, on rows [F, C]."""

    def __init__(self, flow: Flow) -> None:
        self.steps = pack(flow)
        self.reverse = Scripted(reverse)

    def __call__(self, x_FC: Tensor, speaker_G: Tensor) -> Tensor:
        """Prior space -> posterior space."""
        return self.reverse(x_FC, self.steps, speaker_G)


class Gate(NamedTuple):
    """A layer of a gated stack."""

    conv: Convolution
    speaker: Linear
    residual: Linear


class Step(NamedTuple):
    """A coupling: its network is an encoder or a gated stack, and the other one has no layers."""

    conv_in: Linear
    encoder: Encoder
    gates: list[Gate]
    conv_out: Linear


def pack(flow: Flow) -> list[Step]:
    """The weights of a flow, in the order of speaking."""
    couplings = [coupling for coupling in flow.couplings if isinstance(coupling, Coupling)]
    return [_pack_coupling(coupling) for coupling in reversed(couplings)]


def _pack_coupling(coupling: Coupling) -> Step:
    network = coupling.network
    return Step(
        conv_in=narrow.pack_linear(coupling.conv_in),
        encoder=narrow_encoder.pack(network if isinstance(network, AttentionEncoder) else None),
        gates=_pack_gates(network) if isinstance(network, WaveNet) else [],
        conv_out=narrow.pack_linear(coupling.conv_out),
    )


def _pack_gates(network: WaveNet) -> list[Gate]:
    count, condition = len(network.gates), network.condition
    speakers = [narrow.pack_linear(None)] * count
    if condition is not None:
        assert condition.bias is not None
        parts = zip(condition.weight.chunk(count), condition.bias.chunk(count), strict=True)
        speakers = [narrow.linear(weight, bias) for weight, bias in parts]
    return [
        Gate(
            conv=narrow.pack_convolution(gate),
            speaker=speaker,
            residual=narrow.pack_linear(residual),
        )
        for gate, residual, speaker in zip(network.gates, network.residuals, speakers, strict=True)
    ]


def reverse(x_FC: Tensor, steps: list[Step], speaker_G: Tensor) -> Tensor:
    """Prior space -> posterior space."""
    half = x_FC.shape[1] // 2
    for step in steps:
        x_FC = x_FC.flip([1])
        hidden_FC = product(x_FC[:, :half], step.conv_in)
        if len(step.gates) > 0:
            hidden_FC = gated(hidden_FC, step.gates, speaker_G)
        else:
            hidden_FC = encode(hidden_FC, step.encoder, speaker_G)
        x_FC[:, half:].sub_(product(hidden_FC, step.conv_out))
    return x_FC


def gated(x_FC: Tensor, gates: list[Gate], speaker_G: Tensor) -> Tensor:
    """As `WaveNet.forward`."""
    rows, channels = x_FC.shape
    total_FC = torch.zeros(rows, channels)
    both_FC = torch.empty(rows, 2 * channels)
    for gate in gates:
        convolve(x_FC, gate.conv, both_FC)
        own_FC = conditioned(both_FC, gate.speaker, speaker_G)
        heard_FC = torch.tanh(own_FC[:, :channels]).mul_(torch.sigmoid(own_FC[:, channels:]))
        step_FC = product(heard_FC, gate.residual)
        # The last layer has nothing to pass on.
        total_FC.add_(step_FC[:, -channels:])
        if step_FC.shape[1] > channels:
            x_FC = x_FC + step_FC[:, :channels]
    return total_FC
