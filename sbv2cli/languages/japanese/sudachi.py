"""The only door to SudachiPy: words that the engine lacks, and a second opinion on a text.

pyopenjtalk-plus brings SudachiPy and its core dictionary. It has more words than the engine of the
mode better, names above all, and other costs: where both agree a reading is rarely wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sbv2cli.languages.japanese.moras import hiragana
from sbv2cli.languages.japanese.rules.kana import pronounced

_PARTICLES = {"ハ": "ワ", "ヘ": "エ"}  # as they are said


class SecondWord(NamedTuple):
    """A word of the second analysis; `start` and `end` count in the text."""

    start: int
    end: int
    kana: str

    def moved(self, by: int) -> SecondWord:
        """The same word in a longer text."""
        return self._replace(start=self.start + by, end=self.end + by)


class Entry(NamedTuple):
    """What the dictionary has for a written form."""

    kana: str  # as it is said
    name: bool


class Person(NamedTuple):
    """The name of a person, and how it can be read, the likeliest first."""

    written: str
    readings: tuple[str, ...]


def analyse(text: str) -> Sequence[SecondWord]:
    """Words of `text`; they tile it, but for spaces."""
    words = []
    for morph in _tokenizer().tokenize(text):
        kana = morph.reading_form()
        if kana in _PARTICLES and morph.part_of_speech()[0] == "助詞":
            kana = _PARTICLES[kana]
        words.append(SecondWord(morph.begin(), morph.end(), kana))
    return words


@lru_cache(maxsize=65536)
def entries(written: str) -> Sequence[Entry]:
    """How a word can be read, every reading once."""
    found: dict[str, bool] = {}
    for morph in _dictionary().lookup(written):
        if morph.surface() == written:
            part = morph.part_of_speech()
            kana = pronounced(hiragana(morph.reading_form()), verb=part[0] == "動詞")
            found[kana] = found.get(kana, True) and part[1] == "固有名詞"
    return [Entry(kana, name) for kana, name in found.items()]


@lru_cache(maxsize=4096)
def person(written: str) -> Person | None:
    """The name that `written` ends with, if a person is called so."""
    if len(written) < 2:  # too many readings to choose one
        return None
    *_, name, title = _tokenizer().tokenize(f"佐藤、{written}さん")
    if title.surface() != "さん" or name.part_of_speech()[2] != "人名":
        return None
    others = (
        morph.reading_form()
        for morph in _dictionary().lookup(name.surface())
        if morph.surface() == name.surface() and morph.part_of_speech()[2] == "人名"
    )
    readings = dict.fromkeys(
        pronounced(hiragana(kana), verb=False) for kana in (name.reading_form(), *others)
    )
    return Person(name.surface(), tuple(readings))


@cache
def _dictionary() -> Any:
    from sudachipy import Dictionary  # noqa: PLC0415  a dictionary of 190 MB, mapped from its file

    return Dictionary(dict="core")


_local = threading.local()


def _tokenizer() -> Any:
    if not hasattr(_local, "tokenizer"):
        _local.tokenizer = _dictionary().tokenizer()
    return _local.tokenizer
