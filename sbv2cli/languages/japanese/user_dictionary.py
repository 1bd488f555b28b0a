"""User dictionaries: files of words whose reading a person has decided.

Read: simple CSV (`surface,reading,accent,within`, header optional), OpenJTalk CSV (13 columns and
more), and the `user_dict.json` of VOICEVOX and Style-Bert-VITS2. Written: simple CSV and that JSON.
Entries apply to the author's text before normalisation (`rules.dictionary_index`), so `C++` and
`VITS2` can be entries; the cost or priority that files carry is for engines and means nothing here.
"""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sbv2cli.errors import UsageError
from sbv2cli.files import cannot_read
from sbv2cli.languages.japanese.moras import count_moras, katakana
from sbv2cli.languages.japanese.rules.characters import (
    INVISIBLE,
    compatible,
    fold,
    is_kana,
    is_word,
)
from sbv2cli.languages.japanese.rules.dictionary_index import LONGEST_SURFACE
from sbv2cli.languages.language import DictionaryEntry
from sbv2cli.records import Finding, Source

ACCENT_MARK = "'"
"""Stands after the accent nucleus in a reading: ツ'イタチ; the accent column may then be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An entry as it is written in a file."""

    surface: str
    reading: str
    accent: str
    origin: str
    within: str = ""


def read(*paths: Path | str, given: str | None = None) -> tuple[DictionaryEntry, ...]:
    """The entries of some files in order; of two with one surface, the later is used.

    `examine` says what a person should know about them. `given` is the option that names them.

    Raises:
        UsageError: a file cannot be read, or a row cannot be an entry; its place is named.
    """
    return tuple(entry for path in paths for entry in _entries(_rows(Path(path), given)))


# ---- files to rows -----------------------------------------------------------------------------


def _rows(path: Path, given: str | None) -> Iterator[_Row]:
    text = _text(path, given)
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "["):
        return _json_rows(path, text)
    return _csv_rows(path, text)


def _text(path: Path, given: str | None) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise cannot_read(error, path, given=given, code="dictionary.missing") from None
    for encoding in ("utf-8-sig", "cp932"):  # Excel saves Japanese CSV as CP932
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(
        "dictionary.encoding",
        "the dictionary is neither UTF-8 nor CP932",
        at=str(path),
        hint="save it as UTF-8",
    )


_HEADERS = {
    "surface": {"surface", "word", "表記", "単語", "見出し", "語"},
    "reading": {"reading", "kana", "yomi", "pronunciation", "読み", "よみ", "読み方", "発音"},
    "accent": {"accent", "accent_type", "アクセント", "アクセント型"},
    "within": {"within", "語中"},
}
_PLAIN_COLUMNS = {"surface": 0, "reading": 1, "accent": 2, "within": 3}
# Columns of an OpenJTalk CSV row, counted from 0.
_OPENJTALK_YOMI, _OPENJTALK_PRON, _OPENJTALK_ACCENT = 11, 12, 13


def _csv_rows(path: Path, text: str) -> Iterator[_Row]:
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = _PLAIN_COLUMNS
    first_row = True
    for cells in _checked(path, reader):
        if not any(cell.strip() for cell in cells) or _is_comment(cells):
            continue
        header = _header(cells) if first_row else None
        first_row = False
        if header:
            columns = header
            continue
        origin = f"{path}:{reader.line_num}"
        if len(cells) > _OPENJTALK_PRON:
            yield _openjtalk_row(cells, origin)
        elif columns is _PLAIN_COLUMNS and not 2 <= len(cells) <= 4:
            raise UsageError(
                "dictionary.columns",
                f"the row has {len(cells)} columns, not 2 to 4, nor OpenJTalk's 13 and more",
                at=origin,
                hint="write surface,reading,accent: 汐風公園,シオカゼコーエン,5",
            )
        else:
            surface, reading, accent, within = (
                cells[column] if 0 <= column < len(cells) else "" for column in columns.values()
            )
            yield _Row(
                surface=surface, reading=reading, accent=accent, origin=origin, within=within
            )


def _is_comment(cells: Sequence[str]) -> bool:
    """`# names of the cast`; but a word may begin with the sign: `#1,ナンバーワン`."""
    first = cells[0].lstrip()
    return first.startswith("# ") or (first.startswith("#") and not any(cells[1:]))


def _checked(path: Path, reader: Any) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise UsageError(
            "dictionary.syntax",
            f"this is no row of CSV: {error}",
            at=f"{path}:{reader.line_num}",
            hint='double a quote that is meant as a character: ""',
        ) from None


def _header(cells: Sequence[str]) -> dict[str, int] | None:
    names = [cell.strip().lower() for cell in cells]
    places = {
        field: next((at for at, name in enumerate(names) if name in known), -1)
        for field, known in _HEADERS.items()
    }
    return places if places["surface"] >= 0 and places["reading"] >= 0 else None


def _openjtalk_row(cells: Sequence[str], origin: str) -> _Row:
    accent = cells[_OPENJTALK_ACCENT].partition("/")[0] if len(cells) > _OPENJTALK_ACCENT else ""
    pron = cells[_OPENJTALK_PRON].strip()
    reading = pron if pron not in ("", "*") else cells[_OPENJTALK_YOMI]
    return _Row(
        surface=_half_width(cells[0]),
        reading=reading.replace("’", ""),  # the engine's mark of a devoiced mora
        accent="" if accent.strip() == "*" else accent,
        origin=origin,
    )


def _json_rows(path: Path, text: str) -> Iterator[_Row]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", 1)
        raise UsageError(
            "dictionary.syntax", f"this is no JSON: {error}", at=f"{path}:{row}"
        ) from None
    if isinstance(content, list):
        content = {str(number): word for number, word in enumerate(content, start=1)}
    if not isinstance(content, Mapping):
        raise UsageError(
            "dictionary.syntax",
            "a JSON dictionary is an object of words by identifier",
            at=f"{path}:1",
        )
    place, row = 0, 1
    for key, word in content.items():
        # Keys come in the order of the file, so each is looked for behind the one before.
        found = text.find(json.dumps(key, ensure_ascii=False), place)
        if found >= 0:
            row += text.count("\n", place, found)
            place = found
        origin = f"{path}:{row}"
        if not isinstance(word, Mapping) or "surface" not in word:
            raise UsageError("dictionary.syntax", f'"{key}" is no word with a surface', at=origin)
        accent = word.get("accent_type", "")
        yield _Row(
            surface=_half_width(_joined(word["surface"])),
            reading=_joined(word.get("pronunciation") or word.get("yomi") or ""),
            within="yes" if word.get("within_words") else "",
            # AivisSpeech has one accent per accent phrase; with several none can be kept here.
            accent=_joined(accent) if not isinstance(accent, list) or len(accent) == 1 else "",
            origin=origin,
        )


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NARROW = {narrow: wide for wide, narrow in _WIDE.items()}


def _half_width(surface: str) -> str:
    """Engines want full-width letters in surfaces; the author's text has mostly the others."""
    return surface.translate(_WIDE)


# ---- rows to entries ---------------------------------------------------------------------------


def _entries(rows: Iterable[_Row]) -> list[DictionaryEntry]:
    entries: list[DictionaryEntry] = []
    errors: list[UsageError] = []
    for row in rows:
        try:
            entries.append(
                replace(
                    entry(row.surface, row.reading, _accent(row), origin=row.origin),
                    within_words=_within(row),
                )
            )
        except UsageError as error:
            errors.append(error)
    if errors:
        first, *others = errors
        message = first.message
        if others:
            message = f"{first.message}; wrong too: {_numbers(others)}"
        raise UsageError(first.code, message, at=first.at, hint=first.hint)
    return entries


def _numbers(errors: Sequence[UsageError]) -> str:
    shown = ", ".join((error.at or "").rpartition(":")[2] for error in errors[:_SHOWN])
    if len(errors) > _SHOWN:
        return f"rows {shown} and {len(errors) - _SHOWN} more"
    return f"row {shown}" if len(errors) == 1 else f"rows {shown}"


_SHOWN = 5


def _accent(row: _Row) -> int | None:
    accent = compatible(row.accent).strip()
    if not accent:
        return None
    try:
        return int(accent)
    except ValueError:
        raise UsageError(
            "dictionary.accent",
            f'the accent of "{row.surface}" is "{row.accent}", not a number',
            at=row.origin,
            hint="give the mora after which the pitch falls, 0 for none, or leave it empty",
        ) from None


def _within(row: _Row) -> bool:
    written = row.within.strip().lower()
    if written not in ("", "yes", "no"):
        raise UsageError(
            "dictionary.within",
            f'"{row.within}" for "{row.surface}" is neither yes nor no',
            at=row.origin,
            hint="write yes where the word is to be read so inside longer words too",
        )
    return written == "yes"


_INVISIBLE_ENDS = "\ufeff\u200b\u200e\u200f\u2060"
_SMALL_VOWELS = "ァィゥェォャュョヮ"
_WRONG_SMALL = re.compile(f"[{_SMALL_VOWELS}]{{2}}|ッ[{_SMALL_VOWELS}]|ッッ|^[{_SMALL_VOWELS}]")
_WRONG_WA = re.compile("(?<![クグ])ヮ")
_KATAKANA = re.compile("[ァ-ヴー]+")


def entry(
    surface: str, reading: str, accent: int | None = None, *, origin: str = ""
) -> DictionaryEntry:
    """A checked entry. The reading may be hiragana, and may mark the accent: ツイタチ'."""
    surface = surface.strip().strip(_INVISIBLE_ENDS)
    if not surface:
        raise _wrong(
            "dictionary.surface",
            "an entry without a surface",
            origin,
            "write the word as in the text",
        )
    marked = katakana(compatible(reading).replace("’", ACCENT_MARK)).strip().replace(" ", "")
    kana = marked.replace(ACCENT_MARK, "")
    hint = "use katakana from ァ to ヴ and ー"
    if not kana:
        raise _wrong("dictionary.reading", f'"{surface}" has no reading', origin, hint)
    if not _KATAKANA.fullmatch(kana):
        odd = next(letter for letter in kana if not _KATAKANA.fullmatch(letter))
        raise _wrong(
            "dictionary.reading",
            f'the reading "{reading}" of "{surface}" has "{odd}" in it',
            origin,
            hint,
        )
    small = _WRONG_SMALL.search(kana) or _WRONG_WA.search(kana)
    moras = count_moras(kana)
    if small or not moras:
        shown = small.group() if small else kana
        message = f'"{shown}" in the reading "{reading}" of "{surface}" cannot be said'
        raise _wrong("dictionary.reading", message, origin, "check the small kana")
    if accent is None and ACCENT_MARK in marked:
        accent = count_moras(marked.partition(ACCENT_MARK)[0])
    if accent is not None and not 0 <= accent <= moras:
        message = f'the accent {accent} of "{surface}" is not between 0 and {moras}, its moras'
        raise _wrong("dictionary.accent", message, origin, f"give a number from 0 to {moras}")
    return DictionaryEntry(surface=surface, kana=kana, accent=accent, origin=origin)


def _wrong(code: str, message: str, origin: str, hint: str) -> UsageError:
    return UsageError(code, message, at=origin or None, hint=hint)


# ---- what cannot take effect -------------------------------------------------------------------


def examine(entries: Sequence[DictionaryEntry]) -> list[Finding]:
    """Entries that are replaced by later ones, that can never match, or that match too much."""
    findings = []
    last = {one.surface: one for one in entries}
    for one in entries:
        winner = last[one.surface]
        if winner is not one:
            same = (winner.kana, winner.accent) == (one.kana, one.accent)
            findings.append(
                _finding(
                    "dictionary.duplicate",
                    one,
                    f"is given again at {winner.origin or 'a later row'}; "
                    + ("once is enough" if same else f"{winner.kana} is used, not {one.kana}"),
                    note=same,
                )
            )
        else:
            reason = _without_effect(one.surface)
            if reason:
                findings.append(_finding("dictionary.no-effect", one, reason))
            elif len(one.surface) == 1 and is_kana(one.surface):
                reason = "is one kana and changes every word that has it"
                findings.append(_finding("dictionary.broad", one, reason))
    return findings


_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_WITH_RUBY = re.compile(r".《[^》]+》|<ruby>")


def _without_effect(surface: str) -> str:
    if len(surface) > LONGEST_SURFACE:
        return f"is longer than {LONGEST_SURFACE} characters and never matches"
    if "\n" in surface or "\r" in surface:
        return "has a line break in it and never matches a line"
    if _INVISIBLE.search(surface):
        return "has an invisible character in it and matches no text that looks like it"
    if _WITH_RUBY.search(fold(surface)):
        return "is a word with its ruby, which wins; give the word alone"
    if not any(map(is_word, fold(surface))) and surface.isspace():
        return "is only space and never matches"
    return ""


def _finding(code: str, one: DictionaryEntry, reason: str, *, note: bool = False) -> Finding:
    path, _, row = one.origin.rpartition(":")
    known = bool(path) and row.isdecimal()
    return Finding(
        code=code,
        severity="note" if note else "warning",
        message=f'"{one.surface}" {reason}',
        at=Source(path=path, row=int(row)) if known else None,
    )


# ---- writing -----------------------------------------------------------------------------------


def csv_of(entries: Iterable[DictionaryEntry]) -> str:
    """Simple CSV with a header; an accent that is not decided stays empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("surface", "reading", "accent", "within"))
    for one in entries:
        accent = "" if one.accent is None else one.accent
        writer.writerow((one.surface, one.kana, accent, "yes" if one.within_words else ""))
    return text.getvalue()


# The word class and the middle priority (5) of a proper noun in VOICEVOX ENGINE.
_PROPER_NOUN = {
    "cost": 8609,
    "context_id": 1348,
    "part_of_speech": "名詞",
    "part_of_speech_detail_1": "固有名詞",
    "part_of_speech_detail_2": "一般",
    "part_of_speech_detail_3": "*",
    "inflectional_type": "*",
    "inflectional_form": "*",
    "stem": "*",
}


def write_json(path: Path | str, entries: Iterable[DictionaryEntry]) -> None:
    """Write a `user_dict.json` for VOICEVOX and Style-Bert-VITS2.

    Surfaces become full-width, as these engines want them. The format cannot leave the accent
    open: an undecided one is written as flat (0).
    """
    words = {}
    for one in entries:
        surface = one.surface.translate(_NARROW)
        # The same word gets the same identifier, so that files can be compared.
        identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, surface))
        words[identifier] = {
            "surface": surface,
            **_PROPER_NOUN,
            "yomi": one.kana,
            "pronunciation": one.kana,
            "accent_type": one.accent or 0,
            "mora_count": count_moras(one.kana),
            "accent_associative_rule": "*",
            **({"within_words": True} if one.within_words else {}),
        }
    text = json.dumps(words, ensure_ascii=False, indent=2)
    Path(path).write_text(text + "\n", encoding="utf-8")
