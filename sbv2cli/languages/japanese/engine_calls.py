"""Which stretches of a text the engine gets in one call: whole sentences, as many as fit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from sbv2cli.languages.japanese.engine_text import EngineText
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.languages.sentences import split_sentences

LONGEST_PIECE = 500
"""Characters per engine call: far below the limits at which engines have crashed."""


def stretches(source: EngineText, spans: Sequence[SpokenSpan]) -> list[tuple[int, int]]:
    """Ranges for the engine: whole sentences, as many as fit; a decided word is not cut."""
    if len(source.text) <= LONGEST_PIECE:
        return [(0, len(source.text))] if source.text else []
    pieces: list[tuple[int, int]] = []
    start = end = 0
    for sentence in split_sentences(source.text, limit=LONGEST_PIECE, inside_quotes=True):
        cut = end + len(sentence)
        if cut - start > LONGEST_PIECE and end > start:
            pieces.append((start, end))
            start = end
        end = cut
    pieces.append((start, end))
    return _around_decided(pieces, source, spans)


def _around_decided(
    pieces: list[tuple[int, int]], source: EngineText, spans: Sequence[SpokenSpan]
) -> list[tuple[int, int]]:
    """Pieces moved so that none ends inside a decided word; a very long one is its own piece."""
    moved: list[tuple[int, int]] = []
    start = 0
    for _, cut in pieces:
        end = max(cut, start)
        if end == len(source.text) or not _inside_decided(end, source, spans):
            moved.append((start, end))
            start = end
            continue
        owner = source.owners[end]
        first = bisect_left(source.owners, owner)
        last = bisect_right(source.owners, owner)
        moved.append((start, max(start, first)))
        if last - first > LONGEST_PIECE:
            moved.append((first, last))
            start = last
        else:
            start = max(start, first)
    moved.append((start, len(source.text)))
    return [(start, end) for start, end in moved if start < end]


def _inside_decided(place: int, source: EngineText, spans: Sequence[SpokenSpan]) -> bool:
    owner = source.owners[place]
    return source.owners[place - 1] == owner and spans[owner].kana is not None
