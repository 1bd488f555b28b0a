"""Chinese as the reference reads it (frontend specification ZH-1 to ZH-5), failures included.

Where the reference raises, so does this, as `CompatError` with the recorded kind and words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sbv2cli.languages.chinese import dictionary, numbers
from sbv2cli.languages.chinese.sandhi import PUNCTUATION, change_tones, merge
from sbv2cli.languages.chinese.syllables import SYMBOLS, spelling
from sbv2cli.languages.traced import Traced

Sounds = tuple[tuple[str, int], ...]
"""Phones of one character with their tones."""

NUMBER = re.compile(r"\d+(?:\.?\d+)?")
_INTERJECTIONS = {"嗯": "恩", "呣": "母"}
MARKS = {
    **dict.fromkeys("：；，·、", ","),
    **dict.fromkeys("。\n$", "."),
    "！": "!",
    "？": "?",
    **dict.fromkeys('“”"‘’（）()《》【】[]「」', "'"),
    **dict.fromkeys("—～~", "-"),
}
_THREE_DOTS = re.compile(r"\.\.\.")
_OUTSIDE = re.compile("[^\u4e00-\u9fa5!?…,.'\\-]+")
_SENTENCE = re.compile(r"(?<=[!?…,.'\-])")  # no blank is left that could follow a mark
GIVEN = re.compile(r"[!?…,.'\-]|[^\s!?…,.'\-]+")
_SPELLED = re.compile(r"(?P<spelling>[a-zü]+)(?P<tone>[1-5])")


class CompatError(Exception):
    """The reference raises here; `kind` is the class of what it raises."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message)
        self.kind = kind


def normalise(text: str) -> Traced:
    """The text in hanzi and seven marks.

    Raises:
        CompatError: a number with more than 16 digits, or in foreign digits.
    """
    traced = Traced.of(text).replace(NUMBER, _in_words).translate(_INTERJECTIONS)
    # Three ASCII dots are one mark; three that come from 。 are three.
    traced = traced.replace(_THREE_DOTS, "…").translate(MARKS)
    return traced.replace(_OUTSIDE, "")


def _in_words(match: re.Match[str]) -> str:
    try:
        return numbers.cardinal(match[0])
    except ValueError as error:
        raise CompatError("ValueError", str(error)) from error


def read(text: str) -> list[Sounds]:
    """The phones of each character of a normalised text.

    Raises:
        CompatError: a character without a reading, or one that the voices have no symbols for.
    """
    sounds: list[Sounds] = []
    for sentence in sentences(text):
        sounds += _sentence(sentence)
    if len(sounds) != len(text):
        raise CompatError("AssertionError")
    return sounds


def sentences(text: str) -> list[str]:
    """The text cut after each mark."""
    return [sentence for sentence in _SENTENCE.split(text) if sentence]


def _sentence(text: str) -> Iterator[Sounds]:
    words = [word for word in dictionary.words(text) if word.tag != "eng"]
    for word in merge(words, dictionary.finals):
        initials = dictionary.initials(word.text)
        finals = change_tones(word, dictionary.finals(word.text), dictionary.halves(word.text))
        for initial, final in zip(initials, finals, strict=False):
            yield syllable(initial, final)


def syllable(initial: str, final: str) -> Sounds:
    """The two symbols of a syllable, or the one of a mark.

    Raises:
        CompatError: there are none.
    """
    if initial == final:  # pypinyin gives back what it cannot read
        if initial not in PUNCTUATION:
            raise CompatError("AssertionError")
        return ((initial, 0),)
    if not final:  # 噷 is an initial and nothing else
        raise CompatError("IndexError", "string index out of range")
    rime, tone = final[:-1], final[-1]
    symbols = SYMBOLS.get(spelling(initial, rime))
    if tone not in "12345" or symbols is None:
        raise CompatError("AssertionError")
    return ((symbols[0], int(tone)), (symbols[1], int(tone)))


def given_syllable(written: str) -> Sounds:
    """The symbols of a mark, or of pinyin with a tone number.

    Raises:
        CompatError: it is neither.
    """
    if written in PUNCTUATION:
        return ((written, 0),)
    match = _SPELLED.fullmatch(written.lower())
    symbols = SYMBOLS.get(match["spelling"].replace("ü", "v")) if match else None
    if match is None or symbols is None:
        raise CompatError("AssertionError")
    return tuple((symbol, int(match["tone"])) for symbol in symbols)
