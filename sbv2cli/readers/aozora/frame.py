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

_LONGEST_HEADER = 30  # rows; most have two
_LONGEST_TITLE = 120  # characters of a row of it
_LONGEST_LEGEND = 100  # rows
_LONGEST_TAIL = 120  # rows in which the makers of a file may speak without 底本：
_SENTENCE = re.compile("^[ \t\u3000［]|[。、！？…][」』）]?$")

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
    first = next((at for at, row in enumerate(rows) if not _blank(row)), 0)
    rows = rows[first:]
    header = _header(rows)
    legend = _legend(rows, header)
    if legend is None:
        header = header if _like_titles(rows[:header]) else 0
        legend = (header, header)
    begins, resumes = legend
    ends, tail = _end(rows, resumes)
    body = [*rows[header:begins], *rows[resumes:ends]]
    return Frame(header=rows[:header], body=body, tail=rows[tail:])


def _blank(row: NumberedRow) -> bool:
    return not row[1].strip()


def _header(rows: Sequence[NumberedRow]) -> int:
    """Behind the last row of title and author; 0 where the text has none."""
    for end, (_, text) in enumerate(rows[: _LONGEST_HEADER + 1]):
        if not text.strip() or LEGEND.match(text) or _RULE.fullmatch(text):
            return end
    return 0


def _like_titles(rows: Sequence[NumberedRow]) -> bool:
    """Whether rows without a legend behind them are a title and an author, and no sentences."""
    alone = len(rows) == 1 and rows[0][1][:1] in "「『（"
    long = any(len(text) > _LONGEST_TITLE for _, text in rows)
    return not (alone or long or any(_SENTENCE.search(text) for _, text in rows))


def _legend(rows: Sequence[NumberedRow], header: int) -> tuple[int, int] | None:
    """(first row of the legend with its rule, first row behind it)."""
    near = range(header, min(header + _LONGEST_LEGEND, len(rows)))
    named = next((at for at in near if LEGEND.match(rows[at][1])), None)
    filled = [at for at in near if not _blank(rows[at])]
    rules = [at for at in filled if _RULE.fullmatch(rows[at][1])]
    if named is not None:
        before = [at for at in filled if at < named][-1:]
        begin = before[0] if before and before[0] in rules else named
    elif rules[:1] == filled[:1] != []:  # a fence right behind the header
        begin = named = rules[0]
    else:
        return None
    closing = next((at for at in rules if at > named), None)
    if closing is not None and any(_EXPLAINS.search(rows[at][1]) for at in range(begin, closing)):
        return begin, closing + 1
    return None if begin == named and named in rules else (begin, _behind_bullets(rows, named))


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
