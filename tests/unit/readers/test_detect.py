"""Which format a script has, and what is refused."""

from __future__ import annotations

import contextlib
import io
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers import READERS, SUFFIXES
from sbv2cli.readers.decode import HEAD, head_of
from sbv2cli.readers.detect import detect, load
from sbv2cli.readers.format import Evidence, unrecognised
from sbv2cli.readers.unsupported import UNSUPPORTED


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "id,text\na,あ\n", "csv"),
        ("a.txt", "はい,いいえ\n", "text"),
        ("a.csv", "id,text\n", "csv"),
        ("a.csv", "language,id,text,file,node,lineNumber,lock,comment\n", "yarn"),
        ("dialogue.tab", "Identifier\tCharacter\tDialogue\tFilename\n", "renpy"),
        ("a.tsv", "id\ttext\n", "tsv"),
        ("a.jsonl", '{"text": "a"}\n', "jsonl"),
        ("manifest.jsonl", '{"type": "job", "schema": "sbv2.manifest/1"}\n', "manifest"),
        ("a.json", "[]", "json"),
        ("a.ssml", "<speak/>", "ssml"),
        ("<stdin>", "", "text"),
        ("<stdin>", "\n<speak>a</speak>", "ssml"),
        ("<stdin>", '{"text": "a"}', "jsonl"),
        ("<stdin>", '[{"text": "a"}]', "jsonl"),
        ("<stdin>", "id,text\na,b\n", "csv"),
        ("<stdin>", "キャラ\tセリフ\n", "tsv"),
        ("<stdin>", "はい、そうです。\n", "text"),
        (
            "a.txt",
            'translate japanese a_1:\n\n    # e "Hi."\n    e "やあ。"\n',
            "renpy-translation",
        ),
        ("a.txt", "<!DOCTYPE html>\n<html><body><p>やあ</p></body></html>", "html"),
        ("a.md", "---\ntitle: x\n---\nやあ\n", "markdown"),
        ("a.ks", "やあ\n", "tyrano"),
        ("<stdin>", "*start\n[bg storage=room.jpg]\n#太郎\nやあ。[l][r]\n元気？[p]\n", "tyrano"),
        ("<stdin>", "@bg storage=room\n@playse storage=a\nやあ。\n", "tyrano"),
        ("Map001.json", '{\n"autoplayBgm":false,"autoplayBgs":false,\n"events":[]}', "rpg-maker"),
        ("a.txt", "@back Room time:1\n太郎: やあ。\n@char Hanako\n", "naninovel"),
        (
            "a.txt",
            "; English <en> to Japanese <ja> localization document for 'a' naninovel script\n",
            "naninovel-translation",
        ),
        (
            "a.json",
            '{"displayName":"村","events":[null,{"pages":[{"list":[{"code":101,"indent":0}]}]}]}',
            "rpg-maker",
        ),
        ("a.txt", '[\nnull,\n{"id":1,"list":[{"code":101,"indent":0}]}]', "rpg-maker"),
        ("<stdin>", "text, and name\n", "text"),
        ("<stdin>", "[太郎]こんにちは\n", "text"),
        ("<stdin>", "{笑} ははは\n", "text"),
    ],
)
def test_formats_are_told_apart(name, content, expected):
    assert detect(io.BytesIO(content.encode()), name)[0] == expected


def test_the_table_knows_which_formats_recognise_a_script():
    told = {name for name, row in READERS.items() if row.recognised}
    assert told == {name for name in READERS if load(name).recognise is not unrecognised}


def test_every_suffix_names_a_reader():
    assert set(SUFFIXES.values()) <= set(READERS)


def test_a_format_that_is_surer_wins_and_of_equals_the_first_in_the_table():
    # A manifest is JSON lines too; Yarn's and Unity's tables are CSV with known headers.
    rows = {
        "manifest": '{"type": "job", "schema": "sbv2.manifest/1"}\n',
        "yarn": "id,text,node,lock\n",
        "renpy": "Identifier\tCharacter\tDialogue\n",
        "unity": "Key,Id,English(en),Text\n",
        "voicevox": "太郎(ノーマル),やあ\n花子(ノーマル),はい\n",
    }
    order = list(READERS)
    for name, text in rows.items():
        head = head_of(io.BytesIO(text.encode()), "script")
        sure = [other for other in order if load(other).recognise(head) is Evidence.SURE]
        assert sure == [name]
        for suffix in ("", ".txt", ".csv", ".jsonl"):
            assert detect(io.BytesIO(text.encode()), f"script{suffix}")[0] == name
    both = b"Key,id,text,node,lock,Japanese(ja)\n"
    assert order.index("yarn") < order.index("unity")
    assert detect(io.BytesIO(both), "a.csv")[0] == "yarn"


def test_the_encoding_is_found_with_the_format():
    assert detect(io.BytesIO("キャラ,セリフ\n太郎,やあ\n".encode("cp932")), "a.txt") == (
        "csv",
        "cp932",
    )
    assert detect(io.BytesIO("やあ\n".encode("utf-16")), "a.txt") == ("text", "utf-16")


def test_a_head_is_cut_at_a_whole_row_and_inside_a_character():
    head = head_of(io.BytesIO(("あ" * 50 + "\r\n").encode() * 1000), "a.txt")
    assert not head.whole
    assert len(head.text.encode()) <= HEAD
    assert set(head.rows) == {"あ" * 50}


def refused(content, name="script.txt"):
    data = content if isinstance(content, bytes) else content.encode()
    try:
        return detect(io.BytesIO(data), name)[0]
    except ScriptError as error:
        return error.code


SUFFIX_OF_TOOLS = [suffix for row in UNSUPPORTED for suffix in row.suffixes]


@pytest.mark.parametrize("suffix", SUFFIX_OF_TOOLS)
def test_files_of_known_tools_are_refused_by_suffix(suffix):
    with pytest.raises(ScriptError) as caught:
        detect(io.BytesIO("やあ\n".encode()), f"script{suffix.upper()}")
    assert caught.value.code == "script.unsupported"
    assert caught.value.hint


def test_no_suffix_is_named_twice():
    assert len(SUFFIX_OF_TOOLS) == len(set(SUFFIX_OF_TOOLS))
    assert not set(SUFFIX_OF_TOOLS) & set(SUFFIXES)


SOURCES = {
    "Ren'Py": 'label start:\n    e "やあ。"\n    menu:\n        "はい":\n            jump yes\n',
    "Ink": "-> Start\n=== Start\nやあ。 #id:a_1\n* [はい]\n    -> END\n",
    "Yarn": "title: Start\ntags:\n---\n太郎: やあ\n<<jump Next>>\n===\n",
    "RPG Maker text": "\\C[2]太郎\\C[0]：やあ\n\\N[1]さん、\\V[3]円です\nはい\n",
    "Twee": ":: Start\nやあ。\n[[次へ->Next]]\n",
    "Twine": "<tw-storydata name=a><tw-passagedata pid=1>やあ</tw-passagedata></tw-storydata>",
    "ChoiceScript": "やあ。\n*choice\n  #はい\n    *goto yes\n",
    "HTML without a head": "<p>やあ</p>\n<p>元気？</p>\n<p>はい</p>\n",
    "XML": "<root>\n<line id='1'>やあ</line>\n<line id='2'>はい</line>\n</root>",
    "SRT": "1\n00:00:01,000 --> 00:00:02,500\nやあ\n\n2\n00:00:03,000 --> 00:00:04,000\nはい\n",
    "WebVTT": "WEBVTT\n\n00:01.000 --> 00:02.500\nやあ\n",
    "LINE": "[LINE] 太郎とのトーク履歴\n\n2020/01/02(木)\n12:34\t太郎\tやあ\n12:35\t花子\tはい\n",
    "LINE without its head": "2020/01/02(木)\n午後0:34\t太郎\tやあ\n午後0:35\t花子\tはい\n",
    "Discord": "===\nGuild: 鯖\nChannel: 雑談\n===\n\n[05-Jan-24 10:01 AM] taro\nやあ。\n",
    "Discord as JSON": '{\n"guild": {"id": "1"},\n"channel": {"id": "2"},\n"messages": []}',
    "Twine as JSON": '{"name": "星", "passages": [{"text": "やあ"}]}',
    "YMM4": '{\n"Timelines": [{"$type": "YukkuriMovieMaker.Project.Items.VoiceItem"}]}',
    "VOICEPEAK": '{"project": {"blocks": [{"sentence-list": [{"text": "やあ"}]}]}}',
    "AsciiDoc": "= 岬の灯台\n山田\n:lang: ja\n\n== 第一章\n本文。\n",
    "reStructuredText": "第一章\n======\n\n本文。\n\n.. note::\n\n   囲み。\n",
    "Org": "#+TITLE: 岬の灯台\n* 第一章\n本文。\n",
    "Typst": '#set text(lang: "ja")\n= 第一章\n本文。\n',
    "Re:VIEW": "= 第一章\n//lead{\nリード文。\n//}\n",
    "articy": '{"Packages": [{"Type": "DialogueFragment", "Text": "やあ"}]}',
    "a chat": "2026/11/29 12:00 太郎: やあ\n2026/11/29 12:01 花子: うん\n",
    "LRC": "[00:12.00]やあ\n[00:14.50]はい\n",
    "ASS": "[Script Info]\nTitle: a\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,,,,,やあ\n",
    "BBCode": "[b]やあ[/b]。\n今日は[color=red]晴れ[/color]だ。\n",
    "Unity's tags": "やあ、<b>太郎</b>。\n<color=#ff0000>危ない</color>！\n",
    "Ren'Py's tags": "やあ{w}、元気？{p}\n{i}まさか{/i}。\n",
    "Python": "import os\n\ndef main():\n    print('やあ')\n\nmain()\n",
    "C#": 'public class A {\n    string s = "やあ";\n    void B() { Say(s); }\n}\n',
    "Lua": 'local a = {\n  name = "太郎",\n}\nfunction say(x)\n  print(x)\nend\n',
    "YAML": "%YAML 1.1\n%TAG !u! tag:unity3d.com,2011:\n--- !u!114\n",
    "front matter": "---\ntitle: やあ\n---\n本文。\n",
    "settings": "name=太郎\nvoice = hana\nspeed=1.0\n",
    "JSON in pieces": '  "a": "やあ",\n  "b": "はい",\n  "c": "いいえ"\n',
    "tabs": "a1\t太郎\tやあ\na2\t花子\tはい\na3\t太郎\tうん\n",
    "commas": "a1,太郎,やあ\na2,花子,はい\na3,太郎,うん\n",
    "Markdown table": "| 話者 | 文 |\n|---|---|\n| 太郎 | やあ |\n",
    "a table below a title": "第一話\nID\tキャラ\tセリフ\n1\t太郎\tやあ\n",
    "a table with blanks": "No  キャラ  セリフ\n1   太郎    やあ\n2   花子    うん\n",
    "names and tabs": "太郎\tやあ\n花子\tはい\n太郎\tでは\n",
    "two rows with tabs": "a1\t太郎\tやあ\na2\t花子\tはい\n",
    "NScripter": '*start\nbg "bg01.jpg",1\ndwave 0,"v001.wav"\n「やあ」@\nうん。\\\n',
    "WOLF RPG Editor": "■文章：太郎\n　やあ。\n■選択肢：はい/いいえ\n",
    "RPG Maker Trans": "> BEGIN STRING\n太郎「やあ」\n> CONTEXT: Map001/events/1\n\n> END STRING\n",
    "zip": b"PK\x03\x04\x14\x00\x06\x00",
    "PDF": b"%PDF-1.7\n%\xe2\xe3",
}


@pytest.mark.parametrize("kind", SOURCES)
def test_code_and_markup_are_refused_whatever_they_are_called(kind):
    codes = {"script.unsupported", "script.looks-like-markup"}
    for name in ("script.txt", "<stdin>", "script"):
        assert refused(SOURCES[kind], name) in codes, kind


@pytest.mark.parametrize("kind", sorted(set(SOURCES) - {"zip", "PDF"}))
def test_the_way_out_of_a_text_is_to_call_it_one(kind):
    with pytest.raises(ScriptError) as caught:
        detect(io.BytesIO(SOURCES[kind].encode()), "a")
    assert "--from text" in caught.value.hint


@pytest.mark.parametrize(
    "page",
    [
        '<div class="chatlog"><div class="chatlog__message-group">やあ</div></div>',
        '<tw-storydata name="a"><tw-passagedata name="b">やあ</tw-passagedata></tw-storydata>',
    ],
)
def test_pages_of_known_tools_are_refused(page):
    with pytest.raises(ScriptError) as caught:
        list(load("html").read(io.BytesIO(f"<html><body>{page}</body></html>".encode()), "a.html"))
    assert caught.value.code == "script.unsupported"
    assert caught.value.hint


def test_xml_that_is_no_ssml_is_refused():
    assert refused("<?xml version='1.0'?><strings><s>やあ</s></strings>", "a.xml") == (
        "script.looks-like-markup"
    )
    assert refused("<?xml version='1.0'?>\n<!-- a --><speak>やあ</speak>", "a.xml") == "ssml"
    assert refused("<ns:speak xmlns:ns='x'>やあ</ns:speak>", "a.xml") == "ssml"
    assert refused("<s>やあ</s>", "a.ssml") == "ssml"


# What people write who write prose, and what programs must not be misled by.
ROWS = (
    "　岬《みさき》の灯台に、ひとりの老人が住んでいた。",
    "「やあ（笑）、元気？」と彼は言った。",
    "｜強敵《とも》よ、また会おう。",
    "第一章　灯台の夜",
    "＊　＊　＊",
    "◇◇◇",
    "……。",
    "***",
    "-----",
    "太郎：「今日は晴れだ」",
    "太郎「うん」",
    "花子: はい",
    "（ここはどこだろう）",
    "『本』を読む。",
    "https://example.com/a?b=c&d=e を見てね",
    "大好き<3",
    "すみません^^;",
    "(;_;)/~~~",
    ";_;",
    "m(_ _)m",
    "(^o^)/",
    "\\(^o^)/",
    ">_<",
    "{´◕ ◡ ◕｀}",
    "orz",
    "草www",
    "///",
    "かわいい()",
    "[Alexandros]のライブに行った。",
    "【悲報】寝坊した",
    "#今日の天気",
    "@taro おはよう",
    "→ 次へ",
    "50%オフ、100円引き。",
    "気温は-5℃～3℃。",
    "A&Bのセール",
    "１＋１＝２",
    "x = 3 のとき、y は 5",
    "2024/05/03 10:30",
    "・牛乳",
    "- パン",
    "1. たまご",
    "* 注意",
    "※写真はイメージです",
    "Q. なぜ？",
    'She said, "I\'m here," and smiled.',
    "Mr. Smith (aged 42) lives at No. 5; nobody knows.",
    "Tom: Hello!",
    "It's 5 o'clock -- time to go.",
    "for example: tea",
    "To be, or not to be?",
    "<ruby>明日<rt>あす</rt></ruby>の朝",
    "{東京|とうきょう}へ",
    "# 第二章",
    "## 朝",
    "",
)


@given(
    st.lists(st.sampled_from(ROWS), min_size=1, max_size=30),
    st.sampled_from(["a.txt", "-"]),
)
def test_prose_with_its_oddities_is_read(rows, name):
    odd = re.compile(r"[<{}\[\]@;=\\]|https|//|\(\)")
    plain = [row for row in rows if not odd.search(row)]
    # One odd row for three that are not is more than any novel has.
    kept = plain + [row for row in rows if odd.search(row)][: max(len(plain) // 3, 0)]
    assert refused("\n".join(kept), name) == "text"


@pytest.mark.parametrize("row", ROWS)
def test_each_oddity_alone_is_read(row):
    assert refused(row, "a.txt") == "text"


@given(st.text("あいう漢字カナ、。「」『』（）《》【】｜！？…―ー～〜・※々　Ａ１\n", max_size=300))
def test_japanese_letters_and_marks_are_never_code(text):
    assert refused(text, "a.txt") == "text"


@given(st.text(max_size=300))
def test_any_text_has_a_format_or_is_refused(text):
    with contextlib.suppress(ScriptError):
        assert detect(io.BytesIO(text.encode("utf-8", "replace")), "a")[0] in READERS


@pytest.mark.parametrize(
    "piece",
    ["<a ", "[a ", "{", "\\", "//", "<!--", "->", "%a", "a(", "if ", "\n", " \n", "[", "@a "],
)
def test_time_is_bounded(piece):
    began = time.process_time()
    refused(piece * 100_000)
    assert time.process_time() - began < 3
