"""What a game fills into a text: found, filled in from a table, never spoken by its name."""

from __future__ import annotations

import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.detect import load
from sbv2cli.readers.fill import read_fill
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.interpolation import name_of, values_in_prose, values_in_table
from sbv2cli.records import Ruby

EVERYWHERE = [
    *("{0}", "{player}", "{player.name}", "{0:N2}", "{{name}}", "${name}", "#{name}", "{$gold}"),
    *("%s", "%1$s", "%d", "%.2f", "%@", "%(name)s", "%player%", "<param=x>", "<%= name %>"),
    *("<PLAYER>", "<player_name>", "<name>", "\\V[1]", "\\N[12]", "\\c[3]", "[player_name]"),
    *("\\cself[10]", "\\cdb[0:1:2]"),
    *("[f.name]", "[PlayerName]", "[name!t]", '[emb exp="f.name"]', "[p]"),
]
IN_TABLES = [
    *("{主人公}", "｛主人公｝", "%1", "[gold]", "[GOLD]", "$name", "[主人公]", "＜名前＞"),
    *("#苗字#", "【主人公名】", "％名前％"),
]
NOBODYS = [
    *(
        "{漢字|かんじ}",
        "｛漢字｜かんじ｝",
        "{^_^}",
        "{{(>_<)}}",
        "(^o^)",
        "\\(^o^)/",
        "50%です",
        "100%",
        "US$100",
        "#海",
        "【海】",
    ),
    *(
        "［＃ここから］",
        "［笑］",
        "【漢字｜かんじ】",
        "[Alexandros]",
        "<3",
        "5 < 6 > 4",
        "[笑]",
        "《名前》",
    ),
    *("50%off20%", "<重要>", "A&B", "[1]", "¥100", "<ruby>岬<rt>みさき</rt></ruby>", "{ }", "{}"),
]


@pytest.mark.parametrize("value", EVERYWHERE)
def test_a_value_is_found_wherever_it_stands(value):
    text = f"ようこそ、{value}さん。"
    span = (5, 5 + len(value))
    assert values_in_table(text, "ja") == values_in_prose(text) == [span]


@pytest.mark.parametrize("value", IN_TABLES)
def test_a_table_holds_more(value):
    assert values_in_table(f"ようこそ、{value}さん。", "ja") == [(5, 5 + len(value))]
    assert not values_in_prose(f"ようこそ、{value}さん。")


@pytest.mark.parametrize("text", NOBODYS)
def test_what_people_write_is_no_value(text):
    assert not values_in_table(f"やあ、{text}。", "ja")
    assert not values_in_prose(f"やあ、{text}。")


def test_a_name_before_a_text_is_no_value():
    assert not values_in_table("【主人公】「やあ」", "ja")


def test_directions_of_english_sheets_are_no_values():
    assert not values_in_table("[laughs] Well, [sighs] 100% sure.", "en")
    assert values_in_table("Hello [player_name]!", "en")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("{0}", "0"), ("{player}", "player"), ("{0:N2}", "0"), ("${name}", "name"), ("%s", "%s"),
        ("%player%", "player"), ("<param=x>", "x"), ("\\V[1]", "V[1]"), ("[name!t]", "name"),
        ('[emb exp="f.name"]', "f.name"), ("{主人公}", "主人公"), ("[[name]]", "name"),
        ("＜名前＞", "名前"), ("$name", "name"), ("\\cself[10]", "cself[10]"),
    ],
)  # fmt: skip
def test_a_value_has_a_name(value, name):
    assert name_of(value) == name


def lines(format_, text, **options):
    stream = io.BytesIO(text.encode())
    return list(load(format_).read(stream, "script", ReaderOptions(**options)))


SCRIPTS = {
    "text": "{name}さん、やあ。\n",
    "csv": "text,id\n{name}さん、やあ。,a\n",
    "tsv": "text\tid\n{name}さん、やあ。\ta\n",
    "jsonl": '{"text": "{name}さん、やあ。"}\n',
    "json": '["{name}さん、やあ。"]',
    "piper": '{"text": "{name}さん、やあ。", "speaker_id": 1}\n',
    "ssml": "<speak><s>{name}さん、やあ。</s></speak>",
    "voicevox": "太郎(ノーマル),{name}さん、やあ。\n",
    "yarn": "id,text,node,lock\nline:1,{name}さん、やあ。,a,b\n".replace("name", "0"),
    "unity": "Key,Japanese(ja)\na,{name}さん、やあ。\n",
    "renpy": "Identifier\tCharacter\tDialogue\na\te\t[name]さん、やあ。\n",
    "renpy-translation": 'translate ja a_1:\n    e "[name]さん、やあ。"\n',
    "tyrano": "[emb exp='name']さん、やあ。[p]\n",
    "ink": '{"a": "{name}さん、やあ。"}',
    "godot": "keys,en,ja\na,b,{name}さん、やあ。\n",
    "unreal": "Key,SourceString\na,{name}さん、やあ。\n",
}


@pytest.mark.parametrize("format_", SCRIPTS)
def test_every_format_skips_fills_leaves_out_or_refuses(format_):
    name = "0" if format_ == "yarn" else "name"
    (skipped,) = lines(format_, SCRIPTS[format_])
    assert skipped.skip
    assert [(one.code, one.severity) for one in skipped.findings] == [
        ("script.interpolation", "warning")
    ]
    assert name in skipped.findings[0].message
    (filled,) = lines(format_, SCRIPTS[format_], fill={(None, name): "｜太郎《たろう》"})
    assert (filled.text, filled.skip, filled.findings) == ("太郎さん、やあ。", False, ())
    assert filled.ruby == (Ruby(span=(0, 2), reading="たろう"),)
    (without,) = lines(format_, SCRIPTS[format_], unfilled="omit")
    assert (without.text, without.skip) == ("さん、やあ。", False)
    assert without.findings
    (refused,) = lines(format_, SCRIPTS[format_], unfilled="error")
    assert [one.severity for one in refused.findings] == ["error"]


def test_the_ruby_of_the_line_moves_along():
    (line,) = lines(
        "csv",
        "text,id\n｜岬《みさき》の{0}と%sの｜灯《ひ》,a\n",
        fill={(None, "{0}"): "｜風《かぜ》音", (None, "%s"): "海"},
    )
    assert line.text == "岬の風音と海の灯"
    assert [(line.text[slice(*one.span)], one.reading) for one in line.ruby] == [
        ("岬", "みさき"), ("風", "かぜ"), ("灯", "ひ"),
    ]  # fmt: skip


def test_one_line_may_have_a_value_of_its_own():
    one, other = lines(
        "csv",
        "id,text\na,{name}さん\nb,{name}さん\n",
        fill={(None, "name"): "太郎", ("b", "name"): "花子"},
    )
    assert (one.text, other.text) == ("太郎さん", "花子さん")


def test_who_says_that_a_line_is_spoken_or_read_so_has_decided():
    spoken, read = lines("csv", "text,skip,reading\n{name}さん,no,\n{name}さん,,タローサン\n")
    assert (spoken.skip, spoken.findings) == (False, ())
    assert (read.skip, read.findings) == (False, ())
    (said,) = lines("jsonl", '{"text": "{name}さん", "skip": false}\n')
    assert not said.skip


def test_ruby_of_voicevox_beside_a_value():
    (line,) = lines("csv", "text,id\n{岬|みさき}の{player},a\n", fill={(None, "player"): "太郎"})
    assert (line.text, line.ruby) == ("岬の太郎", (Ruby(span=(0, 1), reading="みさき"),))


@settings(max_examples=200)
@given(
    pieces=st.lists(
        st.sampled_from(
            [*EVERYWHERE, *IN_TABLES, *NOBODYS, "岬《みさき》", "あ", "{", "[", "%", "\\"]
        ),
        max_size=8,
    )
)
def test_any_text_is_found_filled_and_left_out(pieces):
    written = json.dumps({"text": "".join(pieces)}, ensure_ascii=False)
    for unfilled in ("skip", "omit"):
        (line,) = lines("jsonl", written, unfilled=unfilled, fill={(None, "0"): "零"})
        for one in line.ruby:
            assert 0 <= one.span[0] < one.span[1] <= len(line.text)
        if not line.skip:
            assert "{player}" not in line.text
            assert "<param=x>" not in line.text


TABLES = {
    "a.csv": "name,text,id\nplayer,太郎,\n{0},三,b\n",
    "a.tsv": "変数\tテキスト\tid\nplayer\t太郎\t\n{0}\t三\tb\n",
    "a.json": '{"player": "太郎", "b": {"{0}": "三"}}',
    "a.toml": 'player = "太郎"\n[b]\n"{0}" = "三"\n',
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_values(name, tmp_path):
    (tmp_path / name).write_text(TABLES[name], encoding="utf-8")
    assert read_fill([str(tmp_path / name)]) == {(None, "player"): "太郎", ("b", "{0}"): "三"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "player,太郎\n"), ("a.json", "["), ("a.json", "[1]"), ("a.toml", "a"),
        ("a.json", '{"a": null}'),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(name, content, tmp_path):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ScriptError) as caught:
        read_fill([str(tmp_path / name)])
    assert caught.value.code == "script.fill"


@pytest.mark.parametrize(
    "piece",
    [
        "[a_",
        "[a",
        "{a",
        "{ ",
        "{{",
        "%",
        "%1",
        "<a_",
        "<A",
        "[a =",
        "[a =]",
        "\\\\V[",
        "$",
        "{0}",
        "[a_b]",
        "a:",
    ],
)
def test_time_is_linear(piece):
    began = time.process_time()
    for text in (piece * 20_000, "[" + piece * 20_000, "[" + "a_" * 20_000):
        values_in_table(text, "ja")
        values_in_prose(text)
        lines("jsonl", json.dumps({"text": text}), fill={(None, "0"): "零"})
    assert time.process_time() - began < 20
