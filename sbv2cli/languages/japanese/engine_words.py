"""Words of a stretch from the engine, with decided readings put in their places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from operator import attrgetter
from typing import Any, cast

from sbv2cli.languages.japanese import (
    affixes,
    boundaries,
    compounds,
    half_kana,
    honorifics,
    missing_words,
    okurigana,
    old_endings,
    own_words,
    particles,
    persons,
    second_halves,
    suffixes,
    torn_nouns,
)
from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.engine import analyse
from sbv2cli.languages.japanese.engine_calls import LONGEST_PIECE
from sbv2cli.languages.japanese.engine_text import EngineText
from sbv2cli.languages.japanese.moras import (
    LONG_MARK,
    PUNCTUATION_SET,
    count_moras,
    hiragana,
    katakana,
    split_moras,
)
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.languages.japanese.phrases import PhraseWord, likely_accent
from sbv2cli.languages.japanese.ruby_words import is_said, is_stem
from sbv2cli.languages.japanese.spans import SpokenSpan

_STRING, _NAME = attrgetter("string"), attrgetter("name")

# A `PhraseWord` of its fields, without a call of Python: dozens are made for each line.
_phrase_word = cast("Callable[[tuple[Any, ...]], PhraseWord]", partial(tuple.__new__, PhraseWord))

PAUSE = "'"
"""What stands for a word that cannot be read; the reference does the same."""


def speak(
    source: EngineText, spans: Sequence[SpokenSpan], start: int, end: int
) -> list[PhraseWord]:
    """The words of one piece, decided readings put in place."""
    decided = _decided_ranges(source, spans, start, end)
    if decided and decided[0][:2] == (start, end):
        span = decided[0][2]
        if span.accent is not None or end - start > LONGEST_PIECE:
            return [_decided_word(span, start, end)]
    words = _ask_about(source, start, end)
    decided = [row for row in decided if not (row[2].whole_word and _is_inside(words, *row[:2]))]
    stems = [row for row in decided if is_stem(source.text, words, *row)]
    said = [row for row in decided if is_said(source.text, words, *row)]
    apart = [
        row for row in decided if row not in said and (row in stems or _crosses(words, *row[:2]))
    ]
    while apart:
        words = _speak_apart(source, apart, stems, start, end)
        # Between stand-ins the engine may read anew what it read as the author does.
        lost = [row for row in said if not is_said(source.text, words, *row)]
        lost += [row for row in decided if row not in said and _crosses(words, *row[:2])]
        lost = [row for row in lost if row not in apart]
        if not lost:
            break
        apart = sorted([*apart, *lost], key=lambda row: row[0])
    for a, b, span in decided:
        if (a, b, span) not in said and (a, b, span) not in apart:
            words = _put_in(words, a, b, span)
    return words


def _decided_ranges(
    source: EngineText, spans: Sequence[SpokenSpan], start: int, end: int
) -> list[tuple[int, int, SpokenSpan]]:
    ranges: list[tuple[int, int, SpokenSpan]] = []
    position = start
    while position < end:
        owner = source.owners[position]
        stop = position + 1
        while stop < end and source.owners[stop] == owner:
            stop += 1
        if spans[owner].kana is not None:
            ranges.append((position, stop, spans[owner]))
        position = stop
    return ranges


def _is_inside(words: Sequence[PhraseWord], start: int, end: int) -> bool:
    """Whether one longer word covers the range: 灯 in 灯台."""
    return any(
        word.start <= start and end <= word.end and word.end - word.start > end - start
        for word in words
    )


def _crosses(words: Sequence[PhraseWord], start: int, end: int) -> bool:
    return any((word.start < start < word.end) or (word.start < end < word.end) for word in words)


def _put_in(words: list[PhraseWord], start: int, end: int, span: SpokenSpan) -> list[PhraseWord]:
    """`words` with the decided reading in place of those in the range."""
    inside = [word for word in words if start <= word.start < end]
    said = "".join(word.kana for word in inside if not word.marks)
    if span.accent is None and said == span.kana:
        return words
    before = [word for word in words if word.start < start]
    after = [word for word in words if word.start >= end]
    return [*before, _decided_word(span, start, end, inside), *after]


def _decided_word(
    span: SpokenSpan, start: int, end: int, inside: Sequence[PhraseWord] = ()
) -> PhraseWord:
    kana = span.kana or ""
    accent = span.accent
    if accent is None and len(inside) == 1 and count_moras(inside[0].kana) == count_moras(kana):
        accent = inside[0].accent
    if accent is None:
        native = any("\u3400" <= letter <= "\u9fff" for letter in span.text)
        accent = likely_accent(kana, loanword=not native)
    return PhraseWord(
        start=start,
        end=end,
        kana=kana,
        pos=inside[-1].pos if inside and not inside[-1].marks else "名詞",
        accent=min(accent, count_moras(kana)),
        decided=True,
    )


def _speak_apart(
    source: EngineText,
    decided: Sequence[tuple[int, int, SpokenSpan]],
    stems: Sequence[tuple[int, int, SpokenSpan]],
    start: int,
    end: int,
) -> list[PhraseWord]:
    """For when the engine joined a decided word with its neighbour.

    It is asked again with a noun that joins nothing in the place of each decided word, so that
    particles keep their readings (は ワ) and their place in the phrase; a stem is there in kana, so
    that its word goes on behind it.
    """
    text = ""
    back: list[int] = []  # for each character of it, the place in the source
    gaps: list[int] = []
    stand_ins: list[tuple[int, int, int, int, SpokenSpan]] = []
    position = start
    for row in decided:
        a, b, span = row
        back += range(position, a)
        gaps += (len(text) + gap - position for gap in source.gaps if position <= gap <= a)
        text += source.text[position:a]
        stand_in = hiragana(span.given or "") if row in stems else _stand_in(span)
        stand_ins.append((len(text), len(text) + len(stand_in), a, b, span))
        text += stand_in
        back += [a] * len(stand_in)
        position = b
    gaps += (len(text) + gap - position for gap in source.gaps if position <= gap < end)
    text += source.text[position:end]
    back += [*range(position, end), end]
    words = _ask(text, 0, gaps)
    torn = [row for row in stand_ins if row[2:] in stems and not _goes_on(words, row[0], row[1])]
    if torn:
        kept = [row for row in stems if row not in [one[2:] for one in torn]]
        return _speak_apart(source, decided, kept, start, end)
    if any(_crosses(words, at, stop) for at, stop, *row in stand_ins if tuple(row) not in stems):
        return _speak_pieces(source, decided, start, end)
    spoken: list[PhraseWord] = []
    for word in words:
        match = next((row for row in stand_ins if row[0] <= word.start < row[1]), None)
        if match is None or match[2:] in stems:
            spoken.append(word._replace(start=back[word.start], end=back[word.end - 1] + 1))
        elif word.start == match[0]:
            spoken.append(_decided_word(match[4], match[2], match[3]))
    return spoken


def _goes_on(words: Sequence[PhraseWord], start: int, end: int) -> bool:
    """Whether one word has all of a stand-in and goes on behind it."""
    return any(word.start <= start and end < word.end for word in words)


_STAND_IN, _ADJECTIVE = "名前", "高い"


def _stand_in(span: SpokenSpan) -> str:
    """A word of the same kind: 臭ぇ顔 is カオ behind an adjective, ガオ behind a noun."""
    return _ADJECTIVE if span.kind == "rough" else _STAND_IN


def _speak_pieces(
    source: EngineText, decided: Sequence[tuple[int, int, SpokenSpan]], start: int, end: int
) -> list[PhraseWord]:
    spoken: list[PhraseWord] = []
    position = start
    for a, b, span in decided:
        spoken += _ask_about(source, position, a, starts=position == start)
        spoken.append(_decided_word(span, a, b))
        position = b
    return spoken + _ask_about(source, position, end, starts=False)


def _ask_about(
    source: EngineText, start: int, end: int, *, starts: bool = True
) -> list[PhraseWord]:
    gaps = [gap - start for gap in source.gaps if start < gap < end]
    return _ask(source.text[start:end], start, gaps, starts=starts)


def _ask(
    text: str, offset: int, gaps: Iterable[int] = (), *, starts: bool = True
) -> list[PhraseWord]:
    """What the engine says about `text`, which begins at `offset`; every character is covered.

    It gets a space at each of the `gaps`, and gives back words without them.
    """
    if not text:
        return []
    endings = boundaries.endings(text)
    commas = sorted({*boundaries.nouns(text), *endings})
    edges = sorted({0, len(text), *gaps, *boundaries.words(text), *commas})
    asked, words, places, torn = _asked_again(text, edges, commas)
    apart = [*commas, *torn]
    if not words:
        return [PhraseWord(start=offset, end=offset + len(text), kana=PAUSE, marks=True, pos="")]
    spoken: list[PhraseWord] = []
    following: EngineWord | None = None
    for word, (a, b) in zip(reversed(words), reversed(places), strict=True):
        kana, marks = _kana(word.pron, text[a:b])
        if word.string == "何":
            kana = _nani(word, following) or kana
        elif b - a == 1 and asked[a] != text[a]:
            kana = katakana(text[a])
        elif word.pron.endswith("ウ"):
            kana = _of_u(word, following, text[a - 1 : a]) or kana
        # A noun behind a gap begins a phrase; particles and endings stay where they belong.
        parted = a in edges and word.pos == "名詞" and word.detail != "接尾"
        # A long mark lengthens what stands before, whatever the engine makes of it.
        joined = (word.chain_flag == 1 and not parted) or kana.startswith(LONG_MARK) or a in endings
        spoken.append(
            _phrase_word((
                a, b, kana, marks, word.pos, word.orig, word.acc, joined, word.chain_rule,
                False, False, word.detail == "固有名詞",
            ))
        )  # fmt: skip
        following = word
    spoken.reverse()
    if "ゃ" in asked:
        spoken = _one_mora(asked, spoken)
    spoken = honorifics.correct(text, okurigana.correct(text, spoken))
    spoken = particles.correct(text, spoken, starts=starts)
    spoken = missing_words.correct(text, own_words.correct(text, spoken), apart)
    spoken = compounds.correct(text, spoken, apart)
    if not offset:
        return spoken
    return [word._replace(start=word.start + offset, end=word.end + offset) for word in spoken]


def _asked_again(
    text: str, edges: Sequence[int], commas: Sequence[int]
) -> tuple[str, list[EngineWord], list[tuple[int, int]], list[int]]:
    """What the engine was asked, its words, and where it was told once more that words end."""
    asked = old_endings.modern(text)
    words, places = _analysed(asked, edges, commas)
    if asked != text and (wrong := old_endings.misread(asked, text, words, places)):
        asked = "".join(text[at] if at in wrong else letter for at, letter in enumerate(asked))
        words, places = _analysed(asked, edges, commas)
    torn = [*torn_nouns.ends(asked, words, places), *half_kana.cuts(asked, words, places)]
    if torn:
        words, places = _analysed(asked, sorted({*edges, *torn}), sorted({*commas, *torn}))
    return asked, words, places, torn


def _analysed(
    text: str, edges: Sequence[int], commas: Sequence[int]
) -> tuple[list[EngineWord], list[tuple[int, int]]]:
    """Words and their places in `text`, of which the engine got the parts with marks between."""
    parts = [
        (text[a:b], "" if b == len(text) else "、" if b in commas else " ")
        for a, b in pairwise(edges)
    ]
    words = analyse("".join(part + mark for part, mark in parts))
    words = _beside_others(second_halves.unvoiced(words))
    if not commas:
        return words, place_words(text, words)
    heard = "".join(part + mark.strip() for part, mark in parts)
    marks = [place + index for index, place in enumerate(commas)]
    rows = [
        (word, (a - bisect_left(marks, a), b - bisect_left(marks, b)))
        for word, (a, b) in zip(words, place_words(heard, words), strict=True)
        if not (b - a == 1 and a in marks)
    ]
    return [word for word, _ in rows], [place for _, place in rows]


def _beside_others(words: list[EngineWord]) -> list[EngineWord]:
    """Words whose reading hangs on those beside them: one look at all texts for any of them."""
    written = set(map(_STRING, words))
    if not written.isdisjoint(suffixes.LETTERS):
        words = suffixes.chosen(words)
    if not written.isdisjoint(affixes.letters()):
        words = affixes.chosen(words)
    if not written.isdisjoint(persons.BEHIND):
        words = persons.before_titles(words)
    return persons.behind_family_names(words) if "姓" in map(_NAME, words) else words


@lru_cache(maxsize=16_384)
def _kana(said: str, written: str) -> tuple[str, bool]:
    """(katakana, False), (marks, True), or (PAUSE, True) for what cannot be read."""
    if written and PUNCTUATION_SET.issuperset(written):
        return written, True
    pron = said.replace("’", "")
    if not pron:
        return "", False  # a kaomoji: shown, not said
    if split_moras(pron) is not None:
        return pron, False
    kana = katakana(pron)
    return (kana, False) if split_moras(kana) else (PAUSE, True)


def _of_u(word: EngineWord, following: EngineWord | None, before: str) -> str | None:
    """What う at the end of a word makes of it, where the engine says it as it is written."""
    if word.string == "う" and word.pos == "助動詞" and before not in _A_COLUMN:
        return LONG_MARK  # 良かろう; of verbs the engine knows it
    return old_endings.lengthened(word, following)


def _one_mora(asked: str, words: Sequence[PhraseWord]) -> list[PhraseWord]:
    """帰らにゃ was asked with ぬ for に: what is said there and ゃ are one mora."""
    whole: list[PhraseWord] = []
    for word in words:
        if asked.startswith("ぬゃ", word.start - 1) and whole and whole[-1].end == word.start:
            whole[-1] = whole[-1]._replace(end=word.end, kana=f"{whole[-1].kana}ャ")
        else:
            whole.append(word)
    return whole


_A_COLUMN = tuple("かがさざただなばまやらわ")  # とっぱらう
_NAN_BEFORE = (*"タチツテトダヂヅデドナヌネノ", "ホド", "クライ", "グライ", "バカリ")


def _nani(word: EngineWord, after: EngineWord | None) -> str | None:
    """何 is ナン before です, と, で, の …; the engine's own guess needs a package more."""
    if word.string != "何" or word.pron != "ナニ" or after is None:
        return None
    nan = after.pos == "助動詞" or (after.pos == "助詞" and after.pron.startswith(_NAN_BEFORE))
    return "ナン" if nan else None
