"""Lines side by side as arrays: what a network is given, and what comes between its two halves.

Numpy only: a worker turns these arrays into what its network computes with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sbv2cli.engine import noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.records import Utterance

Array = Any
"""A numpy array, or a tensor on the device of the worker that made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines side by side, zeros beyond the end of each."""

    phones_BP: NDArray[np.int64]
    tones_BP: NDArray[np.int64]
    languages_BP: NDArray[np.int64]
    lengths_B: NDArray[np.int64]
    speakers_B: NDArray[np.int64]
    style_BC: NDArray[np.float32]
    bert_slot_B: NDArray[np.int64]
    length_scale_B: NDArray[np.float32]
    sdp_ratio_B: NDArray[np.float32]
    noise_scale_w_B: NDArray[np.float32]
    noise_B2P: NDArray[np.float32]

    @property
    def padded(self) -> bool:
        """Whether any line is shorter than the longest."""
        return padded(self.lengths_B)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A line whose frames are known, or guessed at: what rendering needs of it.

    A network in two halves leaves what is spread over frames, and the speaker; one that does all
    at once is still to be given the line's BERT features.
    """

    utterance: Utterance
    frames_P: NDArray[np.int64]
    per_phone_KP: Array = None
    speaker_G: Array = None
    features_CP: Array = None
    plan_seconds: float = 0.0  # this line's share of what planning took

    @property
    def frames(self) -> int:
        """Length of the line."""
        return int(self.frames_P.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The frames of planned lines side by side: whose phone each is, and its noise."""

    index_BF: NDArray[np.int64]  # the phone that a frame belongs to
    noise_BNF: NDArray[np.float32]
    noise_scale_B: NDArray[np.float32]
    lengths_B: NDArray[np.int64]

    @property
    def padded(self) -> bool:
        """Whether any line ends before the arrays do."""
        return bool(self.lengths_B.min() < self.index_BF.shape[1])


def padded(lengths_B: NDArray[np.int64]) -> bool:
    """Whether these lengths differ."""
    return bool(lengths_B.min() < lengths_B.max())


def collate(utterances: Sequence[Utterance], slots: Mapping[str, int]) -> Lines:
    """The lines side by side, with their duration noise."""
    count, longest = len(utterances), max(len(u.phones) for u in utterances)
    ids_3BP = np.zeros((3, count, longest), dtype=np.int64)
    noise_B2P = np.zeros((count, 2, longest), dtype=np.float32)
    for row, utterance in enumerate(utterances):
        length = len(utterance.phones)
        ids_3BP[0, row, :length] = utterance.phones
        ids_3BP[1, row, :length] = utterance.tones
        ids_3BP[2, row, :length] = utterance.languages
        if utterance.noise_scale_w > 0:
            noise_B2P[row, :, :length] = noise.duration_noise(utterance)
    return Lines(
        phones_BP=ids_3BP[0],
        tones_BP=ids_3BP[1],
        languages_BP=ids_3BP[2],
        lengths_B=_whole([len(u.phones) for u in utterances]),
        speakers_B=_whole([u.speaker for u in utterances]),
        style_BC=np.stack([u.style for u in utterances]),
        bert_slot_B=_whole([slots.get(u.text_language, 0) for u in utterances]),
        length_scale_B=_numbers([u.length_scale for u in utterances]),
        sdp_ratio_B=_numbers([u.sdp_ratio for u in utterances]),
        noise_scale_w_B=_numbers([u.noise_scale_w for u in utterances]),
        noise_B2P=noise_B2P,
    )


def frames(lines: Sequence[Planned], channels: int, multiple: int = 1) -> Frames:
    """The frames of planned lines, with as many channels of noise for each.

    There are as many frames as `multiple` divides; noise goes on to there.
    """
    lengths = [line.frames for line in lines]
    size = rounded(max(lengths), multiple)
    noise_BNF = np.zeros((len(lines), channels, size), dtype=np.float32)
    index_BF = np.zeros((len(lines), size), dtype=np.int64)
    for row, line in enumerate(lines):
        phones = np.arange(len(line.frames_P))
        index_BF[row, : lengths[row]] = np.repeat(phones, line.frames_P)
        # A diffusion begins with noise, however loud that of a prior would be.
        if line.utterance.noise_scale > 0 or line.utterance.steps:
            own = rounded(lengths[row], multiple)
            noise_BNF[row, :, :own] = noise.latent_noise(line.utterance, own, channels)
    return Frames(
        index_BF=index_BF,
        noise_BNF=noise_BNF,
        noise_scale_B=_numbers([line.utterance.noise_scale for line in lines]),
        lengths_B=_whole(lengths),
    )


def step_noise(
    lines: Sequence[Planned], step: int, channels: int, multiple: int = 1
) -> NDArray[np.float32]:
    """[B, N, F] normal numbers for one step of a diffusion, as many frames as `frames` has."""
    size = rounded(max(line.frames for line in lines), multiple)
    noise_BNF = np.zeros((len(lines), channels, size), dtype=np.float32)
    for row, line in enumerate(lines):
        own = rounded(line.frames, multiple)
        noise_BNF[row, :, :own] = noise.step_noise(line.utterance, step, own, channels)
    return noise_BNF


def by_steps(lines: Sequence[Planned]) -> list[list[int]]:
    """Positions of lines that take the same number of steps: those can go side by side."""
    found: dict[int, list[int]] = {}
    for position, line in enumerate(lines):
        found.setdefault(line.utterance.steps, []).append(position)
    return list(found.values())


def temperatures(lines: Sequence[Planned]) -> NDArray[np.float32]:
    """[B], of each line."""
    return _numbers([line.utterance.temperature for line in lines])


def rounded(length: int, multiple: int) -> int:
    """The next number that `multiple` divides."""
    return -(-length // multiple) * multiple


def vocoder_noise(lines: Sequence[Planned], channels: int) -> NDArray[np.float32] | None:
    """[B, N, F] normal numbers, louder with the noise scale of their line; none for no channels.

    They are the breath in a voice, without which nobody understands an S: a line without noise
    keeps half of it.
    """
    if not channels:
        return None
    longest = max(line.frames for line in lines)
    noise_BNF = np.zeros((len(lines), channels, longest), dtype=np.float32)
    for row, line in enumerate(lines):
        own_NF = noise.vocoder_noise(line.utterance, line.frames, channels)
        noise_BNF[row, :, : line.frames] = own_NF * np.float32(breath(line.utterance.noise_scale))
    return noise_BNF


def breath(noise_scale: float) -> float:
    """Gain of a vocoder's noise: one at the usual scale of 0.6, a half where there is none."""
    return 0.5 + noise_scale / 1.2


def spread(lines: Sequence[Planned], found: Frames) -> NDArray[np.float32]:
    """[B, K, F]: what each phone has, over its frames; of lines planned as numpy arrays."""
    return np.stack(
        [line.per_phone_KP[:, index] for line, index in zip(lines, found.index_BF, strict=True)]
    )


def stack(
    features: Sequence[NDArray[np.float32] | None], longest: int
) -> NDArray[np.float32] | None:
    """[B, C, P], zeros where a line has no features; nothing where none has."""
    known = next((f for f in features if f is not None), None)
    if known is None:
        return None
    stacked = np.zeros((len(features), known.shape[0], longest), dtype=np.float32)
    for row, feature in enumerate(features):
        if feature is not None:
            stacked[row, :, : feature.shape[1]] = feature
    return stacked


def _numbers(values: Sequence[float]) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


def _whole(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
