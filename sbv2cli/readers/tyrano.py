"""Scenarios of TyranoScript and KAG, `.ks`: what is shown as messages is spoken.

A message ends with `[p]`, with the next speaker (`#name`), with a label, and where the scenario
clears the text or goes elsewhere; `[l]` and `[r]` go on with it. Comments, labels, scripts, macros,
choices and tags are not spoken; what a macro of the same file does is followed. A voice that is
played before a message gives the name of its file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.named_speech import is_somebody
from sbv2cli.readers.ruby import interlinear
from sbv2cli.readers.tyrano_names import PLATE_ABOVE, names_above
from sbv2cli.readers.tyrano_tags import (
    ENDS_MESSAGE,
    WITH_WORDS,
    attributes,
    may_insert,
    name_of,
    own_page_break,
    speaker_in,
    tag_end,
    voice_in,
)
from sbv2cli.readers.tyrano_voices import Played, voices_of
from sbv2cli.records import ScriptLine, Source

_RECOGNISED = re.compile(
    r"^[ \t]*[\[@](?:iscript|playse|playbgm|chara_\w+|bg|cm|eval|call|jump|ptext|layopt)\b"
    r"|\[(?:p|l|r|lr|cm)\][ \t]*$",
    re.MULTILINE,
)
_QUOTE = re.compile(r"[「『（(]")  # behind a macro that is called as somebody is
# From the first of these to the second nothing is shown.
_NOT_SHOWN = {"iscript": "endscript", "macro": "endmacro", "html": "endhtml", "ignore": "endignore"}
# [ruby] is over one character; a foreign word as the reading of kanji is over all of them, for it
# is written over the first: 聖堂 with カテドラル.
_FOREIGN = re.compile(r"[ァ-ヺー・]{3,}")
_KANJI_RUN = re.compile(r"[々〇㐀-䶿一-鿿]{1,8}")
# Somebody's name before what they say: 凪「やあ」.
_NAMED_QUOTE = re.compile(r"([^\s\[\]「『」』（）、。，．！？!?…―─]{1,20})\s?(?=[「『])")
# The same in brackets of its own, often in the row above: 【凪】「やあ」.
_OPENS: Mapping[str, int] = {"「": 1, "『": 1, "」": -1, "』": -1}
_PLATE = re.compile(r"【([^【】\n]{1,20})】\s*(?=[「『（(])")
_NAME_AREA = "chara_name_area"  # of [ptext], where the name is shown by custom


def recognise(head: Head) -> Evidence:
    """Tags that only scenarios have."""
    return Evidence.SURE if _RECOGNISED.search(head.text) else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The messages of a scenario."""
    written_rows = list(rows(stream, source_name, options))
    page_break = own_page_break(written for _, written in written_rows)
    above = names_above(written for _, written in written_rows)
    scenario = _Scenario(source_name, options, page_break=page_break, above=above)
    lines: list[ScriptLine] = []
    for row, written in written_rows:
        lines += scenario.row(row, written)
    lines += scenario.end_message()
    voices = voices_of(scenario.played, len(lines))
    for line in lines:
        yield line if line.number in voices else replace(line, file=None)


_Place = tuple[str, int, int]  # a row, and where in it a tag begins and ends


@dataclass(slots=True)
class _Macro:
    """What a macro of the scenario does where it is called."""

    name: str
    ends: bool = False  # the message
    words: bool = False  # puts some there
    value: bool = False  # puts there what only the game knows
    speaker: str | None = None  # `%x` is the value that the call gives for x


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
    page_break: str | None = None  # a macro of another file that ends messages
    above: frozenset[str] = frozenset()  # tags that name who speaks below them
    number: int = 0
    plate: bool = False  # the first row of the message is a name in brackets
    quoted: bool = False  # the speaker is named before or above a quotation, and says that alone
    open: bool = False  # the quotation of the message before goes on
    speaker: str | None = None
    text: str = ""
    at: Source | None = None
    end: int = 0  # the row in which the text ends; none behind [r]
    ruby: str | None = None  # over the next character
    values: list[str] = field(default_factory=list)  # tags of the message that put a value in it
    fills: list[str] = field(default_factory=list)  # tags of the message that may put words in it
    files: list[str] = field(default_factory=list)  # played since the last message
    branched: bool = False  # and whether which of them is decided by the game
    certain: bool = False  # played by what plays nothing but voices
    branch: int = 0  # how long the text was where the last [if] began
    played: dict[int, Played] = field(default_factory=dict)  # with which line
    choosing: bool = False  # between [link] and [endlink]
    macros: dict[str, _Macro] = field(default_factory=dict)
    macro: _Macro | None = None  # that is being defined
    areas: set[str] = field(default_factory=lambda: {_NAME_AREA})
    called: dict[str, str] = field(default_factory=dict)  # names on the screen: those in tags
    known: set[str] = field(default_factory=set)  # that have spoken
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
        elif self.macro is not None and plain.startswith("#"):
            self.macro.speaker = plain[1:]
        elif self.until is None and plain.startswith("#"):
            yield from self.end_message()
            self._speaker(plain[1:])
        elif self.until is None and plain.startswith("*"):
            yield from self.end_message()
        elif plain.startswith("@"):
            yield from self._tag(plain[1:])
        else:
            yield from self._message_row(row, written)

    def end_message(self) -> Iterator[ScriptLine]:
        """The message so far, if there is one."""
        if self.at is None:
            return
        self.number += 1
        at, text, speaker = self.at, *self._spoken()
        cells = {"text": Cell(value=text, at=at), "character": Cell(value=speaker, at=at)}
        if self.files:
            played = Played(tuple(self.files), certain=self.certain, branched=self.branched)
            self.played[self.number] = played
            cells["file"] = Cell(value=played.likely, at=at)
        line = LineCells(number=self.number, source=at, cells=cells)
        if self.fills:
            line.complain(
                "script.words-unknown",
                f"[{self.fills[0]}] may put words here, which are not known",
                "text",
                severity="warning",
                hint="give the line a text of its own, or skip it",
            )
        line.holds(self.values)
        self.open = sum(_OPENS.get(one, 0) for one in self.text) + self.open > 0
        self.text, self.at, self.ruby, self.plate = "", None, None, False
        self.fills, self.values, self.files = [], [], []
        self.branched, self.certain, self.branch = False, False, 0
        yield line_of(line, self.source_name, self.options)

    def _spoken(self) -> tuple[str, str | None]:
        """The text, and who speaks; names are also written before the quotation."""
        text = self.text.strip()
        plate = (PLATE_ABOVE if self.plate else _PLATE).match(text)
        if plate is not None and is_somebody(plate[1].strip()):
            return text[plate.end() :], plate[1].strip()
        found = _NAMED_QUOTE.match(text)
        if found is None:
            narration = self.quoted and not self.open and not _QUOTE.match(text)
            return text, None if narration else self.speaker
        named = self.called.get(found[1], found[1])
        if self.speaker is None and named in self.known:
            return text[found.end() :], found[1]
        if self.speaker is not None and named == self.called.get(self.speaker, self.speaker):
            return text[found.end() :], self.speaker
        return text, self.speaker

    def _speaker(self, written: str) -> None:
        name = written.partition(":")[0].strip()
        self.speaker, self.quoted = name or None, False
        self.known.add(self.called.get(name, name))
        voice = self.voices.get(self.called.get(name, name))
        if self.voices_on and voice is not None:
            self.files, self.certain = [voice.next()], True

    def _message_row(self, row: int, written: str) -> Iterator[ScriptLine]:
        if written.startswith("_"):
            written = f" {written[1:]}"  # keeps the blanks behind it on the screen
        last = written.rfind("]")
        position = 0
        while position < len(written):
            start = written.find("[", position)
            if start < 0 or start > last:
                start = len(written)
            self._add(written[position:start], row, position + 1)
            end = tag_end(written, start, last)
            if end is None:
                self._add(written[start : start + 1], row, start + 1)
                position = start + 1
            else:
                position = end + 1
                inside = written[start + 1 : end]
                if not name_of(inside).isascii() and _QUOTE.match(written, position):
                    yield from self._name(inside)
                elif self.until is None and self._is_value(name_of(inside)):
                    self.values.append(f"[{inside}]")
                    self._add(f"[{inside}]", row, start + 1)
                else:
                    yield from self._tag(inside, among=(written, start, position))

    def _is_value(self, name: str) -> bool:
        """Whether a tag shows what only the game knows: itself, or as the macro that it is."""
        macro = self.macros.get(name)
        return name in WITH_WORDS if macro is None else macro.value and not macro.words

    def _name(self, written: str) -> Iterator[ScriptLine]:
        """A macro before a quotation that is called as its speaker is, or that names one."""
        yield from self.end_message()
        name, values = name_of(written), attributes(written)
        self._speaker(speaker_in(name, values) or values.get("name") or name.strip("【】"))
        self.quoted = True

    def _add(self, words: str, row: int, column: int) -> None:
        if self.macro is not None and words.strip():
            self.macro.words = True
        if self.until is not None or self.choosing or not words.strip():
            return
        if self.at is None:
            column += len(words) - len(words.lstrip())
            self.at = Source(path=self.source_name, row=row, column=column)
            words = words.lstrip()
            self.plate = PLATE_ABOVE.fullmatch(words.rstrip()) is not None
        elif row == self.end:
            self.plate = False
        if self.ruby is not None:
            run = _KANJI_RUN.match(words) if _FOREIGN.fullmatch(self.ruby) else None
            covered = run.end() if run else 1
            words = interlinear(words[:covered], self.ruby) + words[covered:]
            self.ruby = None
        # Rows are joined as the game joins them; only Latin words need a blank between them.
        new_row, self.end = row != self.end, row
        if new_row and "!" <= words[0] <= "~" and "!" <= self.text[-1:] <= "~":
            self.text += " "
        self.text += words

    def _tag(self, written: str, among: _Place | None = None) -> Iterator[ScriptLine]:
        name = name_of(written)
        values = attributes(written)
        if self.until is not None:
            self._in_what_is_not_shown(name, values)
        elif name in _NOT_SHOWN:
            self.until = _NOT_SHOWN[name]
            self.macro = _Macro(values.get("name", "")) if name == "macro" else None
        elif (file := voice_in(name, values)) is not None:
            yield from self.end_message()
            self.files, self.certain = [file], True
        elif name in self.macros:
            yield from self._call(self.macros[name], values)
        elif name in ENDS_MESSAGE or name == self.page_break:
            yield from self.end_message()
        elif name in self.above:
            yield from self._name(written)
        elif name.startswith("【") or self._names(name, values):
            yield from self.end_message()
            said = name.strip("【】") if name.startswith("【") else self._named(name, values)
            self._speaker(said)
        elif name in _DOES:
            _DOES[name](self, values)
        elif among is not None and (name in self.known or may_insert(name, *among)):
            self.fills.append(name)

    def _in_what_is_not_shown(self, name: str, values: Mapping[str, str]) -> None:
        if self.macro is not None:
            self.macro.ends = self.macro.ends or name in ENDS_MESSAGE
            self.macro.value = self.macro.value or name in WITH_WORDS
            if self._names(name, values):
                self.macro.speaker = self._named(name, values)
        if name == self.until:
            if self.macro is not None:
                self.macros[self.macro.name] = self.macro
            self.until, self.macro = None, None

    def _call(self, macro: _Macro, values: Mapping[str, str]) -> Iterator[ScriptLine]:
        if macro.speaker is not None:
            yield from self.end_message()
            said = macro.speaker
            self._speaker(values.get(said[1:], "") if said.startswith("%") else said)
        if macro.words or macro.value:
            self.fills.append(macro.name)
        if macro.ends:
            yield from self.end_message()

    def _names(self, name: str, values: Mapping[str, str]) -> bool:
        """Whether a tag says who speaks."""
        if name == "ptext":
            return values.get("name") in self.areas and "text" in values
        return speaker_in(name, values) is not None or (name == "chara_ptext" and "name" in values)

    def _named(self, name: str, values: Mapping[str, str]) -> str:
        return speaker_in(name, values) or values.get("text", values.get("name", ""))


# ---- what tags do --------------------------------------------------------------------------------


def _over_next_character(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[ruby]: a reading over the next character."""
    scenario.ruby = values.get("text") or None


def _new_row(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[r]."""
    del values
    scenario.end = 0


def _play(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[playse]: a voice, or an effect."""
    storage = values.get("storage", "")
    if storage and not storage.startswith(("&", "%")):
        scenario.files.append(storage)


def _begin_branch(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[if]: words of one case."""
    del values
    scenario.branched, scenario.branch = True, len(scenario.text)


def _other_branch(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[else]: words of another case."""
    del values
    scenario.branched = True
    if len(scenario.text) > scenario.branch:
        scenario.fills.append("else")


def _end_branch(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[endif]: words of one case behind others."""
    del values
    if 0 < scenario.branch < len(scenario.text):
        scenario.fills.append("if")


def _configure_voice(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[voconfig]: the files of a character, certain."""
    if "vostorage" in values:
        number = values.get("number", "0")
        start = int(number) if number.isdecimal() and len(number) < 10 else 0
        scenario.voices[values.get("name", "")] = _Voices(values["vostorage"], start)


def _add_character(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[chara_new]: what a character is called on the screen."""
    if values.get("jname"):
        scenario.called[values["jname"]] = values.get("name", "")
        scenario.known.add(values.get("name", ""))


def _configure_characters(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[chara_config]: where names are shown."""
    if values.get("ptext"):
        scenario.areas.add(values["ptext"])


def _start_voices(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[vostart]."""
    del values
    scenario.voices_on = True


def _stop_voices(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[vostop]."""
    del values
    scenario.voices_on = False


def _choose(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[link]: what follows is to be chosen."""
    del values
    scenario.choosing = True


def _chosen(scenario: _Scenario, values: Mapping[str, str]) -> None:
    """[endlink]."""
    del values
    scenario.choosing = False


_DOES: Mapping[str, Callable[[_Scenario, Mapping[str, str]], None]] = {
    "r": _new_row,
    "ruby": _over_next_character,
    "playse": _play,
    "if": _begin_branch,
    "elsif": _other_branch,
    "else": _other_branch,
    "endif": _end_branch,
    "voconfig": _configure_voice,
    "vostart": _start_voices,
    "vostop": _stop_voices,
    "chara_new": _add_character,
    "chara_config": _configure_characters,
    "link": _choose,
    "endlink": _chosen,
}
"""What the reader does at a tag."""


FORMAT = Format(read=read, recognise=recognise)
