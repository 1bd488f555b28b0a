"""Ruby among the engine's words: where it reads as the author does, and where a word goes on."""

from __future__ import annotations

from collections.abc import Sequence

from sbv2cli.languages.japanese.phrases import PhraseWord
from sbv2cli.languages.japanese.rules.characters import is_kana
from sbv2cli.languages.japanese.rules.ruby_extent import OKURIGANA, goes_on, plain
from sbv2cli.languages.japanese.spans import SpokenSpan


def is_said(text: str, words: Sequence[PhraseWord], start: int, end: int, span: SpokenSpan) -> bool:
    """Whether the engine reads a base as its ruby says, within a longer word: 頷《うなず》いて.

    What is kana around the base must be read as it stands, so that the rest is the base's reading.
    """
    if span.kind != "ruby" or span.accent is not None:
        return False
    over = [word for word in words if word.start < end and start < word.end]
    if not over or any(word.marks for word in over):
        return False
    before, after = text[over[0].start : start], text[end : over[-1].end]
    if before and not all(map(is_kana, before)):
        return not after and _ends_in(over, span.kana or "")
    if span.given is None:
        return False
    following = OKURIGANA.match(after)
    known = plain(before + (span.kana or "") + (following[0] if following else ""))
    said = plain("".join(word.kana for word in over))
    whole = len(after) == (following.end() if following else 0)
    return said == known if whole else said.startswith(known)


def _ends_in(words: Sequence[PhraseWord], kana: str) -> bool:
    """Whether the end of a word says the ruby: 引き金(がね)."""
    said = plain("".join(word.kana for word in words))
    return len(said) > len(kana) and said.endswith(plain(kana))


def is_stem(text: str, words: Sequence[PhraseWord], start: int, end: int, span: SpokenSpan) -> bool:
    """Whether a base with ruby is the beginning of a word that goes on in hiragana."""
    if span.given is None or span.accent is not None:
        return False
    behind = OKURIGANA.match(text, end)
    sure = any(start <= word.start < end < word.end for word in words)
    return behind is not None and goes_on(span.given, behind[0], sure=sure)
