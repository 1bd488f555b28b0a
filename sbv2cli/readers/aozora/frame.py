"""The frame of an Aozora text: header, legend, body, and what its makers say at the end.

Frames differ by age. The rules here were counted over the 17,436 texts of Aozora Bunko: nearly all
fence the legend with two rules of hyphens, some have none, and the oldest close it with one rule.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LEGEND = re.compile("[【［](?:テキスト中に現れる記号|表記)について[】］]")
_RULE = re.compile(r"[-‐－―─=＝]{5,}\s*")
_EXPLAINS = re.compile("記号について|表記について|入力者注|（例）|：ルビ|アクセント分解")
_END_OF_BODY = "［＃本文終わり］"
COLOPHON = re.compile("[ \t\u3000]*底本[：:]")
_ODD_COLOPHON = re.compile(
    "[ \t\u3000※●◯○［【（]*(?:翻訳の)?底本(?:[はのに」』］】）「『 \u3000]|$)"
)
CREDITS = re.compile(
    "[ \t\u3000]*(?:入力|校正|翻訳の底本|テキスト化|青空文庫(?:作成|収録)ファイル)[：:]"
)
_EDITORS_NOTES = re.compile("[ \t\u3000]*(?:●(?:入力者|校正者|編集者)?注|※[１1](?![0-9０-９]))")

_LONGEST_HEADER = 12  # rows; six have been seen
_LONGEST_TITLE = 120  # characters of a row of it
_LONGEST_LEGEND = 100  # rows
_LONGEST_TAIL = 120  # rows in which the makers of a file may speak without 底本：
_SENTENCE = re.compile("^[ \t\u3000「『（［]|[。」』、]$")

NumberedRow = tuple[int, str]
"""(row from 1, text)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The rows of a text, by what they are."""

    header: Sequence[NumberedRow] = ()
    body: Sequence[NumberedRow] = ()
    tail: Sequence[NumberedRow] = ()  # colophon, credits, editor's notes


def framed(rows: Sequence[NumberedRow]) -> Frame:
    """The frame of a text; every row is in one part of it, but for the legend and its rules."""
    header = _header(rows)
    begins = _behind_legend(rows, header)
    ends, resumes = _end(rows, begins)
    explained = begins < len(rows) and any(text.strip() for _, text in rows[header:begins])
    if not (explained or resumes < len(rows) or _like_titles(rows[:header])):
        header = begins = 0
    return Frame(header=rows[:header], body=rows[begins:ends], tail=rows[resumes:])


def _blank(row: NumberedRow) -> bool:
    return not row[1].strip()


def _header(rows: Sequence[NumberedRow]) -> int:
    """Behind the last row of title and author; 0 where the text has none."""
    end = 0
    while end < len(rows) and not _blank(rows[end]):
        if end == _LONGEST_HEADER or LEGEND.match(rows[end][1]) or _RULE.fullmatch(rows[end][1]):
            break
        end += 1
    return 0 if end in (len(rows), _LONGEST_HEADER) else end


def _like_titles(rows: Sequence[NumberedRow]) -> bool:
    """Whether rows without a legend behind them are a title and an author, and no sentences."""
    return not any(len(text) > _LONGEST_TITLE or _SENTENCE.search(text) for _, text in rows)


def _behind_legend(rows: Sequence[NumberedRow], begin: int) -> int:
    """The first row of the body: behind the legend, if there is one."""
    while begin < len(rows) and _blank(rows[begin]):
        begin += 1
    if begin == len(rows):
        return begin
    within = rows[begin : begin + _LONGEST_LEGEND]
    rules = [at for at, (_, text) in enumerate(within) if _RULE.fullmatch(text)]
    fenced = rules[:1] == [0]
    if not fenced and not LEGEND.match(within[0][1]):
        return begin
    closing = rules[1:2] if fenced else rules[:1]
    if closing and any(_EXPLAINS.search(text) for _, text in within[: closing[0]]):
        return begin + closing[0] + 1
    return begin if fenced else _behind_bullets(rows, begin)


def _behind_bullets(rows: Sequence[NumberedRow], begin: int) -> int:
    """Behind a legend that no rule ends: its heading, and rows until one is blank."""
    while begin < len(rows) and not _blank(rows[begin]):
        begin += 1
    return begin


def _end(rows: Sequence[NumberedRow], begin: int) -> tuple[int, int]:
    """Behind the last row of the body, and where the tail begins."""
    ends = resumes = len(rows)
    for at in range(begin, len(rows)):
        text = rows[at][1]
        if text.startswith(_END_OF_BODY):
            return at, at + 1
        if COLOPHON.match(text):
            ends = resumes = at
            break
    else:
        ends = resumes = _without_colophon(rows, begin)
    notes = _editors_notes(rows, begin, ends)
    return (notes, notes) if notes is not None else (ends, resumes)


def _without_colophon(rows: Sequence[NumberedRow], begin: int) -> int:
    """Where the credits begin in a text without 底本：, near its end."""
    for at in range(max(begin, len(rows) - _LONGEST_TAIL), len(rows)):
        text = rows[at][1]
        odd = _ODD_COLOPHON.match(text) and any(CREDITS.match(row) for _, row in rows[at:])
        if odd or CREDITS.match(text):
            return at
    return len(rows)


def _editors_notes(rows: Sequence[NumberedRow], begin: int, end: int) -> int | None:
    """Where notes between rules begin that stand behind the body."""
    for at in range(max(begin, end - _LONGEST_TAIL), end - 1):
        following = next((text for _, text in rows[at + 1 : end] if text.strip()), "")
        if _RULE.fullmatch(rows[at][1]) and _EDITORS_NOTES.match(following):
            return at
    return None
