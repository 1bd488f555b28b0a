"""Opening scripts, and ids over several scripts."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sbv2cli.errors import ScriptError, UsageError
from sbv2cli.languages.japanese.carry import Carry
from sbv2cli.readers import READERS
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import opened, read_script, read_scripts


def test_the_one_text_of_a_zip_stands_for_it(tmp_path):
    path = tmp_path / "1_ruby_2.zip"
    text = "題\n著者\n\n岬《みさき》へ。\n\n底本：「あ」\n入力：誰か\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("melos.txt", text.encode("cp932"))
        archive.writestr("fig1.png", b"")
    (line,) = read_script(path)
    assert (line.id, line.text) == ("melos-0001", "岬へ。")
    assert str(line.source) == f"{path}/melos.txt:4:1"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other.txt", "あ")
    with pytest.raises(ScriptError) as caught:
        list(read_script(path))
    assert caught.value.code == "script.unsupported"
    path.write_bytes(b"PK\x03\x04" + b"x" * 50)
    with pytest.raises(ScriptError) as caught:
        list(read_script(path))
    assert caught.value.code == "book.damaged"


@pytest.mark.parametrize("name", ["岬の灯台.html", "a.md"])
def test_a_zip_with_one_page_stands_for_it(tmp_path, name):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            name, "<html><body><h1>岬</h1></body></html>" if "html" in name else "# 岬\n"
        )
        archive.writestr("images/a.png", b"")
    (line,) = read_script(path)
    assert (line.text, line.heading, line.source.path) == ("岬", True, f"{path}/{name}")


def test_scripts_are_numbered_through_and_an_id_twice_is_an_error(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\nx,一\ny,二\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"id": "x", "text": "三"}\n', encoding="utf-8")
    (tmp_path / "notes.rtf").write_text("no script", encoding="utf-8")
    found = list(read_scripts([tmp_path]))
    assert [(line.number, line.id) for line in found] == [(1, "x"), (2, "y"), (3, "x")]
    assert [one.code for one in found[0].findings] == ["script.folder-unread"]
    (finding,) = found[2].findings
    assert (finding.code, finding.severity) == ("script.id-twice", "error")
    assert finding.message == f'the id "x" is already that of {tmp_path / "a.csv"}:2:3'
    assert finding.at.path == str(tmp_path / "b.jsonl")


def test_scripts_that_cannot_be_read(tmp_path):
    (tmp_path / "book.mobi").write_bytes(b"PK")
    for script, code in [
        (tmp_path / "none.csv", "script.missing"),
        (tmp_path / "book.mobi", "script.unsupported"),
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
    assert [line.text for line in read_script(path)] == ["一"]
    assert [line.text for line in read_script(path, from_format="text")] == ["id,text", "x,一"]


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


def test_chapters_and_paragraphs_are_counted_over_all_scripts(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"# {name}\n文\n\n文\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("text,chapter\n一,2\n", encoding="utf-8")
    found = list(read_scripts([tmp_path / "a.txt", tmp_path / "b.csv", tmp_path / "c.txt"]))
    assert [line.chapter for line in found] == [1, 1, 1, 2, 3, 3, 3]
    assert [line.paragraph for line in found] == [1, 2, 3, None, 4, 5, 6]


def test_titles_can_be_skipped_in_every_format(tmp_path):
    (tmp_path / "a.txt").write_text("# 題\n文\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "題", "heading": true}\n', encoding="utf-8")
    found = read_scripts([tmp_path], ReaderOptions(titles="skip"))
    assert [line.skip for line in found] == [True, False, True]


def test_ruby_is_carried_in_books_or_on_request_and_over_all_scripts(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("竜胆《りんどう》。\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("竜胆。\n", encoding="utf-8")

    def readings(ruby):
        found = read_scripts([tmp_path], ReaderOptions(ruby=ruby), carry=Carry().line)
        return [[one.reading for one in line.ruby] for line in found]

    assert readings("carry") == [["りんどう"], ["りんどう"]]
    assert readings("auto") == readings("given") == [["りんどう"], []]
    assert readings("base") == [[], []]
    book = replace(READERS["text"], book=True)
    monkeypatch.setattr("sbv2cli.readers.script.READERS", {**READERS, "text": book})
    assert readings("auto") == [["りんどう"], ["りんどう"]]
    assert readings("given") == [["りんどう"], []]


def test_a_folder_is_read_in_the_order_of_the_numbers_in_its_names(tmp_path):
    names = ["n0000aa-1.txt", "n0000aa-2.txt", "n0000aa-10.txt", "n0000aa-１１.txt", "z.txt"]
    for name in reversed(names):
        (tmp_path / name).write_text(f"{name}\n\n　本文。\n", encoding="utf-8")
    found = list(read_scripts([tmp_path]))
    assert [Path(line.source.path).name for line in found][::2] == names
    # Called as Narou calls its downloads, they are episodes.
    assert [line.heading for line in found] == [True, False] * 4 + [False] * 2


def test_a_folder_names_what_is_not_read_in_it(tmp_path):
    (tmp_path / "b.csv").write_text("id,text\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("id,text\nx,一\ny,二\n", encoding="utf-8")
    for name in ("a.ink", "b.png", "c.wav", ".hidden", "b.csv.meta", "d.unknown"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "more").mkdir()
    first, second = read_scripts([tmp_path])
    (finding,) = first.findings
    assert (finding.code, finding.severity) == ("script.folder-unread", "warning")
    assert finding.message == "not read in the folder: a.ink, b.png, c.wav, d.unknown, more/"
    assert "Ink-Localiser" in finding.hint
    assert second.findings == ()
    (tmp_path / "a.ink").unlink()
    (tmp_path / "more").rmdir()
    (finding,) = next(iter(read_scripts([tmp_path]))).findings
    assert finding.severity == "note"
    for number in range(9):
        (tmp_path / f"{number}.png").touch()
    (finding,) = next(iter(read_scripts([tmp_path]))).findings
    assert finding.message.endswith("7.png and 4 more")


def test_a_folder_of_another_tool_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "Start.yarn").touch()
    with pytest.raises(ScriptError) as caught:
        list(read_scripts([tmp_path]))
    assert caught.value.code == "script.folder-empty"
    assert "ysc extract" in caught.value.hint


@pytest.mark.parametrize(("name", "way"), [("META-INF/", "EPUB"), ("novel.scrivx", "Compile")])
def test_a_folder_that_is_one_book(tmp_path, name, way):
    (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    with pytest.raises(ScriptError) as caught:
        list(read_scripts([tmp_path]))
    assert caught.value.code == "script.folder-empty"
    assert way in caught.value.hint


def test_a_work_without_headings_is_a_chapter_among_several(tmp_path):
    story = "題名\n作者\n\n本文。\n\n底本：「本」\n入力：人\n校正：人\n"
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(story.replace("題", name), encoding="utf-8")
    (alone,) = read_scripts([tmp_path / "a.txt"], from_format="aozora")
    assert (alone.chapter, alone.chapter_title) == (None, None)
    found = read_scripts([tmp_path], from_format="aozora")
    assert [(line.chapter, line.chapter_title) for line in found] == [(1, "a名"), (2, "b名")]


def test_text_before_the_first_heading_of_a_later_script_is_no_chapter_before(tmp_path):
    (tmp_path / "a.txt").write_text("前書き\n# 一\n文\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("後書き\n", encoding="utf-8")
    found = read_scripts([tmp_path])
    assert [(line.chapter, line.chapter_title) for line in found] == [
        (None, None), (1, "一"), (1, "一"), (2, None),
    ]  # fmt: skip


def test_a_missing_script_names_the_file_that_is_meant(tmp_path):
    (tmp_path / "第一章.txt").write_text("やあ。", encoding="utf-8")
    with pytest.raises(ScriptError) as error, opened(tmp_path / "第1章.txt"):
        pass
    assert error.value.hint == 'did you mean "第一章.txt"?'
    with pytest.raises(ScriptError) as error, opened(tmp_path / "none" / "第一章.txt"):
        pass
    assert error.value.hint is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "| No | キャラ | セリフ |\n|---|---|---|\n| 1 | 太郎 | やあ。 |\n"),
        ("a.html", "<!DOCTYPE html><table><tr><th>話者<th>台詞<tr><td>太郎<td>やあ。</table>"),
    ],
)
def test_a_script_in_the_table_of_a_document_is_told(tmp_path, name, text):
    script = tmp_path / name
    script.write_text(text, encoding="utf-8")
    first, *others = read_script(script)
    assert [one.code for one in first.findings] == ["script.table-spoken"]
    assert not [one for line in others for one in line.findings]
    other = text
    for header, ours in (("セリフ", "ID, Text; x"), ("台詞", "値段")):
        other = other.replace(header, ours)
    script.write_text(other, encoding="utf-8")
    assert not [one for line in read_script(script) for one in line.findings]
