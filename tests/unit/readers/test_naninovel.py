"""Scripts of Naninovel and their localisation documents."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voiceable import voiceable

from sbv2cli.errors import ScriptError
from sbv2cli.readers import naninovel, naninovel_translation
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script

DATA = Path(__file__).parents[2] / "data" / "scripts" / "naninovel"


def lines(text, name="a.nani"):
    return list(naninovel.read(io.BytesIO(text.encode()), name))


def codes(line):
    return [finding.code for finding in line.findings]


def test_a_script_has_its_texts_and_their_identifiers():
    found = list(read_script(DATA / "Lighthouse.nani"))
    assert [(line.id, line.character, line.text) for line in found if voiceable(line)] == [
        ("Lighthouse.1", None, "The lamp is lit. Nobody sees it."),
        ("Lighthouse.3", "Keeper", "Who is {visitor}, and why\nare you here?"),
        ("Lighthouse.5", "Hanako", "I'm lost. [Really], I am."),
        ("Lighthouse.6", "Keeper", 'A "storm" comes.'),
        ("Lighthouse-0007", "Note", "the door is lockedopen."),
        ("Lighthouse.7", None, "Just Lighthouse and stars."),
    ]
    assert [line.id for line in found if not voiceable(line)] == [
        "Lighthouse.stay",
        "Lighthouse.leave",
    ]
    assert [line.id_given for line in found] == [True] * 6 + [False, True]
    assert [line.id for line in found if codes(line) == ["script.interpolation"]] == [
        "Lighthouse.3",
        "Lighthouse-0007",
    ]
    assert found[1].meta == {"appearance": "Tired", "text_id": "3"}
    assert str(found[1].source).endswith("Lighthouse.nani:7:15")
    (ruby,) = found[-1].ruby
    assert (ruby.span, ruby.reading) == ((5, 15), "Toudai")


def test_a_localisation_document_has_the_ids_of_its_script():
    path = DATA / "ja" / "Lighthouse.txt"
    found = list(read_script(path))
    assert [(line.id, line.character, line.text) for line in found if voiceable(line)] == [
        ("Lighthouse.1", None, "灯がともる。見る者はいない。"),
        ("Lighthouse.3", "Keeper", "誰だ、{visitor}とは。なぜ\nここにいる？"),
        ("Lighthouse.5", "Hanako", "迷いました。"),
        ("Lighthouse.6", "Keeper", "「嵐」が来る。"),
    ]
    assert [(line.id, codes(line)) for line in found if not voiceable(line)] == [
        (f"Lighthouse.{name}", ["script.not-voiceable"]) for name in ("stay", "leave", "8")
    ]
    assert codes(found[1]) == ["script.interpolation"]
    english = list(read_script(path, ReaderOptions(language="en")))
    assert english[0].text == "The lamp is lit. Nobody sees it."
    assert str(english[0].source) == f"{path}:5:3"
    with pytest.raises(ScriptError, match="the document has no fr; there is ja, en") as caught:
        list(read_script(path, ReaderOptions(language="fr")))
    assert "--lang ja" in caught.value.hint


def test_a_document_of_an_older_version_is_called_nani(tmp_path):
    path = tmp_path / "Lighthouse.nani"
    shutil.copy(DATA / "ja" / "Lighthouse.txt", path)
    assert next(iter(read_script(path))).text == "灯がともる。見る者はいない。"


@pytest.mark.parametrize(
    ("row", "character", "text"),
    [
        ("太郎: やあ。", "太郎", "やあ。"),
        ("太郎：やあ。", None, "太郎：やあ。"),
        ("k:  Hi", "k", "Hi"),
        ("Two words: Hi", None, "Two words: Hi"),
        ("It's 5:30.", None, "It's 5:30."),
        ("https://example.com", None, "https://example.com"),
        ("a.b: <color=#ff0000>Hi</color>[sfx Bang] <3", "a", "Hi <3"),
        ('Hi[print "a]b" if:{x}] there', None, "Hi there"),
    ],
)
def test_authors(row, character, text):
    (line,) = lines(row)
    assert (line.character, line.text) == (character, text)


@pytest.mark.parametrize(
    ("row", "character", "text"),
    [
        ('@print text:"やあ。" author:k', "k", "やあ。"),
        ("@PRINT やあ。", None, "やあ。"),
        ('@append "つづき"', None, "つづき"),
    ],
)
def test_what_is_printed_is_said(row, character, text):
    (line,) = lines(row)
    assert (line.character, line.text) == (character, text)


def test_rows_without_words_are_no_lines():
    assert lines("[i]\n@print\n@\n@choice\n[char k.Happy][< skip!]\n") == []


@given(st.text('aあ@:;#|[]{}"\\ \n.<>=…1', max_size=80))
def test_any_text_is_read(text):
    for number, line in enumerate(lines(text), start=1):
        assert (line.number, bool(line.text)) == (number, True)
    title = "; a <en> to b <ja> localization document for `a`\n"
    stream = io.BytesIO((title + text).encode())
    list(naninovel_translation.read(stream, "a.txt"))


@pytest.mark.parametrize(
    "piece", ["[", "[a", '[a"', "|#a", "{", "\\", "a.", "<a ", "@print ", "x:"]
)
def test_time_is_linear(piece):
    began = time.process_time()
    lines(piece * 20_000)
    lines("@print " + piece * 20_000)
    assert time.process_time() - began < 3
