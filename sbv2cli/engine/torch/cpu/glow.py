"""Glow-TTS of one line on a CPU: the same mathematics on packed weights.

Channels lie beside each other. A mixture of channels and the normalisation around it are one
product. Shapes: F frames, T squeezed frames, C channels of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from sbv2cli.engine.torch.cpu import convolution
from sbv2cli.engine.torch.cpu.flow import AloneEncoder, PackedWaveNet, rows_of
from sbv2cli.engine.torch.cpu.linear import CPU, Linear, can_reorder, linear, on_grid
from sbv2cli.models.architecture import AcousticModel
from sbv2cli.models.glow_tts.flow import LEAST_SCALE, GlowFlow, undone
from sbv2cli.models.glow_tts.model import GlowTts

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Batch, Plan, Spread


def pack(acoustic: GlowTts, dtype: torch.dtype) -> AcousticModel | None:
    """The same acoustic model for one line at a time; nothing where this machine, or it, cannot.

    `dtype` is that of the couplings' products; all that is inverted stays in float32.
    """
    dilated = acoustic.dims.dilation_rate != 1
    if dilated or not can_reorder(dtype) or not convolution.can_pack(dtype):
        return None
    encoder = acoustic.text_encoder
    encoder.encoder = AloneEncoder(encoder.encoder)  # type: ignore[assignment] # the same call
    packed = PackedGlowTts(acoustic, dtype)
    # The packed weights take their place.
    acoustic.flow.to("meta")
    return packed


class PackedGlowTts(AcousticModel):
    """It speaks one line at a time."""

    def __init__(self, acoustic: GlowTts, dtype: torch.dtype) -> None:
        super().__init__()
        self.inventory = acoustic.inventory
        self.channels, self.noise_channels = acoustic.channels, acoustic.noise_channels
        self.speaker_channels = acoustic.speaker_channels
        self.frame_multiple = acoustic.frame_multiple
        self.plain = acoustic
        self.flow = PackedGlowFlow(acoustic.flow, dtype)

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """See `AcousticModel.plan`."""
        return self.plain.plan(batch, noise_B2P)

    def decode(self, spread: Spread) -> Tensor:
        """See `AcousticModel.decode`."""
        assert spread.lengths_B is None
        z_BMF, _ = self.plain.latent(spread)
        return self.flow(z_BMF[0].T, spread.speaker_BG1[0, :, 0]).T[None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedBlock:
    """One block of the flow, in the order in which it is undone."""

    conv_in: Linear
    network: PackedWaveNet
    conv_out: Linear
    sigmoid_scale: bool
    mixture: Linear  # and normalisation


class PackedGlowFlow:
    """The reversed flow on rows [F, M]."""

    def __init__(self, flow: GlowFlow, dtype: torch.dtype) -> None:
        self.squeeze = flow.squeeze
        self.blocks = []
        for norm, mixture, coupling in reversed(flow.blocks()):
            weight, bias = undone(norm, mixture)
            self.kept = coupling.kept
            self.blocks.append(
                PackedBlock(
                    conv_in=rows_of(coupling.conv_in, dtype),
                    network=PackedWaveNet(coupling.network, dtype),
                    conv_out=rows_of(coupling.conv_out, dtype),
                    sigmoid_scale=coupling.sigmoid_scale,
                    mixture=linear(weight, bias, CPU, torch.float32),
                )
            )

    def __call__(self, z_FM: Tensor, speaker_G: Tensor) -> Tensor:
        """Latent -> spectrogram."""
        frames, bands = z_FM.shape
        # Squeezed frames lie beside each other already.
        x_TC = z_FM.reshape(frames // self.squeeze, self.squeeze * bands)
        real = len(x_TC)
        x_TC = functional.pad(x_TC, (0, 0, 0, on_grid(real) - real))
        for block in self.blocks:
            hidden_TC = block.conv_in(x_TC[:, : self.kept]).float()
            hidden_TC = block.network(hidden_TC, speaker_G, real)
            shift_TC, log_scale_TC = block.conv_out(hidden_TC).float().chunk(2, dim=1)
            if block.sigmoid_scale:
                log_scale_TC = torch.log(LEAST_SCALE + torch.sigmoid(log_scale_TC + 2))
            moved_TC = (x_TC[:, self.kept :] - shift_TC) * torch.exp(-log_scale_TC)
            x_TC = block.mixture(torch.cat([x_TC[:, : self.kept], moved_TC], dim=1))
        return x_TC[:real].reshape(frames, bands)
