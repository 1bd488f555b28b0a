"""User dictionaries: files that say how words are read.

Four forms, told apart by what they hold: `surface,reading,accent` as CSV, the CSV of OpenJTalk, and
the `user_dict.json` of VOICEVOX and of Style-Bert-VITS2. Nothing global changes: entries go with
`ReadOptions`, so that processes side by side do not disturb each other.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sbv2cli.errors import UsageError
from sbv2cli.languages.japanese.moras import count_moras, katakana
from sbv2cli.languages.language import DictionaryEntry

LONGEST_SURFACE = 100
_SIMPLE_COLUMNS = (2, 3)  # surface, reading, perhaps the accent
_OPENJTALK_COLUMNS = 13  # from this many on; the accent is column 14, as "nucleus/moras"
_PRONUNCIATION, _ACCENT = 12, 13
_HEADERS = frozenset({"surface", "word", "表記", "単語", "見出し"})
_SHOWN = 3


def load_dictionaries(paths: Iterable[Path]) -> tuple[DictionaryEntry, ...]:
    """The entries of several files; a later entry of the same surface wins.

    Raises:
        UsageError: a file cannot be read, or rows in it that can never take effect; all of the
            first few are named.
    """
    entries: dict[str, DictionaryEntry] = {}
    for path in paths:
        for entry in load_dictionary(path):
            entries[entry.surface] = entry
    return tuple(entries.values())


def load_dictionary(path: Path) -> list[DictionaryEntry]:
    """The entries of one file."""
    text = _text(path)
    raw = _json_rows(text, path) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text, path)
    entries: list[DictionaryEntry] = []
    problems: list[str] = []
    for origin, surface, reading, accent in raw:
        try:
            entries.append(_entry(origin, surface, reading, accent))
        except ValueError as error:
            problems.append(f"{origin}: {error}")
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise UsageError(
            "dictionary.entry",
            f"{'; '.join(problems[:_SHOWN])}{more}",
            at=str(path),
            hint="write surface,reading,accent: 汐風公園,シオカゼコーエン,5",
        )
    return entries


def _entry(origin: str, surface: str, reading: str, accent: str) -> DictionaryEntry:
    surface, kana = surface.strip(), katakana(reading.strip())
    if not surface:
        raise ValueError("the surface is empty")
    if len(surface) > LONGEST_SURFACE:
        raise ValueError(f"the surface has more than {LONGEST_SURFACE} characters")
    moras = count_moras(kana)
    if not moras:
        raise ValueError(f'"{reading}" is no reading in kana')
    accent = accent.strip().partition("/")[0]
    if accent in {"", "*"}:
        return DictionaryEntry(surface=surface, kana=kana, origin=origin)
    if not accent.isdecimal() or len(accent) > len(str(LONGEST_SURFACE * 10)):
        raise ValueError(f'the accent is "{accent}", not a number of moras')
    if int(accent) > moras:
        raise ValueError(f"the accent is {int(accent)}, but {kana} has {moras} moras")
    return DictionaryEntry(surface=surface, kana=kana, accent=int(accent), origin=origin)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            "dictionary.missing",
            f"cannot read the dictionary: {(error.strerror or 'refused').lower()}",
            at=str(path),
        ) from None
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(
        "dictionary.encoding", "the dictionary is not UTF-8", at=str(path), hint="save it as UTF-8"
    )


def _csv_rows(text: str, path: Path) -> Iterator[tuple[str, str, str, str]]:
    """(origin, surface, reading, accent) of the rows of either CSV."""
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    first = True
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise UsageError(
                "dictionary.syntax", f"not CSV: {error}", at=f"{path}:{rows.line_num}"
            ) from None
        if row is None:
            return
        is_header = first and bool(row) and row[0].strip().casefold() in _HEADERS
        if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
            continue
        first = False
        if not is_header:
            yield (f"{path}:{rows.line_num}", *_csv_cells(row, f"{path}:{rows.line_num}"))


def _csv_cells(row: Sequence[str], at: str) -> tuple[str, str, str]:
    if len(row) >= _OPENJTALK_COLUMNS:
        accent = row[_ACCENT] if len(row) > _ACCENT else ""
        return row[0], row[_PRONUNCIATION], accent
    if len(row) in _SIMPLE_COLUMNS:
        return row[0], row[1], row[2] if len(row) > _SIMPLE_COLUMNS[0] else ""
    raise UsageError(
        "dictionary.columns",
        f"the row has {len(row)} columns, not 2, 3 or OpenJTalk's {_OPENJTALK_COLUMNS} and more",
        at=at,
        hint="write surface,reading,accent: 汐風公園,シオカゼコーエン,5",
    )


def _json_rows(text: str, path: Path) -> Iterator[tuple[str, str, str, str]]:
    """(origin, surface, reading, accent) of `{uuid: {...}}`, or of a list of such words."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        row = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise UsageError("dictionary.syntax", "not JSON", at=f"{path}:{row}") from None
    words = content.items() if isinstance(content, dict) else enumerate(content, start=1)
    for name, word in words:
        if not isinstance(word, Mapping) or "surface" not in word:
            raise UsageError("dictionary.syntax", f'the word "{name}" has no surface', at=str(path))
        reading: Any = word.get("pronunciation", word.get("reading", word.get("kana", "")))
        accent: Any = word.get("accent_type", word.get("accent", ""))
        yield (
            f"{path}: {name}",
            str(word["surface"]),
            str(reading),
            "" if accent is None else str(accent),
        )
