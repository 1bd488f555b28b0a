"""Names of persons, where the engine has no such name: before さん, and behind a family name.

It reads 櫻間さん as サクラカン, 美前さん as ビマエ and 米原さん as the town, マイバラ. Before these
words stands a person, so a second dictionary is asked for a name there, of two kanji or more: names
of one kanji have too many readings. A reading that this dictionary has for the name stays.
Behind a family name it is asked for a given name that the engine puts together of several words:
菊池雄星 was キクチツヨシホシ. There a name of one kanji in `names.tsv` is a name: 小田切瞬 was
オダギリマドカ.
"""

from __future__ import annotations

import re

from sbv2cli.languages.japanese import given_names, own_words, sudachi
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.moras import count_moras
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.languages.japanese.phrases import likely_accent

BEHIND = frozenset(("さん", "くん", "ちゃん", "さま", "君", "様", "氏", "殿", "嬢", "先輩"))
_KANJI = re.compile("[々㐀-䶿一-鿿]+")
_NO_NAME = re.compile("[一二三四五六七八九十百千何数]+[人名]|御主人")  # お一人様
_SHORTEST, _LONGEST = 2, 6  # characters; of a family name and a given name
_LONGEST_GIVEN = 3


def before_titles(words: list[EngineWord]) -> list[EngineWord]:
    """`words` with the names before さん and the like as one word each."""
    said: list[EngineWord] = []
    for word in words:
        if word.string in BEHIND and word.pron != "キミ":
            _name_last(said)
        said.append(word)
    return said


def behind_family_names(words: list[EngineWord]) -> list[EngineWord]:
    """`words` with the given names behind family names as one word each."""
    for index in range(len(words) - 2, -1, -1):
        if words[index].name == "姓":
            _given_name(words, index + 1)
    return words


def _given_name(words: list[EngineWord], first: int) -> None:
    """The words of kanji from `first` on as one given name, if they are one; in place."""
    last = first
    written = ""
    while last < len(words) and _KANJI.fullmatch(words[last].string):
        written += words[last].string
        last += 1
    # Names of more kanji are those of families and places, too: 砺波平野 is a plain.
    if len(written) == 1 and len(words[first - 1].string) > 1 and written in own_words.names():
        kana, accent = own_words.names()[written]
        words[first:last] = [_named(words[first], written, kana, kind="名", accent=accent)]
    elif last >= first + 2 and _SHORTEST <= len(written) <= _LONGEST_GIVEN:
        name = sudachi.person(written)
        if name is not None and name.written == written:
            given: str | None = name.readings[0]
        else:
            given = given_names.reading(written)
        if given is not None:
            words[first:last] = [_named(words[first], written, given, kind="名")]


def _name_last(words: list[EngineWord]) -> None:
    """The name that `words` end with, read as one; in place."""
    written = _kanji_last(words)
    # Known, and nothing before it that could be a part of it: the dictionary need not be loaded.
    if words and written == words[-1].string and _is_known(words[-1:]):
        return
    name = sudachi.person(written)
    if name is None or len(name.written) < _SHORTEST or _NO_NAME.fullmatch(name.written):
        return
    first, length = len(words), 0
    while length < len(name.written):
        first -= 1
        length += len(words[first].string)
    if length > len(name.written) or _is_known(words[first:]):
        return
    kana = comparable("".join(word.pron for word in words[first:]).replace("’", ""))
    if kana in {comparable(reading) for reading in name.readings}:
        return
    words[first:] = [_named(words[first], name.written, name.readings[0])]


def _kanji_last(words: list[EngineWord]) -> str:
    """The words of kanji that `words` end with, as many as a name may have."""
    written = ""
    for word in reversed(words):
        if not _KANJI.fullmatch(word.string) or len(word.string) + len(written) > _LONGEST:
            break
        written = word.string + written
    return written


def _is_known(words: list[EngineWord]) -> bool:
    """Whether the engine has them as one name, which may be of a place that gave it to persons."""
    return len(words) == 1 and words[0].detail == "固有名詞" and words[0].name != "一般"


def _named(
    first: EngineWord, written: str, kana: str, kind: str = "姓", accent: int | None = None
) -> EngineWord:
    return first._replace(
        string=written,
        pos="名詞",
        pron=kana,
        acc=likely_accent(kana, loanword=False) if accent is None else accent,
        mora_size=count_moras(kana),
        orig=written,
        detail="固有名詞",
        name=kind,
    )
