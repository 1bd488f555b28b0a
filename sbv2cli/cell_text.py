"""Text in the cells of a table, so that no spreadsheet takes it for a formula.

What begins with one of `STARTS` is a formula for Excel and its kin, and a formula can start
programs and send data away. An apostrophe before it makes it text; it is taken off when a table is
read, so a text that begins with apostrophes before such a sign gets one more.
"""

from __future__ import annotations

import re

STARTS = "=+-@＝＋－＠"  # Japanese Excel takes the full-width signs too
# Escaped: between + and @ a hyphen would mean all digits.
_CLASS = f"[{re.escape(STARTS)}\t\r\n]"
_FORMULA = re.compile(f"'*{_CLASS}")
_GUARDED = re.compile(f"'+{_CLASS}")


def guarded(text: str) -> str:
    """A text as it may stand in a cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text of a cell."""
    return cell[1:] if _GUARDED.match(cell) else cell
