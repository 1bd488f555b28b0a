"""Who speaks, where a text says it before what is said: 太郎：やあ, 太郎＞やあ, and 太郎「やあ」.

Only on request (`--speakers colon`, `--speakers names`), for prose has colons and quotations too. A
remark in parentheses behind the name, 太郎（小声）：やあ, is a direction for the actor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

How = Literal["colon", "names"]

DIRECTION = "direction"
"""The column of what stands in parentheses behind a name."""

# A name is short and holds no punctuation: 少年A, ＤＪ・太郎, 花子 & 太郎.
_PUNCTUATION = '。、，．！？!?「」『』“”"（）()…‥:：＞'
_NAME = rf"(?P<name>[^\s,.［\]\[］※{_PUNCTUATION}][^{_PUNCTUATION}]{{0,19}}?)"
_REMARK = r"\s*(?:[（(](?P<remark>[^（）()\n]{1,30})[）)])?\s*"
_COLON = re.compile(rf"\s*(?:【\s*)?{_NAME}(?:\s*】)?{_REMARK}[:：＞]\s*(?=\S)(?!//)")
_QUOTED = re.compile(rf"\s*(?:【\s*)?{_NAME}(?:\s*】)?{_REMARK}(?:[:：]\s*)?(?=[「『“])")
# ○学校・屋上（夕）, as screenplays head a scene, is nobody.
_THOUGHT = re.compile(
    rf"\s*(?![○◯◎●□■◇◆△▲▽▼☆★♪♫#＃§])(?:【\s*)?{_NAME}(?:\s*】)?\s*(?=[（(][^（）()]*[）)]\s*$)"
)
_LONGEST_QUOTATION = 20  # rows
_CLOSING = {"「": "」", "『": "』", "“": "”"}
_NO_NAME = re.compile(r"[\d\s.\-/]*|.*(?<=[一-龯々ァ-ヶー])[はがもとに]")
_AFTER = re.compile(r"[\s。．！？!?…‥―—]*")


@dataclass(frozen=True, slots=True)
class SpeechStart:
    """Who says a row, where in it that begins, and how it is to be said."""

    character: str | None = None
    start: int = 0
    remark: str | None = None


_NOBODY = SpeechStart()


@dataclass(slots=True)
class NamedSpeech:
    """Reads one row or paragraph after another; a quotation may go on over several."""

    how: How
    _open: str = field(default="", init=False)  # the closing bracket to come
    _speaker: str | None = field(default=None, init=False)
    _rows: int = field(default=0, init=False)  # since the quotation began

    def said(self, text: str) -> SpeechStart:
        """Who says a row; nobody named where it is narration."""
        if self.how == "colon":
            return _found(_COLON.match(text))
        quoted = _found(_QUOTED.match(text))
        self._rows += 1
        if self._open and quoted.character is None and self._rows <= _LONGEST_QUOTATION:
            self._close(text, 0)
            return SpeechStart(character=self._speaker)
        self._open = ""  # it was never closed
        if quoted.character is None:
            return _found(_THOUGHT.match(text))
        self._open = _CLOSING[text[quoted.start]]
        end = self._close(text, quoted.start + 1)
        if end is not None and _AFTER.fullmatch(text, end) is None:
            return _NOBODY  # 彼は「行こう」と言った: a sentence, and no speech of somebody
        self._speaker, self._rows = quoted.character, 0
        return quoted

    def _close(self, text: str, start: int) -> int | None:
        """Where the quotation ends, if it does."""
        opening = next(one for one, closing in _CLOSING.items() if closing == self._open)
        depth = 1
        for at in range(start, len(text)):
            depth += (text[at] == opening) - (text[at] == self._open)
            if not depth:
                self._open = ""
                return at + 1
        return None


def _found(match: re.Match[str] | None) -> SpeechStart:
    if match is None or _NO_NAME.fullmatch(match["name"].strip()):
        return _NOBODY
    remark = match.groupdict().get("remark")
    return SpeechStart(match["name"].strip(), match.end(), remark)
