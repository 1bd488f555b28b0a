"""Accent phrases: from the engine's words to moras with a pitch (closed form of JP-7).

No alignment with labels: the engine's own features say where a phrase begins (`chain_flag`), how
long it is and where its nucleus lies. What a person or a rule has decided goes in here, and the
phrases around it stay as the engine made them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sbv2cli.languages.japanese.moras import LONG_MARK, mora_tones, split_moras


class PhraseWord(NamedTuple):
    """One word on its way to phones. `kana` "" is silent, punctuation is a pause.

    A tuple, as many are made: dozens for each line.
    """

    start: int  # half-open range in the text that the engine was given
    end: int
    kana: str
    marks: bool = False  # `kana` holds punctuation, one phone each
    pos: str = "名詞"
    orig: str = ""
    accent: int = 0  # of the phrase, where it begins here; else the word's own
    joined: bool = False  # continues the accent phrase before
    chain_rule: str = "*"
    decided: bool = False  # `accent` is the word's own, and what follows builds on it
    settled: bool = False  # a row of our tables says how it is read
    name: bool = False  # of a person or a place, as the engine has it


class WordPhones(NamedTuple):
    """Phones and tones of one word, in the order of the words."""

    phones: tuple[str, ...]
    tones: tuple[int, ...]


def say(words: Sequence[PhraseWord]) -> list[WordPhones]:
    """Phones and tones of each word."""
    said: list[WordPhones] = []
    start = 0
    while start < len(words):
        if words[start].marks:  # a pause is a phrase of its own
            kana = words[start].kana
            said.append(WordPhones(tuple(kana), (0,) * len(kana)))
            start += 1
            continue
        end = start + 1
        while end < len(words) and words[end].joined and not words[end].marks:
            end += 1
        _say_phrase(words[start:end], said)
        start = end
    return said


def _say_phrase(phrase: Sequence[PhraseWord], said: list[WordPhones]) -> None:
    """Add words that share an accent to what is said."""
    # A ー is one mora, whatever it lengthens.
    sizes = [len(split_moras(word.kana) or ()) for word in phrase]
    tones = mora_tones(sum(sizes), _nucleus(phrase, sizes))
    at = 0
    for word, size in zip(phrase, sizes, strict=True):
        lengthened = _last_phone(said) if word.kana.startswith(LONG_MARK) else ()
        said.append(_pitched(word.kana, lengthened, tones[at : at + size]))
        at += size


def _last_phone(said: Sequence[WordPhones]) -> tuple[str, ...]:
    return next((word.phones[-1:] for word in reversed(said) if word.phones), ())


# The same words come again and again, with few pitches each.
@lru_cache(maxsize=16_384)
def _pitched(kana: str, before: tuple[str, ...], tones: tuple[int, ...]) -> WordPhones:
    """Phones and tones of a word whose moras have these `tones`."""
    moras = split_moras(kana, before) or ()
    phones = tuple(phone for _, phones in moras for phone in phones)
    pitches = (tone for (_, said), tone in zip(moras, tones, strict=True) for _ in said)
    return WordPhones(phones, tuple(pitches))


def _nucleus(phrase: Sequence[PhraseWord], sizes: Sequence[int]) -> int:
    accent = phrase[0].accent
    place = sizes[0]
    rebuild = phrase[0].decided
    for before, word, size in zip(phrase, phrase[1:], sizes[1:], strict=False):
        if rebuild or word.decided:
            accent = _chained(accent, place, before, word)
            rebuild = True
        elif word.pos == "助動詞":
            if word.orig == "ます" and word.kana == "マショ":
                return place + 2  # every verb falls after ショ; the engine leaves some a mora early
            if word.orig == "う":
                return place  # and before the ー of 寝よう, flat verbs too
            if word.orig == "ない" and before.pos == "動詞" and accent == place + 1:
                accent, rebuild = 0, True  # 忘れない stays flat; the engine has it fall after ナ
        place += size
    return accent


def _chained(accent: int, place: int, before: PhraseWord, word: PhraseWord) -> int:
    """The nucleus of a phrase after one more word (the rules of the NAIST accent dictionary).

    Args:
        accent: nucleus so far, 0 flat.
        place: moras so far.
        before: the word before, whose part of speech chooses the rule.
        word: the word that is added.
    """
    if word.decided:
        return place + word.accent if word.accent else 0
    pos = "形容詞" if before.orig == "ない" else before.pos
    rule, _, shift = _rule_for(pos, word.chain_rule).partition("@")
    added = place + _number(shift)
    own = place + word.accent
    return {
        "F2": accent or added,
        "F3": added if accent else 0,
        "F4": added,
        "F5": 0,
        "C1": own,
        "C2": place + 1,
        "C3": place,
        "C4": 0,
        "P1": own if word.accent else 0,
        "P2": own if word.accent else place + 1,
        "P6": 0,
        "P14": own if word.accent else accent,
    }.get(rule, accent)


def _rule_for(pos: str, rules: str) -> str:
    """The rule for what stands before: F1 out of 名詞%F1/動詞%F2@0 after a noun."""
    for rule in rules.split("/"):
        wanted, percent, name = rule.rpartition("%")
        if not percent or wanted == pos:
            return name
    return "*"


def _number(written: str) -> int:
    return int(written) if written.lstrip("-").isdecimal() else 0


def likely_accent(kana: str, *, loanword: bool) -> int:
    """A nucleus for a word that no dictionary knows.

    Loanwords fall after the third mora from the end, one earlier where that is ー ン ッ or the
    second half of a diphthong. Native words of four moras are mostly flat, shorter ones mostly
    fall after the first.
    """
    moras = [written for written, _ in split_moras(kana) or ()]
    if len(moras) <= 2 or (not loanword and len(moras) == 3):
        return 1
    if not loanword and len(moras) == 4:
        return 0
    place = len(moras) - 2
    while place > 1 and moras[place - 1] in (LONG_MARK, "ン", "ッ", "イ"):
        place -= 1
    return place
