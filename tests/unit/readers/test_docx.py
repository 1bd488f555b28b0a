"""Documents of Word, by a package that others made, and by hand where it knows too little."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import docx
import made_epub
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.detect import detect
from sbv2cli.readers.docx import read, read_facts
from sbv2cli.readers.format import ReaderOptions

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RUBY = (
    "<w:ruby><w:rubyPr/><w:rt><w:r><w:t>とうだい</w:t></w:r></w:rt>"
    "<w:rubyBase><w:r><w:t>灯台</w:t></w:r></w:rubyBase></w:ruby>"
)


def lines(stream, **options):
    return list(read(stream, "novel.docx", ReaderOptions(**options)))


def texts(stream, **options):
    return [line.text for line in lines(stream, **options)]


def saved(document):
    stream = io.BytesIO()
    document.save(stream)
    return stream


def made(body, **parts):
    """A document with this inside its body; parts are styles, footnotes…"""
    files = {"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>"}
    for name, inside in parts.items():
        files[f"word/{name}.xml"] = f"<w:{name} {W}>{inside}</w:{name}>"
    return made_epub.zipped(files)


def p(inside, style=""):
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{inside}</w:p>"


def r(text):
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_a_document_as_a_package_writes_it():
    document = docx.Document()
    document.add_heading("岬", 0)
    document.add_heading("第一章", 1)
    paragraph = document.add_paragraph("岬の")
    paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{RUBY}</w:r>"))
    paragraph.add_run("へ\n行く。")
    document.add_paragraph("項目", style="List Bullet")
    table = document.add_table(2, 2)
    for place, text in (((0, 0), "あ"), ((0, 1), "い"), ((1, 0), "う")):
        table.cell(*place).text = text
    document.add_paragraph("＊＊＊")
    document.add_page_break()
    document.add_paragraph("海。空。")
    found = lines(saved(document))
    assert [(line.text, line.level, line.chapter, line.scene) for line in found] == [
        ("岬", 1, 1, None),
        ("第一章", 1, 2, None),
        ("岬の灯台へ\u3000行く。", None, 2, None),
        ("項目", None, 2, None),
        ("あ\u3000い", None, 2, None),
        ("う", None, 2, None),
        ("海。", None, 2, "2"),
        ("空。", None, 2, "2"),
    ]
    assert [(one.span, one.reading) for one in found[2].ruby] == [((2, 4), "とうだい")]
    assert {line.language for line in found} == {"ja"}
    assert str(found[1].source) == "novel.docx:2"


def test_what_a_document_says_of_itself():
    document = docx.Document()
    document.core_properties.title = "岬"
    document.core_properties.author = "海野 太郎"
    facts = read_facts(saved(document), "novel.docx")
    assert (facts.title, facts.people[0].name) == ("岬", "海野 太郎")
    assert read_facts(made(p(r("あ"))), "novel.docx").title is None


def test_styles_with_japanese_names_and_styles_that_are_based_on_others():
    styles = (
        '<w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="m2"><w:name w:val="見出し 2"/></w:style>'
        '<w:style w:styleId="mine"><w:name w:val="章題"/><w:basedOn w:val="m2"/></w:style>'
        '<w:style w:styleId="o"><w:name w:val="節"/>'
        '<w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
        '<w:style w:styleId="loop"><w:name w:val="x"/><w:basedOn w:val="loop"/></w:style>'
        '<w:style w:styleId="toc"><w:name w:val="toc 1"/></w:style>'
    )
    body = (
        p(r("一"), "1") + p(r("二"), "m2") + p(r("三"), "mine") + p(r("四"), "o")
        + p(r("五"), "loop") + p(r("六"), "見出し3") + p(r("目次の行"), "toc")
        + f'<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr>{r("七")}</w:p>'
    )  # fmt: skip
    found = lines(made(body, styles=styles))
    assert [(line.text, line.level) for line in found] == [
        ("一", 1), ("二", 2), ("三", 2), ("四", 3), ("五", None), ("六", 3), ("七", 1),
    ]  # fmt: skip
    assert [one.code for one in found[0].findings] == ["book.front-matter"]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (r("あ") + f"<w:ins>{r('い')}</w:ins>" + f"<w:del>{r('う')}</w:del>", "あい"),
        (f"<w:moveFrom>{r('あ')}</w:moveFrom><w:moveTo>{r('い')}</w:moveTo>", "い"),
        (f"<w:hyperlink>{r('岬')}</w:hyperlink><w:sdt><w:sdtContent>{r('へ')}</w:sdtContent></w:sdt>",
         "岬へ"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r>" + r("あ"), "あ"),
        (r("a") + "<w:r><w:tab/><w:noBreakHyphen/><w:softHyphen/></w:r>" + r("b"), "a -b"),
        (r("あ") + "<w:r><w:br/></w:r>" + r("い"), "あ\u3000い"),
        (r("あ") + '<w:r><w:br w:type="page"/></w:r>' + r("い"), "あい"),
        (r("あ") + '<w:r><w:commentReference w:id="1"/></w:r>', "あ"),
        ("<w:r><w:fldChar/><w:instrText>PAGE</w:instrText></w:r>" + r("3"), "3"),
    ],
)  # fmt: skip
def test_runs(inside, expected):
    assert texts(made(p(inside))) == [expected]


def test_ruby_as_a_field():
    field = r"EQ \* jc2 \* &quot;Font:ＭＳ 明朝&quot; \* hps10 \o\ad(\s\up 9(とうだい),灯台)"
    (line,) = lines(made(p(r("岬の") + f"<w:r><w:instrText>{field}</w:instrText></w:r>" + r("へ"))))
    assert (line.text, [(one.span, one.reading) for one in line.ruby]) == (
        "岬の灯台へ",
        [((2, 4), "とうだい")],
    )


BEGIN, SEPARATE, END = (
    f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
)


def field(*pieces, result=""):
    """A field as Word writes it: its instruction in as many runs as it has fonts and sizes."""
    inside = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return BEGIN + inside + (SEPARATE + r(result) if result else "") + END


@pytest.mark.parametrize(
    ("inside", "expected", "readings"),
    [
        (field(r"EQ \* jc2 \* hps10 \o\ad(\s\up 9(", "とうだい", "),灯台)"), "灯台", ["とうだい"]),
        (field(r" eq \o(\s\up 10(", "みさき", r");", "岬", ") "), "岬", ["みさき"]),
        (field(r"EQ \o\ad(\s\up 9(", "　", "),灯台)"), "灯台", []),
        (field(r"eq \o\ac(○,", "印", ")"), "印", []),
        (field(r"EQ \f(1,2)"), "1/2", []),
        (field(r"EQ \o (\s\up 5(株式), \s\do 2(会社))"), "株式会社", []),
        (field(r"EQ \o\ad(\s\up 9(とうだい),灯台)", result="灯台"), "灯台", ["とうだい"]),
        (field(r"EQ \s\up 3(上)\(下\)"), "上(下)", []),
        (field(r'TOC \o "1-3"', result="目次"), "目次", []),
        (r'<w:fldSimple w:instr="EQ \o\ac(○,印)"/>', "印", []),
        (f"{BEGIN}{field(' PAGE ', result='3')}<w:instrText> = 3</w:instrText>{END}", "", []),
        (
            (
                f"{BEGIN}<w:instrText>EQ \\f(</w:instrText>{field('REF x', result='1')}"
                f"<w:instrText>,2)</w:instrText>{END}"
            ),
            "1/2",
            [],
        ),
    ],
)
def test_what_stands_in_fields_is_not_lost(inside, expected, readings):
    (line,) = lines(made(p(r("あ") + inside + r("い"))))
    assert (line.text, [one.reading for one in line.ruby]) == (f"あ{expected}い", readings)


def test_an_equation_that_never_ends_holds_its_paragraph_alone():
    body = p(r("あ") + field(r"EQ \o\ac(○,印").removesuffix(END)) + p(r("い") + BEGIN + r("う"))
    assert texts(made(body)) == ["あ印", "いう"]
    deep = field("EQ " + r"\s\up 1(" * 5000 + "深い")
    assert "深い" in texts(made(p(deep)))[0]


def test_numbers_that_word_puts_before_headings_are_told():
    name = '<w:name w:val="heading 1"/>'
    numbers = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    styles = (
        f'<w:style w:styleId="h">{name}</w:style><w:style w:styleId="n">{name}{numbers}</w:style>'
    )
    properties = '<w:pPr><w:pStyle w:val="h"/><w:numPr><w:numId w:val="{}"/></w:numPr></w:pPr>'
    for body, expected in (
        (p(r("旅立ち"), "n"), ["book.numbers"]),
        (f"<w:p>{properties.format(1)}{r('旅立ち')}</w:p>", ["book.numbers"]),
        (f"<w:p>{properties.format(0)}{r('旅立ち')}</w:p>", []),
        (p(r("旅立ち"), "h"), []),
    ):
        (line,) = lines(made(body, styles=styles))
        assert line.heading
        assert [one.code for one in line.findings] == expected


def test_what_is_struck_through_or_hidden_is_told():
    struck = "<w:r><w:rPr><w:strike/></w:rPr><w:t>消し</w:t></w:r>"
    kept = '<w:r><w:rPr><w:strike w:val="0"/></w:rPr><w:t>だ</w:t></w:r>'
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隠し</w:t></w:r>"
    (line,) = lines(made(p(r("岬") + struck + kept + hidden)))
    assert line.text == "岬消しだ"
    told = [(one.code, one.severity) for one in line.findings]
    assert told == [("book.hidden", "note"), ("book.struck", "warning")]


def test_a_table_of_contents_in_a_box_is_left_out():
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    inside = p(r("目次")) + p(f"<w:hyperlink>{r('第一章')}</w:hyperlink>")
    box = f"<w:sdt><w:sdtPr>{gallery}</w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"
    (line,) = lines(made(box + p(r("本文。"))))
    assert line.text == "本文。"
    assert [one.code for one in line.findings] == ["book.front-matter"]
    assert texts(made(box), front_matter="speak") == ["目次", "第一章"]


def test_paragraphs_that_a_tracked_change_joins_are_one():
    deleted = "<w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>"
    gone = "<w:del><w:r><w:delText>消えた。</w:delText></w:r></w:del>"
    body = (
        f"<w:p>{deleted}{r('岬の')}</w:p><w:p>{deleted}{gone}</w:p>" + p(r("灯台。"))
        + f"<w:p>{deleted}{r('終わり。')}</w:p>"
        + f"<w:tbl><w:tr><w:tc><w:p>{deleted}{r('表。')}</w:p></w:tc></w:tr></w:tbl>"
        + f"<w:p>{deleted}{r('最後。')}</w:p>"
    )  # fmt: skip
    assert texts(made(body)) == ["岬の灯台。", "終わり。", "表。", "最後。"]


def test_a_line_across_the_page_is_a_break_of_scenes():
    rule = '<w:r><w:pict><v:rect xmlns:v="v" xmlns:o="o" o:hr="t" o:hrstd="t"/></w:pict></w:r>'
    found = lines(made(p(r("朝。")) + p(rule) + p(r("夜。"))))
    assert [(line.text, line.scene) for line in found] == [("朝。", None), ("夜。", "2")]


def test_boxes_of_text_are_read_once_behind_their_paragraph():
    box = f"<w:txbxContent>{p(r('箱'))}</w:txbxContent>"
    body = (
        "<w:p>" + r("前") + "<w:r><mc:AlternateContent><mc:Choice><w:drawing>" + box
        + "</w:drawing></mc:Choice><mc:Fallback><w:pict>" + box
        + "</w:pict></mc:Fallback></mc:AlternateContent></w:r>" + r("後") + "</w:p>"
    )  # fmt: skip
    assert texts(made(body)) == ["前後", "箱"]


def test_notes_are_left_out_or_spoken():
    notes = (
        '<w:footnote w:type="separator" w:id="0">' + p(r("-")) + "</w:footnote>"
        '<w:footnote w:id="2">' + p("<w:r><w:footnoteRef/></w:r>" + r("註です。")) + "</w:footnote>"
    )
    body = p(r("本文") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + r("です。"))
    found = lines(made(body, footnotes=notes))
    assert [line.text for line in found] == ["本文です。"]
    assert [one.code for one in found[0].findings] == ["book.notes"]
    assert texts(made(body, footnotes=notes), notes="speak") == ["本文です。", "註です。"]


def test_cells_with_several_paragraphs_are_read_one_by_one():
    row = f"<w:tr><w:tc>{p(r('あ'))}{p(r('い'))}</w:tc><w:tc>{p(r('う'))}</w:tc></w:tr>"
    assert texts(made(f"<w:tbl>{row}</w:tbl>")) == ["あ", "い", "う"]


def test_what_is_no_document():
    for data, code in (
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "book.protected"),
        (b"PK nothing", "book.damaged"),
        (made_epub.zipped({"a.txt": "a"}).getvalue(), "book.damaged"),
    ):
        with pytest.raises(ScriptError) as caught:
            lines(io.BytesIO(data))
        assert caught.value.code == code
    assert detect(io.BytesIO(b"PK"), "a.DOCX")[0] == "docx"


@given(st.binary(max_size=60), st.integers(0, 400))
def test_damaged_documents_are_lines_or_errors(noise, place):
    document = f"<w:document {W}><w:body>{p(r('あ'), '1')}{RUBY}</w:body></w:document>".encode()
    data = bytearray(document)
    data[place : place + len(noise)] = noise
    with contextlib.suppress(ScriptError):
        lines(made_epub.zipped({"word/document.xml": bytes(data)}))


WRITER = (
    "第一章", "頁に置いた枠。", "朝の光が岬の灯台を照らした。", "そして泣いた。", "残る段落。",
    "見える文字と取り消し。", "隠し段落の文。", "絵の前絵の後。", "式はE=mc2です。", "表の前。",
    "太郎\u3000やあ。", "終わり。", "節の中の隠し文。",
)  # fmt: skip


def test_a_document_of_writer():
    """Ruby, a note, tracked changes, hidden text, a formula, a box, by LibreOffice.

    Writer saves sections and paragraphs that it hides as plain text, so these are spoken.
    """
    found = lines(io.BytesIO((DOCUMENTS / "writer.docx").read_bytes()))
    assert tuple(line.text for line in found) == WRITER
    assert [one.reading for one in found[2].ruby] == ["みさき", "とうだい"]
    assert [one.code for one in found[0].findings] == ["book.notes", "book.hidden", "book.struck"]


STYLES = (
    '<w:style w:styleId="Memo"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:styleId="Shown"><w:basedOn w:val="Memo"/><w:rPr><w:vanish w:val="0"/></w:rPr>'
    '</w:style><w:style w:styleId="Below"><w:basedOn w:val="Memo"/></w:style>'
    '<w:style w:styleId="Struck"><w:rPr><w:strike/></w:rPr></w:style>'
)


@pytest.mark.parametrize(
    ("paragraph", "hidden"),
    [
        (p(r("灯台。"), "Memo"), True),
        (p(r("灯台。"), "Below"), True),
        (p(r("灯台。"), "Shown"), False),
        (p('<w:r><w:rPr><w:rStyle w:val="Memo"/></w:rPr><w:t>灯台。</w:t></w:r>'), True),
        # Two styles that hide turn each other off; what the run says itself decides.
        (p('<w:r><w:rPr><w:rStyle w:val="Memo"/></w:rPr><w:t>灯台。</w:t></w:r>', "Memo"), False),
        (p('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>灯台。</w:t></w:r>', "Memo"), False),
    ],
)
def test_styles_hide_text(paragraph, hidden):
    found = lines(made(p(r("岬。")) + paragraph, styles=STYLES))
    assert [line.text for line in found] == ["岬。"] + ["灯台。"] * (not hidden)
    assert [one.code for one in found[0].findings] == ["book.hidden"] * hidden


def test_styles_strike_text():
    (line,) = lines(made(p(r("岬。"), "Struck"), styles=STYLES))
    assert (line.text, [one.code for one in line.findings]) == ("岬。", ["book.struck"])


def numbered(levels, body, more=""):
    """A document whose headings, Heading1 and Heading2, are levels of one list."""
    styles = "".join(
        f'<w:style w:styleId="Heading{n}"><w:name w:val="heading {n}"/><w:pPr><w:numPr>'
        f'<w:ilvl w:val="{n - 1}"/><w:numId w:val="7"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    inside = "".join(f'<w:lvl w:ilvl="{n}">{level}</w:lvl>' for n, level in enumerate(levels))
    numbering = (
        f'<w:abstractNum w:abstractNumId="3">{inside}</w:abstractNum>'
        f'<w:num w:numId="7"><w:abstractNumId w:val="3"/></w:num>{more}'
    )
    return lines(made(body, styles=styles, numbering=numbering))


def level(kind, text, more=""):
    return f'<w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}<w:lvlText w:val="{text}"/>'


def test_numbers_of_headings_are_those_that_writer_shows():
    shown = (DOCUMENTS / "numbers.docx.txt").read_text("utf-8-sig").splitlines()
    found = lines(io.BytesIO((DOCUMENTS / "numbers.docx").read_bytes()))
    ours = ["".join(line.text.split()) for line in found]
    theirs = ["".join(row.split()) for row in shown]
    assert ours == [row.removeprefix("1.").removeprefix("2.") for row in theirs]  # of list items
    assert [line.text for line in found[:3]] == [
        "第一章\u3000灯台",
        "岬に灯台がある。",
        "一－1\u3000朝",
    ]
    assert not [one for line in found for one in line.findings]


@pytest.mark.parametrize(
    ("kind", "count", "written"),
    [
        ("decimal", 12, "第12章"),
        ("decimalFullWidth", 10, "第１０章"),
        ("upperRoman", 9, "第IX章"),
        ("lowerLetter", 26, "第z章"),
        ("aiueoFullWidth", 46, "第ン章"),
        ("iroha", 10, "第ヌ章"),
        ("japaneseCounting", 21, "第二十一章"),
        ("ideographTraditional", 10, "第癸章"),
        ("decimalEnclosedCircle", 20, "第⑳章"),
        # Beyond these, programs write different things, or start again.
        ("lowerLetter", 27, None),
        ("japaneseCounting", 100, None),
        ("ideographDigital", 10, None),
        ("japaneseDigitalTenThousand", 1, None),
        ("chicago", 1, None),
    ],
)
def test_the_ways_to_write_a_number(kind, count, written):
    found = numbered([level(kind, "第%1章")], p(r("岬の"), "Heading1") * count)
    told = [one.code for line in found for one in line.findings]
    if written is None:  # all or none
        assert (found[0].text, told) == ("岬の", ["book.numbers"])
    else:
        assert (found[-1].text, told) == (f"{written}\u3000岬の", [])


@pytest.mark.parametrize(
    ("first", "shown", "told"),
    [
        (level("none", "%1"), "岬", 0),
        (level("decimal", ""), "岬", 0),
        (level("bullet", "•"), "岬", 0),
        (level("decimal", "%1", '<w:suff w:val="nothing"/>'), "1岬", 0),
        ('<w:numFmt w:val="decimal"/><w:lvlText w:val="第%1章"/>', "岬", 1),  # no start
        (level("decimal", "%2"), "岬", 1),  # of a level below
    ],
)
def test_what_stands_before_a_heading(first, shown, told):
    (line,) = numbered([first], p(r("岬"), "Heading1"))
    assert line.text == shown
    assert [one.code for one in line.findings] == ["book.numbers"] * told


def test_a_level_without_the_one_above_it_is_told():
    found = numbered([level("decimal", "%1"), level("decimal", "%1.%2")], p(r("岬"), "Heading2"))
    assert [line.text for line in found] == ["岬"]
    assert [one.code for one in found[0].findings] == ["book.numbers"]


def test_levels_may_go_on_across_those_above():
    levels = [level("decimal", "%1"), level("decimal", "第%2節", '<w:lvlRestart w:val="0"/>')]
    body = p(r("山"), "Heading1") + p(r("岬の"), "Heading2")
    found = numbered(levels, body * 2)
    assert [line.text.split()[0] for line in found] == ["1", "第1節", "2", "第2節"]


def test_a_deleted_heading_is_not_counted():
    gone = (
        '<w:p><w:pPr><w:pStyle w:val="Heading1"/><w:rPr><w:del/></w:rPr></w:pPr>'
        "<w:del><w:r><w:delText>消</w:delText></w:r></w:del></w:p>"
    )
    heading = p(r("岬の"), "Heading1")
    found = numbered([level("decimal", "%1")], heading + gone + heading)
    assert [line.text.split()[0] for line in found] == ["1", "2"]


def test_objects_are_told():
    box = "<w:r><w:object><o:OLEObject/></w:object></w:r>"
    (line,) = lines(made(p(r("岬。") + box)))
    assert [one.code for one in line.findings] == ["book.objects"]


@pytest.mark.parametrize(
    ("text", "language"), [("The lighthouse.", "en"), ("海边有一座灯塔。", "zh"), ("岬だ。", "ja")]
)
def test_the_language_is_that_of_the_script(text, language):
    styles = (
        "<w:docDefaults><w:rPrDefault><w:rPr>"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>'
    )
    (line,) = lines(made(p(r(text)), styles=styles))
    assert line.language == language


def test_the_index_of_a_document_is_left_out_with_its_heading():
    styles = (
        '<w:style w:styleId="IndexHeading"><w:name w:val="Index Heading"/></w:style>'
        '<w:style w:styleId="Index1"><w:name w:val="Index 1"/></w:style>'
    )
    body = p(r("岬。")) + p(r("索引"), "IndexHeading") + p(r("岬　1"), "Index1")
    assert texts(made(body, styles=styles)) == ["岬。"]
