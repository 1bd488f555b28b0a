"""Who says what in which file: three kinds of transcript -> rows.

* a table with a header (CSV or TSV): columns audio, text, and perhaps speaker, language, style,
  reading, phones, tones, durations;
* `audio|speaker|LANG|text` lists, and the seven-field lists of published training tools
  (`...|normalised text|phones|tones|phones per character`);
* LJSpeech: `name|text` or `name|text|normalised text`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import UsageError, did_you_mean

# Heading -> field.
HEADINGS: Mapping[str, str] = {
    "audio": "audio",
    "wav": "audio",
    "file": "audio",
    "path": "audio",
    "audio_file": "audio",
    "id": "audio",
    "text": "text",
    "transcript": "text",
    "transcription": "text",
    "sentence": "text",
    "speaker": "speaker",
    "language": "language",
    "lang": "language",
    "style": "style",
    "emotion": "style",
    "reading": "reading",
    "phones": "phones",
    "tones": "tones",
    "durations": "durations",
}
LANGUAGES: Mapping[str, str] = {"jp": "ja", "ja": "ja", "en": "en", "zh": "zh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a transcript. Empty: not said here."""

    audio: str
    text: str
    at: str  # "file:row"
    speaker: str = ""
    language: str = ""
    style: str = ""
    reading: str = ""
    phones: tuple[str, ...] = ()  # with the edge marks, as a reading has them
    tones: tuple[int, ...] = ()
    per_token: tuple[int, ...] = ()
    durations: tuple[float, ...] = ()  # frames, or seconds where any is not whole


def read_transcript(path: Path) -> list[Row]:
    """All rows of a transcript of any of the three kinds."""
    if path.is_dir():
        raise UsageError(
            "train.transcript-unreadable",
            "the transcript is a folder",
            at=str(path),
            hint="give the folder of recordings first, then the file of the transcript",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            "train.transcript-missing",
            f'there is no transcript "{path}"',
            hint="give a CSV with the columns audio and text, or a wav|speaker|LANG|text list",
        ) from None
    except OSError as error:
        raise UsageError(
            "train.transcript-unreadable",
            f"the transcript cannot be read: {(error.strerror or 'refused').lower()}",
            at=str(path),
            hint="look at its permissions",
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(
            "train.transcript-unreadable",
            f"the transcript cannot be read: byte {error.start} is not UTF-8",
            at=str(path),
            hint="save it as UTF-8",
        ) from None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise _empty(path)
    rows = list(_table(text, path) if _has_header(lines[0]) else _bars(text, path))
    if not rows:
        raise _empty(path)
    return rows


def _empty(path: Path) -> UsageError:
    return UsageError(
        "train.transcript-empty",
        "the transcript has no lines",
        at=str(path),
        hint="write one line per recording: audio|speaker|LANG|text",
    )


def _has_header(line: str) -> bool:
    return "|" not in line or bool({"audio", "wav"} & set(line.casefold().split("|")))


def _table(text: str, path: Path) -> Iterator[Row]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",\t|;", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = [cell.strip().casefold() for cell in next(reader)]
    fields = [HEADINGS.get(cell, "") for cell in header]
    for needed in ("audio", "text"):
        if needed not in fields:
            raise UsageError(
                "train.transcript-column",
                f'the transcript has no column "{needed}"',
                at=f"{path}:1",
                hint=did_you_mean(needed, header),
            )
    for cells in reader:
        if not any(cells):
            continue
        said: dict[str, str] = {}
        for name, cell in zip(fields, cells, strict=False):
            if name and name not in said:
                said[name] = cell.strip()
        yield _row(said, f"{path}:{reader.line_num}")


def _bars(text: str, path: Path) -> Iterator[Row]:
    names = {
        2: ("audio", "text"),
        3: ("audio", "", "text"),
        4: ("audio", "speaker", "language", "text"),
        7: ("audio", "speaker", "language", "text", "phones", "tones", "per_token"),
    }
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        cells = line.split("|")
        if len(cells) not in names:
            raise UsageError(
                "train.transcript-fields",
                f"a line has {len(cells)} fields, wanted audio|speaker|LANG|text",
                at=f"{path}:{number}",
                hint="write 2, 3, 4 or 7 fields, or a CSV with a header",
            )
        said = {
            name: cell.strip() for name, cell in zip(names[len(cells)], cells, strict=True) if name
        }
        yield _row(said, f"{path}:{number}")


def _row(said: Mapping[str, str], at: str) -> Row:
    language = said.get("language", "").casefold()
    if language and language not in LANGUAGES:
        raise UsageError(
            "train.transcript-language",
            f'there is no language "{said["language"]}"',
            at=at,
            hint="use JP, EN or ZH",
        )
    try:
        return Row(
            audio=said.get("audio", ""),
            text=said.get("text", ""),
            at=at,
            speaker=said.get("speaker", ""),
            language=LANGUAGES.get(language, ""),
            style=said.get("style", ""),
            reading=said.get("reading", ""),
            phones=tuple(said.get("phones", "").split()),
            tones=tuple(int(x) for x in said.get("tones", "").split()),
            per_token=tuple(int(x) for x in said.get("per_token", "").split()),
            durations=tuple(float(x) for x in said.get("durations", "").split()),
        )
    except ValueError as error:
        raise UsageError(
            "train.transcript-number",
            f"tones and durations are numbers separated by spaces: {error}",
            at=at,
            hint="write frames or seconds per phone: 12 5 4 9",
        ) from None
