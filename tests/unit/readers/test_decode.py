"""Encodings and limits."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers import decode
from sbv2cli.readers.decode import document, encoding_of, likely_encoding_of, rows
from sbv2cli.readers.format import ReaderOptions

TEXT = "今日は晴れだ。①～\n二行目"


def read(data, encoding="auto"):
    return list(rows(io.BytesIO(data), "a.txt", ReaderOptions(encoding=encoding)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-32"])
def test_encodings_are_told_apart(encoding):
    assert read(TEXT.encode(encoding)) == [(1, "今日は晴れだ。①～"), (2, "二行目")]


def test_utf_16_without_its_mark_is_an_error_that_says_so():
    with pytest.raises(ScriptError) as caught:
        read("abc".encode("utf-16-le"))
    assert caught.value.code == "script.nul"
    assert caught.value.at == "a.txt:1:2"
    assert read("abc".encode("utf-16-le"), "utf-16-le") == [(1, "abc")]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("あいうえお。\n", "euc-jp"),
        ("かな、カナ、だけです。\n吾輩は猫である。\n", "euc-jp"),
        ("吾輩は猫である。\n", "iso2022_jp"),
        ("キャラ,セリフ\n太郎,おはよう。\n", "utf-16-le"),
        ("キャラ,セリフ\n太郎,おはよう。\n", "utf-16-be"),
        ("你好，世界。今天天氣很好。\n", "big5"),
    ],
)
def test_other_encodings_are_refused_by_name_and_read_when_they_are_named(text, encoding):
    data = text.encode(encoding)
    for find in (encoding_of, likely_encoding_of):
        with pytest.raises(ScriptError) as caught:
            find(io.BytesIO(data), "a.txt")
        assert caught.value.code == "script.encoding"
        assert caught.value.hint.endswith(f"--encoding {encoding}")
    assert "\n".join(line for _, line in read(data, encoding)) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "ｱｲｳｴｵ､ｶﾞｷﾞ｡\n",
        "東京都\n大阪府\n",
        "Ａ社･Ｂ社･Ｃ社･Ｄ社",
        "㈱ﾃｽﾄ 本社 ｶﾌﾞ",
        "①髙㈱Ⅳ",
        "亜ァ",
        "｢ｱ｣は､｡",
    ],
)
def test_texts_in_cp932_are_not_taken_for_others(text):
    assert encoding_of(io.BytesIO(text.encode("cp932")), "a.txt") == "cp932"


@given(st.text(st.characters(codec="cp932", categories=["Lo", "Nd"]), max_size=60))
def test_any_japanese_text_with_kana_is_read_as_it_was_written(text):
    text += "これはかなで、カナです。" * 3
    assert encoding_of(io.BytesIO(text.encode("cp932")), "a.txt") == "cp932"


def test_marks_of_files_that_were_joined_are_no_text():
    assert read("\ufeff\ufeffid\n\ufeffid".encode()) == [(1, "id"), (2, "id")]


def test_one_broken_byte_is_an_error_and_not_a_page_of_wrong_characters():
    data = "一行目です。\n二行目です。\n".encode() * 20
    broken = data[:41] + b"\xff" + data[42:]
    with pytest.raises(ScriptError) as caught:
        read(broken)
    assert str(caught.value) == (
        "error[script.encoding]: byte 41 (0xff) is not UTF-8\n"
        "  at: a.txt:3\n"
        "  hint: save the file as UTF-8, or name its encoding: --encoding cp932"
    )


def test_a_broken_byte_behind_the_first_chunk_has_its_offset(monkeypatch):
    monkeypatch.setattr(decode, "_CHUNK", 7)
    data = ("あ\n" * 10).encode() + b"\xe3\x81"
    with pytest.raises(ScriptError) as caught:
        encoding_of(io.BytesIO(data), "a.txt")
    assert "byte 40 (0xe3)" in caught.value.message
    assert caught.value.at == "a.txt:11"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig", "cp932"])
def test_the_head_and_the_end_of_a_long_text_are_read_in_every_encoding(encoding):
    text = "今日はいい天気です。\n" * 4000 + "終わり"
    head = decode.head_of(io.BytesIO(text.encode(encoding)), "a.txt")
    assert not head.whole
    assert head.text.startswith("今日は")
    assert head.end.endswith("\n終わり")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_named_encoding_without_its_mark_is_an_error_when_a_format_is_looked_for(encoding):
    with pytest.raises(ScriptError, match="stream does not start with bom") as caught:
        decode.head_of(io.BytesIO(b"id,text\n"), "a.csv", encoding)
    assert caught.value.code == "script.encoding"


def test_a_wrong_encoding_that_was_named_is_an_error():
    with pytest.raises(ScriptError, match="not UTF-8"):
        read("日本".encode("cp932"), "utf-8")
    for name in ("klingon", "hex", "zlib"):
        with pytest.raises(ScriptError, match="there is no encoding"):
            read(b"abc", name)
    assert read("日本".encode("euc-jp"), "euc-jp") == [(1, "日本")]
    assert read("①".encode("cp932"), "shift_jis") == [(1, "①")]


def test_rows_end_where_editors_end_them():
    assert read("a\rb\r\nc\nd\u2028e\x0bf".encode()) == [
        (1, "a"), (2, "b"), (3, "c"), (4, "d\u2028e\x0bf"),
    ]  # fmt: skip


def test_a_row_and_a_document_have_limits(monkeypatch):
    monkeypatch.setattr(decode, "MAX_ROW", 10)
    monkeypatch.setattr(decode, "MAX_DOCUMENT", 10)
    with pytest.raises(ScriptError) as caught:
        read(b"short\nmuch too long")
    assert (caught.value.code, caught.value.at) == ("script.row-long", "a.txt:2")
    with pytest.raises(ScriptError, match="11 bytes"):
        document(io.BytesIO(b"a" * 11), "a.txt", ReaderOptions())


def test_the_mark_that_ends_a_file_of_ms_dos_is_no_text():
    assert read(b"a\r\nb\r\n\x1a") == [(1, "a"), (2, "b")]
    assert read(b"a\x1a") == [(1, "a")]


def test_the_larger_shift_jis_is_named():
    text = "　俱楽部で𠮟られた。掴むと摑む。噓。\n　鷗外の顚末。\n" * 3
    with pytest.raises(ScriptError) as caught:
        read(text.encode("shift_jis_2004"))
    assert "shift_jis_2004" in caught.value.hint
    assert "".join(line for _, line in read(text.encode("shift_jis_2004"), "shift_jis_2004")) == (
        text.replace("\n", "")
    )


def test_a_broken_text_in_cp932_is_not_called_another():
    data = bytearray(("　朝の光が岬の灯台を照らした。\n" * 3).encode("cp932"))
    data[30] = 0xFF
    with pytest.raises(ScriptError) as caught:
        read(bytes(data))
    assert "cp932" in caught.value.hint
