"""Tables with a column for each language: Godot's and their kin."""

from __future__ import annotations

import io

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.detect import detect
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.godot import FORMAT
from sbv2cli.readers.language_columns import language_of, text_column

GODOT = (
    "keys,en,ja\n"
    'HELLO,"[b]Hello[/b], {name}!",[wave amp=50]こんにちは[/wave]！\n'
    '"LONG","One\\nTwo, ""three""",一\\n二\n'
    "TODO,Later,\n"
    "COUNT,%d coins,%d枚\n"
)


def lines(table=GODOT, **options):
    return list(FORMAT.read(io.BytesIO(table.encode()), "game.csv", ReaderOptions(**options)))


def codes(line):
    return [finding.code for finding in line.findings]


def test_the_language_chooses_the_column():
    found = lines()
    assert [(line.id, line.text, line.skip) for line in found] == [
        ("HELLO", "こんにちは！", False),
        ("LONG", "一\n二", False),
        ("TODO", "", True),
        ("COUNT", "%d枚", True),
    ]
    assert [codes(line) for line in found] == [
        [], [], ["script.not-voiceable"], ["script.interpolation"],
    ]  # fmt: skip
    english = lines(language="en")
    assert [line.text for line in english[:2]] == ["Hello, {name}!", 'One\nTwo, "three"']
    assert codes(english[0]) == ["script.interpolation"]
    with pytest.raises(ScriptError, match="no column has the language zh; there is en, ja"):
        lines(language="zh")
    assert lines(columns={"text": "en"}, language="zh")[2].text == "Later"


def test_columns_of_dialogue_manager():
    (line,) = lines("keys,en,ja,_character,_notes\na,Hi,やあ,太郎,quiet\n")
    assert (line.character, line.meta["_notes"]) == ("太郎", "quiet")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("keys,en,ja", "godot"),
        ("key,ja_JP,en_US", "godot"),
        ("id\tja\ten", "godot"),
        ("Namespace,Key,lang-en,lang-ja,Comments", "godot"),
        ("ID,日本語,English", "godot"),
        ("Key,Id,English(en),Japanese(ja)", "unity"),
        ("id,text,ja", "csv"),
        ("id,character,text", "csv"),
        ("keys,sales,price", "csv"),
    ],
)
def test_such_a_table_is_recognised(header, expected):
    assert detect(io.BytesIO(f"{header}\na,b,c\n".encode()), "a.csv")[0] == expected


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("ja", "ja"), ("ja_JP", "ja"), ("zh-Hans-CN", "zh"), ("lang-en", "en"), ("日本語", "ja"),
        ("Japanese(ja)", "ja"), ("English (en-US)", "en"), ("ENGLISH", "en"), ("pt_BR", "pt"),
        ("Text", None), ("Comment", None), ("is_open", None),
        ("abc", None), ("", None),
    ],
)  # fmt: skip
def test_headers_that_name_a_language(header, code):
    assert language_of(header) == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Line (JP)", "ja"),
        ("セリフ（英語）", "en"),
        ("Text_EN", "en"),
        ("Dialogue JP", "ja"),
        ("JP_text", "ja"),
        ("日本語セリフ", "ja"),
        ("英語の台詞", "en"),
        ("台詞", None),
        ("Text", None),
        ("Line No", None),
        ("textid", None),
        ("Dialogue Notes", None),
    ],
)
def test_columns_of_texts_in_a_language(header, code):
    assert language_of(header) == code


def test_an_id_is_no_indonesian():
    table = "ID,Speaker,Line (JP),Line (EN)\na,Taro,やあ,Hello\n"
    (line,) = lines(table)
    assert (line.id, line.text) == ("a", "やあ")
    with pytest.raises(ScriptError) as caught:
        lines(table, language="zh")
    assert "there is Line (JP), Line (EN)" in str(caught.value)


def test_a_table_whose_header_is_empty_has_no_language():
    with pytest.raises(ScriptError) as caught:
        text_column([], ReaderOptions(), "a.csv:1")
    assert caught.value.code == "script.text-column"
