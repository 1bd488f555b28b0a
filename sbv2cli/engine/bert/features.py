"""BERT features: what a BERT makes of a text, spread over the phones of a line.

Texts are encoded once each (kept by text, within a bound of bytes), several at a time, and without
padding on a CPU. A line that cannot be encoded is that line's failure.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np

from sbv2cli.engine.bert.tokenisers import Tokeniser
from sbv2cli.records import LineFailure, Utterance

# Bounds of one batch. Beyond a few hundred rows the weights' way through memory no longer counts.
BATCH_LINES = 16
BATCH_TOKENS = 1024

# The largest text that is tried; the attention of a longer one would fill the memory.
LONGEST_TEXT = 4096

# About 2,400 lines of 27 characters with the published models.
CACHE_BYTES = 256 << 20

Key = tuple[str, str]
"""Language and text."""

Rows = Any
"""[T, C] or [C, P] in float32: a numpy array, or a tensor on the device of the encoder."""


class Encoder(Protocol):
    """A BERT, whatever library runs it."""

    @property
    def longest_line(self) -> int | None:
        """Most tokens that a text may have, where the model sets a limit."""
        ...

    def encode(self, lines: Sequence[Sequence[int]]) -> list[Rows]:
        """Rows [T, C] for each line of ids."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bert:
    """A tokeniser and its encoder."""

    path: Path
    tokeniser: Tokeniser
    encoder: Encoder

    @property
    def longest(self) -> int:
        """Most tokens that a text may have, marks included."""
        limit = self.encoder.longest_line
        return LONGEST_TEXT if limit is None else min(limit, LONGEST_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The texts that a line needs, as token ids."""

    text: Key
    assist: Key | None
    ids: Mapping[Key, tuple[int, ...]]


class Features:
    """BERT features for lines of any language. May be shared by threads."""

    def __init__(
        self,
        folders: Mapping[str, Path],
        open_model: Callable[[Path], Bert],
        *,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.folders = folders
        self.open_model = open_model
        self.encoded = 0  # texts that went through an encoder
        self._models: dict[str, Bert] = {}
        self._kept = RowCache(cache_bytes)
        self._lock = Lock()

    def elsewhere(self, open_model: Callable[[Path], Bert]) -> Features:
        """The same models in another place; those that are open here are opened there now."""
        other = Features(self.folders, open_model, cache_bytes=self._kept.limit)
        other.prepare(self._models)
        return other

    def prepare(self, languages: Iterable[str]) -> None:
        """Open the models of these languages now, so that what is wrong with them is said now."""
        for language in languages:
            self.model(language)

    def model(self, language: str) -> Bert:
        """The model of a language that has a folder, opened at its first use."""
        with self._lock:
            if language not in self._models:
                self._models[language] = self.open_model(self.folders[language])
            return self._models[language]

    def of(self, utterances: Sequence[Utterance]) -> list[Rows | LineFailure | None]:
        """Per line [C, P] in float32; None for a line that wants none."""
        wanted = [self._wanted(utterance) for utterance in utterances]
        ids: dict[Key, tuple[int, ...]] = {}
        for want in wanted:
            if isinstance(want, Wanted):
                ids |= want.ids
        rows = self._rows(ids)
        return [
            spread(
                rows[want.text],
                utterance.phones_per_token,
                assist_rows=None if want.assist is None else rows[want.assist],
                assist_weight=utterance.assist_weight,
                scale=utterance.bert_scale,
            )
            if isinstance(want, Wanted)
            else want
            for utterance, want in zip(utterances, wanted, strict=True)
        ]

    def _wanted(self, utterance: Utterance) -> Wanted | LineFailure | None:
        if utterance.model_text is None:
            return None
        language = utterance.text_language
        if language not in self.folders:
            return LineFailure(
                id=utterance.id,
                code="bert.missing",
                message=f'no BERT is loaded for "{language}"',
                hint="see sbv2 doctor, which names the places that are looked at",
            )
        model = self.model(language)
        text: Key = (language, utterance.model_text)
        assist: Key | None = None
        if utterance.assist_text and utterance.assist_weight > 0:
            assist = (language, utterance.assist_text)
        ids = {key: tuple(model.tokeniser.ids(key[1])) for key in (text, assist) if key is not None}
        longest = max(len(tokens) for tokens in ids.values())
        if longest > model.longest:
            return LineFailure(
                id=utterance.id,
                code="bert.too-long",
                message=f"the text has {longest} tokens, BERT takes {model.longest} at most",
                hint="split the line",
            )
        counts = utterance.phones_per_token
        if len(ids[text]) != len(counts):
            return LineFailure(
                id=utterance.id,
                code="bert.tokens",
                message=f"BERT sees {len(ids[text])} tokens in"
                f' "{_shortened(utterance.model_text)}", the reading counts phones for'
                f" {len(counts)}",
                hint="correct phones_per_token in the reading, or let the line be read anew",
            )
        if sum(counts) != len(utterance.phones) or min(counts) < 0:
            return LineFailure(
                id=utterance.id,
                code="bert.tokens",
                message=f"phones_per_token sums to {sum(counts)}, the line has"
                f" {len(utterance.phones)} phones",
                hint="correct phones_per_token in the reading, or let the line be read anew",
            )
        return Wanted(text=text, assist=assist, ids=ids)

    def _rows(self, ids: Mapping[Key, tuple[int, ...]]) -> dict[Key, Rows]:
        """Rows [T, C] for every text, encoding those that are not kept."""
        rows: dict[Key, Rows] = {}
        with self._lock:
            for key in ids:
                kept = self._kept.get(key)
                if kept is not None:
                    rows[key] = kept
        missing = sorted((key for key in ids if key not in rows), key=lambda k: (k[0], len(ids[k])))
        for batch in batches(missing, [len(ids[key]) for key in missing]):
            encoder = self.model(batch[0][0]).encoder
            rows |= zip(batch, encoder.encode([ids[key] for key in batch]), strict=True)
        with self._lock:
            self.encoded += len(missing)
            for key in missing:
                self._kept.put(key, rows[key])
        return rows


class RowCache:
    """Encoded texts, the longest unused dropped first when they exceed a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._rows: OrderedDict[Key, Rows] = OrderedDict()

    def get(self, key: Key) -> Rows | None:
        """What is kept for a text."""
        if key not in self._rows:
            return None
        self._rows.move_to_end(key)
        return self._rows[key]

    def put(self, key: Key, rows: Rows) -> None:
        """Keep rows, unless they alone exceed the limit."""
        if key in self._rows or rows.nbytes > self.limit:
            return
        self._rows[key] = rows
        self.size += rows.nbytes
        while self.size > self.limit:
            self.size -= self._rows.popitem(last=False)[1].nbytes


def batches(keys: Sequence[Key], lengths: Sequence[int]) -> Iterator[list[Key]]:
    """Neighbours of one language, as many as fit in a batch; the longest text always fits."""
    batch: list[Key] = []
    tokens = 0
    for key, length in zip(keys, lengths, strict=True):
        full = len(batch) == BATCH_LINES or tokens + length > BATCH_TOKENS
        if batch and (full or batch[0][0] != key[0]):
            yield batch
            batch, tokens = [], 0
        batch.append(key)
        tokens += length
    if batch:
        yield batch


def spread(
    rows_TC: Rows,
    phones_per_token: Sequence[int],
    *,
    assist_rows: Rows | None = None,
    assist_weight: float = 0.0,
    scale: float = 1.0,
) -> Rows:
    """Token rows to phone columns [C, P]: row i stands phones_per_token[i] times.

    An assist text draws every column towards its own mean row, marks included, by its weight.
    Written in what numpy arrays and tensors have in common.
    """
    rows = rows_TC
    if assist_rows is not None:
        rows = (1 - assist_weight) * rows + assist_weight * assist_rows.mean(0)
    if scale != 1:
        rows = scale * rows
    return rows[np.repeat(np.arange(len(phones_per_token)), phones_per_token)].T


def _shortened(text: str, limit: int = 24) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
