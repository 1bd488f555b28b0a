"""The readers' own rule for cutting prose, used where the caller brings no better one."""

from __future__ import annotations

import re

# An end mark with the marks and closing brackets behind it, or the full stop of a Latin sentence.
_END = re.compile(r"(?:[。！？!?…｡]+|\.(?=\s|$))[。！？!?…｡.]*[」』）】〉》”’\"')]*\s*|\n+")
_OPEN, _CLOSE = "「『（", "」』）"
_QUOTING = tuple("とっ、,")  # 「…。」と言った is one sentence


def sentences(text: str) -> list[str]:
    """Pieces of a text that end with a sentence; joined they are the text.

    A sentence does not end inside 「」, 『』 or （）, nor behind a quotation that goes on with と.
    """
    pieces = []
    start = depth = seen = 0
    for match in _END.finditer(text):
        # Brackets up to the end mark; those that it swallowed close before the next piece.
        inner = text[seen : match.end()]
        depth += sum(inner.count(mark) for mark in _OPEN)
        depth -= sum(inner.count(mark) for mark in _CLOSE)
        depth = max(depth, 0)
        seen = match.end()
        quoted = match[0][-1] in _CLOSE and text[match.end() : match.end() + 1] in _QUOTING
        if "\n" in match[0] or (depth == 0 and not quoted):
            pieces.append(text[start : match.end()])
            start, depth = match.end(), 0
    if start < len(text):
        pieces.append(text[start:])
    return pieces
