"""Which characters a reading without ｜ stands over: the longest run of one class before it.

The classes are those of the official converter; to its kanji belong all ideographs of Unicode.
"""

from __future__ import annotations

from sbv2cli.patterns import lazy_pattern

_KANJI = lazy_pattern("[㐀-䶿一-鿿豈-\ufaff\U00020000-\U0003ffff々〆〇〻仝※ヶ]")
_CLASSES = (
    ("hiragana", lazy_pattern("[ぁ-んゝゞ]")),
    ("katakana", lazy_pattern("[ァ-ヴヷ-ヺーヽヾ]")),
    ("wide", lazy_pattern("[０-９Ａ-Ｚａ-ｚΑ-Ωα-ωА-Яа-яЁё−－＆’，．]")),
    ("narrow", lazy_pattern("[A-Za-z0-9#\\-',À-ÖØ-öø-žß¡¿]")),
    ("kanji", _KANJI),
    ("end", lazy_pattern('[.;"?!)&<>]')),  # may end a run of narrow letters
)


def _class_of(character: str) -> str | None:
    return next((name for name, these in _CLASSES if these.match(character)), None)


def base_begin(characters: list[str], floor: int) -> int:
    """Where the run begins that the end of the characters belongs to, not before the floor."""
    at = len(characters) - 1
    if at < floor:
        return len(characters)
    wanted = _class_of(characters[at])
    begin = _beginning(characters, floor, at, wanted)
    if wanted == "end" and begin > floor and _class_of(characters[begin - 1]) == "narrow":
        # The first mark behind narrow letters is theirs, the others are a run of their own.
        return begin + 1 if begin < at else _beginning(characters, floor, begin - 1, "narrow")
    return begin


def _beginning(characters: list[str], floor: int, at: int, wanted: str | None) -> int:
    while wanted is not None and at > floor and _class_of(characters[at - 1]) == wanted:
        at -= 1
    return at
