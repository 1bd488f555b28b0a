"""Scripts of Naninovel, `.nani`.

A row of text is a line, whatever it pauses for; so is what `@print` prints. Labels, comments and
other commands are not spoken, and choices are lines that are skipped. The identifiers that
Naninovel gives to texts, `|#1a|`, are unique in a script, so a line's id has the script's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import BinaryIO

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.rich_text import without_tags
from sbv2cli.records import ScriptLine, Source

# Tags of KAG have `=` between name and value, these have `:`.
_RECOGNISED = lazy_pattern(
    r"^[ \t]*@(?:char|back|printer|hidePrinter|showPrinter|hideUI|showUI|goto|gosub|choice|sfx"
    r"|hideAll|hideChars|arrange|spawn|despawn|stopBgm|stopSfx|resetText)\b(?![^\n]*\w=[\w\"])",
    re.MULTILINE,
)
_AUTHOR = lazy_pattern(
    r"(?P<author>[^\s\[\]{}\"\\<>.:]+)(?:\.(?P<look>[^\s\[\]{}\"\\<>:]+))?:[ \t]+"
)
_COMMAND = lazy_pattern(r"@[ \t]*(\w+)")
_PARAMETER = lazy_pattern(r"(?:(\w+):)?(?:\"((?:[^\"\\]|\\.)*)\"|(\S+))", re.DOTALL)
_IDENTITY = lazy_pattern(r"\|#([^|\s]+)\|")
_PIECE = lazy_pattern(
    r"\\(?P<escaped>.)|(?P<identity>\|#[^|\s]*\|)|(?P<value>\{\s*[^{}\s][^{}]*\})"
    r"|\[(?P<command>(?:[^\[\]\"\\]|\\.|\"(?:[^\"\\]|\\.)*\"|\[[^\[\]]*\])*)\]",
    re.DOTALL,
)
_BREAKS = lazy_pattern(r"\s*\n\s*")
_CONDITION = lazy_pattern(r"\s*(?:if|else|elseif|unless)\b", re.IGNORECASE)
_PRINTS = frozenset({"print", "printtext", "append", "appendtext"})
_CHOOSES = frozenset({"choice", "addchoice"})


def recognise(head: Head) -> Evidence:
    """Commands that Naninovel alone writes so."""
    return Evidence.SURE if _RECOGNISED.search(head.text) else Evidence.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class GameText:
    """A text as it is said."""

    words: str
    values: tuple[str, ...] = ()  # what the game fills in or decides, as it is written


def spoken(written: str) -> GameText:
    """A text without commands, identifiers and tags; expressions stay as they are written."""
    values: list[str] = []

    def meant(piece: re.Match[str]) -> str:
        if piece["escaped"]:
            return piece["escaped"]
        if piece["value"]:
            values.append(piece["value"])
            return piece["value"]
        if piece["command"] is not None and _CONDITION.match(piece["command"]):
            values.append(piece[0])
        return ""

    words = without_tags(_PIECE.sub(meant, written)).strip()
    return GameText(words=_BREAKS.sub("\n", words), values=tuple(values))


@dataclass(slots=True)
class Message:
    """One text of a script or of its translation on its way to becoming a line."""

    at: Source
    text: GameText
    character: str | None = None
    identities: tuple[str, ...] = ()
    choice: bool = False
    meta: dict[str, str] = field(default_factory=dict)

    def cells(self, number: int, script: str) -> LineCells:
        """The cells of the line; `script` is the name of the script."""
        identity = f"{script}.{self.identities[0]}" if self.identities else None
        text_id = {"text_id": self.identities[0]} if self.identities else {}
        row = LineCells(
            number=number,
            source=self.at,
            cells={
                "id": Cell(value=identity, at=self.at),
                "text": Cell(value=self.text.words, at=self.at),
                "character": Cell(value=self.character, at=self.at),
                "skip": Cell(value=self.choice, at=self.at),
            },
            meta={**self.meta, **text_id},
        )
        if self.choice:
            row.complain("script.not-voiceable", "choices are not spoken", severity="note")
        row.holds(self.text.values)
        return row


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The texts of a script."""
    script, number = PurePath(source_name).stem, 0
    for row, written in rows(stream, source_name, options):
        plain = written.strip()
        at = Source(path=source_name, row=row, column=len(written) - len(written.lstrip()) + 1)
        if not plain or plain.startswith((";", "#")):
            continue
        message = command(plain, at) if plain.startswith("@") else generic(plain, at)
        if message is not None and message.text.words:
            number += 1
            yield line_of(message.cells(number, script), source_name, options)


def generic(written: str, at: Source) -> Message:
    """A row of text, perhaps with its author and how the author looks."""
    author = _AUTHOR.match(written)
    start = author.end() if author else 0
    message = Message(
        Source(path=at.path, row=at.row, column=(at.column or 1) + start),
        spoken(written[start:]),
        identities=tuple(_IDENTITY.findall(written)),
    )
    if author:
        message.character = author["author"]
        message.meta = {"appearance": author["look"]} if author["look"] else {}
    return message


def command(written: str, at: Source) -> Message | None:
    """What a command prints or lets choose."""
    name = _COMMAND.match(written)
    kind = name[1].casefold() if name else ""
    if name is None or kind not in _PRINTS | _CHOOSES:
        return None
    found: dict[str, str] = {}
    for key, quoted, bare in _PARAMETER.findall(written, name.end()):
        value = quoted.replace('\\"', '"') if quoted else bare
        found.setdefault(key.casefold() if key else "", value)
    text = found.get("", found.get("text", found.get("summary", "")))
    return Message(
        at,
        spoken(text),
        character=found.get("author"),
        identities=tuple(_IDENTITY.findall(text)),
        choice=kind in _CHOOSES,
    )


FORMAT = Format(read=read, recognise=recognise)
