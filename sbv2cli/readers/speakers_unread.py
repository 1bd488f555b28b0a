"""Tells once of a script whose texts say who speaks, where they are not read so.

太郎「やあ」 and 太郎：やあ are spoken with the name unless `--speakers` is given, for prose has
quotations and colons too. A bare name in the row above a quotation is never read as one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.named_speech import How, named_before
from sbv2cli.records import Finding, ScriptLine

_LINES = 3  # that name somebody
_TIMES = 2  # that one of them is named
_SHARE = 0.3  # of the lines so far
_SHOWN = 20
_BARE = lazy_pattern(r"[^\s、。，．！？!?…―「」『』（）()【】：:・]{1,12}")
_QUOTATION = ("「", "『")


@dataclass(slots=True)
class SpeakersUnread:
    """Looks at the lines of a script, one after another."""

    asked: bool  # --speakers names or colon
    _read: int = field(default=0, init=False)
    _named: Counter[tuple[How | Literal["above"], str]] = field(default_factory=Counter, init=False)
    _above: str = field(default="", init=False)
    _told: bool = field(default=False, init=False)

    def look_at(self, line: ScriptLine) -> ScriptLine:
        """The line, with a warning where it is the one from which on there is no doubt."""
        if self._told or line.skip or line.heading:
            return line
        self._read += 1
        above, self._above = self._above, ""
        if line.character:
            return line
        found: tuple[How | Literal["above"], str] | None = None
        if _BARE.fullmatch(line.text):
            self._above = line.text
        elif above and line.text.startswith(_QUOTATION):
            found = "above", above
        elif not self.asked:
            found = named_before(line.text)
        if found is None:
            return line
        self._named[found] += 1
        how, name = found
        times = [count for (kind, _), count in self._named.items() if kind == how]
        if sum(times) < max(_LINES, _SHARE * self._read) or max(times) < _TIMES:
            return line
        self._told = True
        return replace(line, findings=(*line.findings, _finding(line, how, name[:_SHOWN])))


def _finding(line: ScriptLine, how: How | Literal["above"], name: str) -> Finding:
    return Finding(
        code="script.speakers-unread",
        severity="warning",
        message=f'the texts name who speaks, "{name}", and the name is spoken too',
        at=line.source,
        hint=f"to read who speaks, write 【{name}】 in its row, and give --speakers names"
        if how == "above"
        else f"to read who speaks: --speakers {how}",
    )
