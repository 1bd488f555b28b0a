"""Sheets that go back: two columns filled in, every other byte as it was. csv and openpyxl read."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from sbv2cli.errors import UsageError
from sbv2cli.readers.cells import KEY_OF, fold_header
from sbv2cli.writers.filled_table import Dialect, filled_table
from sbv2cli.writers.filled_workbook import filled_workbook

HEADERS = ("audio", "seconds")
COMMAS = Dialect(encoding="utf-8", delimiter=",")


def test_columns_are_added_behind_ragged_rows() -> None:
    data = b'id,text,note\r\na,"x, ""y""\r\nz"\r\n\r\nb,w,n,\rc,v\nd,"u",'
    made = filled_table(
        data, COMMAS, HEADERS, {2: ("a.wav", "1.5"), 5: ("b,1.wav", "2"), 7: ("", "")}
    )
    assert made == (
        b'id,text,note,,audio,seconds\r\na,"x, ""y""\r\nz",,,a.wav,1.5\r\n\r\n'
        b'b,w,n,,"b,1.wav",2\rc,v,,,,\nd,"u",,,,'
    )


def test_a_column_that_is_there_is_filled_in_and_others_keep_their_cells() -> None:
    data = b'sep=;\nid;"audio";text\na;old.wav;x\n;kept;\nb;;y'
    made = filled_table(data, Dialect(encoding="utf-8", delimiter=";"), HEADERS, {
        3: ("a.wav", "1"), 5: ("", ""),
    })  # fmt: skip
    assert made == b'sep=;\nid;"audio";text;seconds\na;a.wav;x;1\n;kept;;\nb;;y;'
    again = filled_table(made, Dialect(encoding="utf-8", delimiter=";"), HEADERS, {
        3: ("a.wav", "1"), 5: ("", ""),
    })  # fmt: skip
    assert again == made


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp932", "euc-jp"])
def test_encodings_stay(encoding) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    data = mark + "番号,台詞\r\n一,ソ表「」、\r\n".encode(encoding)
    made = filled_table(
        data, Dialect(encoding=encoding, delimiter=","), ("音声", "秒"), {2: ("一.wav", "1")}
    )
    assert made == mark + "番号,台詞,音声,秒\r\n一,ソ表「」、,一.wav,1\r\n".encode(encoding)
    again = filled_table(
        made, Dialect(encoding=encoding, delimiter=","), ("音声", "秒"), {2: ("一.wav", "1")}
    )
    assert again == made


def test_characters_with_two_codes_keep_theirs() -> None:
    data = b"id,text\r\na,\xee\xf9\xfa\x54\r\n"  # CP932 of NEC, which Python would write otherwise
    assert data.decode("cp932").encode("cp932") != data
    made = filled_table(data, Dialect(encoding="cp932", delimiter=","), HEADERS, {
        2: ("ソ.wav", "1"),
    })  # fmt: skip
    assert made == data.replace(b"text", b"text,audio,seconds").replace(
        b"\x54\r", b"\x54," + "ソ.wav".encode("cp932") + b",1\r"
    )


def test_a_name_that_the_encoding_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match=r"😀\.wav"):
        filled_table(
            b"id,text\na,\x82\xa0", Dialect(encoding="cp932", delimiter=","), HEADERS,
            {2: ("😀.wav", "1")},
        )  # fmt: skip


def test_quotes_are_characters_in_a_table_of_renpy() -> None:
    data = b'Identifier\tCharacter\tDialogue\na\t\t"Hm\nb\te\tx"\n'
    made = filled_table(
        data, Dialect(encoding="utf-8", delimiter="\t", quoted=False), HEADERS,
        {2: ("a.ogg", "1"), 3: ('b"\t.ogg', "2")},
    )  # fmt: skip
    assert made == (
        b"Identifier\tCharacter\tDialogue\taudio\tseconds\n"
        b'a\t\t"Hm\ta.ogg\t1\nb\te\tx"\tb" .ogg\t2\n'
    )


CELLS = st.text(alphabet='あa,"\n\t;=', max_size=5)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5), st.booleans())
@settings(max_examples=80, deadline=None)
def test_another_parser_finds_the_old_cells_and_the_new(rows, quote_all) -> None:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    table = csv.writer(text, quoting=quoting, lineterminator="\r\n")
    table.writerow(["id", "text", "note", "more"])
    numbers = []
    for row in rows:
        numbers.append(text.getvalue().count("\n") + 1)
        table.writerow(row)
    values = {number: (f"{number},.wav", "1") for number in numbers}
    made = filled_table(text.getvalue().encode(), COMMAS, HEADERS, values).decode()
    read = list(csv.reader(io.StringIO(made, newline="")))
    assert read[0] == ["id", "text", "note", "more", *HEADERS]
    assert [row[: len(old)] for row, old in zip(read[1:], rows, strict=True)] == rows
    assert [row[4:] for row in read[1:]] == [list(values[number]) for number in numbers]


def known(header: str) -> bool:
    return fold_header(header) in KEY_OF


@pytest.fixture
def book() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "シナリオ"
    for row in (["収録台本", None, None], [], ["キャラ", "台詞", "備考"], ["花", "あ", None]):
        sheet.append(row)
    sheet.append(["太郎", "い", "=1+1"])
    sheet["C3"].font = Font(bold=True)
    sheet["A4"].fill = PatternFill("solid", fgColor="FF0000")
    sheet["B4"].comment = Comment("ゆっくり", "監督")
    sheet.merge_cells("A1:C1")
    workbook.create_sheet("メモ")["A1"] = "そのまま"
    data = io.BytesIO()
    workbook.save(data)
    return data.getvalue()


def test_a_workbook_keeps_everything_else(book) -> None:
    values = {"シナリオ": {4: ("a.wav", 1.25), 5: ("", "")}}
    made = filled_workbook(book, HEADERS, values, known)
    sheet = openpyxl.load_workbook(io.BytesIO(made))["シナリオ"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)] == [
        ["キャラ", "台詞", "備考", "audio", "seconds"],
        ["花", "あ", None, "a.wav", 1.25],
        ["太郎", "い", "=1+1", None, None],
    ]
    assert sheet["D3"].font.bold
    assert (sheet["B4"].comment.text, sheet["A4"].fill.fgColor.rgb) == ("ゆっくり", "00FF0000")
    assert (sheet.dimensions, str(*sheet.merged_cells.ranges)) == ("A1:E5", "A1:C1")
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(io.BytesIO(made)) as new:
        assert old.namelist() == new.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
    assert changed == ["xl/worksheets/sheet1.xml"]
    assert filled_workbook(made, HEADERS, values, known) == made


def test_a_column_of_a_workbook_is_filled_in(book) -> None:
    values = {"シナリオ": {4: ("a.wav", 1.25), 5: ("b.wav", 2)}}
    made = filled_workbook(book, ("備考", "秒"), values, known)
    sheet = openpyxl.load_workbook(io.BytesIO(made))["シナリオ"]
    assert [[cell.value for cell in row[2:]] for row in sheet.iter_rows(min_row=3)] == [
        ["備考", "秒"],
        ["a.wav", 1.25],
        ["b.wav", 2],
    ]


def test_rows_as_other_programs_write_them(book) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = (
        '<x:row r="3" spans="1:2"><x:c t="inlineStr"><x:is><x:t>id</x:t></x:is></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>text</x:t></x:is></x:c></x:row><x:row r="4"/>'
        '<x:row r="5" spans="1:2"><x:c r="B5"><x:v>7</x:v></x:c></x:row>'
    )
    sheet = f'<x:worksheet xmlns:x="{main}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    values = {"シナリオ": {4: ("a.wav", 1), 5: ("b.wav", 2)}}
    made = filled_workbook(data.getvalue(), HEADERS, values, known)
    found = openpyxl.load_workbook(io.BytesIO(made))["シナリオ"]
    assert [[cell.value for cell in row] for row in found.iter_rows(min_row=3)] == [
        ["id", "text", "audio", "seconds"],
        [None, None, "a.wav", 1],
        [None, 7, "b.wav", 2],
    ]
