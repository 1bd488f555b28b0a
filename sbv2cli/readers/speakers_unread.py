"""Tells once of a script whose texts say who speaks, where nobody asked to read it so.

太郎「やあ」 and 太郎：やあ are spoken with the name unless `--speakers` is given, for prose has
quotations and colons too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from sbv2cli.readers.named_speech import How, named_before
from sbv2cli.records import Finding, ScriptLine

_LINES = 3  # that name somebody, of which one is named twice
_SHARE = 0.3  # of the lines so far
_SHOWN = 20


@dataclass(slots=True)
class SpeakersUnread:
    """Looks at the lines of a script, one after another."""

    _read: int = field(default=0, init=False)
    _named: Counter[tuple[How, str]] = field(default_factory=Counter, init=False)
    _told: bool = field(default=False, init=False)

    def look_at(self, line: ScriptLine) -> ScriptLine:
        """The line, with a warning where it is the one from which on there is no doubt."""
        if self._told or line.skip or line.heading:
            return line
        self._read += 1
        found = None if line.character else named_before(line.text)
        if found is None:
            return line
        self._named[found] += 1
        how, name = found
        of_kind = {one: times for one, times in self._named.items() if one[0] == how}
        lines = sum(of_kind.values())
        if lines < _LINES or max(of_kind.values()) < 2 or lines < _SHARE * self._read:
            return line
        self._told = True
        finding = Finding(
            code="script.speakers-unread",
            severity="warning",
            message=f'the texts name who speaks, "{name[:_SHOWN]}", and the name is spoken too',
            at=line.source,
            hint=f"to read who speaks: --speakers {how}",
        )
        return replace(line, findings=(*line.findings, finding))
