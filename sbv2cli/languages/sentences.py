"""Cuts prose into pieces that can be spoken one by one; joined, they are the text again."""

from __future__ import annotations

import re
import unicodedata

_CLOSER = {
    "「": "」",
    "『": "』",
    "（": "）",
    "(": ")",
    "【": "】",
    "《": "》",
    "〈": "〉",
    "［": "］",
    "“": "”",
}
_CLOSERS = "".join(_CLOSER.values())
_ENDS = "。．！？!?｡‼⁇⁈⁉"
# Behind these a full stop ends no sentence: Mr. Hans, T. S. Eliot, Fig. 1, p. 12.
_ABBREVIATIONS = (
    "Mr Mrs Ms Dr St Prof Rev Hon Capt Col Gen Lt Sgt Messrs Fig Figs Vol Nos Mt cf viz"
    " p pp vol ch".split()
)
_NO_ABBREVIATION = r"(?<!\b[A-Z])" + "".join(rf"(?<!\b{word})" for word in _ABBREVIATIONS)
# ３．５, Ｊ．Ｒ．, Ｍｒ．スミス
_NO_POINT = r"(?:(?<![0-9０-９])|(?![．][0-9０-９]))" + "".join(
    f"(?<!{word})" for word in (r"\b[Ａ-Ｚ]", "．[Ａ-Ｚ]", *"Ｍｒ Ｍｒｓ Ｍｓ Ｄｒ Ｓｔ".split())
)
# Of an address, abc?x=1, and of a name.
_NO_MARK = r"(?<!\bYahoo)(?!(?<=[0-9A-Za-z/_=])[!?]+[0-9A-Za-z=&/%_#])"
# A run that ends a sentence, with what belongs to it. An ellipsis ends one only before white space
# or a quotation (待って……お願い is one breath), a full stop of Latin text only before white space.
_END = re.compile(
    rf"(?:(?:[。！？｡‼⁇⁈⁉]|{_NO_POINT}．|{_NO_MARK}[!?])[{_ENDS}…‥.・]*|[…‥]+[{_ENDS}][{_ENDS}…‥]*|[…‥]+(?=[\s「『（]|$)"
    rf"|{_NO_ABBREVIATION}\.+(?=\s|$))"
    r"[’”\"']?"
)
_BLANK = re.compile(r"[^\S\n]*")
_LABEL = re.compile(r"\s*[0-9０-９]{1,3}[.．]")
"""１．はじめに: the number of what follows."""

_QUOTING = re.compile(r"[とっ、,]")
"""「…。」と言った: what quotes the sentence goes on with it."""

_DEEPEST = 8
"""Quotes in quotes; more is a typing error, and must not make the search quadratic."""

_SOFT_CUTS = ("、", "，", ", ", "；", ";", "　", " ", "・")
_NO_START = "ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮゝゞヽヾ々"


def split_sentences(text: str, *, limit: int = 500, inside_quotes: bool = False) -> list[str]:
    """Sentences with their closing quotes, white space and newlines; `"".join` gives `text` back.

    Args:
        text: prose.
        limit: longest piece in characters; a longer sentence is cut after 、, else anywhere.
        inside_quotes: also cut between the sentences inside 「」『』（）.
    """
    pieces: list[str] = []
    start = 0
    for cut in _sentence_ends(text, inside_quotes=inside_quotes):
        pieces += _at_most(text[start:cut], limit)
        start = cut
    return pieces + _at_most(text[start:], limit)


def _sentence_ends(text: str, *, inside_quotes: bool) -> list[int]:
    ends: list[int] = []
    waiting: list[str] = []  # closers of the quotes that are open
    position = 0
    ended = False  # a sentence ended right before, inside what closes now
    while position < len(text):
        letter = text[position]
        match = None
        if letter == "\n":
            # A line is a sentence, and a quote that the author forgot to close ends with it.
            while position < len(text) and text[position] == "\n":
                position += 1
            ends.append(position)
            waiting, ended = [], False
            continue
        if letter in _CLOSERS:
            if letter in waiting:
                del waiting[_last_index(waiting, letter) :]
            position += 1
        elif letter in _CLOSER:
            if len(waiting) < _DEEPEST and _closes_in_line(text, position):
                waiting.append(_CLOSER[letter])
            position += 1
            ended = False
            continue
        elif match := _END.match(text, position):
            begun = ends[-1] if ends else 0
            ended = _LABEL.fullmatch(text, begun, match.end()) is None
            position = match.end()
        else:
            position += 1
            ended = False
            continue
        if ended and _may_cut(text, position, waiting, inside_quotes=inside_quotes):
            position = _after_blanks(text, position)
            ends.append(position)
            ended = False
    return ends


def _closes_in_line(text: str, position: int) -> bool:
    line_end = text.find("\n", position)
    closer = _CLOSER[text[position]]
    return text.find(closer, position, line_end if line_end >= 0 else len(text)) >= 0


def _may_cut(text: str, position: int, waiting: list[str], *, inside_quotes: bool) -> bool:
    following = text[position : position + 1]
    if following and following in _CLOSERS:
        return False
    if text[position - 1] in _CLOSERS and _QUOTING.match(following):
        return False
    return inside_quotes or not waiting


def _after_blanks(text: str, position: int) -> int:
    blanks = _BLANK.match(text, position)
    position = blanks.end() if blanks else position
    while text.startswith("\n", position):
        position += 1
    return position


def _last_index(items: list[str], item: str) -> int:
    return len(items) - 1 - items[::-1].index(item)


def _at_most(piece: str, limit: int) -> list[str]:
    pieces: list[str] = []
    while len(piece) > limit:
        cut = max(
            (
                piece.rfind(mark, 0, limit) + len(mark)
                for mark in _SOFT_CUTS
                if mark in piece[:limit]
            ),
            default=0,
        )
        if cut < max(limit // 4, 1):
            cut = _hard_cut(piece, limit)
        pieces.append(piece[:cut])
        piece = piece[cut:]
    return [*pieces, piece] if piece else pieces


def _hard_cut(piece: str, limit: int) -> int:
    """Not before a small kana or a combining mark, where one can be found nearby."""
    for cut in range(limit, max(limit - 8, 1), -1):
        if piece[cut] not in _NO_START and not unicodedata.combining(piece[cut]):
            return cut
    return limit
