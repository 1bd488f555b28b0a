"""Chinese as a reader of today would say it, from any text, without ever giving up.

What cannot be said is left out of the sound and of the BERT's text, and reported.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sbv2cli.errors import ReadingError
from sbv2cli.languages import assembly
from sbv2cli.languages.chinese import compat, dictionary, rules
from sbv2cli.languages.chinese.compat import CompatError, Sounds
from sbv2cli.languages.chinese.sandhi import PUNCTUATION, Tagged, change_tones, merge
from sbv2cli.languages.traced import Traced
from sbv2cli.records import Doubt, Finding, Reading, Word

_LONGEST_SHOWN = 20


def read(text: str) -> Reading:
    """Read a text; never raises."""
    traced, findings = _without_the_unsayable(rules.spell_out(text), text)
    words: list[Word] = []
    position = 0
    for sentence in compat.sentences(traced.text):
        for spoken, sounds in _words(sentence):
            span = traced.span(position, position + len(spoken))
            words.append(
                assembly.word(
                    text,
                    span,
                    spoken,
                    [sound for syllable in sounds for sound in syllable],
                    [len(syllable) for syllable in sounds],
                )
            )
            position += len(spoken)
    assert position == len(traced.text)
    return assembly.reading(
        "zh", text, traced.text, assembly.join_overlapping(text, words, ""), findings
    )


def _without_the_unsayable(traced: Traced, text: str) -> tuple[Traced, list[Finding]]:
    said = [_sayable(character) for character in traced.text]
    findings: list[Finding] = []
    for lost, run in groupby(
        range(len(said)), lambda i: not said[i] and not _carries_nothing(traced.text[i])
    ):
        if lost:
            places = list(run)
            findings.append(_unsaid(text, traced.span(places[0], places[-1] + 1)))
    return traced.keep(c if ok else "" for c, ok in zip(traced.text, said, strict=True)), findings


def _sayable(character: str) -> bool:
    if character in PUNCTUATION:
        return True
    # Hanzi of all blocks; what NFKC could not fold away of kana, Latin and signs is none.
    if not unicodedata.name(character, "").startswith("CJK"):
        return False
    try:
        syllables = dictionary.initials(character), dictionary.finals(character)
        compat.syllable(syllables[0][0], syllables[1][0])
    except (CompatError, IndexError):
        return False
    return True


def _carries_nothing(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cf", "Mn", "Cc")


def _unsaid(text: str, span: tuple[int, int]) -> Finding:
    what = text[slice(*span)]
    shown = what if len(what) <= _LONGEST_SHOWN else what[:_LONGEST_SHOWN] + "…"
    latin = any(c.isalpha() and unicodedata.name(c, "").startswith("LATIN") for c in what)
    sounds = any(c.isalnum() for c in what)
    return Finding(
        code="reading.character-skipped",
        severity="warning" if sounds else "note",
        message=f'nothing is said for "{shown}"',
        span=span,
        hint="write it in hanzi, as it sounds, or give it a line of its own in English"
        if latin
        else "write it in hanzi, as it sounds"
        if sounds
        else None,
    )


# Hanzi of several everyday readings, where they stand alone.
_POLYPHONES = frozenset("得地着长重行还都为好数种中看教发当倒系调传藏乐差")
UNKNOWN, ALONE = 0.1, 0.05
"""Weights, set by hand, as no corpus is at hand."""


def doubts(words: Iterable[Word]) -> tuple[Doubt, ...]:
    """Words of hanzi that no dictionary has, and lone hanzi of several readings."""
    return tuple(_doubts(words))


def _doubts(words: Iterable[Word]) -> Iterator[Doubt]:
    for word in words:
        hanzi = word.surface
        if hanzi in _POLYPHONES:
            others = tuple(dictionary.other_readings(hanzi))
            yield _doubt(word, "homograph", ALONE, others)
        elif len(hanzi) > 1 and hanzi == word.spoken and not dictionary.knows(hanzi):
            yield _doubt(word, "unknown-word", UNKNOWN)


def _doubt(word: Word, reason: str, weight: float, others: tuple[str, ...] = ()) -> Doubt:
    return Doubt(
        span=word.span,
        surface=word.surface,
        kana=None,
        reasons=(reason,),
        others=others,
        weight=weight,
    )


def _words(sentence: str) -> Iterator[tuple[str, Sequence[Sounds]]]:
    for word in merge(dictionary.words(sentence), dictionary.finals):
        yield word.text, _syllables(word)


def _syllables(word: Tagged) -> Sequence[Sounds]:
    initials, finals = dictionary.initials(word.text), dictionary.finals(word.text)
    if len(initials) == len(finals) == len(word.text):
        changed = change_tones(word, finals, dictionary.halves(word.text))
        try:
            return [compat.syllable(*syllable) for syllable in zip(initials, changed, strict=True)]
        except CompatError:
            pass  # a reading inside this word that the voices lack; each hanzi alone has one
    return [
        compat.syllable(dictionary.initials(character)[0], dictionary.finals(character)[0])
        for character in word.text
    ]


def read_given(text: str, given: str) -> Reading:
    """The reading a person has given: pinyin with tone numbers, "ni3 hao3, shi4 jie4".

    Raises:
        ReadingError: it is not that.
    """
    sounds: list[Sounds] = []
    for part in compat.GIVEN.findall(given):
        try:
            sounds.append(compat.given_syllable(part))
        except CompatError as error:
            raise ReadingError(
                "reading.pinyin",
                f'"{part}" is not a pinyin syllable with a tone number',
                hint='write the reading as "ni3 hao3, shi4 jie4"; 5 is the neutral tone',
            ) from error
    traced, findings = _without_the_unsayable(rules.spell_out(text), text)
    flat = [sound for syllable in sounds for sound in syllable]
    per_token = (
        [len(syllable) for syllable in sounds]
        if len(sounds) == len(traced.text)
        else assembly.spread(len(flat), len(traced.text))
    )
    if flat and not per_token:
        raise ReadingError(
            "reading.pinyin",
            "a reading is given for a text without hanzi",
            hint="write the hanzi into the text, or leave the reading away",
        )
    words = [assembly.word(text, (0, len(text)), traced.text, flat, per_token)]
    return assembly.reading("zh", text, traced.text, words if flat else (), findings)
