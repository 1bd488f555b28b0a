"""The manifest as a table for people: CSV, and a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from sbv2cli.records import AudioFacts, ManifestRow
from sbv2cli.writers.xlsx import Value, workbook

# Programs that open a CSV take what begins with these for a formula. Behind an apostrophe it is
# a text, which is what OWASP advises.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

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
    """UTF-8 with a byte-order mark and CR LF, as Excel reads it at a double click."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerows([_harmless(value) for value in row] for row in _table(rows))
    return text.getvalue().encode("utf-8-sig", "replace")


def xlsx_table(rows: Sequence[ManifestRow]) -> bytes:
    """A spreadsheet; its texts are texts, so none of them is a formula."""
    return workbook("manifest", _table(rows))


def _table(rows: Sequence[ManifestRow]) -> list[list[Value]]:
    """A header and a row for each line; columns of the script that we carry along come last."""
    carried = sorted({name for row in rows for name in row.meta})
    return [
        [*_COLUMNS, *carried],
        *(
            [*(of(row) for of in _COLUMNS.values()), *(row.meta.get(name) for name in carried)]
            for row in rows
        ),
    ]


def _harmless(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
