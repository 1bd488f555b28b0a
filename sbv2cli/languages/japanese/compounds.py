"""Words that the engine lacks and puts together of others, where a second dictionary has them.

The engine reads 昂彦 as two words, タカブ ヒコ; Sudachi's dictionary has one, アキヒコ. Where the
engine has several words and the dictionary one, the dictionary is nearly always right
(docs/explanation/japanese-readings.md). It is asked only about kanji that touch, one of which the
engine has as a word of its own, and about names that it spells kanji by kanji (挽田 バンデン);
where the dictionary has the engine's reading too, that stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sbv2cli.languages.japanese import given_names, rare_compounds, sudachi
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.japanese.phrases import PhraseWord, likely_accent
from sbv2cli.languages.japanese.sudachi import Entry
from sbv2cli.patterns import lazy_pattern

_FIRST = "㐀"  # letters from here on are kanji or rarer
_KANJI = lazy_pattern("[々㐀-䶿一-鿿]+")
_NUMERAL = lazy_pattern("[0-9一二三四五六七八九十百千万億兆〇零数何幾毎]")
_LONGEST = 8  # characters
# Of names that begin with a numeral those that end so are given names (一樹, 千聖): 一枝 and 三雲
# may be counted.
_GIVEN = lazy_pattern(
    "[一千万百].*[樹希輝紀貴稀真馬磨摩翔斗太郎朗也哉弥矢耶夫雄彦志史司成聖晴夏冬陽葵香華果菜奈那穂沙紗莉央愛優結子"
    "寿織乃隼颯瑛慧護誠恵景尋笑咲音鶴瑚]"
)
# Kanji that are put behind names and other words; no name ends with them where it stands alone.
_SUFFIXES = frozenset("達等様君殿氏嬢前後中間上下内外側的用者方家")


def correct(text: str, words: list[PhraseWord], apart: Collection[int] = ()) -> list[PhraseWord]:
    """`words` of the engine with compounds as one word; places count from 0 in `text`.

    No compound goes over the places `apart`, where the engine was told that words end.
    """
    if any(_is_spelt(text, word) for word in words):
        words = [_spelt_as_known(text, word) for word in words]
    single = [word for word in words if word.end - word.start == 1]
    if not any(_touches(text, word) for word in single):
        return words
    corrected: list[PhraseWord] = []
    index = 0
    while index < len(words):
        last = _run(text, words, index, apart)
        found = _compound(text, words, index, last) if last > index else None
        if found is None:
            corrected.append(words[index])
            index += 1
        else:
            corrected.append(found[0])
            index = found[1] + 1
    return rare_compounds.correct(text, corrected)


def _is_spelt(text: str, word: PhraseWord) -> bool:
    """Whether the engine has no such word: most that it has know how they change accents."""
    return (
        word.chain_rule == "*"
        and not word.accent
        and word.end - word.start > 1
        and text[word.start] >= _FIRST
        and word.pos == "名詞"
        and not (word.decided or word.settled or word.marks or word.name)
    )


def _spelt_as_known(text: str, word: PhraseWord) -> PhraseWord:
    written = text[word.start : word.end]
    if not _is_spelt(text, word) or not _KANJI.fullmatch(written) or _NUMERAL.search(written):
        return word
    entries = sudachi.entries(written)
    if not all(entry.name for entry in entries):  # 人手不足 is known, as are its two readings
        return word
    found = _in_dictionary(text, [word], entries)
    return word if found is None else _word([word], written, found)


def _touches(text: str, word: PhraseWord) -> bool:
    """Whether a word of one letter is a kanji beside another; asked of many, so no pattern."""
    return (
        text[word.start] >= _FIRST
        and not word.marks
        and (
            text[word.end : word.end + 1] >= _FIRST
            or (word.start > 0 and text[word.start - 1] >= _FIRST)
        )
    )


def _run(text: str, words: Sequence[PhraseWord], first: int, apart: Collection[int]) -> int:
    """The last of the words of kanji that touch, from `first` on; `first` - 1 where it is none."""
    index = first
    while index < len(words) and _may_join(text, words[index]):
        if words[index].end - words[first].start > _LONGEST:
            break
        if index > first and words[index].start in apart:
            break
        index += 1
    return index - 1


def _may_join(text: str, word: PhraseWord) -> bool:
    if word.marks or word.start == word.end or (word.settled and word.end - word.start > 1):
        return False
    return _KANJI.fullmatch(text, word.start, word.end) is not None


def _compound(
    text: str, words: Sequence[PhraseWord], first: int, last: int
) -> tuple[PhraseWord, int] | None:
    start = words[first].start
    if start and (
        _NUMERAL.match(text, start - 1)  # a counter: 三|年|前
        or (text.startswith("前駅", start) and _KANJI.match(text, start - 1))  # 公園|前|駅
    ):
        return None
    for end in range(last, first, -1):
        parts = words[first : end + 1]
        written = text[start : words[end].end]
        if _NUMERAL.search(written):
            name = _numbered_name(text, parts, written)
        elif entries := sudachi.entries(written):
            if not any(word.end - word.start == 1 for word in parts):
                continue  # 同人|雑誌: the engine knows its words
            found = _in_dictionary(text, parts, entries)
            return (_word(parts, written, found), end) if found is not None else None
        else:
            name = _given_name(text, parts, written)
        if name is not None:
            return _word(parts, written, name), end
    return None


def _in_dictionary(
    text: str, parts: Sequence[PhraseWord], entries: Sequence[Entry]
) -> Entry | None:
    """The reading of the dictionary, unless it has the engine's too."""
    said = comparable("".join(word.kana for word in parts))
    if any(comparable(entry.kana.replace("ニッポン", "ニホン")) == said for entry in entries):
        return None
    common = [entry for entry in entries if not entry.name]
    if not entries or (not common and not _is_name(text, parts)):
        return None
    return (common or entries)[0]


def _given_name(text: str, parts: Sequence[PhraseWord], written: str) -> Entry | None:
    if not _is_name(text, parts):
        return None
    kana = given_names.reading(written)
    return Entry(kana, name=True) if kana is not None else None


def _numbered_name(text: str, parts: Sequence[PhraseWord], written: str) -> Entry | None:
    """A name with a numeral in it, if it is nothing else: 一樹, 源二郎."""
    if not _is_name(text, parts) or (_NUMERAL.match(written) and not _GIVEN.fullmatch(written)):
        return None
    name = sudachi.person(written)
    if name is None or name.written != written:
        kana = None if _NUMERAL.match(written) else given_names.reading_of_old(written)
        return None if kana is None else Entry(kana, name=True)
    said = comparable("".join(word.kana for word in parts))
    known = {comparable(kana) for kana in name.readings}
    if said in known or not all(entry.name for entry in sudachi.entries(written)):
        return None
    return Entry(name.readings[0], name=True)


def _is_name(text: str, parts: Sequence[PhraseWord]) -> bool:
    """Whether a name of these parts stands alone here."""
    start, end = parts[0].start, parts[-1].end
    before, behind = text[start - 1 : start] if start else "", text[end : end + 1]
    if _KANJI.match(before) or text[end - 1] in _SUFFIXES:
        return False
    return not _KANJI.match(behind) or behind in _SUFFIXES


def _word(parts: Sequence[PhraseWord], written: str, entry: Entry) -> PhraseWord:
    first, last = parts[0], parts[-1]
    return PhraseWord(
        start=first.start,
        end=last.end,
        kana=entry.kana,
        pos="名詞",
        orig=written,
        accent=likely_accent(entry.kana, loanword=False),
        joined=first.joined,
        decided=True,
        name=entry.name,
    )
