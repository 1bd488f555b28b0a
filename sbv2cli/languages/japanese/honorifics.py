"""君 behind a name: 神戸君 is カンベクン, to the engine コーベキミ, for it knows 神戸 as a place.

It takes 君 for a word of its own behind places, and has words with it that are no names of persons
today (下村君 シモムラキミ, 辻君 ツジギミ). A name that is another word, too, it does not know there
(要君 カナメキミ).
"""

from __future__ import annotations

from sbv2cli.languages.japanese import own_words
from sbv2cli.languages.japanese.phrases import PhraseWord

_YOU = ("キミ", "ギミ")
_KANJI = "㐀"  # letters from here on are kanji or rarer
_TIMES = "日年月朝夜晩頃時"  # 毎日 is a name to it, too: of a newspaper


def correct(text: str, words: list[PhraseWord]) -> list[PhraseWord]:
    """`words` with 君 behind names as it is said there; places count from 0 in `text`."""
    if "君" not in text:
        return words
    said: list[PhraseWord] = []
    for word in words:
        before = said[-1] if said else None
        if text[word.start : word.end] == "君" and word.kana in _YOU:
            name = before is not None and _is_person(text, before)
            said.append(word._replace(kana="クン", joined=True) if name else word)
        else:
            said.append(word)
    return said


def _is_person(text: str, word: PhraseWord) -> bool:
    if word.name:
        return _may_be_person(text[word.end - 1])
    alone = word.start == 0 or text[word.start - 1] < _KANJI
    return alone and text[word.start : word.end] in own_words.names()


def _may_be_person(last: str) -> bool:
    return last >= _KANJI and last not in _TIMES
