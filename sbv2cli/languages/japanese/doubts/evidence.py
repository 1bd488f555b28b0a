"""What speaks against the reading of a word: one list for each word with kanji."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from sbv2cli.languages.japanese import engine, own_words, sudachi
from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.engine import Rival, in_full_marks, rivals
from sbv2cli.languages.japanese.engine_calls import stretches
from sbv2cli.languages.japanese.engine_text import EngineText
from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.phrases import PhraseWord
from sbv2cli.languages.japanese.rules.characters import KANJI
from sbv2cli.languages.japanese.rules.kana import pronounced
from sbv2cli.languages.japanese.spans import SpokenSpan
from sbv2cli.languages.japanese.sudachi import SecondWord

_KANJI = re.compile(f"[{KANJI}]")
_NUMERAL = re.compile("[0-9一二三四五六七八九十百千万億〇数何]")
# Chinese readings have one mora, and perhaps one of these behind it.
_CHINESE = re.compile("[ァ-ヴ][ャュョ]?[ーンクキツチッアイウエオ]?")
_UNVOICED = str.maketrans(
    "ガギグゲゴザジズゼゾダデドバビブベボパピプペポ",
    "カキクケコサシスセソタテトハヒフヘホハヒフヘホ",
)
_CLOSE, _NEAR = 1000, 2000  # costs of the engine beyond those of its choice
_MANY = 3  # other readings
_MOST_OTHERS = 4


class Evidence(NamedTuple):
    """One word, with the names of what speaks against its reading; places of the engine's text."""

    start: int
    end: int
    kana: str
    kinds: tuple[str, ...]
    others: tuple[Rival, ...]  # other readings of the same characters or of more


def evidence(
    source: EngineText, spans: Sequence[SpokenSpan], words: Sequence[PhraseWord]
) -> Iterator[Evidence]:
    """The evidence of every word with kanji that nothing has decided, in the order of the text."""
    for start, end in stretches(source, spans):
        inside = [word for word in words if start <= word.start and word.end <= end]
        view = _View(source, start, end, inside)
        for index, word in enumerate(inside):
            span = spans[source.owners[word.start]] if word.start < len(source.owners) else None
            if span is None or span.kana is not None or word.start == word.end:
                continue
            if _KANJI.search(source.text, word.start, word.end):
                yield view.evidence(index)


def other_readings(group: Sequence[Evidence], kana: str) -> tuple[str, ...]:
    """Other readings of a word, or of words side by side, the likeliest first."""
    start, end = group[0].start, group[-1].end
    said = {comparable(kana)}
    others: list[str] = []
    for rival in (other for one in group for other in one.others):
        if (rival.start, rival.end) == (start, end) and comparable(rival.kana) not in said:
            said.add(comparable(rival.kana))
            others.append(rival.kana)
    return tuple(others[:_MOST_OTHERS])


class _View:
    """What two analyses and a dictionary say about one stretch."""

    def __init__(
        self, source: EngineText, start: int, end: int, words: Sequence[PhraseWord]
    ) -> None:
        self.text = source.text
        self.gaps = source.gaps
        self.words = words
        self.rivals: list[Rival] = []
        self.plain: list[Rival] = []
        second: list[SecondWord] = []
        settled = any(word.settled for word in words)
        # Neither analysis may join what a blank parts, and what we did not join: 第二章 朝.
        parted = self.gaps & {word.start for word in words}
        for a, b in pairwise(sorted({start, end, *parted})):
            asked = in_full_marks(self.text[a:b])
            self.rivals += [rival.moved(a) for rival in rivals(asked)]
            second += [word.moved(a) for word in sudachi.analyse(asked)]
            self.plain += _plain(self.text, a, b) if settled else []
        self.second = list(_differences(words, second))

    def evidence(self, index: int) -> Evidence:
        """What speaks against one word."""
        word = self.words[index]
        written = self.text[word.start : word.end]
        theirs = _over(self.second, word)
        if word.settled:
            return self._of_row(word, theirs)
        engines = [one for one in _over(self.rivals, word) if self._is_another(one)]
        entries = sudachi.entries(written)
        others = _others(word, [entry.kana for entry in entries if not entry.name or word.name])
        kinds = _kinds_of_differences(self._said(theirs))
        if engines:
            least = min(one.cost for one in engines)
            kinds.append(_RIVALS[(least >= _CLOSE) + (least >= _NEAR)])
        if own_words.may_change(written) or own_words.may_change(word.orig):
            kinds.append("changing-word")
        kinds += _how_many([*theirs, *engines, *others])
        if word.name:
            kinds.append("name")
        elif _NUMERAL.search(written):
            kinds.append("number")
        if entries and all(comparable(one.kana) != comparable(word.kana) for one in entries):
            kinds.append("reading-not-listed")
        kinds += self._alone(index)
        kinds += self._unusual_place(index)
        return Evidence(word.start, word.end, word.kana, tuple(kinds), (*theirs, *engines, *others))

    def _of_row(self, word: PhraseWord, theirs: Sequence[Rival]) -> Evidence:
        """What speaks against a row of our tables that changed what the engine says.

        Not that the second analysis agrees with the engine: rows are made against just that.
        """
        plain = _over(self.plain, word)
        kinds: list[str] = []
        if comparable("".join(one.kana for one in plain)) != comparable(word.kana):
            if not theirs:
                kinds = ["row-against-engine"]
            elif not _agree(theirs, self.plain):
                kinds = ["row-against-both"]
        return Evidence(word.start, word.end, word.kana, tuple(kinds), (*theirs, *plain))

    def _said(self, theirs: Sequence[Rival]) -> list[tuple[str, str]]:
        """What the reading has and what the second analysis has, for each difference."""
        return [
            (_kana_between(self.words, one.start, one.end), one.kana)
            for one in theirs
            if not _NUMERAL.search(self.text, one.start, one.end)
        ]

    def _is_another(self, one: Rival) -> bool:
        """Whether it reads kanji, and otherwise than by a voiced consonant alone (ハレ, バレ)."""
        said = _kana_between(self.words, one.start, one.end)
        return _KANJI.search(self.text, one.start, one.end) is not None and _unvoiced(
            one.kana
        ) != _unvoiced(said)

    def _alone(self, index: int) -> Iterator[str]:
        """One kanji that touches others: no dictionary has the word that they make."""
        word = self.words[index]
        if not self._is_kanji(index) or _NUMERAL.match(self.text, word.start):
            return
        parted = word.start == 0 or word.start in self.gaps
        before = "" if parted else self.text[word.start - 1]
        behind = "" if word.end in self.gaps else self.text[word.end : word.end + 1]
        if not _KANJI.search(_NUMERAL.sub("", before + behind)):
            return
        if not _CHINESE.fullmatch(word.kana):
            yield "lone-kanji-native"
        if (before and self._is_kanji(index - 1)) or (behind and self._is_kanji(index + 1)):
            yield "lone-kanji-row"

    def _unusual_place(self, index: int) -> Iterator[str]:
        """One kanji where words seldom stand: a verb without its ending, a noun behind kana."""
        word = self.words[index]
        if not self._is_kanji(index) or _NUMERAL.match(self.text, word.start):
            return
        if word.pos == "動詞":
            yield "verb-without-ending"
        before = self.words[index - 1] if index else None
        if before is None or before.marks or word.start in self.gaps:
            return
        if not before.pos == word.pos == "名詞":
            return
        if not _KANJI.search(self.text, before.start, before.end):
            yield "kanji-behind-kana"

    def _is_kanji(self, index: int) -> bool:
        if not 0 <= index < len(self.words):
            return False
        word = self.words[index]
        return word.end - word.start == 1 and _KANJI.match(self.text, word.start) is not None


_RIVALS = ("rival-close", "rival-near", "rival-far")


def _over(rivals: Sequence[Rival], word: PhraseWord) -> list[Rival]:
    return [one for one in rivals if one.start < word.end and word.start < one.end]


def _plain(text: str, start: int, end: int) -> list[Rival]:
    """The engine's words with nothing of ours."""
    words = engine.analyse(text[start:end])
    places = place_words(text[start:end], words)
    return [
        Rival(a + start, b + start, word.pron.replace("’", ""))
        for word, (a, b) in zip(words, places, strict=True)
    ]


def _agree(theirs: Sequence[Rival], plain: Sequence[Rival]) -> bool:
    """Whether the engine alone reads as the second analysis does."""
    return all(
        comparable(one.kana)
        == comparable("".join(p.kana for p in plain if one.start <= p.start and p.end <= one.end))
        for one in theirs
    )


def _how_many(others: Sequence[Rival]) -> Iterator[str]:
    """A word that nothing reads otherwise is hardly ever wrong; one with many readings often is."""
    if not others:
        yield "one-reading"
    elif len({comparable(one.kana) for one in others}) >= _MANY:
        yield "many-readings"


def _others(word: PhraseWord, kana: Sequence[str]) -> list[Rival]:
    said = comparable(word.kana)
    return [Rival(word.start, word.end, one) for one in kana if comparable(one) != said]


def _kinds_of_differences(pairs: Sequence[tuple[str, str]]) -> list[str]:
    kinds = {
        "second-voices" if _unvoiced(ours) == _unvoiced(theirs) else "second-differs"
        for ours, theirs in pairs
    }
    return sorted(kinds)[:1]


def _unvoiced(kana: str) -> str:
    return comparable(kana).translate(_UNVOICED)


def _differences(words: Sequence[PhraseWord], second: Sequence[SecondWord]) -> Iterator[Rival]:
    """The stretches that the second analysis reads otherwise: as short as both cut the text."""
    borders = {word.start for word in words} | {word.end for word in words}
    start, kana = None, ""
    for word in second:
        if start is None:
            start, kana = word.start, ""
        kana += word.kana
        if word.end in borders:
            if start in borders and comparable(kana) != comparable(
                _kana_between(words, start, word.end)
            ):
                said = pronounced(hiragana(kana), verb=kana.endswith("ウ"))
                yield Rival(start, word.end, said)
            start = None


def _kana_between(words: Sequence[PhraseWord], start: int, end: int) -> str:
    return "".join(
        word.kana for word in words if start <= word.start and word.end <= end and not word.marks
    )
