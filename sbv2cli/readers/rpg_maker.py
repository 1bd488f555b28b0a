"""Data of RPG Maker MV and MZ: what maps, common events and troops show as text.

A message box is one line, whoever many rows it has; so is a block of scrolling text. Choices are
lines too, and skipped: a game shows them and nobody says them. The other files of a data folder
hold no text that is said. Names come from `Actors.json` and the currency from `System.json` where
they lie beside the file.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import MAX_DOCUMENT, document
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.rpg_maker_text import Names, name_in_text, name_of, spoken
from sbv2cli.records import ScriptLine, Source

# Commands of events.
_MESSAGE, _MESSAGE_ROW = 101, 401
_SCROLL, _SCROLL_ROW = 105, 405
_CHOICES = 102
_PLUGIN_MV, _PLUGIN_MZ = 356, 357

_Speaker = tuple[str | None, str | None]  # name, face

_CODE = re.compile(r'"code"\s*:')
# What each file of a data folder begins with; a map has its keys in front of its tiles.
_TABLE = re.compile(
    r'\s*\[\s*null\s*,\s*(?:null\s*,\s*)*\{\s*"(?:id|name|battleback|animation)\w*"'
)
_MAP = re.compile(r'\s*\{(?s:.{0,2000}?)"(?:autoplayBgm|battleback1Name|parallaxLoopX)"\s*:')
_SYSTEM = re.compile(r'\s*\{(?s:.{0,6000}?)"(?:airship|armorTypes|currencyUnit)"\s*:')
_COMMAND = re.compile(r'\{\s*"code"\s*:\s*\d+\s*,\s*"indent"\s*:\s*\d')
# The plugin SimpleVoice, by which most games with voices play them.
_VOICE_COMMAND = re.compile(r"\s*(?:SV_PLAY_VOICE|SV_ボイスの演奏)\s+(\S+)", re.IGNORECASE)


def recognise(head: Head) -> Evidence:
    """A map, a table that begins with null, the file of the system, or any commands of events."""
    begins = any(one.match(head.text) for one in (_TABLE, _MAP, _SYSTEM))
    return Evidence.SURE if begins or _COMMAND.search(head.text) else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of one file of a data folder."""
    text = document(stream, source_name, options)
    if not text.strip():
        return
    places = _Places(text, source_name)
    try:
        data = json.loads(text)
        places.mark(data)
    except RecursionError:
        raise ScriptError("script.json", "not JSON: nested too deeply", at=source_name) from None
    except json.JSONDecodeError as error:
        at = f"{source_name}:{error.lineno}:{error.colno}"
        raise ScriptError("script.json", f"not JSON: {error.msg.lower()}", at=at) from None
    except ValueError:
        raise ScriptError("script.json", "not JSON: a number too long", at=source_name) from None
    names = _names(source_name)
    number = 0
    for page in _pages(data, PurePath(source_name).stem):
        for said in _Messages(page, names).all():
            number += 1
            yield _line(said, number, places, names, options)


class _Places:
    """Where each command stands: the n-th "code" of the text is that of the n-th command."""

    def __init__(self, text: str, source_name: str) -> None:
        self.source_name = source_name
        self._codes = [found.start() for found in _CODE.finditer(text)]
        self._rows = [0, *(found.end() for found in re.finditer("\n", text))]

    def mark(self, value: Any) -> None:
        """Write into each command its number, in the order of the text."""
        self._mark(value, iter(range(len(self._codes))))

    def _mark(self, value: Any, numbers: Iterator[int]) -> None:
        if isinstance(value, list):
            for item in value:
                if isinstance(item, dict | list):
                    self._mark(item, numbers)
        elif isinstance(value, dict):
            place = None
            for key, item in value.items():
                if key == "code":
                    place = next(numbers, None)
                elif isinstance(item, dict | list):
                    self._mark(item, numbers)
            value[_PLACE] = place

    def of(self, command: Mapping[str, Any]) -> Source:
        number = command.get(_PLACE)
        position = 0 if number is None else self._codes[number]
        row = bisect_right(self._rows, position)
        column = position - self._rows[row - 1] + 1
        return Source(path=self.source_name, row=row, column=column)


_PLACE = "\0place"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One list of commands: a page of an event, a common event, a page of a battle."""

    identity: str
    event: str  # its name
    commands: Sequence[Mapping[str, Any]]


def _pages(data: Any, stem: str) -> Iterator[_Page]:
    """What a file holds, in its order."""
    if isinstance(data, dict):
        for event in _objects(data.get("events")):
            yield from _event(event, f"{stem}-ev{_number(event):03d}")
        # Plugins keep scenes in one object, each by its name.
        for name, value in data.items():
            yield from _scene(str(name), value, f"{stem}-{name}")
    yield from _scene("", data, stem)
    for entry in _objects(data):
        if isinstance(entry.get("pages"), list):
            yield from _event(entry, f"{stem}-{_number(entry):03d}")
        elif isinstance(entry.get("list"), list):
            commands = list(_objects(entry["list"]))
            identity = f"{stem}-{_number(entry):03d}"
            yield _Page(identity=identity, event=str(entry.get("name", "")), commands=commands)


def _scene(name: str, value: Any, identity: str) -> Iterator[_Page]:
    """Commands that no event holds."""
    commands = [item for item in _objects(value) if "code" in item and "parameters" in item]
    if commands:
        yield _Page(identity=identity, event=name, commands=commands)


def _event(event: Mapping[str, Any], identity: str) -> Iterator[_Page]:
    for number, page in enumerate(_objects(event.get("pages")), start=1):
        yield _Page(
            identity=f"{identity}-p{number}",
            event=str(event.get("name", "")),
            commands=list(_objects(page.get("list"))),
        )


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (
        (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
    )


def _number(entry: Mapping[str, Any]) -> int:
    number = entry.get("id")
    return number if isinstance(number, int) else 0


@dataclass(slots=True)
class _Shown:
    """A message box, a scrolling text or a choice on its way to becoming a line."""

    identity: str
    event: str
    command: Mapping[str, Any]  # where it begins
    rows: list[str] = field(default_factory=list)
    character: str | None = None
    face: str | None = None
    file: str | None = None
    choice: bool = False


@dataclass(slots=True)
class _Messages:
    """Goes through the commands of a page and collects what they show."""

    page: _Page
    names: Names
    number: int = 0  # of messages
    choices: int = 0  # how often there was something to choose
    said: _Shown | None = None  # the message whose rows are being collected
    file: str | None = None  # of the voice for the next message

    def all(self) -> Iterator[_Shown]:
        """What the page shows, in the order of its commands."""
        for command in self.page.commands:
            code, values = command.get("code"), command.get("parameters")
            values = values if isinstance(values, list) else []
            code = code if isinstance(code, int) else None
            if code in {_MESSAGE_ROW, _SCROLL_ROW}:
                self._add(command, values)
                continue
            yield from self._end()
            if code in {_MESSAGE, _SCROLL}:
                self._begin(command, _speaker(values, self.names) if code == _MESSAGE else None)
            elif code == _CHOICES and values and isinstance(values[0], list):
                yield from self._choices(command, values[0])
            elif code is not None and code in {_PLUGIN_MV, _PLUGIN_MZ}:
                self.file = _voice(code, values) or self.file
        yield from self._end()

    def _begin(self, command: Mapping[str, Any], speaker: _Speaker | None) -> None:
        self.number += 1
        identity = f"{self.page.identity}-{self.number:03d}"
        self.said = _Shown(identity, self.page.event, command, file=self.file)
        if speaker is not None:
            self.said.character, self.said.face = speaker
        self.file = None

    def _add(self, command: Mapping[str, Any], values: Sequence[Any]) -> None:
        if self.said is None:
            return
        if not self.said.rows:
            self.said.command = command
        self.said.rows.append(str(values[0]) if values else "")

    def _end(self) -> Iterator[_Shown]:
        if self.said is not None and any(row.strip() for row in self.said.rows):
            yield self.said
        self.said = None

    def _choices(self, command: Mapping[str, Any], texts: Sequence[Any]) -> Iterator[_Shown]:
        self.choices += 1
        for index, text in enumerate(texts, start=1):
            identity = f"{self.page.identity}-choice{self.choices}-{index}"
            yield _Shown(identity, self.page.event, command, rows=[str(text)], choice=True)


def _speaker(values: Sequence[Any], names: Names) -> _Speaker:
    """(who speaks, the face that is shown): MZ has a name; MV a face, which may be an actor's."""
    face = str(values[0]) if values and values[0] else None
    index = values[1] if len(values) > 1 and isinstance(values[1], int) else 0
    named = name_of(str(values[4]), names) if len(values) > 4 and values[4] else None
    if face is None:
        return named, None
    return named or names.faces.get((face, index)) or face, f"{face} {index + 1}"


def _voice(code: int, values: Sequence[Any]) -> str | None:
    """The voice that a plugin plays with the next message."""
    if code == _PLUGIN_MV:
        found = _VOICE_COMMAND.match(str(values[0])) if values else None
        return found[1] if found else None
    settings = values[3] if len(values) > 3 and values[0] == "SimpleVoice" else None
    name = settings.get("name") if isinstance(settings, dict) else None
    return str(name) if name else None


def _names(source_name: str) -> Names:
    """The names in the files beside."""
    names = Names()
    for actor in _objects(_beside(source_name, "Actors.json")):
        name = str(actor.get("name") or "").strip()
        if name:
            names.actors[_number(actor)] = name
            names.faces.setdefault((str(actor.get("faceName")), actor.get("faceIndex", 0)), name)
    system = _beside(source_name, "System.json")
    if isinstance(system, dict):
        names.currency = str(system.get("currencyUnit") or "") or None
    return names


def _beside(source_name: str, name: str) -> Any:
    """The value of a JSON file in the same folder; `None` where there is none."""
    path = Path(source_name).parent / name
    try:
        if not Path(source_name).is_file() or path.stat().st_size > MAX_DOCUMENT:
            return None
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None


def _line(
    said: _Shown, number: int, places: _Places, names: Names, options: ReaderOptions
) -> ScriptLine:
    at = places.of(said.command)
    named, rows = name_in_text(said.rows, names)
    text = spoken(rows, names)
    cells = {
        "id": Cell(value=said.identity, at=at),
        "text": Cell(value=text.words, at=at),
        "character": Cell(value=named or said.character, at=at),
        "file": Cell(value=said.file, at=at),
        "skip": Cell(value=said.choice, at=at),
    }
    meta = {"event": said.event, "face": said.face or ""}
    row = LineCells(
        number=number,
        source=at,
        cells=cells,
        meta={key: said for key, said in meta.items() if said},
    )
    if said.choice:
        row.complain("script.not-voiceable", "choices are not spoken", severity="note")
    row.holds(text.values)
    if text.unknown and not said.choice:
        row.complain(
            "script.code-unknown",
            f"{text.unknown[0]} is no control code that is known, and is left out",
            "text",
            severity="warning",
            hint="if it puts words there, give the line a text of its own",
        )
    # The id counts the messages of a page, so it outlives changes of other commands and pages.
    return replace(line_of(row, at.path, options), id_given=False)


FORMAT = Format(read=read, recognise=recognise)
