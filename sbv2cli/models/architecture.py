"""What an acoustic model and a vocoder are, and the records that describe one of each.

A row of `models.ARCHITECTURES` names an `Architecture`, a row of `models.VOCODERS` a `VocoderKind`.
Whoever speaks with a voice knows these two and what passes between them, and no network by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from sbv2cli.models.weights import Rows
from sbv2cli.records import Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a text encoder is given."""

    phones_BP: Tensor
    tones_BP: Tensor
    languages_BP: Tensor
    style_BC: Tensor
    bert_BCP: Tensor | None  # `None`: zeros
    bert_slot_B: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Text):
    """Lines side by side, padded to the longest; what the engine makes of utterances."""

    lengths_B: Tensor | None  # phones per line; `None` where all are as long as the batch
    speakers_B: Tensor
    length_scale_B: Tensor
    sdp_ratio_B: Tensor
    noise_scale_w_B: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `plan` found out: how long each phone lasts, and what its frames are made from."""

    frames_BP: Tensor  # whole numbers as floats; zero in the padding
    per_phone_BKP: Tensor  # spread over the frames of each phone before `decode`
    speaker_BG1: Tensor  # without channels where there is no speaker table


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Planned lines side by side, frame by frame; what `decode` is given."""

    values_BKF: Tensor  # `Plan.per_phone_BKP`, each phone repeated over its frames
    noise_BNF: Tensor  # normal, of the line's own stream; zeros where the line wants none
    noise_scale_B: Tensor
    frames: int  # of the longest line; the tensors go on to a multiple of `frame_multiple`
    lengths_B: Tensor | None  # frames per line; `None` where all lines fill the tensors
    speaker_BG1: Tensor
    # Of a diffusion; all lines take as many steps.
    steps: int = 0
    temperature_B: Tensor | None = None  # `None`: one
    step_noise: Callable[[int], Tensor] | None = None
    """[B, N, F] of a step, from 0: normal, of the line's own stream, drawn when it is asked for."""


class AcousticModel(nn.Module):
    """From text to frames, in two halves: exact lengths first, then the expensive half."""

    inventory: Inventory
    channels: int  # of the frames that `decode` makes
    speaker_channels: int  # that a vocoder hears; 0: it knows no speakers
    noise_channels: int  # normal numbers that `decode` wants for each frame
    frame_multiple: int = 1
    """`decode` is given a number of frames that this divides; those beyond a line are dropped."""
    bytes_per_frame: int = 0
    """Memory that a frame takes at most in `decode`; 0: less than in the vocoder."""

    def plan(self, batch: Batch, noise_B2P: Tensor) -> Plan:
        """How long each phone lasts. In float32: a length must not depend on rounding."""
        raise NotImplementedError

    def decode(self, spread: Spread) -> Tensor:
        """[B, C, F]: a latent, or a mel spectrogram. What is beyond a line's end is not heard."""
        raise NotImplementedError


class DiffusionModel(AcousticModel):
    """An acoustic model whose frames are made of noise, step by step."""

    def begin(self, spread: Spread) -> tuple[Tensor, Any]:
        """[B, C, F] of noise, and what is the same in all steps."""
        raise NotImplementedError

    def step(self, x_BCF: Tensor, conditions: Any, index: int, spread: Spread) -> Tensor:
        """[B, C, F] with less noise; `index` counts steps from 0. The last one makes frames."""
        raise NotImplementedError

    def decode(self, spread: Spread) -> Tensor:
        """See `AcousticModel.decode`."""
        x_BCF, conditions = self.begin(spread)
        for index in range(spread.steps):
            x_BCF = self.step(x_BCF, conditions, index, spread)
        return x_BCF


@runtime_checkable
class Normed(Protocol):
    """A module that files of training keep partly as directions and sizes (weight norm)."""

    def normed(self) -> Iterator[nn.Module]:
        """Its layers that are kept so."""
        ...


class Vocoder(nn.Module):
    """From frames to samples. A padded batch makes what its lines make alone."""

    kind: str  # its row in `models.VOCODERS`
    frame_samples: int
    noise_channels: int = 0
    """Noise that it wants for each frame: the line's own normals, see `collate.vocoder_noise`."""
    halo: int | None
    """Frames on each side that a sample depends on; `None`: a line cannot be cut in pieces."""
    bytes_per_frame: int
    """Memory that a frame takes at most while it is decoded, in float32."""

    def output_length(self, frames: int) -> int:
        """Samples that `frames` frames become."""
        return frames * self.frame_samples

    def normed(self) -> Iterator[nn.Module]:
        """Convolutions that files of training keep as a direction and a size (weight norm)."""
        yield from ()

    def lower(self, precision: torch.dtype) -> torch.dtype:
        """Compute in this precision what can be; answers that of what it wants to be given."""
        self.to(precision)
        return precision

    def forward(
        self,
        x_BCF: Tensor,
        lengths_B: Tensor | None,
        speaker_BG1: Tensor,
        noise_BNF: Tensor | None = None,
    ) -> Tensor:
        """[B, 1, S], zero beyond each line's end; `lengths_B` as in `Spread`.

        `noise_BNF` is given where `noise_channels` is not 0.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """An acoustic model that can be built from a voice's configuration and filled from a file."""

    name: str
    build: Callable[[Mapping[str, Any], Inventory, str], AcousticModel]
    """`build(model section, what there are rows for, where)`"""
    names: Rows
    feature_slots: Mapping[str, int]  # language -> which projection its BERT features go through
    vocoder: str | None  # beginning of the vocoder's names in the file; `None`: a file of its own
    symbol_table: str  # the tensor with a row for each symbol
    learning_names: Rows = ()  # of tensors that only training needs
    sizes: Callable[[Mapping[str, Tensor]], Mapping[str, Any]] | None = None
    """Keys of the model section that the tensors of a file tell, where no configuration does."""
    fitted: (
        Callable[[Mapping[str, Any], Mapping[str, Tensor], Inventory], dict[str, Any]] | None
    ) = None
    """`fitted(model section, tensors, rows)`: without parts that this file was made without."""
    version: str | None = None
    """What config.json says of such a voice, where a version alone tells it from another."""
    noisy_alignment: bool = True  # whether early alignments are blurred where nothing says so
    # Where these are, "module:attribute"; `None`: nowhere.
    pack: str | None = None  # pack(acoustic model, precision) -> AcousticModel | None, for a CPU
    export: str | None = None
    objective: str | None = None  # what trains it


@dataclass(frozen=True, slots=True, kw_only=True)
class VocoderKind:
    """A vocoder that can be built from a configuration and filled from a file."""

    name: str
    build: Callable[[Mapping[str, Any], int, int, str], Vocoder]
    """`build(its section, channels of a frame, speaker channels, where)`"""
    names: Rows
    sizes: Mapping[str, Any] | None = None  # a new one's section; `None`: those of the network
    pack: str | None = None  # pack(vocoder, precision) -> Vocoder | None, for a CPU
    export: str | None = None
    tolerance: float = 1e-4
    """How far rounding of a network takes samples, of those up to one, where a graph is checked."""
    coarse: tuple[str, ...] = ("",)
    """Beginnings of the parameters that eight bits are enough for in a graph."""
    coarse_frames: bool = True  # whether the same is true of what makes its frames
    objective: str | None = None  # how it is run in training, and what is asked of it
