"""Readings as the reference makes them (frontend specification JP-5 to JP-10), crashes included.

Pure: the engine's answer comes in as words and labels, live or recorded. Where the reference
raises, so does this, with the same kind and words; `compat_reading` makes a finding of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sbv2cli import normal_form
from sbv2cli.languages.japanese.moras import (
    EDGE,
    GEMINATE,
    LONG_MARK,
    MORAS,
    PUNCTUATION_SET,
    SYLLABIC_NASAL,
    VOWELS,
)
from sbv2cli.languages.japanese.normalise import keep_allowed
from sbv2cli.languages.japanese.openjtalk import EngineWord, Label

_MORA = re.compile("|".join(sorted(MORAS, key=len, reverse=True)))
_KATAKANA = re.compile("[\u30a0-\u30ff]+")
_LENGTHENED = frozenset((*VOWELS, SYLLABIC_NASAL))


class UnreadableError(Exception):
    """A word without a reading, in strict mode (the reference's YomiError)."""


@dataclass(frozen=True, slots=True)
class CompatReading:
    """What the reference's cleaner returns, edge marks included."""

    words: tuple[str, ...]
    kana: tuple[str, ...]
    phones: tuple[str, ...]
    tones: tuple[int, ...]
    phones_per_token: tuple[int, ...]
    unreadable: tuple[int, ...]  # indexes of words without a reading


def read_engine_answer(
    text: str, words: Sequence[EngineWord], labels: Sequence[Label], *, strict: bool = False
) -> CompatReading:
    """Phones and tones from the engine's answer for the normalised `text`.

    Raises:
        UnreadableError: a word has no reading and `strict` is set.
        ValueError: where the reference fails (see JP-10).
    """
    spoken, kana, unreadable = words_and_kana(words)
    if strict and unreadable:
        raise UnreadableError(f"Cannot read: {spoken[unreadable[0]]} in:\n{text}")
    per_word = _phones_of_words(kana)
    phones = [phone for word in per_word for phone in word]
    tones = _lay_tones(phones, _pitched_phones(labels))
    per_token = [1]
    for word, word_phones in zip(spoken, per_word, strict=True):
        per_token += spread(len(word_phones), len(token_text(word)))
    per_token.append(1)
    return CompatReading(
        tuple(spoken),
        tuple(kana),
        (EDGE, *phones, EDGE),
        (0, *tones, 0),
        tuple(per_token),
        tuple(unreadable),
    )


def spread(phones: int, tokens: int) -> list[int]:
    """`phones` over `tokens`, the first ones getting one more (JP-9)."""
    if tokens == 0:
        raise ValueError("min() arg is an empty sequence")
    each, more = divmod(phones, tokens)
    return [each + 1] * more + [each] * (tokens - more)


def token_text(word: str) -> str:
    """The characters that the BERT sees: NFKC, without control and unassigned ones."""
    shown = "".join(letter for letter in word if not unicodedata.category(letter).startswith("C"))
    return normal_form.normalize("NFKC", shown)


def words_and_kana(words: Sequence[EngineWord]) -> tuple[list[str], list[str], list[int]]:
    """Words, their kana, and the indexes of those without a reading (JP-6)."""
    spoken: list[str] = []
    kana: list[str] = []
    unreadable: list[int] = []
    for word in words:
        written = keep_allowed(word.string)
        pron = word.pron.replace("’", "")
        # pyopenjtalk-plus says ！ where pyopenjtalk said 、 (adapter 1 of the specification).
        if pron in ("、", "！"):
            if all(character in PUNCTUATION_SET for character in written):
                pron = written
            else:
                unreadable.append(len(spoken))
                pron = "'" * len(written)
        elif pron == "？":
            pron = "?"
        spoken.append(written)
        kana.append(pron)
    return spoken, kana, unreadable


def _phones_of_words(kana: Sequence[str]) -> list[list[str]]:
    """Phones of each word; ー at the start of a word lengthens the word before."""
    per_word = [_phones_of_word(word) for word in kana]
    for index, phones in enumerate(per_word):
        if phones and phones[0] == LONG_MARK:
            before = per_word[index - 1][-1] if index and per_word[index - 1] else ""
            phones[0] = before if before in _LENGTHENED else "-"
        for place, phone in enumerate(phones):
            if phone == LONG_MARK and place:
                phones[place] = phones[place - 1]
    return per_word


def _phones_of_word(kana: str) -> list[str]:
    if all(character in PUNCTUATION_SET for character in kana):
        return list(kana)
    if not _KATAKANA.fullmatch(kana):
        raise ValueError(f"Input must be katakana only: {kana}")
    phones: list[str] = []
    position = 0
    while position < len(kana):
        match = _MORA.match(kana, position)
        if match:
            phones += MORAS[match[0]]
            position = match.end()
            continue
        letter = kana[position]
        phones.append(phones[-1] if letter == LONG_MARK and phones else letter)
        position += 1
    return phones


Pitched = list[tuple[str, int]]

# Phones of pyopenjtalk-plus that no voice knows, as pyopenjtalk said them (adapter 2).
_FOLDED = {"kw": ("k", "u"), "gw": ("g", "u"), "fy": ("f", "u", "y")}


def _pitched_phones(labels: Sequence[Label]) -> Pitched:
    """Phones of the labels with their tones, without the pauses (JP-7)."""
    pitched: Pitched = []
    phrase: Pitched = []
    level = 0
    for label, after in zip_longest(labels, labels[1:]):
        if label.phone in ("sil", "pau"):
            pitched += _settled(phrase)
            phrase, level = [], 0
            continue
        phone = GEMINATE if label.phone == "cl" else label.phone
        phone = phone.lower() if phone in "AIUEO" else phone
        phrase.append((phone, level))
        step = _step(label, after, phone)
        if step is None:
            pitched += _settled(phrase)
            phrase, level = [], 0
        else:
            level += step
    return _fold([*pitched, *_settled(phrase)])


def _step(label: Label, after: Label | None, phone: str) -> int | None:
    """How the pitch moves after a phone; None ends the accent phrase."""
    place = after.from_start if after else None
    if label.from_end == 1 and place == 1 and (phone in _LENGTHENED or phone == GEMINATE):
        return None
    if place is None or label.from_start is None:
        return 0
    falls = label.from_nucleus == 0 and place == label.from_start + 1
    if falls and label.from_start != label.moras:
        return -1
    return 1 if label.from_start == 1 and place == 2 else 0


def _settled(phrase: Pitched) -> Pitched:
    """An accent phrase with its levels moved to 0 and 1."""
    levels = {level for _, level in phrase}
    if levels <= {0, 1}:
        return phrase
    if levels == {-1, 0}:
        return [(phone, level + 1) for phone, level in phrase]
    raise ValueError(f"Unexpected tone values: {levels}")


def _fold(pitched: Pitched) -> Pitched:
    folded: Pitched = []
    for index, (phone, tone) in enumerate(pitched):
        following = pitched[index + 1][0] if index + 1 < len(pitched) else ""
        if phone == "dy" and following == "e":
            folded += [("d", tone), ("e", tone)]
        else:
            folded += [(one, tone) for one in _FOLDED.get(phone, (phone,))]
    return folded


def _lay_tones(phones: Sequence[str], pitched: Pitched) -> list[int]:
    """Tones of `pitched`, which has no marks, on `phones`, which has them (JP-8)."""
    tones: list[int] = []
    index = 0
    for phone in phones:
        if index >= len(pitched):
            tones.append(0)
        elif phone == pitched[index][0]:
            tones.append(pitched[index][1])
            index += 1
        elif phone in PUNCTUATION_SET:
            tones.append(0)
        else:
            raise ValueError(f"Unexpected phone: {phone}")
    return tones
