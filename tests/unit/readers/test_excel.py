"""Spreadsheets, written by a package that others made."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import time
import zipfile
from pathlib import Path

import made_epub
import openpyxl
import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from sbv2cli.errors import ScriptError
from sbv2cli.readers import ods_marks
from sbv2cli.readers.detect import detect
from sbv2cli.readers.excel import raw_sheets, read
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script

DATA = Path(__file__).parents[2] / "data"


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream


def sheet_of(*rows, title="シナリオ"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return book


def lines(book, **options):
    return list(read(saved(book), "book.xlsx", ReaderOptions(**options)))


def test_a_header_of_two_rows_with_cells_merged_over_both_is_one():
    book = sheet_of(["番号", "キャラ", "セリフ", "収録", None], [None, None, None, "日付", "備考"])
    for column in "ABC":
        book.active.merge_cells(f"{column}1:{column}2")
    book.active.merge_cells("D1:E1")
    book.active.append([1, "太郎", "やあ。", "五月", "小声"])
    (line,) = lines(book)
    assert (line.id, line.character, line.text) == ("1", "太郎", "やあ。")
    assert line.meta == {"日付": "五月", "備考": "小声"}


def test_sheets_that_number_their_lines_anew_have_their_name_before():
    def book(*numbers):
        made = openpyxl.Workbook()
        made.remove(made.active)
        for title, rows in zip(("第1話", "第2話"), numbers, strict=True):
            sheet = made.create_sheet(title)
            for row in (["No", "セリフ"], *([number, "やあ。"] for number in rows)):
                sheet.append(row)
        return made

    found = lines(book([1, 2], ["１", None, 2]))
    assert [line.id for line in found] == [
        "第1話-1", "第1話-2", "第2話-１", "book-0004", "第2話-2"
    ]  # fmt: skip
    assert [one.code for line in found for one in line.findings] == ["script.ids-by-sheet"]
    # What counts on, with a number twice by mistake, is not touched; nor is a single sheet.
    assert [line.id for line in lines(book([1, 2], [2, 3]))] == ["1", "2", "2", "3"]
    assert [line.id for line in lines(book([1, 2], [1, 3]), sheet="第2話")] == ["1", "3"]
    assert [line.id for line in lines(book(["a1"], ["a1"]))] == ["a1", "a1"]


def test_the_header_is_found_and_places_are_those_of_the_sheet():
    book = sheet_of(
        ["第一話　収録台本"],
        [],
        [None, "No", "キャラ名", "セリフ", "速度", "備考"],
        [None, 1, "太郎", "やあ。", 1.25, dt.date(2024, 5, 3)],
        [None, 2.0, "花子", "岬《みさき》へ。", "x", None],
        [],
        [None, "003", "太郎", "二行\nある。", None, True],
    )
    first, second, third = lines(book)
    assert (first.id, first.character, first.text) == ("1", "太郎", "やあ。")
    assert (first.delivery.speed, first.meta["備考"]) == (1.25, "2024-05-03")
    assert str(first.source) == "book.xlsx:シナリオ!D4"
    assert (second.id, second.text, second.ruby[0].reading) == ("2", "岬へ。", "みさき")
    assert [(one.code, str(one.at)) for one in second.findings] == [
        ("setting.speed", "book.xlsx:シナリオ!E5")
    ]
    assert (third.id, third.text, third.meta["備考"]) == ("003", "二行\nある。", "TRUE")
    assert str(third.source) == "book.xlsx:シナリオ!D7"


def test_what_is_struck_out_hidden_or_came_to_nothing_is_said():
    book = sheet_of(
        ["No", "キャラ", "セリフ"],
        [1, "太郎", "行こう。"],
        [2, "太郎", "没にした。"],
        [3, "花子", CellRichText("残る", TextBlock(InlineFont(strike=True), "消す"))],
        [4, "=B2", "=C2"],
        [5, "花子", "#REF!"],
        [6, "花子", "隠した。"],
    )
    sheet = book.active
    sheet["C3"].font = Font(strike=True)
    sheet["B2"].font = Font(strike=True)
    sheet.row_dimensions[7].hidden = True
    found = lines(book)
    told = [[(one.code, one.severity, str(one.at)) for one in line.findings] for line in found]
    at = "book.xlsx:シナリオ"
    assert told == [
        [("script.rows-hidden", "note", f"{at}!7")],
        [("script.struck", "warning", f"{at}!C3")],
        [("script.struck", "warning", f"{at}!C4")],
        [("script.formula", "error", f"{at}!B5"), ("script.formula", "error", f"{at}!C5")],
        [("script.formula", "error", f"{at}!C6")],
        [],
    ]
    assert found[2].text == "残る消す"
    assert "#REF!" in found[4].findings[0].message


def test_a_text_that_is_struck_in_part_is_told_whoever_wrote_the_file():
    struck = CellRichText("残る", TextBlock(InlineFont(strike=True), "消す"))
    (line,) = lines(sheet_of(["No", "セリフ"], [1, struck]))
    assert [one.code for one in line.findings] == ["script.struck"]


def test_numbers_have_the_zeros_that_a_person_sees():
    book = sheet_of(
        ["No", "キャラ", "セリフ"], [1, "太郎", "一。"], [12, "太郎", "二。"], [3, "", "三。"]
    )
    book.active["A2"].number_format = "0000"
    book.active["A3"].number_format = '"S"00"_a"'
    assert [line.id for line in lines(book)] == ["0001", "S12_a", "3"]


def test_a_second_row_of_headers_parts_the_columns_of_the_first():
    first = ["No", "キャラ", None, "台詞", None, "備考"]
    second = [None, "名前", "表情", "日本語", "英語", None]
    row = [1, "太郎", "笑顔", "やあ。", "Hi.", "x"]
    book = sheet_of(["第一話"], first, second, row)
    for merged in ("A2:A3", "B2:C2", "D2:E2", "F2:F3"):
        book.active.merge_cells(merged)
    for one in (book, sheet_of(first, second, row)):
        (line,) = lines(one)
        assert (line.id, line.character, line.text) == ("1", "太郎", "やあ。")
        assert line.meta == {"表情": "笑顔", "英語": "Hi.", "備考": "x"}
        (line,) = lines(one, language="en")
        assert line.text == "Hi."
        with pytest.raises(ScriptError, match="no column has the language zh"):
            lines(one, language="zh")
        (line,) = lines(one, columns={"text": "英語"})
        assert line.text == "Hi."


def test_headers_of_two_rows_and_merged_cells():
    book = sheet_of(
        ["ID", "話者", "台本", None],
        [None, None, "セリフ", "メモ"],
        ["a", "太郎", "一。", "x"],
        ["b", None, "二。", None],
        ["c", "花子", "三。", None],
    )
    for merged in ("A1:A2", "B1:B2", "C1:D1", "B3:B4"):
        book.active.merge_cells(merged)
    assert [(line.id, line.character, line.text) for line in lines(book)] == [
        ("a", "太郎", "一。"),
        ("b", "太郎", "二。"),
        ("c", "花子", "三。"),
    ]


def several():
    book = sheet_of(["これは表紙"], title="表紙")
    for title, text in (("一話", "一。"), ("二話", "二。"), ("隠し", "三。")):
        sheet = book.create_sheet(title)
        sheet.append(["セリフ"])
        sheet.append([text])
    sheet.sheet_state = "hidden"
    return book


def ods(*rows):
    """A spreadsheet of OpenDocument with these rows, as LibreOffice writes them."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{one}="{space}:{one}:1.0"' for one in names)
    table = "".join(f"<table:table-row {said}>{cells}</table:table-row>" for said, cells in rows)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<manifest xmlns="{space}:manifest:1.0"/>')
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="台本">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return stream


def test_merged_cells_of_opendocument_count_for_each_of_their_rows():
    def cell(text, said=""):
        return (
            f'<table:table-cell office:value-type="string" {said}><text:p>{text}</text:p>'
            "</table:table-cell>"
        )

    twice, three = ('table:number-rows-repeated="2"', 'table:number-rows-spanned="3"')
    stream = ods(
        ("", cell("題")),
        (twice, '<table:table-cell table:number-columns-repeated="3"/>'),
        ("", "<table:table-cell/>" + cell("キャラ") + cell("セリフ")),
        ("", "<table:table-cell/>" + cell("太郎", three) + cell("一")),
        (twice, "<table:table-cell/><table:covered-table-cell/>" + cell("二")),
        ("", "<table:table-cell/><table:table-cell/>" + cell("四")),
    )
    found = list(read(stream, "book.ods", ReaderOptions()))
    assert [(line.character, line.text) for line in found] == [
        ("太郎", "一"), ("太郎", "二"), ("太郎", "二"), (None, "四"),
    ]  # fmt: skip
    assert str(found[0].source) == "book.ods:台本!C5"
    ((_, rows),) = raw_sheets(stream, "book.ods")
    speakers = [
        cell.text for row in rows for cell in row if cell.column == found[0].source.column - 1
    ]
    assert speakers == ["", "キャラ", "太郎", "太郎", "太郎", ""]


def test_all_visible_sheets_or_the_one_that_is_named():
    first, second = lines(several())
    assert [(line.number, line.text) for line in (first, second)] == [(1, "一。"), (2, "二。")]
    assert [(one.code, one.severity) for one in first.findings] == [("script.sheet-unused", "note")]
    assert [line.text for line in lines(several(), sheet="二話")] == ["二。"]
    assert [line.text for line in lines(several(), sheet="4")] == ["三。"]
    with pytest.raises(ScriptError) as caught:
        lines(several(), sheet="三話")
    assert caught.value.code == "script.sheet-missing"
    for options in ({"sheet": "表紙"}, {"sheet": "1"}):
        with pytest.raises(ScriptError) as caught:
            lines(several(), **options)
        assert caught.value.code == "script.text-column"


def test_a_column_can_be_named():
    book = sheet_of(["題"], ["原文", "訳"], ["Hello", "やあ"])
    with pytest.raises(ScriptError, match="no sheet has a header"):
        lines(book)
    assert [line.text for line in lines(book, columns={"text": "訳"})] == ["やあ"]


def test_the_old_format_of_excel():
    path = DATA / "sheets" / "recording.xls"
    assert detect(io.BytesIO(path.read_bytes()), "a.XLS")[0] == "excel"
    first, second = read_script(path)
    assert (first.id, first.character, first.text, first.file) == (
        "1", "太郎", "今日は晴れだ。", "v001",
    )  # fmt: skip
    assert (second.text, second.ruby[0].reading) == ("岬へ行こう。", "みさき")
    assert str(second.source) == f"{path}:シナリオ!C4"


def test_without_a_name_a_spreadsheet_is_refused_with_the_way_to_read_it():
    with pytest.raises(ScriptError) as caught:
        detect(saved(sheet_of(["セリフ"])), "<stdin>")
    assert "--from excel" in caught.value.hint


@given(st.binary(max_size=200), st.integers(0, 3000))
def test_damaged_files_are_errors(noise, place):
    data = bytearray(saved(sheet_of(["セリフ"], ["やあ"])).getvalue())
    data[place : place + len(noise)] = noise
    with contextlib.suppress(ScriptError):
        found = list(read(io.BytesIO(bytes(data)), "book.xlsx", ReaderOptions()))
        assert all(line.source.sheet for line in found)


def test_ten_thousand_rows_are_read_quickly():
    book = sheet_of(["No", "キャラ名", "セリフ"])
    for number in range(10_000):
        book.active.append([number, "太郎", f"これは{number}行目のセリフです。"])
    stream = saved(book)
    began = time.process_time()
    assert len(list(read(stream, "book.xlsx", ReaderOptions()))) == 10_000
    assert time.process_time() - began < 4


@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_a_workbook_of_calc(suffix):
    """Merged, struck and hidden cells, formulas, an error, a remark, a hidden sheet, by Calc."""
    stream = io.BytesIO((DATA / "documents" / f"calc.{suffix}").read_bytes())
    found = list(read(stream, f"calc.{suffix}", ReaderOptions()))
    assert [(line.id, line.character, line.text) for line in found] == [
        ("第1話-1", "太郎", "おはよう。"),
        ("第1話-2", "花子", "うん。"),
        ("第1話-3", "花子", "そうだね。"),
        ("第1話-4", "太郎", "風が強い"),
        ("第1話-5", "花子", ""),
        ("第1話-6", "太郎", "消した。"),
        ("第1話-7", "花子", "一行目\n二行目"),
        ("第1話-8", "太郎", "0.5"),
        ("第1話-9", "花子", "隠れた行"),
        ("第1話-10", "太郎", "1"),
        ("第2話-1", "太郎", "二話目。"),
    ]
    assert [line.scene for line in found[:4]] == ["教室", "教室", "教室", "屋上"]
    told = {line.id: [one.code for one in line.findings] for line in found if line.findings}
    assert told == {
        "第1話-1": ["script.ids-by-sheet", "script.rows-hidden"],
        "第1話-5": ["script.formula"],
        "第1話-6": ["script.struck"],
    }
    assert "#DIV/0!" in found[4].findings[0].message


def test_marks_of_an_open_document_are_read_in_time_that_grows_with_it():
    def marks(count):
        content = (
            '<style:style style:name="a">' * count
            + '<table:table table:name="s"><table:table-row>'
            + '<table:table-cell table:formula="x"><office:annotation a="">' * count
        )
        files = {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
        }
        return ods_marks.marks_of(made_epub.zipped(files).getvalue())

    assert_linear(marks, 3_000, 10)
