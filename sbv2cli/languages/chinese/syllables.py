"""From pinyin to the two symbols of a syllable: an onset and a rime.

The voices know the 429 spellings below and no others (of `fiao`, 覅, nobody taught them).
"""

from __future__ import annotations

RIMES = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un v van ve vn",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un v van ve vn",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un v van ve vn",
    "y": "a an ang ao e i in ing o ong ou u uan ue un v van ve vn",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
}
"""Onset -> the rimes that are written after it."""

_BARE_ONSETS = {"a": "AA", "e": "EE", "o": "OO"}  # a syllable that begins with its vowel
_APICAL = {"zh": "ir", "ch": "ir", "sh": "ir", "r": "ir", "z": "i0", "c": "i0", "s": "i0"}
_ROUNDED = {"u": "v", "ue": "ve", "uan": "van", "un": "vn"}  # after j q x y the u is an ü
_AFTER_ONSET = {"uei": "ui", "iou": "iu", "uen": "un"}
_WITHOUT_ONSET = {"ing": "ying", "i": "yi", "in": "yin", "u": "wu"}
_FIRST_LETTERS = {"v": "yu", "e": "e", "i": "y", "u": "w"}


def _symbols(onset: str, rime: str) -> tuple[str, str]:
    if not onset:
        return _BARE_ONSETS[rime[0]], rime
    if rime == "i":
        return onset, _APICAL.get(onset, "i")
    if onset in "jqxy":
        rime = _ROUNDED.get(rime, rime)
    if onset == "y":
        rime = {"an": "En", "e": "E"}.get(rime, rime)
    return onset, rime


SYMBOLS = {
    onset + rime: _symbols(onset, rime) for onset, rimes in RIMES.items() for rime in rimes.split()
}
"""Spelling -> onset symbol and rime symbol."""


def spelling(initial: str, final: str) -> str:
    """How pinyin writes a syllable of which pypinyin gives initial and final ("", "uei": wei)."""
    if initial:
        return initial + _AFTER_ONSET.get(final, final)
    if final in _WITHOUT_ONSET:
        return _WITHOUT_ONSET[final]
    first = final[:1]
    return _FIRST_LETTERS[first] + final[1:] if first in _FIRST_LETTERS else final
