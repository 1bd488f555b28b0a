"""Books: real ones, and small ones for each oddity that real ones have."""

from __future__ import annotations

import contextlib
import html
import io
import re
import struct
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import made_epub
import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.aozora.characters import repeated
from sbv2cli.readers.archive import Archive
from sbv2cli.readers.epub.reader import read, read_facts
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script

BOOKS = Path(__file__).parents[2] / "data" / "books" / "epub"


def lines(book, **options):
    return list(read(book, "book.epub", ReaderOptions(**options)))


def texts(book, **options):
    return [line.text for line in lines(book, **options)]


def codes(book, **options):
    return [finding.code for finding in lines(book, **options)[0].findings]


def refusal(book):
    with pytest.raises(ScriptError) as caught:
        lines(book)
    assert caught.value.hint
    return caught.value.code


def test_what_the_book_s_own_style_sheets_hide_is_not_spoken_and_told():
    def hiding(sheet, name):
        head = f'<link rel="stylesheet" href="{sheet}"/>'
        body = f'<h1 id="c" class="x">一</h1><p>灯台。</p><p class="{name}">隠れた文。</p>'
        return made_epub.page(body, head=head)

    pages = {"a.xhtml": hiding("css/s.css", "hide"), "b.xhtml": hiding("css/t.css", "hide")}
    files = {"OPS/css/s.css": "p.hide, .x{display:none}", "OPS/css/t.css": ".hide{color:red}"}
    nav = '<li><a href="a.xhtml#c">朝</a></li><li><a href="b.xhtml#c">一</a></li>'
    found = lines(made_epub.epub(pages, nav=nav, files=files))
    # A title that is hidden stands in the table of contents still.
    assert [line.text for line in found] == ["朝", "灯台。", "一", "灯台。", "隠れた文。"]
    assert [line.chapter_title for line in found][::2] == ["朝", "一", "一"]
    assert {one.code for one in found[0].findings} == {"book.hidden", "book.titles"}


# ---- real books ----------------------------------------------------------------------------------


def real(name, **options):
    return list(read_script(BOOKS / f"{name}.epub", ReaderOptions(**options)))


def squeezed(text):
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("aozora-two-works-epub2", "羅生門 五月より 五月 六月 七月 八月 九月 十月 十一月 十二月"),
        (
            "aozora-three-works-epub3",
            "或敵打の話 発端 一 二 三 大団円 後談 小さい太郎の悲しみ 一 二 三 四 五 山月記",
        ),
    ],
)
def test_two_packages_of_aozora_s_pages(name, titles):
    found = real(name)
    with zipfile.ZipFile(BOOKS / f"{name}.epub") as book:
        page = html.unescape(book.read("OEBPS/text.xhtml").decode())
    written = re.sub(r"<rp>[^<]*</rp>|</?rb>", "", page.split("<body>")[1])
    pairs = [
        (base, repeated(reading))  # ちら／＼ is ちらちら
        for base, reading in re.findall(r"<ruby>([^<]*)<rt>([^<]*)</rt></ruby>", written)
    ]
    body = re.sub(r"<[^>]*>", "", re.sub(r"<rt>[^<]*</rt>", "", written))
    assert [
        (line.text[slice(*one.span)], one.reading) for line in found for one in line.ruby
    ] == pairs
    assert squeezed("".join(line.text for line in found)) == squeezed(body)
    assert [line.chapter_title for line in found if line.heading] == titles.split()
    assert [line.chapter for line in found if line.heading] == list(
        range(1, len(titles.split()) + 1)
    )
    assert {line.language for line in found} == {"ja"}
    assert not any(line.findings for line in found)


LEFT_OUT = frozenset(
    "annotation backlink colophon copyright-page endnotes footnote halftitlepage imprint landmarks"
    " loi noteref page-list pagebreak rearnote rearnotes titlepage toc".split()
)


def shown(element):
    """The text of an element, by another parser, without what is left out by its type."""
    types = (element.get("{http://www.idpf.org/2007/ops}type") or "").split()
    if LEFT_OUT & set(types) or element.get("class") == "lnum":
        return ""
    if element.tag.endswith(("}script", "}svg")):
        return ""
    inside = "".join(shown(child) + (child.tail or "") for child in element)
    return (element.text or "") + inside


@pytest.mark.parametrize("name", ["flatland", "wasteland", "childrens-literature"])
def test_no_character_of_a_real_book_is_lost_and_none_is_foreign(name):
    ns = {"o": "http://www.idpf.org/2007/opf", "h": "http://www.w3.org/1999/xhtml"}
    with zipfile.ZipFile(BOOKS / f"{name}.epub") as book:
        package = next(one for one in book.namelist() if one.endswith(".opf"))
        root = ET.fromstring(book.read(package))
        items = {one.get("id"): one.get("href") for one in root.iterfind(".//o:item", ns)}
        pages = [
            ET.fromstring(book.read(f"{package.split('/')[0]}/{items[one.get('idref')]}"))
            for one in root.iterfind(".//o:itemref", ns)
        ]
    body = "".join(shown(page.find("h:body", ns)) for page in pages)
    # This title stands in the table of contents alone.
    spoken = "".join(line.text for line in real(name) if line.text != "Dedication")
    # A colon parts the number and the name of a chapter; word joiners are not seen.
    assert re.sub(r"[\s:]", "", spoken) == re.sub(r"[\s:\u2060\ufeff]", "", body)


def test_flatland():
    found = real("flatland")
    titles = [line.text for line in found if line.heading]
    assert titles[2:4] == ["Part I: This World", "I: Of the Nature of Flatland"]
    assert len(titles) == 26
    assert [line.level for line in found if line.heading][:4] == [1, 2, 2, 3]
    told = {one.code: one.message for one in found[0].findings}
    assert told["book.front-matter"] == (
        "left out: colophon, copyright-page, loi, titlepage (5,435 characters)"
    )
    spoken = " ".join(line.text for line in found)
    for gone in ("Standard Ebooks", "The author desires me to add", "↩", "League of Moveable"):
        assert gone not in spoken
    assert {line.language for line in found} == {"en"}
    kept = " ".join(line.text for line in real("flatland", notes="speak", front_matter="speak"))
    assert "The author desires me to add" in kept
    assert "Standard Ebooks" in kept
    assert "↩" not in kept


def test_the_waste_land():
    found = real("wasteland")
    assert [line.text for line in found if line.heading] == [
        "I. THE BURIAL OF THE DEAD",
        "II. A GAME OF CHESS",
        "III. THE FIRE SERMON",
        "IV. DEATH BY WATER",
        "V. WHAT THE THUNDER SAID",
    ]
    spoken = " ".join(line.text for line in found)
    assert "Looking into the heart of light, the silence." in spoken
    # Neither numbers of verses, nor marks of notes, nor the notes.
    assert not re.search(r"\d|\*", spoken)
    assert "Miss Weston" not in spoken


def test_children_s_literature():
    found = real("childrens-literature")
    titles = [line.text for line in found if line.heading]
    assert "THE KING OF THE GOLDEN RIVER OR THE BLACK BROTHERS" in titles
    assert "1. The Rabbi and The Diadem" in titles
    spoken = " ".join(line.text for line in found)
    assert "Transcriber's Note" not in spoken
    assert 'how "The Emperor\'s New Clothes" came into being' in spoken
    told = {one.code for one in found[0].findings}
    assert told == {"book.front-matter", "book.notes"}


def test_a_test_suite_in_three_languages():
    found = real("epub30-test-0130")
    ruby = {line.text[slice(*one.span)]: one.reading for line in found for one in line.ruby}
    assert ruby["虞美人草"] == "ぐびじんそう"
    assert ruby["福音伝道者"] == "エヴァンジェリスト"
    assert ruby["アメリカ議会図書館"] == "Library of Congress"
    assert {line.language for line in found if "テスト" in line.text} == {"ja"}
    assert "book.language" in {one.code for one in found[0].findings}


# ---- containers ----------------------------------------------------------------------------------


def files_of(book):
    with zipfile.ZipFile(book) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_first_package_that_is_there_is_read():
    files = files_of(made_epub.epub({"a.xhtml": "<p>あ</p>"}))
    container = made_epub.CONTAINER.replace(
        "<rootfiles>",
        "<rootfiles><rootfile full-path='x.pdf' media-type='application/pdf'/>"
        "<rootfile full-path='none.opf' media-type='application/oebps-package+xml'/>",
    )
    files["META-INF/container.xml"] = container.encode()
    files["mimetype"] = b"application/epub+zip\r\n"
    assert texts(made_epub.zipped(files)) == ["あ"]
    del files["META-INF/container.xml"]
    assert texts(made_epub.zipped(files)) == ["あ"]


def test_names_in_another_case_in_japanese_and_percent_encoded():
    files = files_of(
        made_epub.epub(
            {"A.XHTML": "<p>一。</p>", "%E4%BA%8C.xhtml": "<p>二。</p>", "三.xhtml": "三。"}
        )
    )
    renamed = {
        name.replace("A.XHTML", "a.xhtml").replace("%E4%BA%8C", "二"): data
        for name, data in files.items()
    }
    assert texts(made_epub.zipped(renamed)) == ["一。", "二。", "三。"]
    # Written by a tool that says nothing of its encoding.
    data = made_epub.epub({"QQ.xhtml": "三。"}).getvalue()
    renamed_data = data.replace(b"OPS/QQ.xhtml", "OPS/三.xhtml".encode("cp932"))
    archive = Archive.of(io.BytesIO(renamed_data), "book.epub")
    assert b"\xe4\xb8\x89" in (archive.read("OPS/三.xhtml") or b"")


def test_elements_with_a_prefix_and_pages_that_end_in_xml():
    files = files_of(made_epub.epub({"a.xml": "<p>あ</p>"}))
    package = files["OPS/package.opf"].decode()
    prefixed = re.sub(
        r"<(/?)(package|metadata|manifest|item|spine|itemref)\b", r"<\1opf:\2", package
    )
    files["OPS/package.opf"] = prefixed.replace("xmlns=", "xmlns:opf=").encode()
    assert texts(made_epub.zipped(files)) == ["あ"]


def test_a_file_that_is_missing_is_named_and_the_others_are_read():
    files = files_of(made_epub.epub({"a.xhtml": "あ", "b.xhtml": "い"}))
    del files["OPS/b.xhtml"]
    (line,) = lines(made_epub.zipped(files))
    (finding,) = line.findings
    assert (finding.code, finding.severity) == ("book.file-missing", "warning")
    assert "OPS/b.xhtml" in finding.message
    del files["OPS/a.xhtml"]
    assert refusal(made_epub.zipped(files)) == "book.no-text"


def test_pages_outside_the_reading_order_are_left_out_with_a_note():
    pages = {"a.xhtml": "あ", "b.xhtml": "い"}
    spine = '<itemref idref="p0"/><itemref idref="p1" linear="no"/>'
    assert texts(made_epub.epub(pages, spine=spine)) == ["あ"]
    assert codes(made_epub.epub(pages, spine=spine)) == ["book.front-matter"]
    assert texts(made_epub.epub(pages, spine=spine), front_matter="speak") == ["あ", "い"]


def test_what_stands_in_for_a_file_that_is_no_page_is_read():
    items = '<item id="x" href="x.pdf" media-type="application/pdf" fallback="p0"/>'
    assert texts(made_epub.epub({"a.xhtml": "あ"}, items=items, spine='<itemref idref="x"/>')) == [
        "あ"
    ]


def test_places_name_the_file_inside():
    first, second = lines(made_epub.epub({"a.xhtml": "<p>一。</p>\n<p>二。</p>"}))
    assert str(first.source) == "book.epub:OPS/a.xhtml:3"
    assert str(second.source) == "book.epub:OPS/a.xhtml:4"
    assert (first.id, second.id) == ("book-0001", "book-0002")


# ---- what cannot be read -------------------------------------------------------------------------

ENCRYPTED = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<enc:EncryptedData xmlns:enc="http://www.w3.org/2001/04/xmlenc#">'
    '<enc:EncryptionMethod Algorithm="{}"/><enc:CipherData><enc:CipherReference URI="{}"/>'
    "</enc:CipherData></enc:EncryptedData></encryption>"
)


@pytest.mark.parametrize(
    ("name", "content", "refused"),
    [
        ("encryption.xml", ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "OPS/a.xhtml"), True),
        ("encryption.xml", ("http://www.idpf.org/2008/embedding", "OPS/fonts/a.otf"), False),
        ("encryption.xml", ("http://ns.adobe.com/pdf/enc#RC", "OPS/font"), False),
        ("encryption.xml", ("urn:of-a-tool", "OPS/fonts/a.TTF"), False),
        ("rights.xml", None, True),
        ("sinf.xml", None, True),
        ("license.lcpl", None, True),
    ],
)
def test_protected_books_are_refused_and_fonts_are_not_the_text(name, content, refused):
    written = ENCRYPTED.format(*content) if content else "<rights/>"
    book = made_epub.epub({"a.xhtml": "あ"}, files={f"META-INF/{name}": written})
    if refused:
        assert refusal(book) == "book.protected"
    else:
        assert texts(book) == ["あ"]


def test_a_folder_that_was_zipped_whole():
    files = files_of(made_epub.epub({"a.xhtml": "あ"}))
    moved = {f"book/{name}": data for name, data in files.items()}
    assert texts(made_epub.zipped(moved)) == ["あ"]
    locked = ENCRYPTED.format("urn:x", "OPS/a.xhtml")
    book = made_epub.zipped({**moved, "book/META-INF/encryption.xml": locked})
    assert refusal(book) == "book.protected"


@pytest.mark.parametrize(
    ("metadata", "files"),
    [
        ('<meta property="rendition:layout">pre-paginated</meta>', {}),
        ('<meta name="fixed-layout" content="true"/>', {}),
        (
            "",
            {
                "META-INF/com.apple.ibooks.display-options.xml": "<display_options><platform>"
                '<option name="fixed-layout">true</option></platform></display_options>'
            },
        ),
    ],
)
def test_fixed_layout_is_refused_with_the_reason(metadata, files):
    book = made_epub.epub({"a.xhtml": "あ"}, metadata=metadata, files=files)
    assert refusal(book) == "book.fixed-layout"


def test_a_fixed_page_in_a_flowing_book_and_a_flowing_one_in_a_fixed_book_are_read():
    fixed = '<itemref idref="p0" properties="rendition:layout-pre-paginated"/><itemref idref="p1"/>'
    pages = {"a.xhtml": "あ", "b.xhtml": "い"}
    assert texts(made_epub.epub(pages, spine=fixed)) == ["あ", "い"]
    flowing = '<itemref idref="p0" properties="rendition:layout-reflowable"/>'
    layout = '<meta property="rendition:layout">pre-paginated</meta>'
    assert texts(made_epub.epub(pages, spine=flowing, metadata=layout)) == ["あ"]


def test_a_book_of_pictures_and_what_is_no_book():
    assert refusal(made_epub.epub({"a.xhtml": "<img alt='絵'/>"})) == "book.no-text"
    assert refusal(made_epub.epub({"a.xhtml": "あ"}, spine=" ")) == "book.damaged"
    assert refusal(made_epub.zipped({"a.txt": "あ"})) == "book.damaged"
    assert refusal(io.BytesIO(b"PK\x03\x04 nothing")) == "book.damaged"
    front = made_epub.epub({"a.xhtml": "<section epub:type='titlepage'><p>題</p></section>"})
    assert refusal(front) == "book.no-text"
    assert lines(io.BytesIO(b"")) == []


def test_a_file_with_a_password_and_one_that_is_too_long():
    book = made_epub.epub({"a.xhtml": "あ"}).getvalue()
    locked = bytearray(book)
    for found in re.finditer(rb"PK\x01\x02", book):
        flags = found.start() + 8
        struct.pack_into("<H", locked, flags, struct.unpack_from("<H", locked, flags)[0] | 1)
    assert refusal(io.BytesIO(bytes(locked))) == "book.protected"


@pytest.mark.slow
def test_a_bomb_is_refused():
    bomb = made_epub.epub({"a.xhtml": "a" * (65 * 1024 * 1024)})
    assert len(bomb.getvalue()) < 200_000
    assert refusal(bomb) == "script.document-long"


@given(st.binary(max_size=40), st.integers(0, 2500))
def test_damaged_books_are_lines_or_errors(noise, place):
    nav = '<li><a href="a.xhtml">題</a></li>'
    data = bytearray(made_epub.epub({"a.xhtml": "<p>あ</p>"}, nav=nav).getvalue())
    data[place : place + len(noise)] = noise
    with contextlib.suppress(ScriptError):
        for line in lines(io.BytesIO(bytes(data))):
            repr(line).encode()


@given(st.data())
def test_damaged_packages_are_lines_or_errors(data):
    files = files_of(
        made_epub.epub(
            {"a.xhtml": "<h1>題</h1><p>あ</p>"}, nav='<li><a href="a.xhtml#x">題</a></li>'
        )
    )
    name = data.draw(st.sampled_from(sorted(files)))
    written = bytearray(files[name])
    place = data.draw(st.integers(0, len(written)))
    written[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=20))
    with contextlib.suppress(ScriptError):
        lines(made_epub.zipped({**files, name: bytes(written)}))


def test_a_long_book_is_read_in_time_that_grows_with_it():
    body = (
        "<p>　岬の<ruby>灯台<rt>とうだい</rt></ruby>に、ひとりの老人が住んでいた。</p>\n" * 28_000
    )
    nav = "".join(f'<li><a href="a.xhtml#i{n}">{n}</a></li>' for n in range(2_000))
    began = time.process_time()
    found = lines(made_epub.epub({"a.xhtml": body}, nav=nav))
    assert sum(len(line.text) for line in found) > 500_000
    assert time.process_time() - began < 10


# ---- the table of contents -----------------------------------------------------------------------


def chapters(book, **options):
    return [
        (line.chapter, line.level, line.chapter_title, line.text)
        for line in lines(book, **options)
        if line.heading
    ]


def test_several_chapters_in_a_file_one_over_several_and_labels_with_elements():
    nav = """
      <li><span>第一部</span><ol>
        <li><a href="a.xhtml#c1">I <b>朝</b>
          の町</a></li>
        <li><a href="./a.xhtml#c2">夜</a>
          <ol hidden="hidden"><li><a href="b.xhtml#c3">星</a></li></ol></li>
      </ol></li>
      <li><a href="missing.xhtml">なし</a></li>"""
    pages = {
        "a.xhtml": "<p>序。</p><p id='c1'>I</p><p>朝の町</p><p>起きた。</p>"
        "<p id='c2'><b>夜</b></p><p>暗い。</p>",
        "b.xhtml": "<p>まだ暗い。</p><p id='c3'>星</p><p>光る。</p>",
    }
    book = made_epub.epub(pages, nav=nav)
    assert chapters(book) == [
        (1, 2, "I\u3000朝の町", "I\u3000朝の町"),
        (2, 2, "夜", "夜"),
        (3, 3, "星", "星"),
    ]
    first, *_, last = lines(book)
    assert (first.text, first.chapter, first.chapter_title) == ("序。", None, None)
    assert (last.text, last.chapter) == ("光る。", 3)
    assert "まだ暗い。" in [line.text for line in lines(book) if line.chapter == 2]


def test_a_title_that_is_a_picture_is_taken_from_the_table():
    nav = '<li><a href="a.xhtml">第一部</a></li><li><a href="b.xhtml">一章</a></li>'
    book = made_epub.epub(
        {"a.xhtml": "<img src='part.png' alt=''/>", "b.xhtml": "<p><img alt='一'/></p><p>あ。</p>"},
        nav=nav,
    )
    assert texts(book) == ["第一部", "一章", "あ。"]
    assert [one for one in codes(book) if one == "book.titles"] == ["book.titles"]


def test_ruby_in_a_label_is_no_part_of_the_title():
    nav = "<li><a href='a.xhtml'><ruby>五月<rt>ごぐわつ</rt></ruby>の\n  朝</a></li>"
    book = made_epub.epub(
        {"a.xhtml": "<p><ruby>五月<rt>ごぐわつ</rt></ruby>の朝</p><p>あ。</p>"}, nav=nav
    )
    assert chapters(book) == [(1, 1, "五月の朝", "五月の朝")]
    assert lines(book)[0].ruby[0].reading == "ごぐわつ"


def test_a_heading_is_not_said_twice():
    nav = '<li><a href="a.xhtml#s">第一章　朝</a></li>'
    body = "<section id='s'><p>作者</p><h2>第一章</h2><p>あ。</p></section>"
    assert texts(made_epub.epub({"a.xhtml": body}, nav=nav)) == ["作者", "第一章", "あ。"]
    motto = f"<p>{'ながい題辞' * 20}。</p>"
    body = f"<section id='s'>{motto}<h2>第一章</h2><p>あ。</p></section>"
    assert texts(made_epub.epub({"a.xhtml": body}, nav=nav))[1:] == ["第一章", "あ。"]
    body = f"<section id='s'>{motto}<h2>二</h2><p>あ。</p></section>"
    assert texts(made_epub.epub({"a.xhtml": body}, nav=nav))[0] == "第一章\u3000朝"


def test_an_ncx_where_there_is_no_nav():
    points = (
        "<navPoint><navLabel><text>一</text></navLabel><content src='a.xhtml#x'/>"
        "<navPoint><navLabel><text>二</text></navLabel><content src='a.xhtml#y'/>"
        "</navPoint></navPoint>"
    )
    ncx = (
        '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx.dtd">'
        f"<ncx><navMap>{points}</navMap></ncx>"
    )
    book = made_epub.epub(
        {"a.xhtml": "<div id='x'>一</div><p>あ。</p><div id='y'>二</div><p>い。</p>"},
        items='<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
        files={"OPS/toc.ncx": ncx},
    )
    assert chapters(book) == [(1, 1, "一", "一"), (2, 2, "二", "二")]


def test_front_matter_is_known_by_the_table_the_guide_and_names():
    nav = '<li><a href="x.xhtml">奥付</a></li><li><a href="a.xhtml">目次</a></li>'
    pages = {
        "p-cover.xhtml": "<p>表紙</p>",
        "toc-1.xhtml": "<p>目次</p>" + "<p><a href='a.xhtml'>目次である章</a></p>" * 3,
        "a.xhtml": f"<p>{'目次という題の小説。' * 10}</p>",
        "x.xhtml": "<p>発行者　某</p>",
    }
    book = made_epub.epub(pages, nav=nav)
    assert set(texts(book)) == {"目次", "目次という題の小説。"}
    (told, *_) = lines(book)[0].findings
    assert told.message.startswith("left out: colophon, cover, toc (")
    assert "発行者" in "".join(texts(book, front_matter="speak"))


def test_landmarks_say_what_a_file_is_and_names_do_not_outweigh_them():
    nav = """<li><a href="toc.xhtml">一</a></li></ol></nav><nav epub:type="landmarks"><ol>
      <li><a epub:type="bodymatter" href="cover.xhtml">本文</a></li>
      <li><a epub:type="backmatter copyright-page acknowledgments" href="z.xhtml">後付</a></li>"""
    pages = {"cover.xhtml": "<p>本文。</p>", "toc.xhtml": "<p>一</p>", "z.xhtml": "<p>発行。</p>"}
    found = lines(made_epub.epub(pages, nav=nav))
    assert [line.text for line in found] == ["本文。", "一"]
    assert found[0].findings[0].message == "left out: copyright-page (3 characters)"


def test_no_part_of_a_page_in_a_book_is_the_main_one():
    body = "<nav>x</nav><p>前</p><main><p>中</p></main><div class='main_text'><p>後</p></div>"
    assert texts(made_epub.epub({"a.xhtml": body})) == ["前", "中", "後"]


def test_notes_that_nothing_calls_so_are_known_by_links_there_and_back():
    pages = {
        "a.xhtml": "<p>本文<sup><a id='r1' href='#n1'>1</a></sup>と<a id='r2' href='b.xhtml#n2'>"
        "<sup>2</sup></a>と<a href='#c'>第2章</a>。</p><p id='c'>第2章<a href='#r1'>戻る</a></p>"
        "<p><a id='n1' href='#r1'>1</a> 註です。</p>",
        "b.xhtml": "<p>続き。</p>"
        "<ol><li id='n2'><p>また註。<a href='a.xhtml#r2'>↑</a></p></li></ol>",
    }
    book = made_epub.epub(pages)
    assert texts(book) == ["本文とと第2章。", "第2章戻る", "続き。"]
    assert codes(book) == ["book.notes"]


def test_notes_as_indesign_and_other_tools_write_them():
    pages = {
        "a.xhtml": """<p>本文<span id="footnote-1-backlink"><a class="_idFootnoteLink x"
            href="a.xhtml#footnote-1">1</a></span>と<a id="r2" href="b.xhtml#n2"><span>2</span></a>
            と<span class="super" id="r3"><a href="#n3">注三</a></span>と<a id="r4"></a><a
            href="#n4">4</a>と<a id="r5" href="b.xhtml#c5">5</a>。</p>
            <div class="_idFootnotes"><div class="_idFootnote" id="footnote-1"><p><a
            class="_idFootnoteAnchor" href="#footnote-1-backlink">1</a> 註一。</p></div></div>
            <p id="n3"><a href="#r3">注三</a> 註三。</p>
            <p id="n4">註四。<a href="#r4">戻る</a></p>""",
        "b.xhtml": "<p id='n2'><a href='a.xhtml#r2'>2</a> 註二。</p><p id='c5'>第五章</p>",
    }
    read = texts(made_epub.epub(pages))
    assert read == ["本文とととと5。", "第五章"]


def test_time_grows_with_the_notes_of_a_paragraph():
    def read_book(notes):
        marks = "".join(f'文<a href="#n{n}" id="r{n}">{n}</a>' for n in range(notes))
        said = "".join(f'<p id="n{n}"><a href="#r{n}">{n}</a> 註。</p>' for n in range(notes))
        assert texts(made_epub.epub({"a.xhtml": f"<p>{marks}</p>{said}"})) == ["文" * notes]

    assert_linear(read_book, 300, 10)


def test_headings_that_link_to_the_table_of_contents_are_no_marks():
    pages = {
        "a.xhtml": """<h2 id="c1"><a href="toc.xhtml#t1">1.</a></h2><p>朝。</p>
            <h2><a href="toc.xhtml#t2">II.</a> 昼<a href="#n"><sup>1</sup></a></h2><p>昼。</p>
            <p><a href="toc.xhtml#t3">（三）</a></p><p>夜。<a href="toc.xhtml#t3">↑</a></p>""",
        "toc.xhtml": "<p><a id='t1' href='a.xhtml#c1'>1.</a></p>",
    }
    read = [(line.text, line.level) for line in lines(made_epub.epub(pages))]
    assert read == [
        ("1.", 2), ("朝。", None), ("II. 昼", 2), ("昼。", None), ("（三）", None), ("夜。", None),
        ("1.", None),
    ]  # fmt: skip


def test_pictures_of_characters_that_nothing_names_are_a_warning():
    pages = {
        "a.xhtml": "<p>森<span class='gaiji'><img src='1.png' alt='鷗'/></span>外と<img"
        " class='gaiji' src='2.png' alt=''/>。</p>"
    }
    (line,) = lines(made_epub.epub(pages))
    assert line.text == "森鷗外と※。"
    assert [(one.code, one.severity) for one in line.findings] == [
        ("script.unknown-character", "warning")
    ]


def test_a_page_of_links_is_a_table_of_contents_whatever_it_is_called():
    links = "".join(f"<li><a href='b.xhtml#{n}'>第{n}章　朝</a></li>" for n in range(9))
    book = made_epub.epub(
        {"x1.xhtml": f"<h2>目次</h2><ul>{links}</ul>", "b.xhtml": "<p>本文。</p>"}
    )
    assert texts(book) == ["本文。"]


@pytest.mark.parametrize(
    ("rows", "landmark"),
    [
        ('<p>目次</p><p><a href="a.xhtml">一　朝</a></p><p><a href="b.xhtml">二　夜</a></p>', ""),
        ("<p>目　次</p><p>一　朝……3</p><p>二　夜……40</p>", ""),
        ('<p><a href="a.xhtml">一　朝</a></p><p><a href="b.xhtml">二　夜</a></p>', "toc"),
    ],
)
def test_a_table_of_contents_of_few_chapters_and_one_without_links(rows, landmark):
    marks = f'<nav epub:type="landmarks"><a epub:type="{landmark}" href="m.xhtml">目次</a></nav>'
    nav = '<li><a href="a.xhtml">一　朝</a></li><li><a href="b.xhtml">二　夜</a></li>'
    nav += f"</ol></nav>{marks if landmark else ''}<nav><ol>"
    pages = {"m.xhtml": rows, "a.xhtml": "<p>朝だ。</p>", "b.xhtml": "<p>夜だ。</p>"}
    assert texts(made_epub.epub(pages, nav=nav)) == ["一　朝", "朝だ。", "二　夜", "夜だ。"]
    # A page that begins so and goes on is text.
    pages["m.xhtml"] = f"{rows}<p>この目次は、作者が読者のためにあとから書いたものである。</p>" * 3
    assert any("この目次は" in text for text in texts(made_epub.epub(pages, nav=nav)))


def test_the_label_of_a_page_of_pictures_is_no_title_and_that_of_a_part_is_one():
    pages = dict.fromkeys(("k.xhtml", "p.xhtml"), '<p><img src="k.png" alt=""/></p>')
    nav = '<li><a href="k.xhtml">カラー口絵</a></li><li><a href="p.xhtml">第一部</a></li>'
    assert texts(made_epub.epub({**pages, "a.xhtml": "<p>朝。</p>"}, nav=nav)) == ["第一部", "朝。"]


@pytest.mark.parametrize("label", ["一　朝", "朝", "1"])
def test_the_number_above_a_heading_belongs_to_it(label):
    page = """<h1 id="p">部</h1><section id="c"><p>一</p><h2>朝</h2><p>朝だ。</p></section>
        <section id="d"><p>題辞。</p><h2>夜</h2><p>夜だ。</p></section>"""
    nav = f"""<li><a href="a.xhtml#p">部</a></li><li><a href="a.xhtml#c">{label}</a></li>
        <li><a href="a.xhtml#d">夜</a></li>"""
    found = lines(made_epub.epub({"a.xhtml": page}, nav=nav))
    said = [(line.text, line.level) for line in found]
    assert said[:3] == [("部", 1), ("一　朝", 2), ("朝だ。", None)]
    assert said[3:] == [("題辞。", None), ("夜", 2), ("夜だ。", None)]


def test_a_title_page_as_aozoraepub3_names_it():
    pages = {
        "title.xhtml": "<h1>灰色の塔</h1><p>水無月遥</p>",
        "0001.xhtml": "<h2>一</h2><p>朝。</p>",
    }
    assert texts(made_epub.epub(pages)) == ["一", "朝。"]
    assert codes(made_epub.epub(pages)) == ["book.front-matter"]


def test_the_title_of_notes_is_left_out_with_them():
    text = '<p>灯台だ<sup><a href="n.xhtml#n1" id="r1">※1</a></sup>。</p>'
    notes = '<h2>【訳注】</h2><p id="n1"><a href="a.xhtml#r1">※1</a>　古い鍵。</p>'
    nav = '<li><a href="a.xhtml">一</a></li><li><a href="n.xhtml">訳注</a></li>'
    book = {"a.xhtml": f"<h2>一</h2>{text}", "n.xhtml": notes}
    assert texts(made_epub.epub(book, nav=nav)) == ["一", "灯台だ。"]
    assert texts(made_epub.epub(book, nav=nav), notes="speak")[2:] == ["【訳注】", "古い鍵。"]
    # 注 that is a text stays.
    assert texts(made_epub.epub({"a.xhtml": "<h2>注</h2><p>灯台だ。</p>"})) == ["注", "灯台だ。"]


def test_notes_that_are_a_file_of_their_own():
    pages = {
        "a.xhtml": "<p>本文<sup><a href='n.xhtml#n1'>1</a></sup>です。</p>",
        "n.xhtml": "<section epub:type='endnotes'><ol><li id='n1'>註です。</li></ol></section>",
    }
    book = made_epub.epub(pages)
    assert texts(book) == ["本文です。"]
    assert codes(book) == ["book.notes"]
    assert texts(book, notes="speak") == ["本文です。", "註です。"]


# ---- languages, readings, facts ------------------------------------------------------------------


def test_languages():
    pages = {
        "a.xhtml": made_epub.page("<p>岬へ。</p><p>Hello.</p><p>第一章</p>", lang="en"),
        "b.xhtml": "<p xml:lang='en-US'>Good morning.</p><p lang='fr'>Bonjour.</p>",
    }
    book = made_epub.epub(pages, lang="ja-JP")
    assert [line.language for line in lines(book)] == ["ja", "en", "ja", "en", "ja"]
    assert codes(book) == ["book.language"]


def test_ruby_in_an_english_book_is_no_reading_and_ruby_can_be_left_aside():
    body = "<p>he <ruby>petur<rt>n</rt></ruby></p>"
    (line,) = lines(made_epub.epub({"a.xhtml": body}, lang="en"))
    assert (line.text, line.ruby) == ("he petur", ())
    body = "<p><ruby>灯台<rt>とうだい</rt></ruby>へ</p>"
    (line,) = lines(made_epub.epub({"a.xhtml": body}), ruby="base")
    assert (line.text, line.ruby) == ("灯台へ", ())


def test_brackets_of_a_book_are_its_own():
    (line,) = lines(made_epub.epub({"a.xhtml": "<p>漢字《かんじ》と｜言う【注｜意】</p>"}))
    assert (line.text, line.ruby) == ("漢字《かんじ》と｜言う【注｜意】", ())


def test_a_lexicon_gives_readings_where_there_is_no_ruby():
    pls = (
        '<lexicon xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="x-JEITA">'
        "<lexeme><grapheme>薔薇</grapheme><phoneme>ソービ</phoneme></lexeme>"
        "<lexeme><grapheme>灯台</grapheme><grapheme>燈臺</grapheme><alias>とうだい</alias></lexeme>"
        "<lexeme><grapheme>SQL</grapheme><phoneme alphabet='ipa'>siːkwəl</phoneme></lexeme>"
        "</lexicon>"
    )
    link = '<link rel="pronunciation" type="application/pls+xml" href="l/ja.pls"/>'
    body = "<p>燈臺と<ruby>薔薇<rt>ばら</rt></ruby>と薔薇、灯台守とSQL</p>"
    book = made_epub.epub({"a.xhtml": made_epub.page(body, head=link)}, files={"OPS/l/ja.pls": pls})
    (line,) = lines(book)
    assert [(line.text[slice(*one.span)], one.reading.strip("'")) for one in line.ruby] == [
        ("燈臺", "とうだい"),
        ("薔薇", "ばら"),
        ("薔薇", "ソービ"),
    ]
    assert codes(book) == ["book.pronunciation"]


def test_what_a_book_says_of_itself():
    metadata = (
        '<dc:title id="t">岬の灯台</dc:title><meta refines="#t" property="title-type">main</meta>'
        '<meta refines="#t" property="file-as" xml:lang="ja-Hrkt-JP">ミサキノトウダイ</meta>'
        '<dc:title id="s">ある夜</dc:title><meta refines="#s" property="title-type">subtitle</meta>'
        '<dc:creator id="c">海野 太郎</dc:creator><meta refines="#c" property="role">aut</meta>'
        '<meta refines="#c" property="file-as">うんの たろう</meta>'
        '<dc:creator id="d">Tom Sea</dc:creator>'
        '<meta refines="#d" property="file-as">Sea, Tom</meta>'
        '<meta refines="#d" property="role">trl</meta>'
        "<dc:identifier>urn:uuid:1</dc:identifier><dc:identifier>isbn</dc:identifier>"
        '<meta name="cover" content="pic"/>'
    )
    facts = read_facts(
        made_epub.epub(
            {"a.xhtml": "あ"},
            metadata=metadata,
            items='<item id="pic" href="c.png" media-type="image/png"/>',
            files={"OPS/c.png": b"\x89PNG"},
        ),
        "book.epub",
    )
    assert (facts.title, facts.title_reading, facts.subtitle) == (
        "岬の灯台", "ミサキノトウダイ", "ある夜",
    )  # fmt: skip
    assert [(one.name, one.reading, one.role) for one in facts.people] == [
        ("海野 太郎", "うんの たろう", "aut"),
        ("Tom Sea", None, "trl"),
    ]
    assert facts.language == "ja"
    assert facts.identifiers == ("urn:uuid:1", "isbn")
    assert facts.cover is not None
    assert (facts.cover.media_type, facts.cover.data) == ("image/png", b"\x89PNG")


def test_people_and_publisher_as_terms_of_dublin_core():
    metadata = (
        '<meta property="dcterms:creator" id="著者">夏目 漱石</meta>'
        '<meta refines="#著者" property="file-as" xml:lang="ja-Hrkt-JP">なつめ そうせき</meta>'
        '<meta property="dcterms:publisher">青空文庫</meta>'
    )
    facts = read_facts(made_epub.epub({"a.xhtml": "あ"}, metadata=metadata), "book.epub")
    assert [(one.name, one.reading) for one in facts.people] == [("夏目 漱石", "なつめ そうせき")]
    assert facts.publisher == "青空文庫"


def test_what_an_epub_2_says_of_itself():
    metadata = (
        '<dc:title>題</dc:title><dc:creator opf:role="aut" opf:file-as="かみ">紙</dc:creator>'
    )
    facts = read_facts(made_epub.epub({"a.xhtml": "あ"}, metadata=metadata), "book.epub")
    assert [(one.name, one.reading, one.role) for one in facts.people] == [("紙", "かみ", "aut")]
    with (BOOKS / "flatland.epub").open("rb") as stream:
        facts = read_facts(stream, "flatland.epub")
    assert (facts.title, facts.subtitle) == ("Flatland", "A Romance of Many Dimensions")
    assert [one.name for one in facts.named("aut")] == ["Edwin A. Abbott"]
    assert facts.cover is None


def test_every_reading_order_number_counts():
    found = lines(made_epub.epub({"a.xhtml": "<h1>題</h1><p>あ。い。</p><hr/><p>う。</p>"}))
    assert [line.number for line in found] == [1, 2, 3, 4]
    assert [line.paragraph for line in found] == [1, 2, 2, 3]
    assert [line.scene for line in found] == [None, None, None, "2"]


def test_names_that_libreoffice_makes_up_for_pages_are_no_titles():
    metadata = '<meta name="generator" content="LibreOffice/7.4.7.2 (libepubgen/0.1.1)"/>'
    pages = {"a.xhtml": "<p>岬だ。</p>", "b.xhtml": "<p>朝</p><p>灯台だ。</p>"}
    nav = '<li><a href="a.xhtml">Section 1</a></li><li><a href="b.xhtml">朝</a></li>'
    assert texts(made_epub.epub(pages, nav=nav, metadata=metadata)) == ["岬だ。", "朝", "灯台だ。"]
    assert texts(made_epub.epub(pages, nav=nav))[0] == "Section 1"


def test_kanji_in_a_book_that_is_called_english_are_told():
    pages = {"a.xhtml": "<p>海边有一座灯塔。</p><p>灯塔很旧。</p>"}
    found = lines(made_epub.epub(pages, lang="en"))
    assert {line.language for line in found} == {"ja"}
    assert [one.code for one in found[0].findings] == ["book.language"]
    assert {line.language for line in lines(made_epub.epub(pages, lang="en"), language="zh")} == {
        "zh"
    }


def test_a_row_of_a_table_is_a_paragraph_also_where_its_cells_hold_some():
    pages = {
        "a.xhtml": "<table><tr><td><p>太郎</p></td><td> <p>やあ。</p> </td></tr>"
        "<tr><td><p>花子</p></td><td><p>一。</p><p>二。</p></td></tr></table>"
    }
    assert texts(made_epub.epub(pages)) == ["太郎　やあ。", "花子", "一。", "二。"]


def test_style_sheets_that_others_import_hide_too():
    files = {
        "OPS/css/s.css": '@import url("t.css"); @import "../u.css" screen;@import "p.css" print;',
        "OPS/css/t.css": '@import "s.css"; .a{display:none}',
        "OPS/u.css": ".b .c{display:none}",
        "OPS/css/p.css": ".d{display:none}",
    }
    body = (
        '<p class="a">一。</p><div class="b"><p class="c">二。</p></div><p class="c">三。</p>'
        '<p class="d">四。</p>'
    )
    page = made_epub.page(body, head='<link rel="stylesheet" href="css/s.css"/>')
    found = lines(made_epub.epub({"a.xhtml": page}, files=files))
    assert [line.text for line in found] == ["三。", "四。"]
    assert [one.code for one in found[0].findings] == ["book.hidden"]


PANDOC = (
    "第一章\u3000夜明け", "朝の光が岬の灯台を照らした。", "「おはよう」と彼は言った。",
    "そして笑った。", "一つ目", "人物\u3000台詞", "太郎\u3000やあ。", "第二章", "終わり。",
    "H2O と E=mc2。",
)  # fmt: skip


def test_a_book_of_pandoc():
    book = io.BytesIO((BOOKS.parents[1] / "documents" / "pandoc.epub").read_bytes())
    found = lines(book)
    assert tuple(line.text for line in found) == PANDOC
    assert [one.reading for one in found[1].ruby] == ["みさき", "とうだい"]
    assert [line.chapter for line in found] == [1] * 7 + [2] * 3
    assert [one.code for one in found[0].findings] == ["book.front-matter", "book.notes"]
