"""Unreal's string tables and dialogue scripts, and catalogues of gettext."""

from __future__ import annotations

import contextlib
import io
import time

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voiceable import voiceable

from sbv2cli.errors import ScriptError
from sbv2cli.readers import portable_object, unreal
from sbv2cli.readers.detect import detect
from sbv2cli.readers.format import ReaderOptions

HEAD = 'msgid ""\nmsgstr ""\n"Language: ja\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
UNREAL = (
    HEAD
    + """#. Key:\tWonFormat
#. SourceLocation:\tSource/Scene.cpp(242)
#: Source/Scene.cpp(242)
msgctxt "Receipt,WonFormat"
msgid "{0} won"
msgstr "{0}ウォン"

#. Key:\tD7B5269642990EE7A42B6D90180C8343
#: /Game/DT_Dialogues.Row.Text
msgctxt ",D7B5269642990EE7A42B6D90180C8343"
msgid "Who's \\"there\\"?\\nSpeak!"
msgstr ""
"<Shout>誰だ</>。\\n"
"名乗れ！"

#. Key:\tTODO
msgctxt "Receipt,TODO"
msgid "Later"
msgstr ""

#. InfoMetaData:\t"Speaker" : "Keeper"
msgctxt ",9A"
msgid "Yes."
msgstr "はい。"

msgctxt "DialogueNotes,9A_ActingDirection"
msgid "tired"
msgstr "疲れて"

#, fuzzy
msgctxt "Receipt,Old"
msgid "Old"
msgstr "古い"

#~ msgid "gone"
#~ msgstr "ない"
"""
)


def po(text, language="ja"):
    options = ReaderOptions(language=language)
    return list(portable_object.read(io.BytesIO(text.encode()), "Game.po", options))


def codes(line):
    return [finding.code for finding in line.findings]


def test_a_catalogue_of_unreal():
    found = po(UNREAL)
    assert [(line.id, line.character, line.text) for line in found if voiceable(line)] == [
        ("Receipt,WonFormat", None, "{0}ウォン"),
        ("D7B5269642990EE7A42B6D90180C8343", None, "誰だ。\n名乗れ！"),
        ("9A", "Keeper", "はい。"),
    ]
    assert [line.id for line in found if not voiceable(line)] == [
        "Receipt,TODO",
        "DialogueNotes,9A_ActingDirection",
        "Receipt,Old",
    ]
    assert codes(found[0]) == ["script.interpolation"]
    assert found[0].meta["comment"].startswith("Key:\tWonFormat")
    assert found[0].meta["source"] == "{0} won"
    rows = UNREAL.split("\n")
    assert [rows[line.source.row - 1][:6] for line in found] == ["msgstr"] * 6


def test_rows_of_windows_in_a_text():
    (line,) = po(HEAD + 'msgid "a"\nmsgstr ""\n"一行目\\r\\n"\n"二行目"\n')
    assert line.text == "一行目\n二行目"


def test_the_language_of_a_catalogue_must_be_the_one_that_is_asked_for():
    with pytest.raises(ScriptError, match="the catalogue has the language ja, not en") as caught:
        po(UNREAL, "en")
    assert "--lang ja" in caught.value.hint
    assert po('msgid "a b"\nmsgstr "あ"\n', "en")[0].text == "あ"


def test_where_nothing_is_translated_the_sources_are_the_texts():
    found = po(
        'msgctxt "a_1"\nmsgid "やあ。"\nmsgstr ""\n\nmsgctxt "a_2"\nmsgid "うん。"\nmsgstr ""\n'
    )
    assert [(line.id, line.text, line.skip) for line in found] == [
        ("a_1", "やあ。", False),
        ("a_2", "うん。", False),
    ]


def test_ids_of_catalogues_that_are_not_unreals():
    found = po(
        'msgctxt "menu"\nmsgid "Open it"\nmsgstr "開く"\n\n'
        'msgctxt "menu"\nmsgid "Close it"\nmsgstr "閉じる"\n\n'
        'msgid "DIALOG_1"\nmsgstr "やあ"\n\n#, c-format\nmsgid "Take %d of it"\n'
        'msgid_plural "Take %d"\nmsgstr[0] "%dつ"\nmsgstr[1] "%d個"\n'
    )
    assert [(line.id, line.id_given, line.text) for line in found] == [
        ("Game-0001", False, "開く"),
        ("Game-0002", False, "閉じる"),
        ("DIALOG_1", True, "やあ"),
        ("Game-0004", False, "%dつ"),
        ("Game-0005", False, "%d個"),
    ]
    assert [codes(line) for line in found[3:]] == [["script.interpolation"]] * 2


def test_what_a_program_puts_in_is_told_by_the_source_where_no_flag_says_it():
    given, percent, python = po(
        'msgid "Take %d"\nmsgstr "%d個"\n\nmsgid "half"\nmsgstr "50%です"\n\n'
        '#, python-format\nmsgid "%s!"\nmsgstr "%s！"\n'
    )
    assert codes(given) == codes(python) == ["script.interpolation"]
    assert codes(percent) == []


@pytest.mark.parametrize("text", ['msgid "a\nmsgstr "b"\n', "hello\n", 'msgstr "a"\n'])
def test_what_is_no_catalogue_is_an_error(text):
    with pytest.raises(ScriptError) as caught:
        po(text)
    assert caught.value.code == "script.catalogue"


TEXT = st.text('aあ\\"\n\t{}% .', max_size=20)


@given(st.lists(st.tuples(TEXT, TEXT.filter(bool), TEXT), max_size=8))
def test_what_polib_writes_is_read(entries):
    catalogue = polib.POFile()
    for context, source, target in entries:
        catalogue.append(polib.POEntry(msgctxt=context, msgid=source, msgstr=target))
    translated = any(entry.msgstr for entry in catalogue)
    expected = [entry.msgstr if translated else entry.msgid for entry in catalogue]
    assert [line.text for line in po(str(catalogue))] == [text.strip() for text in expected]


@given(st.text('msgidtr "\\\n#~,:[]01é', max_size=120))
def test_any_text_is_read_or_is_no_catalogue(text):
    with contextlib.suppress(ScriptError):
        po(text)


def test_a_string_table():
    table = (
        '"Key","SourceString","Comment"\n'
        '"Intro.1","Hello,\\n\\""<b>friend</>\\"".","quiet"\n"Price","{0} gold",""\n'
    )
    assert detect(io.BytesIO(table.encode()), "ST_Game.csv")[0] == "unreal"
    first, second = unreal.FORMAT.read(io.BytesIO(table.encode()), "ST_Game.csv")
    assert (first.id, first.text) == ("Intro.1", 'Hello,\n"friend".')
    assert first.meta["Comment"] == "quiet"
    assert (codes(first), codes(second)) == ([], ["script.interpolation"])


def test_a_string_table_with_columns_of_languages():
    table = "Key,SourceString,en,ja\nA,안녕,Hello,やあ\nB,네,Yes,\n".encode()

    def read(language, **columns):
        options = ReaderOptions(language=language, columns=columns)
        return list(unreal.FORMAT.read(io.BytesIO(table), "ST.csv", options))

    assert [(line.text, line.skip) for line in read("ja")] == [("やあ", False), ("", True)]
    assert [line.text for line in read("en")] == ["Hello", "Yes"]
    assert [line.text for line in read("zh")] == ["안녕", "네"]
    assert [line.text for line in read("en", text="SourceString")] == ["안녕", "네"]


def test_a_dialogue_script():
    table = (
        "SpokenDialogue,VoiceActorDirection,SpeakingVoice,TargetVoices,IsRecorded,"
        "LocalizationKeys,DialogueAsset,AudioFileName\n"
        '"誰だ。",tired,Keeper,"(""Hanako"")",false,"(""9A"",""9B"")",/Game/D1.D1,Keeper_D1.wav\n'
    )
    assert detect(io.BytesIO(table.encode("utf-16")), "GameDialogue.csv")[0] == "unreal"
    (line,) = unreal.FORMAT.read(io.BytesIO(table.encode()), "GameDialogue.csv")
    assert (line.id, line.character, line.text) == ("9A", "Keeper", "誰だ。")
    assert line.file == "Keeper_D1"


def test_a_long_catalogue_is_read_in_time():
    began = time.process_time()
    text = "".join(f'msgctxt "a{n}"\nmsgid "b c"\nmsgstr "やあ"\n\n' for n in range(5_000))
    assert len(po(text)) == 5_000
    assert time.process_time() - began < 5
