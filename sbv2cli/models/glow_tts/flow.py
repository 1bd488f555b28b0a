"""The flow of Glow-TTS: mel spectrograms <-> a latent in which each phone is a normal distribution.

Unlike the flow of the VITS family it changes volumes, so each step answers the logarithm of its
determinant, line by line. Padding is silent before and after each step.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from sbv2cli.models.glow_tts.dims import GlowDims
from sbv2cli.models.layers.masks import Mask, masked
from sbv2cli.models.layers.wavenet import WaveNet

# Variances of the first batch below this one are no reason to be louder.
LEAST_VARIANCE = 1e-6

# Keeps the logarithm of a sigmoid finite.
LEAST_SCALE = 1e-6


def squeeze(x_BCF: Tensor, count: int) -> Tensor:
    """`count` frames become one of as many times the channels; what is left over is dropped."""
    lines, channels, frames = x_BCF.shape
    whole = frames // count
    x_BCTS = x_BCF[:, :, : whole * count].reshape(lines, channels, whole, count)
    return x_BCTS.permute(0, 3, 1, 2).reshape(lines, count * channels, whole)


def unsqueeze(x_BCT: Tensor, count: int) -> Tensor:
    """Undo `squeeze`."""
    lines, channels, whole = x_BCT.shape
    x_BSCT = x_BCT.reshape(lines, count, channels // count, whole)
    return x_BSCT.permute(0, 2, 3, 1).reshape(lines, channels // count, whole * count)


def squeezed_mask(mask_B1F: Mask, count: int) -> Mask:
    """The mask of squeezed frames: each is real where its last one is."""
    if mask_B1F is None:
        return None
    whole = mask_B1F.shape[2] // count * count
    return mask_B1F[:, :, count - 1 : whole : count]


def frames_of(mask_B1T: Mask, x_BCT: Tensor) -> Tensor:
    """[B]: frames of each line."""
    if mask_B1T is None:
        return x_BCT.new_full((len(x_BCT),), x_BCT.shape[2])
    return mask_B1T.sum(dim=(1, 2))


class ActNorm(nn.Module):
    """Scales and shifts each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(1, channels, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1))

    @torch.no_grad()
    def start(self, x_BCT: Tensor, mask_B1T: Mask) -> None:
        """Make what comes out of this first batch have mean zero and variance one."""
        count = frames_of(mask_B1T, x_BCT).sum()
        x_BCT = masked(x_BCT, mask_B1T)
        mean_1C1 = (x_BCT.sum(dim=(0, 2)) / count)[None, :, None]
        square_1C1 = (x_BCT.square().sum(dim=(0, 2)) / count)[None, :, None]
        variance_1C1 = (square_1C1 - mean_1C1.square()).clamp_min(LEAST_VARIANCE)
        self.log_scale.copy_(-0.5 * variance_1C1.log())
        self.bias.copy_(-mean_1C1 * self.log_scale.exp())

    def forward(self, x_BCT: Tensor, mask_B1T: Mask, _: Tensor) -> tuple[Tensor, Tensor]:
        """The moved signal, and the logarithm of the determinant of each line."""
        y_BCT = masked(self.bias + torch.exp(self.log_scale) * x_BCT, mask_B1T)
        return y_BCT, self.log_scale.sum() * frames_of(mask_B1T, x_BCT)

    def reverse(self, x_BCT: Tensor, mask_B1T: Mask, _: Tensor) -> Tensor:
        """Undo `forward`."""
        return masked((x_BCT - self.bias) * torch.exp(-self.log_scale), mask_B1T)


class InvertibleConv(nn.Module):
    """Mixes channels in groups: each has neighbouring channels of the first and the second half."""

    def __init__(self, channels: int, split: int) -> None:
        super().__init__()
        self.split = split
        self.groups = channels // split
        rotation, _ = torch.linalg.qr(torch.randn(split, split))
        # Its determinant is one, not minus one.
        rotation[:, 0] *= torch.linalg.det(rotation).sign()
        self.weight = nn.Parameter(rotation)

    def _mix(self, x_BCT: Tensor, weight: Tensor) -> Tensor:
        lines, channels, frames = x_BCT.shape
        half = self.split // 2
        # A channel is a half, a group, and a place among its neighbours.
        x = x_BCT.reshape(lines, 2, self.groups, half, frames).transpose(1, 2)
        mixed = weight @ x.reshape(lines, self.groups, self.split, frames)
        mixed = mixed.reshape(lines, self.groups, 2, half, frames).transpose(1, 2)
        return mixed.reshape(lines, channels, frames)

    def inverse(self) -> Tensor:
        """[C, C]: what undoes it, as one matrix over all channels."""
        channels = self.groups * self.split
        ones_1CC = torch.eye(channels, dtype=self.weight.dtype, device=self.weight.device)[None]
        return self._mix(ones_1CC, torch.linalg.inv(self.weight))[0]

    def forward(self, x_BCT: Tensor, mask_B1T: Mask, _: Tensor) -> tuple[Tensor, Tensor]:
        """The mixed signal, and the logarithm of the determinant of each line."""
        determinant = torch.logdet(self.weight) * self.groups * frames_of(mask_B1T, x_BCT)
        # In half precision twelve mixtures would round the signal itself away.
        with torch.autocast(x_BCT.device.type, enabled=False):
            return masked(self._mix(x_BCT, self.weight), mask_B1T), determinant

    def reverse(self, x_BCT: Tensor, mask_B1T: Mask, _: Tensor) -> Tensor:
        """Undo `forward`."""
        return masked(self._mix(x_BCT, torch.linalg.inv(self.weight)), mask_B1T)


class AffineCoupling(nn.Module):
    """Scales and shifts the second half of the channels by what a network makes of the first."""

    def __init__(
        self, channels: int, hidden: int, network: WaveNet, *, sigmoid_scale: bool = False
    ) -> None:
        super().__init__()
        self.kept = channels // 2
        self.sigmoid_scale = sigmoid_scale
        self.conv_in = nn.Conv1d(self.kept, hidden, 1)
        self.network = network
        self.conv_out = nn.Conv1d(hidden, channels, 1)
        # A fresh coupling is the identity.
        nn.init.zeros_(self.conv_out.weight)
        assert self.conv_out.bias is not None
        nn.init.zeros_(self.conv_out.bias)

    def normed(self) -> Iterator[nn.Module]:
        """What files of training keep as a direction and a size, beside the network's own."""
        yield self.conv_in

    def change(
        self, kept_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Shift and logarithm of the scale of the other half."""
        hidden_BCT = masked(self.conv_in(kept_BCT), mask_B1T)
        hidden_BCT = self.network(hidden_BCT, mask_B1T, speaker_BG1)
        shift_BCT, log_scale_BCT = self.conv_out(hidden_BCT).chunk(2, dim=1)
        if self.sigmoid_scale:
            log_scale_BCT = torch.log(LEAST_SCALE + torch.sigmoid(log_scale_BCT + 2))
        return shift_BCT, log_scale_BCT

    def forward(self, x_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor) -> tuple[Tensor, Tensor]:
        """The changed signal, and the logarithm of the determinant of each line."""
        kept_BCT, moved_BCT = x_BCT[:, : self.kept], x_BCT[:, self.kept :]
        shift_BCT, log_scale_BCT = self.change(kept_BCT, mask_B1T, speaker_BG1)
        moved_BCT = masked(shift_BCT + torch.exp(log_scale_BCT) * moved_BCT, mask_B1T)
        determinant_B = masked(log_scale_BCT, mask_B1T).sum(dim=(1, 2))
        return torch.cat([kept_BCT, moved_BCT], dim=1), determinant_B

    def reverse(self, x_BCT: Tensor, mask_B1T: Mask, speaker_BG1: Tensor) -> Tensor:
        """Undo `forward`."""
        kept_BCT, moved_BCT = x_BCT[:, : self.kept], x_BCT[:, self.kept :]
        shift_BCT, log_scale_BCT = self.change(kept_BCT, mask_B1T, speaker_BG1)
        moved_BCT = masked((moved_BCT - shift_BCT) * torch.exp(-log_scale_BCT), mask_B1T)
        return torch.cat([kept_BCT, moved_BCT], dim=1)


Step = ActNorm | InvertibleConv | AffineCoupling


def undone(norm: ActNorm, mixture: InvertibleConv) -> tuple[Tensor, Tensor]:
    """Weight [C, C] and bias [C] of what undoes a mixture, and then a normalisation before it."""
    gain_C = torch.exp(-norm.log_scale[0, :, 0])
    return gain_C[:, None] * mixture.inverse(), -gain_C * norm.bias[0, :, 0]


class GlowFlow(nn.Module):
    """Squeezed frames through blocks of normalisation, mixing and coupling."""

    def __init__(self, dims: GlowDims) -> None:
        super().__init__()
        self.squeeze = dims.squeeze
        channels = dims.bands * dims.squeeze
        self.steps = nn.ModuleList(
            step for _ in range(dims.blocks) for step in _block(channels, dims)
        )

    def each(self) -> list[Step]:
        """The steps, in the order in which a spectrogram goes through them."""
        return list(self.steps)  # type: ignore[arg-type] # a list of modules knows no more

    def blocks(self) -> list[tuple[ActNorm, InvertibleConv, AffineCoupling]]:
        """The same steps, three by three."""
        steps = self.each()
        return list(zip(steps[::3], steps[1::3], steps[2::3], strict=True))  # type: ignore[arg-type]

    def forward(
        self, mel_BMF: Tensor, mask_B1F: Mask, speaker_BG1: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Spectrogram -> latent, with the logarithm of the determinant of each line (training)."""
        x_BCT, mask_B1T = squeeze(mel_BMF, self.squeeze), squeezed_mask(mask_B1F, self.squeeze)
        total_B = x_BCT.new_zeros(len(x_BCT))
        for step in self.each():
            x_BCT, determinant_B = step(masked(x_BCT, mask_B1T), mask_B1T, speaker_BG1)
            total_B = total_B + determinant_B
        return unsqueeze(x_BCT, self.squeeze), total_B

    @torch.no_grad()
    def start(self, mel_BMF: Tensor, mask_B1F: Mask, speaker_BG1: Tensor) -> None:
        """Begin with normalisations that fit a first batch."""
        x_BCT, mask_B1T = squeeze(mel_BMF, self.squeeze), squeezed_mask(mask_B1F, self.squeeze)
        for step in self.each():
            if isinstance(step, ActNorm):
                step.start(x_BCT, mask_B1T)
            x_BCT, _ = step(masked(x_BCT, mask_B1T), mask_B1T, speaker_BG1)

    def reverse(self, z_BMF: Tensor, mask_B1F: Mask, speaker_BG1: Tensor) -> Tensor:
        """Latent -> spectrogram."""
        x_BCT, mask_B1T = squeeze(z_BMF, self.squeeze), squeezed_mask(mask_B1F, self.squeeze)
        x_BCT = masked(x_BCT, mask_B1T)
        for step in reversed(self.each()):
            x_BCT = step.reverse(x_BCT, mask_B1T, speaker_BG1)
        return unsqueeze(x_BCT, self.squeeze)


def _block(channels: int, dims: GlowDims) -> tuple[Step, ...]:
    network = WaveNet(
        dims.hidden,
        dims.kernel,
        dims.dilation_rate,
        dims.layers,
        dims.speaker_channels,
        dims.dropout,
    )
    return (
        ActNorm(channels),
        InvertibleConv(channels, dims.split),
        AffineCoupling(channels, dims.hidden, network, sigmoid_scale=dims.sigmoid_scale),
    )
