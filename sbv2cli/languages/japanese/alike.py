"""Kana made comparable: how a reading is written does not count, only how it is said."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ROWS = {
    "ア": "アカサタナハマヤラワガザダバパァャヮ",
    "イ": "イキシチニヒミリギジビピィ",
    "ウ": "ウクスツヌフムユルグズブプゥュヴ",
    "エ": "エケセテネヘメレゲゼデベペェ",
    "オ": "オコソトノホモヨロゴゾドボポォョ",
}
_VOWEL = {letter: vowel for vowel, row in _ROWS.items() for letter in row}
_SMALL = dict(zip("ァィゥェォ", "アイウエオ", strict=True))
_SAID_ALIKE = str.maketrans("ヲヅヂヰヱ", "オズジイエ")


@lru_cache(maxsize=65536)
def comparable(kana: str) -> str:
    """Long vowels as vowels (オウ, オー, オォ are オオ), ヲ ヅ ヂ as オ ズ ジ; marks left out."""
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKC", kana).translate(_SAID_ALIKE):
        if not ("ァ" <= letter <= "ヺ" or letter == "ー"):
            continue
        before = _VOWEL.get(letters[-1], "") if letters else ""
        if letter == "ー" or letter + before in ("ウオ", "イエ") or _SMALL.get(letter) == before:
            letters.append(before)
        else:
            letters.append(letter)
    return "".join(letters)
