"""The manifest as CSV and .xlsx, read by the csv module, openpyxl and calamine."""

from __future__ import annotations

import csv
import io

import openpyxl
import python_calamine

from sbv2cli.records import AudioFacts, LineFailure, LineId, ManifestRow, Source
from sbv2cli.writers.manifest_table import csv_table, xlsx_table

ROWS = [
    ManifestRow(
        id=LineId("a"),
        number=1,
        status="ok",
        text='=HYPERLINK("x")',
        file="a.wav",
        seconds=1.25,
        character="花",
        style={"Happy": 0.5, "Sad": 0.25},
        audio=AudioFacts(samples=30000, rate=24000),
        meta={"note": "-1+2\n<&>\x07"},
        source=Source(path="book.xlsx", row=3, column=2, sheet="一"),
    ),
    ManifestRow(
        id=LineId("b"),
        number=2,
        status="failed",
        text="＝二行目 ",
        error=LineFailure(id=LineId("b"), code="x", message="too long"),
        source=Source(path="l.csv", row=4),
    ),
]


def test_csv_has_every_line_and_no_formula() -> None:
    data = csv_table(ROWS)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert data.startswith(b"\xef\xbb\xbfn,id,status,")
    assert [row["text"] for row in rows] == ['\'=HYPERLINK("x")', "'＝二行目 "]
    assert rows[0]["note"] == "'-1+2\n<&>\x07"
    assert (rows[0]["seconds"], rows[0]["samples"], rows[0]["style"]) == (
        "1.25", "30000", "Happy:0.5+Sad:0.25",
    )  # fmt: skip
    assert (rows[0]["place"], rows[1]["error"]) == ("book.xlsx:一!B3", "too long")


def test_xlsx_is_read_by_two_parsers_and_always_the_same() -> None:
    data = xlsx_table(ROWS)
    assert data == xlsx_table(ROWS)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    head, first, second = sheet.iter_rows()
    names = [cell.value for cell in head]
    text = first[names.index("text")]
    assert (text.value, text.data_type) == ('\'=HYPERLINK("x")', "s")
    assert first[names.index("seconds")].value == 1.25
    assert first[names.index("note")].value == "'-1+2\n<&>_x0007_"  # as Excel escapes it
    assert second[names.index("text")].value == "'＝二行目 "
    assert (head[0].font.bold, sheet.freeze_panes) == (True, "A2")
    table = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert table[1][names.index("text")] == '\'=HYPERLINK("x")'
    assert table[1][names.index("seconds")] == 1.25
