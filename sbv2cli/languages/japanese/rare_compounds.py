"""Compounds that no dictionary has: 堆金積玉, to the engine ウズタカキンセキダマ.

It puts them together of single kanji, some in their Chinese reading (キン), some in the native one
(ウズタカ) or in that of a name (良暁 リョーアカツキ). Of the words that Sudachi's dictionary has
and the engine reads so, three kanji or four are Chinese throughout in 103 of 121 cases, and two
kanji one of which is a name in 91 of 109; of two other kanji in three of five only, so these stay
(counted by hand, 29 November 2026). `on.tsv` has the Chinese readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from unicodedata import normalize

from sbv2cli.languages.japanese.data_tables import rows_of
from sbv2cli.languages.japanese.phrases import PhraseWord, likely_accent
from sbv2cli.patterns import lazy_pattern

_KANJI = lazy_pattern("[々㐀-䶿一-鿿]+")
_LONGEST = 4
_SURELY_MIXED = 3  # so many kanji make a Chinese word even without a name among them
# Words that stand alone beside others (我今), numbers, and what is put behind nouns in its native
# reading or behind names.
_NEVER = frozenset(
    "我吾汝己俺僕私君彼誰皆今昔朝昼夜春夏秋冬右左東西南北此其之也々"
    "一二三四五六七八九十百千万億兆〇零数何幾毎壱弐参拾萬円"
)
_LAST = frozenset(
    "達等様君殿氏嬢前後中間上下内外側用者方家型屋跡豆枠店月頃製流鳥草木山川島村町森林"
)
# Names with these are of Chinese persons: 翠玲.
_OF_CHINA = {
    "玲": "レー", "琳": "リン", "瑶": "ヨー", "麗": "レー", "燕": "エン", "嬌": "キョー",
    "娟": "ケン", "媛": "エン", "萍": "ヘー", "珊": "サン", "瑛": "エー", "翠": "スイ",
    "碧": "ヘキ", "蓉": "ヨー", "茗": "メー", "淑": "シュク", "墨": "ボク", "飛": "ヒ",
}  # fmt: skip
# Names before these are read natively: 栗脇さん is クリワキ.
_PERSONS = ("さん", "くん", "ちゃん", "さま", "君", "様", "氏", "殿", "嬢", "先生", "先輩")
# A school's name of two kanji is Chinese (光陵高校), a temple's with 寺 (建中寺), a nun's with 尼.
_SCHOOLS = frozenset(
    "学園 学院 高校 高等 大学 中学 中学校 小学校 女学院 女学園 女学校 女子 附属 付属".split()
)
_TEMPLE = lazy_pattern("[^山][^山切込入]寺|[^比][^丘位]尼")
_DOUBLED = {
    "ク": "カキクケコ",
    "ツ": "カキクケコサシスセソタチツテトハヒフヘホ",
    "チ": "タチツテトハヒフヘホ",
}
_H, _P = "ハヒフヘホ", "パピプペポ"
_AFTER_PAUSE = str.maketrans(_H, _P)


class _Readings(NamedTuple):
    first: str
    all: frozenset[str]  # with the first sound unvoiced


def correct(text: str, words: list[PhraseWord]) -> list[PhraseWord]:
    """`words` with such compounds as one word; places count from 0 in `text`."""
    whole: list[PhraseWord] = []
    index = 0
    while index < len(words):
        last = index
        while last < len(words) and _is_kanji(text, words[last], index, words):
            last += 1
        school = last > index + 1 and text[words[last - 1].start : words[last - 1].end] in _SCHOOLS
        last -= school
        run = words[index:last]
        kana = None
        if 1 < len(run) <= _LONGEST:
            kana = _of_temple(text, run) or _chinese(text, run, school=school)
        if kana is None:
            whole += words[index : max(last, index + 1)]
        else:
            whole.append(_word(text, words[index:last], kana))
        index = max(last, index + 1)
    return whole


def _is_kanji(text: str, word: PhraseWord, first: int, words: Sequence[PhraseWord]) -> bool:
    """Whether all of it is kanji and touches the run that begins at `first`."""
    touches = word is words[first] or text[word.start - 1 : word.start] >= "々"
    return (
        touches
        and not word.marks
        and word.end > word.start
        and _KANJI.fullmatch(text, word.start, word.end) is not None
    )


def _chinese(text: str, run: Sequence[PhraseWord], *, school: bool = False) -> str | None:
    """The Chinese reading of kanji that the engine reads in several ways."""
    kanji = text[run[0].start : run[-1].end]
    if len(kanji) != len(run) or kanji[-1] in _LAST or not _NEVER.isdisjoint(kanji):
        return None
    is_name = len(run) < _SURELY_MIXED and text.startswith(_PERSONS, run[-1].end)
    if is_name or any(word.settled or word.decided for word in run):
        return None
    readings = [_table().get(letter) for letter in kanji]
    chinese = [
        row is not None and _unvoiced(word.kana) in row.all
        for row, word in zip(readings, run, strict=True)
    ]
    if all(chinese) or not any(chinese):
        return None
    surely = school or any(word.name for word in run) or not _OF_CHINA.keys().isdisjoint(kanji)
    if len(run) < _SURELY_MIXED and not surely:
        return None
    known = [row.first for row in readings if row is not None]
    if len(known) < len(run):
        return None
    half = 2 if len(run) == _LONGEST else len(run)
    return _joined(known[:half]) + _joined(known[half:])


def _of_temple(text: str, run: Sequence[PhraseWord]) -> str | None:
    kanji = text[run[0].start : run[-1].end]
    if not _TEMPLE.fullmatch(kanji):
        return None
    readings = [_table().get(letter) for letter in kanji]
    known = [row.first for row in readings if row is not None]
    if len(known) < len(kanji) or any(word.settled or word.decided for word in run):
        return None
    return _joined(known)


def _joined(readings: Sequence[str]) -> str:
    """Readings as one word says them: ガク and コー are ガッコー."""
    said = ""
    for kana in readings:
        before = said[-1:]
        if len(said) > 1 and kana[0] in _DOUBLED.get(before, ""):
            said = f"{said[:-1]}ッ"
            before = "ッ"
        said += kana[0].translate(_AFTER_PAUSE) + kana[1:] if before in ("ッ", "ン") else kana
    return said


def _word(text: str, run: Sequence[PhraseWord], kana: str) -> PhraseWord:
    first, last = run[0], run[-1]
    return PhraseWord(
        start=first.start,
        end=last.end,
        kana=kana,
        pos="名詞",
        orig=text[first.start : last.end],
        accent=likely_accent(kana, loanword=False),
        joined=first.joined,
        decided=True,
    )


def sounds_chinese(written: str, kana: str) -> bool:
    """Whether a word of kanji begins or ends with a Chinese reading of its first or last one."""
    said = _unvoiced(kana.replace("’", ""))
    first, last = _table().get(written[0]), _table().get(written[-1])
    if len(written) == 1:
        return first is not None and said in first.all
    if first is not None and said.startswith((first.first, f"{first.first[:-1]}ッ")):
        return True
    return last is not None and any(_unvoiced(said[-len(row) :]) == row for row in last.all)


def _unvoiced(kana: str) -> str:
    return normalize("NFD", kana[:1])[:1] + kana[1:]


@cache
def _table() -> dict[str, _Readings]:
    rows = [*rows_of("on.tsv"), *_OF_CHINA.items()]  # the dictionary has few of these names
    return {
        kanji: _Readings(readings.split()[0], frozenset(map(_unvoiced, readings.split())))
        for kanji, readings in rows
    }
