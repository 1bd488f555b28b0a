"""Dictionary files in the forms that people have."""

from __future__ import annotations

import json

import pytest

from sbv2cli.errors import UsageError
from sbv2cli.languages import LANGUAGES
from sbv2cli.languages.dictionaries import load_dictionaries, load_dictionary
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.reading_json import to_json
from sbv2cli.tables import resolve


def load(tmp_path, text, name="d.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return [(entry.surface, entry.kana, entry.accent) for entry in load_dictionary(path)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_simple_csv(tmp_path, encoding):
    text = "surface,reading,accent\r\n# 注\r\n汐風,しおかぜ,0\r\nC++,シープラプラ\r\n"
    text += '"A,B",エービー,\r\n'
    assert load(tmp_path, text, encoding=encoding) == [
        ("汐風", "シオカゼ", 0), ("C++", "シープラプラ", None), ("A,B", "エービー", None),
    ]  # fmt: skip
    assert load(tmp_path, "汐風\tシオカゼ\t2\n") == [("汐風", "シオカゼ", 2)]


def test_openjtalk_csv(tmp_path):
    text = "ＶＩＴＳ,,,5000,名詞,固有名詞,一般,*,*,*,ＶＩＴＳ,ビッツ,ビッツ,1/3,*\n"
    assert load(tmp_path, text) == [("ＶＩＴＳ", "ビッツ", 1)]


def test_the_json_of_voicevox(tmp_path):
    word = {"surface": "汐風", "pronunciation": "シオカゼ", "accent_type": 2, "mora_count": 4}
    assert load(tmp_path, json.dumps({"uuid": word}), "d.json") == [("汐風", "シオカゼ", 2)]
    assert load(tmp_path, json.dumps([word]), "d.json") == [("汐風", "シオカゼ", 2)]


def test_entries_that_can_never_take_effect_are_all_named(tmp_path):
    (tmp_path / "d.csv").write_text(
        "a,エー,9\n,エー\nb,bee\nc,シー,x\nd,ディー,0\n", encoding="utf-8"
    )
    with pytest.raises(UsageError) as caught:
        load_dictionary(tmp_path / "d.csv")
    assert str(caught.value).replace(f"{tmp_path}/", "") == (
        "error[dictionary.entry]: d.csv:1: the accent is 9, but エー has 2 moras; "
        'd.csv:2: the surface is empty; d.csv:3: "bee" is no reading in kana; and 1 more\n'
        "  at: d.csv\n"
        "  hint: write surface,reading,accent: 汐風公園,シオカゼコーエン,5"
    )


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("a,b,c,d\n", "dictionary.columns", "d.csv:1"),
        ('a,b\n"c,d\n', "dictionary.syntax", "d.csv:2"),
        ('{"a": \n', "dictionary.syntax", "d.csv:2"),
        ('{"a": {}}', "dictionary.syntax", "d.csv"),
    ],
)
def test_broken_files(tmp_path, text, code, at):
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert (caught.value.code, caught.value.at) == (code, f"{tmp_path}/{at}")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        load_dictionary(tmp_path / "none.csv")
    (tmp_path / "d.csv").write_bytes(b"\x81")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_dictionary(tmp_path / "d.csv")


def test_a_later_file_wins_and_readings_follow(tmp_path):
    (tmp_path / "a.csv").write_text("汐風,ア\nVITS2,ビッツツー,3\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("汐風,シオカゼ,0\n", encoding="utf-8")
    entries = load_dictionaries([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [entry.kana for entry in entries] == ["シオカゼ", "ビッツツー"]
    japanese = resolve(LANGUAGES, "ja", kind="language")
    reading = japanese.read("汐風とVITS2。", ReadOptions(dictionary=entries))
    assert to_json(reading)["kana"] == "シオカゼト/ビッツ'ツー。"
