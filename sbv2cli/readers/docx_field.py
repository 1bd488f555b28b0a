r"""Fields of Word that hold text themselves: EQ, with ruby, characters in circles and fractions.

Ruby is EQ \o\ad(\s\up 9(よみ),漢字), a character in a circle EQ \o\ac(○,印), a fraction EQ \f(1,2),
characters combined to one EQ \o(\s\up 5(株式),\s\do 2(会社)).
Word cuts the instruction into as many pieces as it has fonts and sizes; `Fields` joins them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sbv2cli.readers.page_text import TextRun

_EQUATION = re.compile(r"\s*EQ\b", re.IGNORECASE)
_LAYOUT = re.compile(r"\\\*\s*(?:\"[^\"]{0,100}\"|[^\s\\\"]{1,40})")  # \* jc2 \* "Font:ＭＳ 明朝"
_SWITCHES = re.compile(r"(?:\\[A-Za-z]{1,3}(?: {0,9}-?\d{1,3})?){1,9} {0,9}\(")
_PLAIN = re.compile(r"[^\\(),;]+")
_RAISED = re.compile(r"\s*\\s\s*\\up", re.IGNORECASE)
_LOWERED = re.compile(r"\s*\\s\s*\\do", re.IGNORECASE)
_BETWEEN = {"f": "/", "l": ","}  # fractions and lists
_ENCLOSING = frozenset("○◯〇△□◇")
_DEEPEST = 20  # brackets inside each other


@dataclass(slots=True)
class _Field:
    pieces: list[str] = field(default_factory=list)  # of its instruction
    said: list[TextRun] = field(default_factory=list)  # results of fields in its instruction
    result: bool = False  # what stands here is its result
    known: bool = False  # its instruction is its text, so it needs no result


@dataclass(slots=True)
class Fields:
    """The fields that are open at a place in a paragraph."""

    opened: list[_Field] = field(default_factory=list)

    def instruction(self, piece: str) -> list[TextRun]:
        """A piece of the instruction of the innermost field; what is shown of one that has none."""
        if not self.opened:
            return equation(piece) or []
        self.opened[-1].pieces.append(piece)
        return []

    def text(self, written: str) -> list[TextRun]:
        """What is shown of a text: nothing of one that only completes an instruction."""
        for one in self.opened:
            if one.known:
                return []
            if not one.result:
                one.pieces.append(written)
                one.said.append(TextRun(written))
                return []
        return [TextRun(written)]

    def mark(self, kind: str) -> list[TextRun]:
        """What is shown where a field begins, its result begins (separate) or it ends."""
        if kind == "begin":
            self.opened.append(_Field())
        elif kind == "separate" and self.opened:
            return self._close(self.opened[-1])
        elif kind == "end" and self.opened:
            return self._close(self.opened.pop())
        return []

    def _close(self, one: _Field) -> list[TextRun]:
        """The instruction of a field is whole; what it shows."""
        if one.result:
            return []
        shown = equation("".join(one.pieces))
        one.result, one.known = True, shown is not None
        return [run for part in shown or () for run in self._placed(part)]

    def _placed(self, run: TextRun) -> list[TextRun]:
        outer = [one for one in self.opened if not one.result]
        return self.text(run.text) if outer else [run]

    def rest(self) -> list[TextRun]:
        """What is shown of fields that are open where a paragraph ends: no word is lost."""
        found: list[TextRun] = []
        while self.opened:
            one = self.opened[-1]
            shown = self.mark("end")
            found += shown or ([] if one.known else one.said)
        return found


def equation(instruction: str) -> list[TextRun] | None:
    """The text of an EQ field; `None` for other fields."""
    found = _EQUATION.match(instruction)
    if found is None:
        return None
    written = _LAYOUT.sub("", instruction[found.end() :]).strip()
    arguments, _ = _arguments(written, 0, 0)
    return [run for argument in arguments for run in argument.runs]


@dataclass(slots=True)
class _Argument:
    runs: list[TextRun]
    raised: bool = False
    lowered: bool = False

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs).strip()


def _arguments(written: str, at: int, depth: int) -> tuple[list[_Argument], int]:
    """(what stands between commas up to the closing bracket, the place behind it)."""
    found = [_argument(written, at)]
    while at < len(written):
        switches = _SWITCHES.match(written, at) if depth < _DEEPEST else None
        if switches is not None:
            inner, at = _arguments(written, switches.end(), depth + 1)
            found[-1].runs += _meaning(switches[0], inner)
            continue
        mark = written[at]
        if depth and mark == ")":
            return found, at + 1
        if depth and mark in ",;":
            at += 1
            found.append(_argument(written, at))
            continue
        plain = _PLAIN.match(written, at)
        if plain is not None:
            shown, at = plain[0], plain.end()
        else:  # a backslash stands before a character that is meant as it is
            at += mark == "\\"
            shown, at = written[at : at + 1], at + 1
        found[-1].runs.append(TextRun(shown))
    return found, at


def _argument(written: str, at: int) -> _Argument:
    """An argument that begins at a place."""
    raised, lowered = (one.match(written, at) is not None for one in (_RAISED, _LOWERED))
    return _Argument([], raised, lowered)


def _meaning(switches: str, arguments: Sequence[_Argument]) -> list[TextRun]:
    name = switches[1].casefold()
    if name == "o" and len(arguments) == 2:
        first, second = arguments
        if first.raised != second.raised:
            reading, base = (first, second) if first.raised else (second, first)
            if base.lowered:
                return [TextRun(reading.text + base.text)]
            return [TextRun(base.text, reading.text or None)]
        if first.text in _ENCLOSING:
            return second.runs
    between = _BETWEEN.get(name)
    runs: list[TextRun] = []
    for number, argument in enumerate(arguments):
        if number and between:
            runs.append(TextRun(between))
        runs += argument.runs
    return runs
