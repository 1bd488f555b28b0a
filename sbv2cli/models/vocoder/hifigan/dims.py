"""The sizes of a HiFi-GAN, from the section of a configuration that has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from sbv2cli.models.section import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class HifiganDims:
    """Names as in the paper."""

    channels: int  # of the frames that it is given
    speaker_channels: int  # 0: it knows no speakers
    residual_block: str  # "1" (pairs of convolutions) or "2" (single ones)
    residual_kernels: tuple[int, ...]
    residual_dilations: tuple[tuple[int, ...], ...]
    upsample_initial: int
    upsample_rates: tuple[int, ...]
    upsample_kernels: tuple[int, ...]
    standalone: bool = False
    """A vocoder of mel spectrograms, not part of a voice: its last convolution has a bias, and its
    edges are weight-normed as all the rest."""
    edge_frames: int = 0  # how often it hears the first and the last frame beyond the line

    @property
    def frame_samples(self) -> int:
        """Samples that it makes of one frame."""
        return prod(self.upsample_rates)


def read_dims(
    section: Mapping[str, Any], channels: int, speaker_channels: int, where: str
) -> HifiganDims:
    """Check and type the keys of the published layout, and `standalone` and `edge_frames`."""
    read = Section(section, where)
    kernels = read.whole_list("resblock_kernel_sizes")
    dilations = tuple(tuple(row) for row in read.nested("resblock_dilation_sizes"))
    pairs = str(section.get("resblock")) == "1"
    rates = read.whole_list("upsample_rates")
    dims = HifiganDims(
        channels=channels,
        speaker_channels=speaker_channels,
        # Block "1" has three dilated convolutions whatever the list holds, block "2" has two.
        residual_block="1" if pairs else "2",
        residual_kernels=kernels,
        residual_dilations=tuple(row[: 3 if pairs else 2] for row in dilations),
        upsample_initial=read.whole("upsample_initial_channel"),
        upsample_rates=rates,
        upsample_kernels=read.whole_list("upsample_kernel_sizes"),
        standalone=bool(section.get("standalone")),
        edge_frames=read.whole("edge_frames", least=0) if "edge_frames" in section else 0,
    )
    read.must(len(rates) == len(dims.upsample_kernels), "upsample_kernel_sizes", "one per rate")
    read.must(len(kernels) == len(dilations), "resblock_dilation_sizes", "one list per kernel")
    need = 3 if pairs else 2
    read.must(
        all(len(row) == need for row in dims.residual_dilations),
        "resblock_dilation_sizes",
        f"lists of at least {need}",
    )
    read.must(
        all(kernel >= rate for kernel, rate in zip(dims.upsample_kernels, rates, strict=True)),
        "upsample_kernel_sizes",
        "at least as large as the rates",
    )
    read.must(
        dims.upsample_initial >> len(rates) > 0,
        "upsample_initial_channel",
        f"at least {2 ** len(rates)}",
    )
    return dims
