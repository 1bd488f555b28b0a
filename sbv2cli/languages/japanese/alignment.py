"""Which engine word stands for which characters, in the engine's text and in the author's."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from sbv2cli.languages.japanese.openjtalk import EngineWord


def place_words(text: str, words: Sequence[EngineWord]) -> list[tuple[int, int]]:
    """The range in `text` of each word; ranges are in order and tile `text`.

    Strings come back full-width, one character for one. Only where the engine rewrote something
    (numerals) or left something out does the length differ; then equal stretches are matched.
    """
    lengths = [len(word.string) for word in words]
    rewritten = sum(lengths) != len(text)
    return list(
        pairwise(_matched_edges(text, words) if rewritten else accumulate(lengths, initial=0))
    )


def _matched_edges(text: str, words: Sequence[EngineWord]) -> list[int]:
    joined = "".join(word.string for word in words)
    place = [0] * (len(joined) + 1)  # of each boundary in `joined`, the boundary in `text`
    place[-1] = len(text)
    matcher = SequenceMatcher(None, _full_width(text), joined, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        for j in range(j1, j2):
            step = j - j1 if kind == "equal" else (j - j1) * (i2 - i1) // (j2 - j1)
            place[j] = i1 + step
    edges, at = [0], 0
    for word in words[:-1]:
        at += len(word.string)
        edges.append(place[at])
    return [*edges, len(text)] if words else []


def _full_width(text: str) -> str:
    # The engine's own table also turns ' and " into ’ and ”.
    return "".join(
        {"'": "’", '"': "”"}.get(letter)
        or (chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter)
        for letter in text
    )
