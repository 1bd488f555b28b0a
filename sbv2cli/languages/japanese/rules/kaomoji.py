"""Faces, emoji, laughter and asides in parentheses.

Faces and emoji are silent: between words they leave a short pause, so that what stands around them
does not run together. Laughter at the end of a phrase is said once: 草www is クサ ワラ.
"""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import before, is_kana, is_kanji, is_word
from sbv2cli.languages.japanese.spans import SpokenSpan

_FACE_MARKS = frozenset("^_;'`ωДдεσ∀▽△≧≦><T=●•◕‿ᴗಠ益゜ﾟ°¯￣Д*@xﾉつ∩´｀☆★ಥ；・・∇皿□◇ ﾛﾟ-o∧σ◉﹏╥ㅂㅅ")
_FACE = re.compile(
    r"(?P<left>[m_\\ヽヾ٩<〜]{0,3})\((?P<in>[^()\n]{1,16})\)(?P<right>[;mノﾉ丿/۶シツ彡〜>bз゛゜!_=ゞ]{0,4})"
)
_LYING = re.compile(r"_\(:3[」」]∠\)_|_\(:3\s?」∠\)_")
_BARE = re.compile(
    r"(?:\^_*\^[;']*|T_+T|Q_+Q|;_+;|>_+<|-_+-[;']?|=_+=|:-?[)(DPp|/]|;-?[)DP]|[xX]D\b|<3\b|\\o/)"
)
_ORZ = re.compile(r"(?:orz|OTZ|_\|￣\|○|o_rz)(?![A-Za-z])")
_ASIDE = re.compile(
    r"\((?P<word>笑|爆笑|苦笑|微笑|失笑|爆|泣|涙|汗|怒|照|謎|棒|嘘|死|殴|略|仮|株|有|財|社|資|合|税込|税抜|税別|月|火|水|木|金|土|日|祝|祭|男|女|旧|現|前|後)\)"
)
_ASIDES = {
    "笑": "カッコワライ", "爆笑": "カッコバクショー", "苦笑": "カッコクショー",
    "微笑": "カッコビショー", "失笑": "カッコシッショー", "爆": "カッコバク", "泣": "カッコナキ",
    "涙": "カッコナミダ", "汗": "カッコアセ", "怒": "カッコイカリ", "照": "カッコテレ",
    "謎": "カッコナゾ", "棒": "カッコボー", "嘘": "カッコウソ", "死": "カッコシ",
    "殴": "カッコナグル",
}  # fmt: skip
_COMPANIES = {
    "株": "株式会社", "有": "有限会社", "財": "財団法人", "社": "社団法人", "資": "合資会社",
    "合": "合名会社",
}  # fmt: skip
_DAYS = "月火水木金土日"
_DAY_BEFORE = re.compile(r"\([月火水木金土日]\)[〜・,、-]$")
_DAY_AFTER = re.compile(r"[〜・,、-]\([月火水木金土日]\)")
_SQUARED = {"㈱": "株", "㈲": "有", "㈶": "財", "㈳": "社", "㈾": "資", "㈴": "合"}
_LAUGH = re.compile("[wW]{1,60}(?![A-Za-z0-9.])")
_EMOJI = re.compile(
    "(?:[0-9#*]\ufe0f?\u20e3"
    "|[\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f16d-\U0001f171\U0001f17e-\U0001f1ff"
    "\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u25a0-\u25ff\u2190-\u21ff\u3030"
    "\u303d\u203b\u2020\u2021\u2900-\u297f\u2500-\u259f"
    "\ufe0e\ufe0f\u200d\U000e0020-\U000e007f]){1,200}"
)


def pause(flat: str, start: int, end: int) -> str:
    """A comma where words stand on both sides, else nothing."""
    previous, following = before(flat, start), flat[end : end + 1]
    return "," if previous and following and is_word(previous) and is_word(following) else ""


def _silent(flat: str, start: int, end: int, kind: str) -> list[SpokenSpan]:
    return [SpokenSpan(start=start, end=end, text=pause(flat, start, end), kind=kind)]


def face(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """(^_^), m(_ _)m, (´・ω・`): silent."""
    lying = _LYING.match(flat, at, stop)
    if lying:
        return _silent(flat, at, lying.end(), "face")
    found = _FACE.match(flat, at, stop)
    if found is None or not _looks_like_face(found["in"]):
        return None
    left, right = found["left"], found["right"]
    if left and left[0] in "ヽヾ" and "ァ" <= before(flat, at) <= "ヺ":
        return None
    end = found.end()
    # An arm that is no arm: only what mirrors the left side, or a mark that is no letter, is eaten.
    if not left and right:
        end = found.start("right")
        for mark in right:
            if mark in "ノシツ" and flat[end + 1 : end + 2] and is_word(flat[end + 1]):
                break
            if mark in "!>〜m_":
                break
            end += 1
    return _silent(flat, at, end, "face")


def _looks_like_face(inside: str) -> bool:
    marks = sum(letter in _FACE_MARKS for letter in inside)
    words = sum(is_kanji(letter) or "ぁ" <= letter <= "ゖ" for letter in inside)
    letters = sum(letter.isascii() and letter.isalnum() and letter not in "Tx" for letter in inside)
    eyes = len(inside) >= 2 and not inside.strip(" ").isdecimal()
    strong = any(letter in "^ωД∀▽≧≦益ಠ◕‿ᴗ●皿ㅂ;'`_>" for letter in inside)
    return marks >= 2 and not words and letters <= 2 and eyes and strong


def bare_face(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """^_^, T_T, :-) and orz outside parentheses."""
    previous = before(flat, at)
    if previous.isascii() and previous.isalnum():
        return None
    found = _BARE.match(flat, at, stop) or _ORZ.match(flat, at, stop)
    if found is None:
        return None
    following = flat[found.end() : found.end() + 1]
    if following.isascii() and following.isalnum():
        return None
    return _silent(flat, at, found.end(), "face")


def aside(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """(笑) is カッコワライ, (株) カブシキガイシャ, 3日(月) a day of the week."""
    found = _ASIDE.match(flat, at, stop)
    if found is None:
        return None
    word = found["word"]
    if word in _COMPANIES:
        return [SpokenSpan(start=at, end=found.end(), text=_COMPANIES[word], kind="aside")]
    if word in _ASIDES:
        kana = _ASIDES[word]
        return [SpokenSpan(start=at, end=found.end(), text=kana, kana=kana, kind="aside")]
    if word in _DAYS and (before(flat, at) in ("日", *"0123456789") or _row_of_days(flat, at)):
        text = f"{word}曜日"
        return [SpokenSpan(start=at, end=found.end(), text=text, kind="aside")]
    return None


def _row_of_days(flat: str, at: int) -> bool:
    """(月)〜(金): days of the week, each shown by the other."""
    return bool(_DAY_BEFORE.search(flat[max(0, at - 4) : at]) or _DAY_AFTER.match(flat, at + 3))


def squared_aside(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """㈱ is カブシキガイシャ."""
    known = _SQUARED.get(flat[at]) if at < stop else None
    if known is None:
        return None
    return [SpokenSpan(start=at, end=at + 1, text=_COMPANIES[known], kind="aside")]


def laughter(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A run of w after Japanese is a laugh."""
    found = _LAUGH.match(flat, at, stop)
    previous = before(flat, at)
    if found is None:
        return None
    if not previous:
        loud = found.end() - at > 2 and not flat[found.end() : found.end() + 1].isascii()
        whole = found.end() - at > 2 and found.end() == len(flat)
        text = "ワラ"
        laugh = SpokenSpan(start=at, end=found.end(), text=text, kana=text, kind="laughter")
        return [laugh] if loud or whole else None
    # One w between words may be a letter (5w, イw); a laugh ends a phrase.
    following = flat[found.end() : found.end() + 1]
    japanese = is_kana(previous) or is_kanji(previous) or previous in "。!?…)」』、"
    if not japanese or (found.end() - at == 1 and following and is_word(following)):
        return None
    return [SpokenSpan(start=at, end=found.end(), text="ワラ", kana="ワラ", kind="laughter")]


def emoji(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Emoji and ornaments: ☆, ♪, →, 👍🏽, flags, keycaps."""
    found = _EMOJI.match(flat, at, stop)
    if found is None:
        return None
    return _silent(flat, at, found.end(), "emoji")
