"""Sums: what stands between two numbers is spoken."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import before, is_kana
from sbv2cli.languages.japanese.rules.numbers import PLAIN, number_spans
from sbv2cli.languages.japanese.rules.numerals import cardinal
from sbv2cli.languages.japanese.spans import SpokenSpan

_OPERATORS = {
    "+": "たす",
    "-": "ひく",
    "×": "かける",
    "✕": "かける",
    "✖": "かける",
    "*": "かける",
    "x": "かける",
    "÷": "わる",
    "/": "わる",
    "=": "は",
    "≠": "ノットイコール",
    "≒": "ニアリーイコール",
    "≈": "ニアリーイコール",
    "<": "小なり",
    ">": "大なり",
    "≦": "小なりイコール",
    "≤": "小なりイコール",
    "≧": "大なりイコール",
    "≥": "大なりイコール",
    "±": "プラスマイナス",
}
_TERM = rf"-?{PLAIN}"
_MARK = rf" ?[{re.escape(''.join(_OPERATORS))}] ?"
# Sums are short: at most 20 terms, which also bounds the work for hostile input.
_SUM = re.compile(
    rf"{PLAIN}(?:{_MARK}{_TERM}){{1,20}}(?: ?(?P<open>=)(?=[ ??]|$))?(?![0-9A-Za-z.,]*[A-Za-z0-9])"
)
_PIECE = re.compile(rf"(?P<mark>{_MARK})(?=-?[0-9])|(?P<number>{PLAIN})|(?P<open> ?=)")
_POWER = re.compile(r"\^(?P<minus>-)?(?P<n>[0-9]{1,4})(?![0-9.])")
_WEAK = frozenset("-/x")


def arithmetic(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """5+3=8 is 五たす三は八. "-" and "/" alone do not make a sum: 5-6人, 1/2."""
    found = _SUM.match(flat, at, stop)
    if found is None:
        return None
    marks = set(re.sub(r"[0-9., ]", "", found.group()))
    if marks <= _WEAK and marks != {"x"}:
        return None
    spans: list[SpokenSpan] = []
    position = at
    while position < found.end():
        piece = _PIECE.match(flat, position, found.end() + 1)
        minus = flat[position] == "-" and spans and spans[-1].kind == "operator"
        if minus:
            end = position + 1
            spans.append(SpokenSpan(start=position, end=end, text="マイナス", kind="sign"))
        elif piece is None:
            return None
        elif piece["number"]:
            end = piece.end()
            spans += number_spans(flat, position, end)
        else:
            end = piece.end()
            text = _OPERATORS[piece.group().strip()]
            kana = "ワ" if text == "は" else None
            spans.append(SpokenSpan(start=position, end=end, text=text, kana=kana, kind="operator"))
        position = end
    return spans


def operator(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A mark of arithmetic between anything but plain numbers: 縦×横, A=B, 5万+3万."""
    spoken = {
        "+": "プラス",
        "×": "かける",
        "÷": "わる",
        "=": "イコール",
        "≠": "ノットイコール",
        "≒": "ニアリーイコール",
        "±": "プラスマイナス",
        "√": "ルート",
        "∞": "無限大",
        "∑": "シグマ",
        "∫": "インテグラル",
    }.get(flat[at])
    if spoken is None:
        return None
    if flat[at] == "=" and _is_katakana(before(flat, at)) and _is_katakana(flat[at + 1 : at + 2]):
        return [SpokenSpan(start=at, end=at + 1, text=" ", kind="mark")]  # ジャン＝リュック
    if flat[at] == "×" and not (_factor(flat, at - 1) and _factor(flat, at + 1)):
        spoken = "バツ"  # ○か×か
    lonely = flat[at] in "+=" and not (_beside(flat, at - 1) and _beside(flat, at + 1))
    if lonely or at >= stop:
        return None
    return [SpokenSpan(start=at, end=at + 1, text=spoken, kind="operator")]


def power(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """2^10 is 二の十乗."""
    found = _POWER.match(flat, at, stop)
    if found is None or not before(flat, at).isalnum():
        return None
    minus = "マイナス" if found["minus"] else ""
    text = f"{minus}{cardinal(found['n'])}乗"
    return [
        SpokenSpan(start=at, end=at + 1, text="の", kind="operator"),
        SpokenSpan(start=at + 1, end=found.end(), text=text, kind="number"),
    ]


def _is_katakana(letter: str) -> bool:
    return "ァ" <= letter <= "ー" and letter != "・"


def _factor(flat: str, at: int) -> bool:
    """Whether something that can be multiplied stands here: no kana, no ring."""
    if not 0 <= at < len(flat):
        return False
    return flat[at] not in "〇○◯" and not is_kana(flat[at]) and _beside(flat, at)


def _beside(flat: str, at: int) -> bool:
    """Whether a word stands here; one space may lie between."""
    if not 0 <= at < len(flat):
        return False
    return flat[at].isalnum() or (flat[at] == " " and len(flat) > 2)
