"""Text documents of OpenDocument, as LibreOffice writes them."""

from __future__ import annotations

import io

import made_epub
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.open_document import read, read_facts
from sbv2cli.records import Ruby

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "style", "table", "draw", "svg", "meta")
)
STYLES = (
    '<style:style style:name="Hid" style:family="text">'
    '<style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="Struck" style:family="text">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    '<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Standard"/>'
)


def content(body, root="document-content"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {SPACES}>'
        f"<office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:{root}>"
    )


def odt(body, **parts):
    files = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content(body)}
    return made_epub.zipped({**files, **{f"{name}.xml": text for name, text in parts.items()}})


def lines(stream, **options):
    return list(read(stream, "novel.odt", ReaderOptions(**options)))


def texts(body, **options):
    return [line.text for line in lines(odt(body), **options)]


def codes(line):
    return [one.code for one in line.findings]


def test_a_novel():
    body = (
        '<text:p text:style-name="P1">岬の灯台</text:p><text:h text:outline-level="2">'
        '<text:number>1</text:number> 章<text:s text:c="2"/>朝</text:h>'
        '<text:p text:style-name="P2">岬の<text:ruby><text:ruby-base>灯台</text:ruby-base>'
        "<text:ruby-text>とうだい</text:ruby-text></text:ruby>だ。<text:line-break/>次だ。</text:p>"
    )
    title, chapter, one, two = lines(odt(body))
    assert (title.text, title.level) == ("岬の灯台", 1)
    assert (chapter.text, chapter.level) == ("1 章\u3000\u3000朝", 2)
    assert (one.text, one.ruby) == ("岬の灯台だ。", (Ruby(span=(2, 4), reading="とうだい"),))
    assert (two.text, two.chapter, two.language) == ("次だ。", 2, "ja")
    assert one.source.row == 3
    flat = lines(io.BytesIO(content(body, "document").encode()))
    assert [line.text for line in flat] == [title.text, chapter.text, one.text, two.text]


def test_what_is_no_text_is_left_out_and_told():
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>消した。</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:index-body><text:p>第一章 1</text:p></text:index-body>"
        "</text:table-of-content>"
        '<text:p>岬<text:note text:note-class="footnote"><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>注の文。</text:p></text:note-body></text:note>"
        "だ<office:annotation><text:p>意見</text:p></office:annotation>"
        '<text:span text:style-name="Hid">隠し</text:span>'
        '<text:span text:style-name="Struck">消し</text:span><text:change-start/>足し'
        "<text:change-end/>。</text:p>"
    )
    (line,) = lines(odt(body))
    assert line.text == "岬だ消し足し。"
    assert codes(line) == ["book.front-matter", "book.notes", "book.hidden", "book.struck"]
    assert texts(body, notes="speak") == ["岬だ消し足し。", "注の文。"]


def test_boxes_stand_behind_their_paragraph_and_a_row_of_a_table_is_one():
    body = (
        "<text:p>前<draw:frame><draw:text-box><text:p>箱の文。</text:p></draw:text-box>"
        "<svg:title>絵</svg:title><svg:desc>説明</svg:desc></draw:frame>後。"
        "<draw:custom-shape><text:p>形の文。</text:p></draw:custom-shape></text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>太郎</text:p></table:table-cell>"
        "<table:table-cell><text:p>やあ</text:p></table:table-cell></table:table-row></table:table>"
        "<text:p>題は<text:title>灯台</text:title>。</text:p>"
        "<text:list><text:list-item><text:number>1.</text:number><text:p>一つ目</text:p>"
        "</text:list-item></text:list>"
    )
    assert texts(body) == [
        "前後。", "箱の文。", "形の文。", "太郎\u3000やあ", "題は灯台。", "一つ目",
    ]  # fmt: skip


def test_what_a_document_says_of_itself():
    meta = (
        f'<office:document-meta {SPACES} xmlns:dc="dc"><office:meta><dc:title>灯台</dc:title>'
        "<meta:initial-creator>某</meta:initial-creator><dc:creator>別</dc:creator>"
        "</office:meta></office:document-meta>"
    )
    facts = read_facts(odt("<text:p>岬</text:p>", meta=meta), "a.odt")
    assert (facts.title, [one.name for one in facts.people]) == ("灯台", ["某"])


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (io.BytesIO(b"garbage"), "book.damaged"),
        (io.BytesIO(b"PK\x03\x04garbage"), "book.damaged"),
        (made_epub.zipped({"mimetype": "x"}), "book.damaged"),
        (
            made_epub.zipped({"META-INF/manifest.xml": "<manifest:encryption-data/>"}),
            "book.protected",
        ),
    ],
)
def test_what_is_no_document_is_refused(stream, code):
    with pytest.raises(ScriptError) as caught:
        lines(stream)
    assert caught.value.code == code


@given(
    st.lists(
        st.sampled_from(
            [
                "<text:p>", "</text:p>", "<text:h>", "</text:h>", "<text:note-body>", "<text:s/>",
                "<draw:text-box>", "</draw:text-box>", "<table:table-cell>", "<text:ruby>",
                "<text:ruby-text>", "</text:ruby>", "あ", "<text:list-item>",
            ]
        ),
        max_size=20,
    )
)  # fmt: skip
def test_any_document(pieces):
    body = "<text:p>始</text:p>" + "".join(pieces)
    assert all(line.text for line in lines(odt(body)))
