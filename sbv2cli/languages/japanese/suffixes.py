"""Kanji that are read otherwise behind one kind of word than behind another.

Behind words that it does not know together with these the engine has one reading for each:

- 人 ジン, but who does something is ニン (交渉人);
- 家 カ, but a family is ケ (難波家);
- 星 ボシ and 宮 ミヤ, but behind a Chinese word セー and キュー (植民星, 瑠璃宮);
- 城 シロ, 宿 ヤド and 祭 サイ, but ジョー, ジュク and マツリ behind the name of a place (上田城);
- 島 トー, but behind kanji that are not Chinese ジマ (鴉島);
- 御 ゴ before every word, but オ before those that are not Chinese (御着物);
- ヶ between words that it does not know together is a mark to it, and ケ a word (緑ヶ台, 鳥ケ沢):
  the particle ガ there, behind numbers カ.
"""

from __future__ import annotations

from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.languages.japanese.rare_compounds import sounds_chinese

_KANJI = "㐀"  # letters from here on are kanji or rarer
_GA = frozenset("ヶケ")
LETTERS = frozenset("人家星御宮城宿祭島") | _GA
# Whom one is rather than what one does.
_OF_PLACE = frozenset(
    "渡来 帰化 報道 出版 放送 生活 混血 入植 移住 開拓 転生 進化 教養 野球".split()
)
_STARS = frozenset("番物形姫彦")  # behind these it is ホシ: 一番星, 織姫星
_BEHIND_A_NAME = {"カ": "ケ", "シロ": "ジョー", "ヤド": "ジュク", "サイ": "マツリ"}
_TWO = 2  # kanji of most Chinese words


def chosen(words: list[EngineWord]) -> list[EngineWord]:
    """`words` with these as the words beside them ask for; changed in place."""
    for index, word in enumerate(words):
        if word.string in _GA:
            if 0 < index < len(words) - 1 and _is_between(words[index - 1], words[index + 1]):
                said = "カ" if words[index - 1].detail == "数" else "ガ"
                words[index] = EngineWord(
                    word.string, "助詞", said, 0, 1, 1, "名詞%F1", "が", "格助詞"
                )
        elif word.string in LETTERS:
            pron = _reading(words, index)
            if pron is not None:
                words[index] = word._replace(pron=pron)
    return words


def _is_between(before: EngineWord, following: EngineWord) -> bool:
    return before.string[-1] >= _KANJI and following.string[0] >= _KANJI


def _reading(words: list[EngineWord], index: int) -> str | None:
    word = words[index]
    if word.string == "御":
        following = words[index + 1] if index + 1 < len(words) else None
        native = following and (_is_native(following) or _is_stem(following))
        return "オ" if word.pron == "ゴ" and native else None
    return _as_suffix(word, words[index - 1]) if index else None


def _as_suffix(word: EngineWord, before: EngineWord) -> str | None:
    of_a_name = before.detail == "固有名詞"
    if word.pron in _BEHIND_A_NAME:
        suffix = word.detail == "接尾" or word.pron != "カ"
        return _BEHIND_A_NAME[word.pron] if of_a_name and suffix else None
    if word.string in "島宮":
        return _island_or_palace(word, before)
    if word.detail != "接尾":
        return None
    if word.pron == "ジン":
        does = before.detail == "サ変接続" and before.string not in _OF_PLACE
        return "ニン" if does else None
    if word.pron == "ボシ" and len(before.string) == _TWO and before.string[-1] not in _STARS:
        return "セー" if _is_chinese(before) else None
    return None


def _island_or_palace(word: EngineWord, before: EngineWord) -> str | None:
    if before.string[0] < _KANJI:
        return None
    if word.pron == "トー":
        return None if sounds_chinese(before.string, before.pron) else "ジマ"
    palace = word.pron == "ミヤ" and before.detail != "固有名詞" and _is_chinese(before)
    return "キュー" if palace else None


def _is_chinese(word: EngineWord) -> bool:
    return len(word.string) >= _TWO and sounds_chinese(word.string, word.pron)


def _is_stem(word: EngineWord) -> bool:
    """Whether a verb begins here, as in 御聞きになる; not 御存じ and 御座います, which are ゴ."""
    first, second = word.string[0], word.string[1:2]
    return first >= _KANJI and "ぁ" <= second < _KANJI and first not in "存座覧"


def _is_native(word: EngineWord) -> bool:
    noun = word.pos == "名詞" and word.detail != "固有名詞" and word.string[0] >= _KANJI
    return noun and not sounds_chinese(word.string, word.pron)
