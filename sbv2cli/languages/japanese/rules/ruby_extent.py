"""What a reading over some characters is the reading of.

Of all of them, as a rule. Where a name stands behind a surname or another word, the notation takes
the whole run of kanji for the base (七瀬灯《ともり》), and the reading is of the end alone. Where
okurigana follow, it is of a stem, and the word goes on (頷《うなず》いて).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.engine import analyse
from sbv2cli.languages.japanese.moras import count_moras, hiragana, katakana
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.languages.japanese.rules.characters import HIRAGANA, KANJI
from sbv2cli.languages.japanese.rules.kana import pronounced
from sbv2cli.patterns import lazy_pattern

_ALL_KANJI = lazy_pattern(f"[{KANJI}]{{2,12}}")
_SAID_ALIKE = str.maketrans("ヲヅヂ", "オズジ")
_SURNAME = "姓"
_LONGEST_NAME = 5  # moras of a given name

OKURIGANA = lazy_pattern(f"[{HIRAGANA}]{{1,6}}")
# Kana that begin the endings of verbs and adjectives and are no particles; か of 行かない is both.
_BEGIN_ENDINGS = lazy_pattern(
    "[うくすつぬむるぐずづぶふひいえけげせっんちりれらわろみびめべきぎし]"
    "|[かがさたなばま](?:[ずぬれせ]|な[いかく])"
)


class Stem(NamedTuple):
    """The word that a base with its okurigana is a form of; at least one of the two is known."""

    written: (
        str | None
    )  # dictionary form as it is written, and its inflection: 頷く/五段・カ行イ音便
    said: str | None  # the same in kana


def plain(kana: str) -> str:
    """Kana without what is said alike or marks a devoiced mora."""
    return katakana(kana).replace("’", "").translate(_SAID_ALIKE)


def ends_surname(run: str, at: int) -> bool:
    """Whether a surname ends at a place of a run of kanji."""
    words = analyse(run)
    places = place_words(run, words)
    return any(
        end == at and word.name == _SURNAME for word, (_, end) in zip(words, places, strict=True)
    )


@lru_cache(maxsize=4096)
def start_of_name(base: str, reading: str) -> int:
    """How many kanji at the beginning of a base the reading is not of: 2 of 七瀬灯《ともり》.

    Sure evidence alone counts: what the engine says for the end is the reading, or a surname stands
    before a reading that is no longer than a given name.
    """
    if not _ALL_KANJI.fullmatch(base):
        return 0
    words = analyse(base)
    if len(words) < 2 or sum(len(word.string) for word in words) != len(base):
        return 0
    said = plain(pronounced(reading))
    prons = [plain(word.pron) for word in words]
    if "".join(prons) == said:
        return 0
    at = 0
    for index, word in enumerate(words[:-1], start=1):
        at += len(word.string)
        if "".join(prons[index:]) == said:
            return at
    head, rest = words[0], "".join(prons[1:])
    is_given_name = (
        head.name == _SURNAME
        and len(base) >= 3
        and count_moras(said) <= _LONGEST_NAME
        and not said.startswith(prons[0])
        and not said.endswith(rest)
    )
    return len(head.string) if is_given_name else 0


def stem_of(reading: str, behind: str, written: EngineWord | None) -> Stem | None:
    """The word that goes on behind a base with a reading; `None` where the base ends it.

    Args:
        reading: of the base, in kana.
        behind: the hiragana after the base.
        written: the engine's word that begins in the base and ends behind it, if there is one. It
            is asked about the reading in place of the base too, as rare kanji have no entries with
            okurigana.
    """
    said = None
    if behind and (written is not None or _BEGIN_ENDINGS.match(behind)):
        kana = hiragana(reading)
        said = _across(kana + behind, len(kana))
    return None if written is None and said is None else Stem(_lemma(written), said)


def goes_on(reading: str, behind: str, *, sure: bool) -> bool:
    """Whether a reading and the hiragana behind its base are one word.

    `sure`: the engine takes what is written for one word; else the hiragana must begin an ending.
    """
    if not behind or not (sure or _BEGIN_ENDINGS.match(behind)):
        return False
    kana = hiragana(reading)
    return _across(kana + behind, len(kana)) is not None


@lru_cache(maxsize=65536)
def _across(text: str, at: int) -> str | None:
    """The word that begins before a place and ends behind it."""
    words = analyse(text)
    for word, (start, end) in zip(words, place_words(text, words), strict=True):
        if start < at < end:
            return _lemma(word)
    return None


def _lemma(word: EngineWord | None) -> str | None:
    # 居る is いる and おる, いる is 要る too: how the word is inflected tells them apart.
    return None if word is None else f"{word.orig}/{word.inflection}"
