"""Opening scripts, telling formats apart, and ids over several scripts."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sbv2cli.errors import ScriptError, UsageError
from sbv2cli.readers import READERS
from sbv2cli.readers.script import SUFFIXES, format_of, read_script, read_scripts


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "id,text\n", "text"),
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
        ("<stdin>", "text, and name\n", "text"),
        ("<stdin>", "[太郎]こんにちは\n", "text"),
        ("<stdin>", "{笑} ははは\n", "text"),
    ],
)
def test_formats_are_told_apart(name, content, expected):
    assert format_of(io.BytesIO(content.encode()), name) == expected


def test_every_suffix_names_a_reader():
    assert set(SUFFIXES.values()) <= set(READERS)


def test_scripts_are_numbered_through_and_an_id_twice_is_an_error(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\nx,一\ny,二\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"id": "x", "text": "三"}\n', encoding="utf-8")
    (tmp_path / "notes.rtf").write_text("no script", encoding="utf-8")
    found = list(read_scripts([tmp_path]))
    assert [(line.number, line.id) for line in found] == [(1, "x"), (2, "y"), (3, "x")]
    (finding,) = found[2].findings
    assert (finding.code, finding.severity) == ("script.id-twice", "error")
    assert finding.message == f'the id "x" is already that of {tmp_path / "a.csv"}:2:3'
    assert finding.at.path == str(tmp_path / "b.jsonl")


def test_scripts_that_cannot_be_read(tmp_path):
    for script, code in [
        (tmp_path / "none.csv", "script.missing"),
        (tmp_path / "book.epub", "script.format-unknown"),
        (tmp_path, "script.folder-empty"),
    ]:
        with pytest.raises(ScriptError) as caught:
            list(read_scripts([script]))
        assert caught.value.code == code
    (tmp_path / "a.txt").write_text("あ", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        list(read_script(tmp_path / "a.txt", from_format="cvs"))
    assert caught.value.hint == 'did you mean "csv"?'


def test_a_format_can_be_named(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("id,text\nx,一\n", encoding="utf-8")
    assert [line.text for line in read_script(path)] == ["id,text", "x,一"]
    assert [line.text for line in read_script(path, from_format="csv")] == ["一"]


def test_the_samples_are_read_without_findings():
    samples = Path(__file__).parents[3] / "samples"
    for name, count in [
        ("story.txt", 14),
        ("lines.csv", 40),
        ("announcement.ssml", 7),
        ("lines.jsonl", 7),
    ]:
        found = list(read_scripts([samples / name]))
        assert len(found) == count
        assert [finding for line in found for finding in line.findings] == []
