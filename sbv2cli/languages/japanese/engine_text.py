"""The text that the engine gets, and the way back from it to the author's characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sbv2cli import normal_form
from sbv2cli.languages.japanese.moras import katakana, split_moras
from sbv2cli.languages.japanese.rules.characters import is_kana
from sbv2cli.languages.japanese.rules.kana import without_repeats
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.records import Finding

# Marks that rules may leave, as the seven that voices know. `…` is one of the seven, but the
# reference never makes it, so no voice has learnt it.
_MARKS = str.maketrans(
    dict.fromkeys("、，・·：；:;", ",")
    | dict.fromkeys("。．｡…‥\n", ".")
    | dict.fromkeys('“”"‘’（）()《》【】[]「」『』〈〉〔〕', "'")
    | dict.fromkeys("\u02d7\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501", "-")
    | {"！": "!", "？": "?"}
)


# Runs of these are most of every text; each letter is one token.
_LETTERS = re.compile("[ぁ-ゔァ-ヴー㐀-䶿一-鿿々]+")
# Comics and games write 待ッて and あッという間; the engine knows these words with っ.
_SMALL_TSU = re.compile("(?<=[ぁ-ん㐀-鿿々])ッ(?=[ぁ-ん])")


@dataclass(frozen=True, slots=True)
class EngineText:
    """The engine's text, and for each of its characters the author's range and the span."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    owners: Sequence[int]
    # Places where words are parted without a pause: 東京 タワー. The engine gets a space there; the
    # BERT has no token for one.
    gaps: frozenset[int] = frozenset()


def prepare(spans: Iterable[SpokenSpan]) -> tuple[list[SpokenSpan], list[Finding]]:
    """Spans whose text has only characters that are one token each, and the findings so far."""
    prepared: list[SpokenSpan] = []
    findings: list[Finding] = []
    for span in spans:
        findings += span.findings
        if span.kana is not None:
            kana: str | None = katakana(without_repeats(span.kana))
            if not kana or not split_moras(kana):
                kana = None
                findings += [_not_kana(span)] if span.kana else []
            if kana != span.kana:
                span = replace(span, kana=kana)  # noqa: PLW2901
        prepared.append(span)
    return prepared, findings


def engine_text(author: str, spans: Sequence[SpokenSpan]) -> EngineText:
    """What the engine gets for `spans`: characters that are one token each."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    owners: list[int] = []
    gaps: list[int] = []
    length = 0
    for index, span in enumerate(spans):
        text = span.text.translate(_MARKS)
        if not unicodedata.is_normalized("NFKC", text):
            text = normal_form.normalize("NFKC", text).translate(_MARKS)
        written = author[span.start : span.end]
        if text == written and span.kana is None and _LETTERS.fullmatch(text):
            letters.append(text)
            starts += range(span.start, span.end)
            ends += range(span.start + 1, span.end + 1)
            owners += [index] * len(text)
            length += len(text)
            continue
        one_to_one = span.kana is None and _stands_for(text, written)
        if span.kana and not any(map(_is_token, text)):
            text = span.kana
        for offset, letter in enumerate(text):
            if _is_token(letter):
                letters.append(letter)
                length += 1
                starts.append(span.start + offset if one_to_one else span.start)
                ends.append(span.start + offset + 1 if one_to_one else span.end)
                owners.append(index)
            elif letter == " ":
                gaps.append(length)
    joined = _SMALL_TSU.sub("っ", "".join(letters))
    return EngineText(joined, starts, ends, owners, _word_gaps(joined, gaps))


def _word_gaps(text: str, gaps: Sequence[int]) -> frozenset[int]:
    """The gaps that part words: not those around a single kana, as in す ご い and ぼく は."""
    edges = [0, *gaps, len(text)]
    return frozenset(
        gap
        for before, gap, after in zip(edges, edges[1:], edges[2:], strict=False)
        if 0 < gap < len(text)
        and not any(
            end - start == 1 and is_kana(text[start])
            for start, end in ((before, gap), (gap, after))
        )
    )


def _stands_for(text: str, written: str) -> bool:
    """Whether each character of `text` stands for the author's at its place (not: 50 and 五十)."""
    return len(text) == len(written) and not any(
        letter != author
        and letter != (plain := normal_form.normalize("NFKC", author))
        and plain.isascii()
        and plain.isalnum()
        for author, letter in zip(written, text, strict=True)
    )


def _is_token(letter: str) -> bool:
    """Whether the BERT has a place for it: no control, space or combining mark.

    Hangul jamo are left out, because two of them would join to one character.
    """
    if letter.isascii():
        return " " < letter < "\x7f"
    return unicodedata.category(letter)[0] not in "CZM" and not "\u1100" <= letter <= "\u11ff"


def _not_kana(span: SpokenSpan) -> Finding:
    return Finding(
        code="reading.not-kana",
        severity="warning",
        message=f'the reading "{span.kana}" is not kana and is not used',
        span=(span.start, span.end),
        hint="write the reading in katakana or hiragana",
    )
