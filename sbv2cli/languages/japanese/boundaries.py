"""Places where words end that the engine would run together with what follows.

Behind a noun it takes one kanji for a suffix: さっき人が is サッキジンガ to it, そのまま部屋を is
ソノママベヤヲ. Behind words of time, place and amount, which make no compounds, a kanji with a
particle is a word of its own. And some endings it takes for other words: 書きやがる is ガキヤガル,
扱いつつ コイツツ, 許しちまった モトシチマッタ, 願うんじゃ ネガイウンジャ. At these places it is
handed a comma, which it reads as a boundary and nobody hears; around ごと and before や a space,
with which a phrase goes on.
"""

from __future__ import annotations

import re

_BEFORE_NOUNS = (
    "(?<![が気])まま|"
    "い[まつ]|いつか|さっき|きのう|けさ|あした|むかし|ときどき|[こそ]こ|どこか?|だれか|なにか|"
    "みんな|ほとんど|たくさん|だんだん|つまり|むしろ|たとえ(?!話)|"
    "結局|実際|本来|普段|当時|現在|途中|最[初後近]|以[前後降]|近頃|当初|元来|一瞬|誰か|"
    "今日(?!本)|今(?:回|朝|夜|頃|週)|昨[日夜]|明日|毎[日朝晩週]|先[日週]|来週|翌[日朝]|"
    "[二何]度|時々|度々|色々|所々|全[員部]"
)
# What makes one word with these: 今日中に, 全員分の, いま頃は, 全部屋に, 先日来の, 最後尾の.
_NO_NOUN = (
    "分用中頃目度号版比付発着制的性感側系風流製達様等毎別向初末際次順位後時"
    "地値形屋門期列尾端来半曜高接作産方香"
)  # fmt: skip
_PARTICLE = "[がをはもにのとでへや]|から|まで|より"
_NOUNS = re.compile(f"(?:{_BEFORE_NOUNS})(?=(?:部屋|(?![{_NO_NOUN}])[一-鿿])(?:{_PARTICLE}))")
_ENDINGS = re.compile(
    "(?<=[一-鿿])(?:[いきぎしちびみり](?=やが[っりるれろ])|い(?=つつ)|て(?=始め)|"
    "し(?=ちま[っういえ])|"
    "[うくすつむぶぐ](?=んじゃ(?:[よの,.!?']|$)))"
)
# 腕ごと斬る is ウデゴトギル to it, 空ごと クーゴト; 夜ごと and 日ごと it knows.
_WITH_ALL = re.compile("(?<=[一-鿿])(?<![夜日月年週毎])ごと(?=[一-鿿])")
# 母や姉 is オモヤアネ to it.
_LISTED = re.compile("(?<![一-鿿])[一-鿿](?=や[一-鿿])")
# 慎二先輩 is マキニセンパイ to it: 二先 is a word of its dictionary.
_NAMED = re.compile("(?<=[一-鿿])(?<![大新旧恩諸同])(?=先輩)")


def nouns(text: str) -> list[int]:
    """Where such nouns begin."""
    return [found.end() for found in _NOUNS.finditer(text)]


def endings(text: str) -> list[int]:
    """Where such endings begin."""
    return [found.end() for found in _ENDINGS.finditer(text)]


def words(text: str) -> list[int]:
    """Where words begin that the engine would run together with what stands before."""
    places = {place for found in _WITH_ALL.finditer(text) for place in found.span()}
    places |= {found.end() for found in _LISTED.finditer(text)}
    return [*places, *(found.end() for found in _NAMED.finditer(text))]
