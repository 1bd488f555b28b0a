"""The sizes of a network, as integers, from the `model` section of a voice's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from sbv2cli.errors import VoiceError

STYLE_CHANNELS = 256
BERT_CHANNELS = 1024
DURATION_CHANNELS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Dims:
    """Sizes of a network; names as in the VITS paper where it has one."""

    symbols: int
    tones: int
    languages: int
    speakers: int
    latent: int  # channels between flow and decoder
    hidden: int
    filter: int  # inner width of the encoder's MLP
    heads: int
    layers: int
    kernel: int
    dropout: float
    speaker_channels: int  # 0: there is no speaker table
    transformer_flow: bool
    flow_layers: int  # layers of each transformer coupling; fixed per architecture
    residual_block: str  # "1" (pairs of convolutions) or "2" (single ones)
    residual_kernels: tuple[int, ...]
    residual_dilations: tuple[tuple[int, ...], ...]
    upsample_initial: int
    upsample_rates: tuple[int, ...]
    upsample_kernels: tuple[int, ...]

    @property
    def frame_samples(self) -> int:
        """Samples that the decoder makes of one frame."""
        return prod(self.upsample_rates)


def read_dims(
    network: Mapping[str, Any],
    *,
    inventory: tuple[int, int, int],
    speakers: int,
    flow_layers: int,
    where: str,
    least_speaker_channels: int = 1,
) -> Dims:
    """Check and type the `model` section; `inventory` counts symbols, tones and languages."""
    read = _Section(network, where)
    kernels = read.whole_list("resblock_kernel_sizes")
    dilations = tuple(tuple(row) for row in read.nested("resblock_dilation_sizes"))
    pairs = str(network["resblock"]) == "1"
    rates = read.whole_list("upsample_rates")
    dims = Dims(
        symbols=inventory[0],
        tones=inventory[1],
        languages=inventory[2],
        speakers=speakers,
        latent=read.whole("inter_channels"),
        hidden=read.whole("hidden_channels"),
        filter=read.whole("filter_channels"),
        heads=read.whole("n_heads"),
        layers=read.whole("n_layers"),
        kernel=read.whole("kernel_size"),
        dropout=float(network["p_dropout"]),
        speaker_channels=read.whole("gin_channels", least=least_speaker_channels),
        transformer_flow=bool(network["use_transformer_flow"]),
        flow_layers=flow_layers,
        # Block "1" has three dilated convolutions whatever the list holds, block "2" has two.
        residual_block="1" if pairs else "2",
        residual_kernels=kernels,
        residual_dilations=tuple(row[: 3 if pairs else 2] for row in dilations),
        upsample_initial=read.whole("upsample_initial_channel"),
        upsample_rates=rates,
        upsample_kernels=read.whole_list("upsample_kernel_sizes"),
    )
    read.must(dims.hidden % dims.heads == 0, "hidden_channels", "a multiple of n_heads")
    read.must(dims.latent % 2 == 0, "inter_channels", "an even number")
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


class _Section:
    """Typed access to the section, with errors that name key, value and wish."""

    def __init__(self, network: Mapping[str, Any], where: str) -> None:
        self.network = network
        self.where = where

    def must(self, holds: bool, key: str, wanted: str) -> None:  # noqa: FBT001 - an assertion
        if not holds:
            raise VoiceError(
                "voice.config",
                f'"{key}" is {self.network[key]}, wanted {wanted}',
                at=self.where,
                hint="take config.json and weights from the same training run",
            )

    def whole(self, key: str, *, least: int = 1) -> int:
        value = self.network[key]
        good = _is_positive(value) or (least == 0 and value == 0)
        self.must(good, key, "a positive whole number" if least else "a whole number")
        return int(value)

    def whole_list(self, key: str) -> tuple[int, ...]:
        values = self.network[key]
        good = isinstance(values, Sequence) and values and all(_is_positive(v) for v in values)
        self.must(bool(good), key, "a list of positive whole numbers")
        return tuple(values)

    def nested(self, key: str) -> Sequence[Sequence[int]]:
        rows = self.network[key]
        good = (
            isinstance(rows, Sequence)
            and rows
            and all(isinstance(row, Sequence) and all(_is_positive(v) for v in row) for row in rows)
        )
        self.must(bool(good), key, "a list of lists of positive whole numbers")
        return list(rows)


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
