"""A dataset folder -> batches, in the order of the sampler, a few ahead of the network."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from sbv2cli.engine.bert.loading import spread
from sbv2cli.errors import UsageError
from sbv2cli.training.data import arrays, spectrogram
from sbv2cli.training.data.batch import TrainingBatch
from sbv2cli.training.data.clips import Clip, along_symbols, with_blanks
from sbv2cli.training.data.spectrogram import SpectrogramSettings
from sbv2cli.training.prepare import style_vectors
from sbv2cli.training.prepare.audio import Unusable, load_samples, spectrogram_path
from sbv2cli.training.prepare.bert_features import features_path
from sbv2cli.voices.configs import voice_config

if TYPE_CHECKING:
    from sbv2cli.voices.configs.voice_config import VoiceConfig
    from sbv2cli.voices.phonologies.phonology import Spelled

AHEAD = 4  # batches that are read while one is learned from
READERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One clip as tensors."""

    phones_P: Tensor
    tones_P: Tensor
    languages_P: Tensor
    speaker: int
    style_C: Tensor
    bert_CP: Tensor | None
    slot: int
    spectrogram_CF: Tensor
    samples_S: Tensor
    durations_P: Tensor | None


def spelled_as(config: VoiceConfig, clip: Clip) -> Spelled:
    """A clip's reading in the ids of the voice that learns from it."""
    return config.phonology.spell(clip, add_blank=config.add_blank)


class Dataset:
    """Clips of one folder, read when they are needed."""

    def __init__(
        self,
        folder: Path,
        clips: Sequence[Clip],
        config: Mapping[str, Any],
        settings: SpectrogramSettings,
        slots: Mapping[str, int],
        *,
        given_durations: bool = True,
        least_frames: int = 1,
        in_memory: bool = False,
        pinned: bool = False,
    ) -> None:
        self.folder = folder
        self.clips = clips
        self.settings = settings
        self.slots = slots
        self.least_frames = least_frames
        self.in_memory = in_memory
        self.pinned = pinned
        self._items: dict[int, Item] = {}
        self.parsed = voice_config.parse(
            json.dumps(config, ensure_ascii=False), where=str(folder / "config.json")
        )
        self.style_vectors = torch.zeros(1, style_vectors.SIZE)
        if self.parsed.has_styles:
            self.style_vectors = torch.from_numpy(
                arrays.load(folder / "style_vectors.npy").astype(np.float32)
            )
        # A batch cannot mix searched and given durations.
        self.durations = given_durations and all(c.durations is not None for c in clips)

    def lengths(self) -> list[int]:
        """Frames of every clip."""
        return [clip.frames for clip in self.clips]

    def item(self, index: int) -> Item:
        """One clip, read now or kept from before."""
        item = self._items.get(index)
        if item is None:
            item = self._read(index)
            if self.in_memory:
                self._items[index] = item
        return item

    def _read(self, index: int) -> Item:
        clip = self.clips[index]
        path = self.folder / clip.audio
        spelled = spelled_as(self.parsed, clip)
        durations = clip.durations if self.durations else None
        if durations is not None and spelled.ids_per_phone:
            durations = tuple(along_symbols(durations, spelled.ids_per_phone))
        elif durations is not None and self.parsed.add_blank:
            durations = tuple(with_blanks(durations))
        try:
            samples = torch.from_numpy(load_samples(path, self.settings.rate))
        except Unusable as reason:
            raise UsageError(
                "train.audio" if reason.code != "audio.rate" else "train.rate",
                reason.message,
                at=str(path),
                hint="make the dataset again: sbv2 train prepare",
            ) from None
        spec = self._spectrogram(path, samples)
        frames = min(spec.shape[1], len(samples) // self.settings.hop)
        bert = None
        if self.parsed.needs_bert:
            token_rows = torch.from_numpy(arrays.load(features_path(self.folder, clip)))
            bert = spread(token_rows, spelled.per_token)
        return Item(
            phones_P=torch.from_numpy(spelled.phones),
            tones_P=torch.from_numpy(spelled.tones),
            languages_P=torch.from_numpy(spelled.languages),
            speaker=self.parsed.speakers.get(clip.speaker, 0),
            style_C=self._style(clip),
            bert_CP=bert,
            slot=self.slots.get(clip.language, 0),
            spectrogram_CF=spec[:, :frames],
            samples_S=samples[: frames * self.settings.hop],
            durations_P=None if durations is None else torch.tensor(durations),
        )

    def batch(self, indices: Sequence[int]) -> TrainingBatch:
        """Several clips side by side, the longest first, padded with zeros."""
        items = [self.item(index) for index in indices]
        items.sort(key=lambda item: -item.spectrogram_CF.shape[1])
        batch = collate(items, self.settings.hop, self.least_frames)
        return batch.pinned() if self.pinned else batch

    def _spectrogram(self, path: Path, samples: Tensor) -> Tensor:
        kept = spectrogram_path(path)
        if kept.is_file():
            found = torch.from_numpy(arrays.load(kept))
            if found.shape[0] == self.settings.bins:
                return found
        return spectrogram.linear(samples[None], self.settings)[0]

    def _style(self, clip: Clip) -> Tensor:
        if not self.parsed.has_styles:
            return self.style_vectors[0]
        measured = style_vectors.kept_path(self.folder, clip.id)
        if measured.is_file():
            return torch.from_numpy(style_vectors.load_kept(measured))
        return self.style_vectors[self.parsed.styles[clip.style]]


def collate(items: Sequence[Item], hop: int, least_frames: int = 1) -> TrainingBatch:
    """Items to a batch; `least_frames` are there even where all clips are shorter."""
    phones = [len(item.phones_P) for item in items]
    frames = [item.spectrogram_CF.shape[1] for item in items]
    width, length = max(phones), max(*frames, least_frames)
    with_durations = all(item.durations_P is not None for item in items)
    return TrainingBatch(
        phones_BP=_padded([item.phones_P for item in items], width),
        tones_BP=_padded([item.tones_P for item in items], width),
        languages_BP=_padded([item.languages_P for item in items], width),
        phones_B=torch.tensor(phones),
        speakers_B=torch.tensor([item.speaker for item in items]),
        style_BC=torch.stack([item.style_C for item in items]),
        bert_BCP=None
        if items[0].bert_CP is None
        else _padded([item.bert_CP for item in items if item.bert_CP is not None], width),
        bert_slot_B=torch.tensor([item.slot for item in items]),
        spectrogram_BCF=_padded([item.spectrogram_CF for item in items], length),
        frames_B=torch.tensor(frames),
        samples_B1S=_padded([item.samples_S for item in items], length * hop)[:, None],
        durations_BP=_padded(
            [item.durations_P for item in items if item.durations_P is not None], width
        )
        if with_durations
        else None,
    )


def _padded(rows: Sequence[Tensor], length: int) -> Tensor:
    padded = rows[0].new_zeros((len(rows), *rows[0].shape[:-1], length))
    for index, row in enumerate(rows):
        padded[index, ..., : row.shape[-1]] = row
    return padded


def read_ahead(dataset: Dataset, batches: Sequence[Sequence[int]]) -> Iterator[TrainingBatch]:
    """Batches in order, the next few being read by threads."""
    pending: deque[Future[TrainingBatch]] = deque()
    source = iter(batches)
    with ThreadPoolExecutor(READERS, "sbv2-clips") as pool:
        try:
            for indices in source:
                pending.append(pool.submit(dataset.batch, indices))
                if len(pending) > AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
