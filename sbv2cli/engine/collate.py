"""list[Utterance] -> Batch, and planned lines -> the prior that is rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from sbv2cli.engine import noise
from sbv2cli.models.layers.synthesizer import Batch, sample_prior

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sbv2cli.records import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A line whose frames are known: what rendering needs of it."""

    utterance: Utterance
    frames_P: NDArray[np.int64]
    means_CP: Tensor
    log_scales_CP: Tensor
    speaker_G1: Tensor

    @property
    def frames(self) -> int:
        """Length of the line."""
        return int(self.frames_P.sum())


def collate(
    utterances: Sequence[Utterance],
    features: Sequence[Tensor | None],
    slots: Mapping[str, int],
    device: torch.device,
) -> tuple[Batch, Tensor]:
    """The lines side by side, and their duration noise; one line alone needs no mask."""
    count, longest = len(utterances), max(len(u.phones) for u in utterances)
    ids = np.zeros((3, count, longest), dtype=np.int64)
    draws = np.zeros((count, 2, longest), dtype=np.float32)
    for row, utterance in enumerate(utterances):
        length = len(utterance.phones)
        ids[0, row, :length] = utterance.phones
        ids[1, row, :length] = utterance.tones
        ids[2, row, :length] = utterance.languages
        if utterance.noise_scale_w > 0:
            draws[row, :, :length] = noise.duration_noise(utterance)
    lengths = [len(u.phones) for u in utterances]
    ids_3BP = torch.from_numpy(ids).to(device)

    def numbers(values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)

    batch = Batch(
        phones_BP=ids_3BP[0],
        tones_BP=ids_3BP[1],
        languages_BP=ids_3BP[2],
        lengths_B=None
        if min(lengths) == longest
        else torch.tensor(lengths, dtype=torch.int64, device=device),
        speakers_B=torch.tensor([u.speaker for u in utterances], device=device),
        style_BC=torch.from_numpy(np.stack([u.style for u in utterances])).to(device),
        bert_BCP=_stack(features, longest, device),
        bert_slot_B=torch.tensor(
            [slots.get(u.text_language, 0) for u in utterances], device=device
        ),
        length_scale_B=numbers([u.length_scale for u in utterances]),
        sdp_ratio_B=numbers([u.sdp_ratio for u in utterances]),
        noise_scale_w_B=numbers([u.noise_scale_w for u in utterances]),
    )
    return batch, torch.from_numpy(draws).to(device)


def _stack(features: Sequence[Tensor | None], longest: int, device: torch.device) -> Tensor | None:
    """[B, C, P], zeros where a line has no features; nothing where none has."""
    known = next((f for f in features if f is not None), None)
    if known is None:
        return None
    stacked = torch.zeros((len(features), known.shape[0], longest), device=device)
    for row, feature in enumerate(features):
        if feature is not None:
            stacked[row, :, : feature.shape[1]] = feature
    return stacked


def prior(lines: Sequence[Planned], device: torch.device) -> tuple[Tensor, Tensor | None, Tensor]:
    """Prior samples [B, C, F], lengths (`None` where nothing is padded) and speakers."""
    channels = lines[0].means_CP.shape[0]
    lengths = [line.frames for line in lines]
    longest = max(lengths)
    draws = np.zeros((len(lines), channels, longest), dtype=np.float32)
    index = np.zeros((len(lines), longest), dtype=np.int64)
    for row, line in enumerate(lines):
        phones = np.arange(len(line.frames_P))
        index[row, : lengths[row]] = np.repeat(phones, line.frames_P)
        if line.utterance.noise_scale > 0:
            draws[row, :, : lengths[row]] = noise.latent_noise(
                line.utterance, lengths[row], channels
            )
    index_BF = torch.from_numpy(index).to(device)
    means_BCF, log_scales_BCF = (
        torch.stack([table[:, index_BF[row]] for row, table in enumerate(rows)])
        for rows in ([x.means_CP for x in lines], [x.log_scales_CP for x in lines])
    )
    prior_BCF = sample_prior(
        means_BCF,
        log_scales_BCF,
        torch.from_numpy(draws).to(device),
        torch.tensor([x.utterance.noise_scale for x in lines], device=device),
    )
    lengths_B = None if min(lengths) == longest else torch.tensor(lengths, device=device)
    return prior_BCF, lengths_B, torch.stack([line.speaker_G1 for line in lines])
