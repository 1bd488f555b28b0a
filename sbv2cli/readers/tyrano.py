"""Scenarios of TyranoScript and KAG, `.ks`: what is shown as messages is spoken.

A message ends with `[p]`, with the next speaker (`#name`), with a label, and where the scenario
clears the text or goes elsewhere; `[l]` and `[r]` go on with it. Comments, labels, scripts, macros
and tags are not spoken. A voice that is played before a message gives the name of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.ruby import interlinear
from sbv2cli.records import ScriptLine, Source

_RECOGNISED = re.compile(
    r"^[ \t]*[\[@](?:iscript|playse|playbgm|chara_\w+|bg|cm|eval|call|jump|ptext|layopt)\b"
    r"|\[(?:p|l|r|lr|cm)\][ \t]*$",
    re.MULTILINE,
)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ATTRIBUTE = re.compile(r"([\w.]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_QUOTE_OR_END = re.compile(r"[\"'\]]")

_ENDS_MESSAGE = frozenset("p cm er ct s jump call return".split())
# From the first of these to the second nothing is shown.
_NOT_SHOWN = {"iscript": "endscript", "macro": "endmacro", "html": "endhtml", "ignore": "endignore"}
# Tags among the words of a message that put no words there themselves.
_WITHOUT_WORDS = re.compile(
    r"(?:p|l|r|er|cm|ct|s|ruby|font|resetfont|deffont|delay|resetdelay|nowait|endnowait|wait|wa|wt"
    r"|graph|mark|endmark|link|endlink|locate|style|indent|endindent|hr|b|i|u|if|elsif|else|endif"
    r"|eval|jump|call|return|playse|stopse|wse|playbgm|stopbgm|quake|wq|image|freeimage|bg|ptext"
    r"|vostart|vostop|voconfig|(?:chara|anim|kanim|layer|mask|camera|text)\w*|end\w+)"
)
_EFFECTS = frozenset({"se", "bgm", "sound", "sounds"})  # folders whose files are no voices


def recognise(head: Head) -> Evidence:
    """Tags that only scenarios have."""
    return Evidence.SURE if _RECOGNISED.search(head.text) else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The messages of a scenario."""
    scenario = _Scenario(source_name, options)
    for row, written in rows(stream, source_name, options):
        yield from scenario.row(row, written)
    yield from scenario.end_message()


@dataclass(slots=True)
class _Voices:
    """`[voconfig]` of one character: the file of its next message."""

    storage: str
    number: int

    def next(self) -> str:
        file = self.storage.replace("{number}", str(self.number))
        self.number += 1
        return file


@dataclass(slots=True)
class _Scenario:
    """Where in the scenario the reader is."""

    source_name: str
    options: ReaderOptions
    number: int = 0
    speaker: str | None = None
    text: str = ""
    at: Source | None = None
    ruby: str | None = None  # over the next character
    fills: list[str] = field(default_factory=list)  # tags of the message that may put words in it
    files: list[str] = field(default_factory=list)  # played since the last message
    branched: bool = False  # and whether which of them is decided by the game
    voices: dict[str, _Voices] = field(default_factory=dict)
    voices_on: bool = False
    until: str | None = None  # the tag up to which nothing is shown
    comment: bool = False

    def row(self, row: int, written: str) -> Iterator[ScriptLine]:
        """The messages that end in a row."""
        plain = written.strip()
        if self.comment or (self.until is None and plain.startswith("/*")):
            self.comment = "*/" not in plain
        elif plain.startswith(";") or not plain:
            return
        elif self.until is None and plain.startswith("#"):
            yield from self.end_message()
            self._speaker(plain[1:])
        elif self.until is None and plain.startswith("*"):
            yield from self.end_message()
        elif plain.startswith("@"):
            yield from self._tag(plain[1:], alone=True)
        else:
            yield from self._message_row(row, written)

    def end_message(self) -> Iterator[ScriptLine]:
        """The message so far, if there is one."""
        if self.at is None:
            return
        self.number += 1
        at, text = self.at, self.text.strip()
        cells = {"text": Cell(value=text, at=at), "character": Cell(value=self.speaker, at=at)}
        if len(self.files) == 1 and not self.branched:
            cells["file"] = Cell(value=self.files[0], at=at)
        line = LineCells(number=self.number, source=at, cells=cells)
        if self.fills:
            line.complain(
                "script.interpolation",
                f"[{self.fills[0]}] may put words here, which are not known",
                "text",
                severity="warning",
                hint="give the line a text of its own, or skip it",
            )
        self.text, self.at, self.ruby = "", None, None
        self.fills, self.files, self.branched = [], [], False
        yield line_of(line, self.source_name, self.options)

    def _speaker(self, written: str) -> None:
        name = written.partition(":")[0].strip()
        self.speaker = name or None
        if self.voices_on and name in self.voices:
            self.files = [self.voices[name].next()]

    def _message_row(self, row: int, written: str) -> Iterator[ScriptLine]:
        last = written.rfind("]")
        alone = not _text_beside_tags(written)
        position = 0
        while position < len(written):
            start = written.find("[", position)
            if start < 0 or start > last:
                start = len(written)
            self._add(written[position:start], row, position + 1)
            end = _tag_end(written, start, last)
            if end is None:
                self._add(written[start : start + 1], row, start + 1)
                position = start + 1
            else:
                yield from self._tag(written[start + 1 : end], alone=alone)
                position = end + 1

    def _add(self, words: str, row: int, column: int) -> None:
        if self.until is not None or not words.strip():
            return
        if self.at is None:
            column += len(words) - len(words.lstrip())
            self.at = Source(path=self.source_name, row=row, column=column)
            words = words.lstrip()
        if self.ruby is not None:
            words = interlinear(words[0], self.ruby) + words[1:]
            self.ruby = None
        # Rows are joined as the game joins them; only Latin words need a blank between them.
        if "!" <= words[0] <= "~" and "!" <= self.text[-1:] <= "~":
            self.text += " "
        self.text += words

    def _tag(self, written: str, *, alone: bool) -> Iterator[ScriptLine]:
        found = _NAME.match(written)
        name = found[0] if found else ""
        if self.until is not None:
            self.until = None if name == self.until else self.until
            return
        if name in _NOT_SHOWN:
            self.until = _NOT_SHOWN[name]
            return
        values = {one[1]: one[2] or one[3] or one[4] or "" for one in _ATTRIBUTE.finditer(written)}
        if name in _ENDS_MESSAGE:
            yield from self.end_message()
        elif name == "ruby":
            self.ruby = values.get("text") or None
        elif name == "playse":
            self._play(values.get("storage", ""))
        elif name in {"if", "elsif", "else"}:
            self.branched = True
        elif name == "voconfig" and "vostorage" in values:
            number = values.get("number", "0")
            start = int(number) if number.isdecimal() and len(number) < 10 else 0
            self.voices[values.get("name", "")] = _Voices(values["vostorage"], start)
        elif name in {"vostart", "vostop"}:
            self.voices_on = name == "vostart"
        elif not alone and not _WITHOUT_WORDS.fullmatch(name):
            self.fills.append(name)

    def _play(self, storage: str) -> None:
        folder = storage.replace("\\", "/").partition("/")[0].casefold()
        if storage and not storage.startswith("&") and folder not in _EFFECTS:
            self.files.append(storage)


def _tag_end(written: str, start: int, last: int) -> int | None:
    """Where the tag that begins at `start` ends; `None` where none does."""
    if start >= last or _NAME.match(written, start + 1) is None:
        return None
    position = start + 1
    while (found := _QUOTE_OR_END.search(written, position)) is not None:
        if found[0] == "]":
            return found.start()
        closing = written.find(found[0], found.end())
        position = found.end() if closing < 0 else closing + 1
    return None


def _text_beside_tags(written: str) -> bool:
    """Whether a row holds words besides its tags."""
    position, last = 0, written.rfind("]")
    while (start := written.find("[", position)) >= 0:
        if written[position:start].strip():
            return True
        end = _tag_end(written, start, last)
        if end is None:
            return True
        position = end + 1
    return bool(written[position:].strip())


FORMAT = Format(read=read, recognise=recognise)
