"""Text documents of OpenDocument, as LibreOffice writes them."""

from __future__ import annotations

import io
from pathlib import Path

import made_epub
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.open_document import read, read_facts
from sbv2cli.records import Ruby

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "style", "table", "draw", "svg", "meta", "fo")
)
STYLES = (
    '<style:style style:name="Hid" style:family="text">'
    '<style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="Struck" style:family="text">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    '<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Standard"/>'
    '<style:style style:name="Memo" style:family="paragraph">'
    '<style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="P3" style:family="paragraph" style:parent-style-name="Memo"/>'
    '<style:style style:name="P4" style:family="paragraph" style:parent-style-name="Memo">'
    '<style:text-properties text:display="true"/></style:style>'
    '<style:style style:name="P5" style:family="paragraph">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
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


WRITER = (
    "頁に置いた枠。", "第一章", "朝の光が岬の灯台を照らした。", "そして泣いた。", "残る段落。",
    "見える文字と取り消し。", "絵の前絵の後。", "式はE=mc2です。", "表の前。", "太郎\u3000やあ。",
    "終わり。",
)  # fmt: skip


@pytest.mark.parametrize("suffix", ["odt", "fodt"])
def test_a_document_of_writer(suffix):
    """Ruby, a note, tracked changes, hidden text, a picture, a formula, a box, all by Writer."""
    found = lines(io.BytesIO((DOCUMENTS / f"writer.{suffix}").read_bytes()))
    assert tuple(line.text for line in found) == WRITER
    assert [one.reading for one in found[2].ruby] == ["みさき", "とうだい"]
    assert codes(found[0]) == ["book.notes", "book.hidden", "book.struck"]
    assert "28 characters" in found[0].findings[1].message


CHANGES = (
    '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info/>'
    '</text:deletion></text:changed-region><text:changed-region text:id="c2"><text:insertion/>'
    "</text:changed-region></text:tracked-changes>"
)
BEGIN, END = '<text:change-start text:change-id="c1"/>', '<text:change-end text:change-id="c1"/>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"<text:p>山{BEGIN}と<text:s/>川<text:line-break/>{END}だ。</text:p>", ["山だ。"]),
        (
            f"<text:p>山{BEGIN}だ。</text:p><text:p>川だ。</text:p><text:p>海{END}だ。</text:p>",
            ["山だ。"],
        ),
        (
            (
                f"<text:p>山{BEGIN}だ。</text:p><table:table><table:table-row><table:table-cell>"
                f"<text:p>表</text:p></table:table-cell></table:table-row></table:table>"
                f"<text:p>{END}海だ。</text:p>"
            ),
            ["山海だ。"],
        ),
        (f"<text:p>山{BEGIN}だ。</text:p>", ["山"]),
        (
            (
                f"<text:h>山{BEGIN}だ。</text:h><text:p><draw:frame><draw:text-box><text:p>箱"
                f"</text:p></draw:text-box></draw:frame>{END}海</text:p>"
            ),
            ["山海"],
        ),
        (
            (
                '<text:p>山<text:change-start text:change-id="c2"/>川'
                '<text:change-end text:change-id="c2"/></text:p>'
            ),
            ["山川"],
        ),
    ],
)
def test_what_was_deleted_in_the_text_is_not_spoken(body, expected):
    assert texts(CHANGES + body) == expected


@pytest.mark.parametrize(
    "hidden",
    [
        '<text:section text:display="none"><text:p>隠し。</text:p></text:section>',
        (
            '<text:section text:display="condition" text:is-hidden="true"><text:p>隠し。</text:p>'
            "</text:section>"
        ),
        '<text:p text:style-name="P3">隠し。</text:p>',
        '<text:p>隠し。<text:hidden-paragraph text:is-hidden="true"/></text:p>',
    ],
)
def test_hidden_paragraphs_and_sections_are_told(hidden):
    (line,) = lines(odt(f"{hidden}<text:p>岬だ。</text:p>"))
    assert (line.text, codes(line)) == ("岬だ。", ["book.hidden"])


def test_what_is_not_hidden_is_spoken():
    body = (
        '<text:section text:display="condition" text:is-hidden="false"><text:p>節。</text:p>'
        '</text:section><text:p>段<text:hidden-paragraph text:is-hidden="false"/>落。</text:p>'
        '<text:p text:style-name="P4">示す。</text:p>'
    )
    assert texts(body) == ["節。", "段落。", "示す。"]


def test_a_style_strikes_a_whole_paragraph():
    (line,) = lines(odt('<text:p text:style-name="P5">岬だ。</text:p>'))
    assert (line.text, codes(line)) == ("岬だ。", ["book.struck"])


def test_objects_are_told_and_formulas_spoken():
    body = (
        "<text:p>値は<draw:frame><draw:object><math><mi>E</mi><mo> = </mo><annotation>E = m"
        "</annotation></math></draw:object><draw:image><office:binary-data>aGVsbG8="
        "</office:binary-data></draw:image></draw:frame>だ。</text:p>"
        "<text:p>表<draw:frame><draw:object><office:document><office:body><office:spreadsheet>"
        "<text:p>升</text:p></office:spreadsheet></office:body></office:document></draw:object>"
        "</draw:frame>だ。</text:p>"
    )
    formula, table = lines(io.BytesIO(content(body, "document").encode()))
    assert (formula.text, table.text) == ("値はE=だ。", "表だ。")
    assert codes(formula) == ["book.objects"]


def test_numbers_of_headings_are_those_that_writer_shows():
    shown = (DOCUMENTS / "numbers.odt.txt").read_text("utf-8-sig").splitlines()
    found = lines(io.BytesIO((DOCUMENTS / "numbers.odt").read_bytes()))
    ours = ["".join(line.text.split()) for line in found]
    theirs = ["".join(row.split()) for row in shown]
    assert ours == [row.removeprefix("1.").removeprefix("2.") for row in theirs]  # of list items
    assert found[0].text == "第一章\u3000灯台"
    assert not [one for line in found for one in line.findings]


def outlined(body, more=""):
    """A document of which two levels of headings have numbers."""
    numbered = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"'
        ' style:num-prefix="第" style:num-suffix="章"/><text:outline-level-style text:level="2"'
        ' style:num-format="一, 二, 三, ..." text:display-levels="2"/></text:outline-style>'
    )
    styles = f"<office:document-styles {SPACES}>{numbered}{more}</office:document-styles>"
    return lines(odt(body, styles=styles))


H1, H2 = '<text:h text:outline-level="1"', '<text:h text:outline-level="2"'
FREE = '<style:style style:name="Free" style:family="paragraph" style:list-style-name=""/>'
LIST = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1"'
    ' style:num-format="1"/></text:list-style>'
)


@pytest.mark.parametrize(
    ("body", "more", "texts", "told"),
    [
        (f"{H1}>山の</text:h>{H2}>川</text:h>", "", ["第1章\u3000山の", "1.一\u3000川"], 0),
        (f'{H1} text:style-name="Free">山の</text:h>{H1}>川</text:h>', FREE,
         ["山の", "第1章\u3000川"], 0),
        (f'{H1} text:is-list-header="true">山の</text:h>', "", ["山の"], 0),
        (f'{H1} text:restart-numbering="true" text:start-value="5">山の</text:h>', "",
         ["第5章\u3000山の"], 0),
        (f"{H2}>山の</text:h>{H1}>川</text:h>", "", ["山の", "川"], 2),  # nothing above the first
        ((f'<text:list text:style-name="L"><text:list-item>{H1}>山の</text:h></text:list-item>'
          f"</text:list>{H1}>川</text:h>"), LIST, ["山の", "第1章\u3000川"], 1),
    ],
)  # fmt: skip
def test_numbers_before_headings(body, more, texts, told):
    found = outlined(body, more)
    assert [line.text for line in found] == texts
    messages = [one.message for line in found for one in line.findings]
    said = f"headings whose numbers are made by Word or Writer, which are not spoken: {told}"
    assert messages == [said] * bool(told)


@pytest.mark.parametrize(
    ("text", "language"),
    [("The lighthouse.", "en"), ("海边有一座灯塔。", "zh"), ("岬の灯台。", "ja")],
)
def test_the_language_is_that_of_the_script(text, language):
    styles = (
        f'<office:document-styles {SPACES}><style:default-style style:family="paragraph">'
        '<style:text-properties fo:language="en" style:language-asian="zh"/>'
        "</style:default-style></office:document-styles>"
    )
    (line,) = lines(odt(f"<text:p>{text}</text:p>", styles=styles))
    assert line.language == language


@given(
    st.lists(
        st.sampled_from(
            [
                "<text:p>", "</text:p>", "<text:h>", "</text:h>", "<text:note-body>", "<text:s/>",
                "<draw:text-box>", "</draw:text-box>", "<table:table-cell>", "<text:ruby>",
                "<text:ruby-text>", "</text:ruby>", "あ", "<text:list-item>", BEGIN, END, CHANGES,
                "<draw:object>", "</draw:object>",
            ]
        ),
        max_size=20,
    )
)  # fmt: skip
def test_any_document(pieces):
    body = CHANGES + "<text:p>始</text:p>" + "".join(pieces)
    assert all(line.text for line in lines(odt(body)))


def test_a_heading_by_the_name_of_its_style():
    styles = (
        f"<office:document-styles {SPACES}>"
        '<style:style style:name="Heading_20_1" style:display-name="Heading 1"'
        ' style:family="paragraph"/><style:style style:name="P9" style:family="paragraph"'
        ' style:parent-style-name="Heading_20_1"/></office:document-styles>'
    )
    body = (
        '<text:p text:style-name="P9">岬</text:p><text:p text:style-name="Heading_20_2">朝</text:p>'
    )
    found = lines(odt(f"{body}<text:p>灯台だ。</text:p>", styles=styles))
    assert [line.level for line in found] == [1, 2, None]


def test_a_line_across_the_page_is_a_break_of_scenes():
    rule = '<text:p text:style-name="Horizontal_20_Line"/>'
    found = lines(odt(f"<text:p>朝。</text:p>{rule}<text:p>夜。</text:p>"))
    assert [(line.text, line.scene) for line in found] == [("朝。", None), ("夜。", "2")]
