"""Compounds that no dictionary has: 堆金積玉, to the engine ウズタカキンセキダマ.

It puts them together of single kanji, some in their Chinese reading (キン), some in the native one
(ウズタカ) or in that of a name (良暁 リョーアカツキ). Of the words that Sudachi's dictionary has
and the engine reads so, three kanji or four are Chinese throughout in 103 of 121 cases, and two
kanji one of which is a name in 91 of 109; of two other kanji in three of five only, so these stay
(counted by hand, 29 November 2026). `on.tsv` has the Chinese readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import normalize

from sbv2cli.languages.japanese import sudachi
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
    "達等様君殿氏嬢前後中間上下内外側用者方家型屋跡豆枠店月頃製流鳥草木山川島村町森林共御"
)
_LAST_OF_NAMES = frozenset("助次子葉吉郎")  # 孝助, 時子
# Nouns that what goes before them hangs on (なれる程楽だ), and what is put before others (御為).
_NEVER_FIRST = frozenset("時事所為程度故際折他末位間筈癖訳御")
# No particle begins so: a noun does not end before these (微白い, 取繞いて).
_OKURIGANA = frozenset("いきくけげちっつみむめりるれろわび")
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
_LONG_U = lazy_pattern("(?<=[ウクグスズツフブプムユルュ])ウ")
_DOUBLED = {
    "ク": "カキクケコ",
    "ツ": "カキクケコサシスセソタチツテトハヒフヘホ",
    "チ": "タチツテトハヒフヘホ",
}
_H, _P = "ハヒフヘホ", "パピプペポ"
_AFTER_PAUSE = str.maketrans(_H, _P)


# The ways in which two kanji can be mixed: native and Chinese, Chinese and native, both native.
MIXED = ("訓音", "音訓", "訓訓")
_WAYS = {(False, True): MIXED[0], (True, False): MIXED[1], (False, False): MIXED[2]}
# From here on, in tenths of a logit, the Chinese reading of two kanji is taken. Of words that
# Sudachi's dictionary lacks 1,497 became right by it and 139 wrong (by hand, JMdict).
_CHINESE_FROM = 10


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
    if len(kanji) != len(run) or not may_join(kanji):
        return None
    two = len(run) < _SURELY_MIXED
    if two and (text.startswith(_PERSONS, run[-1].end) or kanji[-1] in _LAST_OF_NAMES):
        return None
    surely = school or any(word.name for word in run) or not _OF_CHINA.keys().isdisjoint(kanji)
    said = tuple(word.kana for word in run)
    known = tuple(word.settled or word.decided for word in run)
    if two and not surely:
        return None if _goes_on(text, run[-1]) else _of_two(kanji, said, known)
    if any(known):
        return None
    chinese = _are_chinese(kanji, said)
    if all(chinese) or not any(chinese):
        return None
    half = 2 if len(run) == _LONGEST else len(run)
    first, last = in_chinese(kanji[:half]), in_chinese(kanji[half:])
    return None if first is None or last is None else first + last


def _goes_on(text: str, word: PhraseWord) -> bool:
    """Whether a verb or adjective may go on in kana: 人多すぎ, 微白い."""
    following = text[word.end : word.end + 1]
    inflected = word.pos in ("動詞", "形容詞") and "ぁ" <= following < "ゟ"
    return inflected or following in _OKURIGANA


def _are_chinese(kanji: str, said: Sequence[str]) -> list[bool]:
    readings = [_table().get(letter) for letter in kanji]
    return [
        row is not None and _unvoiced(kana) in row.all
        for row, kana in zip(readings, said, strict=True)
    ]


def may_join(kanji: str) -> bool:
    """Whether kanji that touch may be one Chinese word."""
    return kanji[-1] not in _LAST and _NEVER.isdisjoint(kanji)


def way_of(kanji: str, said: Sequence[str]) -> str | None:
    """How two readings of two kanji are mixed; None if both are Chinese."""
    first, last = _are_chinese(kanji, said)
    return _WAYS.get((first, last))


def in_chinese(kanji: str) -> str | None:
    """The Chinese reading of kanji as one word; None where one has none."""
    readings = [_table().get(letter) for letter in kanji]
    known = [row.first for row in readings if row is not None]
    return _joined(known) if len(known) == len(kanji) else None


def chinese_edges(kanji: str, said: str) -> tuple[bool, bool]:
    """Whether a word of two kanji begins and ends as their Chinese readings do."""
    first, last = _table().get(kanji[0]), _table().get(kanji[-1])
    whole = _unvoiced(said)
    begins = first is not None and any(
        whole.startswith(row) or (len(row) > 1 and whole.startswith(f"{row[:-1]}ッ"))
        for row in first.all
    )
    ends = last is not None and any(
        len(said) > len(row) and _unvoiced(said[-len(row) :]) == row for row in last.all
    )
    return begins, ends


# The same pairs come again and again in a book.
@lru_cache(maxsize=4096)
def _of_two(kanji: str, said: tuple[str, ...], known: tuple[bool, ...]) -> str | None:
    """The Chinese reading of two kanji if their weights speak for it, and no known one against."""
    way = way_of(kanji, said)
    parts = zip(kanji, said, known, strict=True)
    if any(is_known and kana != in_chinese(one) for one, kana, is_known in parts):
        return None
    if way is None or kanji[0] in _NEVER_FIRST or not _weights().keys() >= set(kanji):
        return None
    if sudachi.entries(kanji):  # `compounds.py` has asked for it, and the engine's reading is known
        return None
    speaks = _weights()[way][0] + _weights()[kanji[0]][0] + _weights()[kanji[1]][1]
    return in_chinese(kanji) if speaks >= _CHINESE_FROM else None


@cache
def _weights() -> dict[str, tuple[int, int]]:
    return {row[0]: (int(row[1]), int(row[2] or 0)) for row in rows_of("compounds.tsv")}


def _of_temple(text: str, run: Sequence[PhraseWord]) -> str | None:
    kanji = text[run[0].start : run[-1].end]
    if not _TEMPLE.fullmatch(kanji):
        return None
    return None if any(word.settled or word.decided for word in run) else in_chinese(kanji)


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
        kanji: _Readings(said[0], frozenset(map(_unvoiced, said)))
        for kanji, readings in rows
        if (said := _LONG_U.sub("ー", readings).split())
    }
