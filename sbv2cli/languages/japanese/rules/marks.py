"""Punctuation, brackets, spaces and the marks between words.

Pauses leave as the marks that voices know: , . ! ? ' - and three dots for every ellipsis.
"""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import INVISIBLE, before, is_kanji, is_word
from sbv2cli.languages.japanese.spans import SpokenSpan

QUOTES = "'\"“”„‟«»()《》〈〉【】[]「」『』〔〕〖〗〘〙〚〛{}⦅⦆❝❞〝〞〟"
_DASHES = "\u02d7\u2012\u2013\u2014\u2015\u2043\u23af\u23e4\u2500\u2501\u2e3a\u2e3b"
_ELLIPSIS = re.compile("[…‥⋯]+|\\.{2,}|・{2,}|。{2,}|、{2,}")
# The points of U.S.A. and J. K. are no pauses.
_INITIAL = re.compile("(?:^|[^A-Za-z0-9])[A-Za-z]$")
_FILE_NAME = re.compile(r"(?<=[0-9A-Za-z])\.[a-z]{1,5}(?![0-9A-Za-z])")
_GOES_ON = re.compile("[A-Za-z]| [A-Zァ-ヴ]|(?<=[.][A-Za-z][.])")
_ENDINGS = re.compile("[!?！？‼⁇⁈⁉]+")
_DASH_RUN = re.compile(f"[{_DASHES}]+")
_SPACES = re.compile("[ \t]+")
_NUMBERED = re.compile(
    "(?:その|其の|其ノ|第)?[〇一二三四五六七八九十百0-9０-９]{1,4}\u3000(?=[^\\s。、0-9０-９])"
    "|[イロハニホヘトアウエオ]\u3000(?=[ぁ-ん一-鿿])"
)
_BREAKS = re.compile("[\n \t]*\n[\n \t]*")
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_DOUBLED = {"‼": "!!", "⁇": "??", "⁈": "?!", "⁉": "!?"}
_STOPS = ".。!?！？…‥、,"
_SILENT = re.compile("[\\\\|^_*<>`¨¯ˇ˘¸˙°§¶†‡©®™¦¬¤ªº<>'′″〝〟〽]+")
_NAMED = {
    "%": "パーセント", "‰": "パーミル", "№": "ナンバー", "♯": "シャープ", "♭": "フラット",
    "℡": "電話", "℃": "度", "℉": "ファーレンハイト", "〒": "郵便番号", "∞": "無限大",
    "∴": "ゆえに", "∵": "なぜならば", "≪": "", "≫": "", "≦": "小なりイコール",
    "≧": "大なりイコール", "℻": "ファックス", "㊙": "マル秘", "㊗": "祝",
}  # fmt: skip
_BETWEEN_NAMED = {"&": "アンド", "@": "アット"}


def _one(at: int, end: int, text: str, kind: str = "mark") -> list[SpokenSpan]:
    return [SpokenSpan(start=at, end=end, text=text, kind=kind)]


def stop_mark(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """。 、 and their kin; a run of them, and any row of dots, is one ellipsis."""
    found = _ELLIPSIS.match(flat, at, stop)
    if found:
        text = "..." if found.group()[0] != "、" else ","
        if before(flat, at) and before(flat, at) in "…‥":
            text = ""
        return _one(at, found.end(), text)
    letter = flat[at]
    if letter in "。．.｡":
        if (
            letter == "."
            and _INITIAL.search(flat[max(0, at - 3) : at])
            and _GOES_ON.match(flat, at + 1)
        ):
            return _one(at, at + 1, "")
        if letter == "." and _FILE_NAME.match(flat, at):
            return _one(at, at + 1, "ドット")
        # After an ellipsis the full stop adds nothing: ……。 is three dots.
        after_dots = bool(before(flat, at)) and before(flat, at) in "…‥⋯.・"
        return _one(at, at + 1, "" if after_dots else ".")
    if letter in "、，,､;:;":
        return _one(at, at + 1, ",")
    return None


def ending(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """! and ?, as many as there are."""
    found = _ENDINGS.match(flat, at, stop)
    if found is None:
        return None
    spans = []
    for position in range(at, found.end()):
        letter = flat[position]
        text = _DOUBLED.get(letter, "!" if letter in "!！" else "?")
        spans += _one(position, position + 1, text)
    return spans


def quote(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """All brackets and quotation marks are one mark, the quote."""
    if at < stop and flat[at] in QUOTES:
        return _one(at, at + 1, "'", "quote")
    return None


def dash(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A dash of any length is one break; between numbers it is カラ."""
    found = _DASH_RUN.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    numbers = before(flat, at).isdecimal() and flat[end : end + 1].isdecimal()
    return _one(at, end, "から" if numbers and end - at == 1 else "-")


def middle_dot(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Between katakana or Latin names no pause, between other words a short one."""
    if flat[at] != "・" or at >= stop:
        return None
    previous, following = before(flat, at), flat[at + 1 : at + 2]
    if not (previous and following and is_word(previous) and is_word(following)):
        return _one(at, at + 1, "")
    names = not is_kanji(previous) and not is_kanji(following)
    return _one(at, at + 1, " " if names else ",")


def space(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Spaces part words without a pause; the ends of a line have none."""
    found = _SPACES.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    return _one(at, end, " " if before(flat, at) and end < len(flat) else "", "space")


def with_stop_after_number(text: str, flat: str) -> str:
    """The folded text with a full stop for the wide space behind the number of a title or a row.

    Without one, 二　人の影 would be two persons and ロ　次の項 an alley; a comma is not enough, for
    the engine counts on behind it.
    """
    found = _NUMBERED.match(text)
    return flat if found is None else f"{flat[: found.end() - 1]}。{flat[found.end() :]}"


def line_break(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """A new line ends the sentence, once, unless a mark has ended it."""
    found = _BREAKS.match(flat, at, stop)
    if found is None:
        return None
    previous = before(flat, at)
    ended = not previous or previous in _STOPS or previous in QUOTES or found.end() == len(flat)
    return _one(
        at,
        found.end(),
        " " if ended and previous and found.end() < len(flat) else "." if not ended else "",
        "space",
    )


def invisible(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Joiners, selectors, byte order marks and control characters say nothing."""
    found = _INVISIBLE.match(flat, at, stop)
    return _one(at, found.end(), "", "invisible") if found else None


def named(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Signs with a name: % № ∞ 〒."""
    text = _NAMED.get(flat[at]) if at < stop else None
    return None if text is None else _one(at, at + 1, text, "sign")


def between(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """& and @ are said; # is ハッシュタグ or ナンバー, / a pause or, in Latin, スラッシュ."""
    if at >= stop:
        return None
    letter = flat[at]
    previous, following = before(flat, at), flat[at + 1 : at + 2]
    word_after = bool(following) and is_word(following)
    if letter in _BETWEEN_NAMED:
        near = word_after or following == " "
        return _one(at, at + 1, _BETWEEN_NAMED[letter] if near else "", "sign")
    if letter == "#":
        text = "ナンバー" if following.isdecimal() else "ハッシュタグ" if word_after else ""
        return _one(at, at + 1, text, "sign")
    if letter == "/":
        latin = previous.isascii() and previous.isalnum() and following.isascii()
        text = "スラッシュ" if latin and following.isalnum() else ""
        if not text and word_after and previous and not previous.isspace():
            text = ","
            if following == "人" and not is_kanji(flat[at + 2 : at + 3] or " "):
                person = SpokenSpan(start=at + 1, end=at + 2, text="人", kana="ニン", kind="unit")
                return [*_one(at, at + 1, text, "sign"), person]  # 5個/人
        return _one(at, at + 1, text, "sign")
    return None


def silent(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """Marks that mean nothing to the ear; between words they still part them."""
    found = _SILENT.match(flat, at, stop)
    if found is None:
        return None
    end = found.end()
    previous, following = before(flat, at), flat[end : end + 1]
    parts = bool(previous) and bool(following) and is_word(previous) and is_word(following)
    return _one(at, end, " " if parts else "", "sign")
