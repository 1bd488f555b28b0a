"""Doubts about readings that a rule, ruby or a dictionary has decided.

No corpus has enough of them to fit weights on: the numbers below are set by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.engine import analyse
from sbv2cli.languages.japanese.moras import count_moras
from sbv2cli.languages.japanese.rules.characters import KANJI
from sbv2cli.languages.japanese.rules.kana import pronounced
from sbv2cli.languages.japanese.rules.latin import known_word
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.records import Doubt, Ruby, Span

_KANJI_ALONE = re.compile(f"[{KANJI}]{{3,}}")
_AROUND = 8  # characters on each side that tell which word a dictionary entry cuts

GUESSED, SPELLED, WIDE, CUT = 0.2, 0.05, 0.3, 0.3


def doubts(text: str, spans: Sequence[SpokenSpan], ruby: Sequence[Ruby]) -> Iterator[Doubt]:
    """The doubtful ones."""
    for one in ruby:
        if _is_wide(text, spans, one):
            yield _doubt(text, one.span, pronounced(one.reading), "ruby-wide", WIDE)
    for span in spans:
        place = (span.start, span.end)
        written = text[span.start : span.end]
        if span.kind == "letters" and len(written) > 1:
            yield _doubt(text, place, span.kana, "letters", SPELLED)
        elif span.kind == "latin" and known_word(written) is None:
            yield _doubt(text, place, span.kana, "letters", GUESSED)
        elif span.kind == "dictionary" and _cuts(text, span):
            yield _doubt(text, place, span.kana, "cuts-word", CUT)


def _doubt(text: str, span: Span, kana: str | None, reason: str, weight: float) -> Doubt:
    return Doubt(span=span, surface=text[slice(*span)], kana=kana, reasons=(reason,), weight=weight)


def _is_wide(text: str, spans: Sequence[SpokenSpan], ruby: Ruby) -> bool:
    """七瀬灯《ともり》: it is not the reading of the whole base, or too short for so many kanji."""
    start, end = ruby.span
    if ruby.carried or not _KANJI_ALONE.fullmatch(text, start, end):
        return False
    under = [span for span in spans if span.start < end and start < span.end]
    if any(span.kind != "ruby" for span in under):
        return any(span.kind == "ruby" for span in under)  # a gloss is no reading
    return count_moras(pronounced(ruby.reading)) < end - start


def _cuts(text: str, span: SpokenSpan) -> bool:
    """Whether the engine has a word that the entry begins or ends inside: 灯 in 灯台."""
    if span.whole_word:
        return False
    first, last = max(0, span.start - _AROUND), span.end + _AROUND
    around = text[first:last]
    start, end = span.start - first, span.end - first
    return any(
        word_start < end and start < word_end and (word_start < start or word_end > end)
        for word_start, word_end in place_words(around, analyse(around))
    )
