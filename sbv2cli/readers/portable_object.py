"""Catalogues of gettext, `.po` and `.pot`, as Unreal and many other tools export their texts.

The language is that of the catalogue. What is not translated is skipped, but where nothing is,
as in a template, the sources are the texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.cells import Cell, LineCells
from sbv2cli.readers.decode import document
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.readers.rich_text import without_tags
from sbv2cli.records import ScriptLine, Source

if TYPE_CHECKING:
    from polib import POEntry, POFile

_RECOGNISED = re.compile(r'^msgid ".*\n(?:".*\n)*msgstr(?:\[0\])? "', re.MULTILINE)
_ROW = re.compile(
    r'\s*|\s*#.*|\s*(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)?\s*"(?:[^"\\]|\\.)*"\s*'
)
_VALUE = re.compile(r"\{[^{}]*\}|%\(\w+\)[sd]")
_C_FORMAT = re.compile(rf"{_VALUE.pattern}|%(?:\d+\$)?[-+0]?\d*(?:\.\d+)?(?:l{{0,2}}[sdiuf])")
_KEY = re.compile(r"[A-Za-z0-9_.:/\\-]+")  # a text that is a name
_SPEAKER = re.compile(r'InfoMetaData:\s*"(?:Speaker|SpeakingVoice)"\s*:\s*"([^"]*)"')
# Directions for the actor are entries of their own in Unreal's catalogues.
_DIRECTION = re.compile(r"DialogueNotes,|.*_ActingDirection\Z")


def recognise(head: Head) -> Evidence:
    """A source with its translation."""
    return Evidence.SURE if _RECOGNISED.search(head.text) else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The texts of a catalogue."""
    rows = document(stream, source_name, options).split("\n")
    if not any(map(str.strip, rows)):
        return
    catalogue = _parsed(rows, source_name)
    entries = [entry for entry in catalogue if not entry.obsolete]
    _check_language(catalogue, options, source_name)
    contexts = Counter(entry.msgctxt for entry in entries)
    translated = any(_forms(entry) for entry in entries)
    number = 0
    for entry in entries:
        identity = _identity(entry, contexts)
        forms = _forms(entry) if translated else [entry.msgid]
        for index, form in enumerate(forms or [""]):
            number += 1
            suffix = f".{index}" if len(forms) > 1 else ""
            name = f"{identity}{suffix}" if identity else None
            at = _place(entry, "msgstr" if translated else "msgid", rows, source_name)
            yield _line(entry, form, name, number, at, options)


def _parsed(rows: Sequence[str], source_name: str) -> POFile:
    from polib import pofile  # noqa: PLC0415  only catalogues need it

    for number, row in enumerate(rows, start=1):
        # polib cuts the last character where a quote is missing, and says nothing.
        if not _ROW.fullmatch(row):
            raise _broken(f"{source_name}:{number}")
    try:
        # A text of one row could be taken for the name of a file.
        return pofile("\n".join(rows) + "\n\n", encoding="utf-8")
    except (OSError, ValueError, IndexError, TypeError, AttributeError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise _broken(f"{source_name}:{found[1]}" if found else source_name) from None


def _broken(at: str) -> ScriptError:
    return ScriptError(
        "script.catalogue",
        "this is no row of a catalogue of gettext",
        at=at,
        hint="is a quote or a msgid missing? msgfmt --check says more",
    )


def _check_language(catalogue: POFile, options: ReaderOptions, source_name: str) -> None:
    said = str(catalogue.metadata.get("Language", "")).strip()
    code = re.split(r"[-_@]", said.casefold())[0]
    if code and code != options.language:
        raise ScriptError(
            "script.text-column",
            f"the catalogue has the language {said}, not {options.language}",
            at=source_name,
            hint=f"name the language: --lang {code}",
        )


def _forms(entry: POEntry) -> Sequence[str]:
    """The translations of an entry: several where it counts."""
    if entry.msgid_plural:
        forms = [text for _, text in sorted(entry.msgstr_plural.items()) if text]
        return list(dict.fromkeys(forms))
    return [entry.msgstr] if entry.msgstr else []


def _identity(entry: POEntry, contexts: Counter[str | None]) -> str | None:
    """Unreal's namespace and key, another context that no other entry has, or a name as source."""
    context = entry.msgctxt
    if context and contexts[context] == 1:
        return str(context).removeprefix(",")
    if _KEY.fullmatch(entry.msgid) and entry.msgstr:
        return f"{context},{entry.msgid}" if context else str(entry.msgid)
    return None


def _place(entry: POEntry, keyword: str, rows: Sequence[str], source_name: str) -> Source:
    """Where an entry has its translation, or its source."""
    first = max(entry.linenum, 1)
    found = (row for row in range(first, len(rows)) if rows[row - 1].lstrip().startswith(keyword))
    return Source(path=source_name, row=next(found, first))


def _line(
    entry: POEntry,
    text: str,
    identity: str | None,
    number: int,
    at: Source,
    options: ReaderOptions,
) -> ScriptLine:
    speaker = _SPEAKER.search(entry.comment or "")
    fuzzy = bool(text) and entry.fuzzy
    direction = bool(entry.msgctxt and _DIRECTION.match(entry.msgctxt))
    cells = {
        "id": Cell(value=identity, at=at),
        "text": Cell(value=without_tags(text.replace("\r\n", "\n")).strip(), at=at),
        "character": Cell(value=speaker[1] if speaker else None, at=at),
        "skip": Cell(value=not text or fuzzy or direction, at=at),
    }
    meta = {"comment": entry.comment, "note": entry.tcomment, "source": entry.msgid}
    row = LineCells(
        number=number,
        source=at,
        cells=cells,
        meta={name: said for name, said in meta.items() if said},
    )
    if not text:
        row.complain("script.not-voiceable", "the text is empty in this language", severity="note")
    elif direction:
        row.complain("script.not-voiceable", "a direction for the actor", severity="note")
    elif fuzzy:
        row.complain(
            "script.not-voiceable",
            "the translation is marked as unsure (fuzzy)",
            severity="note",
            hint="take the mark away when it is right",
        )
    row.holds(_values(entry, text))
    return line_of(row, at.path, options)


def _values(entry: POEntry, text: str) -> list[str]:
    """What a game fills in: what a flag says, and of %s and its kin what the source has too."""
    placed: list[str] = _C_FORMAT.findall(text)
    if any(flag.endswith("-format") and not flag.startswith("no-") for flag in entry.flags):
        return placed
    source = {*_C_FORMAT.findall(entry.msgid), *_C_FORMAT.findall(entry.msgid_plural or "")}
    return [one for one in placed if one in source or _VALUE.fullmatch(one)]


FORMAT = Format(read=read, recognise=recognise)
