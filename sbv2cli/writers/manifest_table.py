"""The manifest as a table for people: CSV, and a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence

from sbv2cli.records import AudioFacts, ManifestRow
from sbv2cli.writers.tables import Row, write_csv, write_xlsx

Value = str | int | float | None

_COLUMNS: Mapping[str, Callable[[ManifestRow], Value]] = {
    "n": lambda row: row.number,
    "id": lambda row: row.id,
    "status": lambda row: row.status,
    "character": lambda row: row.character,
    "text": lambda row: row.text,
    "spoken": lambda row: row.spoken,
    "file": lambda row: row.file,
    "seconds": lambda row: row.seconds,
    "voice": lambda row: row.voice,
    "speaker": lambda row: row.speaker,
    "style": lambda row: "+".join(f"{name}:{weight:g}" for name, weight in row.style.items()),
    "lang": lambda row: row.language,
    **{
        name: lambda row, name=name: getattr(row, name)  # type: ignore[misc]
        for name in (
            *("speed", "pitch", "intonation", "volume", "seed", "take"),
            *("chapter", "chapter_title", "level", "scene", "paragraph"),
            *("pause_before", "pause_after"),
        )
    },
    **{
        name: lambda row, name=name: getattr(row.audio or AudioFacts(), name)  # type: ignore[misc]
        for name in ("samples", "rate", "format", "peak_db", "rms_db")
    },
    "warnings": lambda row: "; ".join(one.message for one in row.warnings),
    "error": lambda row: None if row.error is None else row.error.message,
    "reason": lambda row: row.reason,
    "place": lambda row: str(row.source),
}


def csv_table(rows: Sequence[ManifestRow]) -> bytes:
    """CSV as Excel reads it at a double click."""
    data = io.BytesIO()
    write_csv(*_table(rows), data)
    return data.getvalue()


def xlsx_table(rows: Sequence[ManifestRow]) -> bytes:
    """A workbook with one sheet."""
    data = io.BytesIO()
    write_xlsx(*_table(rows), data)
    return data.getvalue()


def _table(rows: Sequence[ManifestRow]) -> tuple[Iterator[Row], list[str]]:
    """The rows with their headers; columns of the script that we carry along come last."""
    names = sorted({name for row in rows for name in row.meta})
    headers = {name: f"{name} (script)" if name in _COLUMNS else name for name in names}

    def cells() -> Iterator[Row]:
        for row in rows:
            own = {name: of(row) for name, of in _COLUMNS.items()}
            yield own | {headers[name]: value for name, value in row.meta.items()}

    return cells(), [*_COLUMNS, *headers.values()]
