"""Pages of the web and of Aozora Bunko."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.readers.detect import detect
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.html import read
from sbv2cli.readers.script import book_facts, read_script

AOZORA = Path(__file__).parents[2] / "data" / "aozora"


def lines(page, **options):
    data = page if isinstance(page, bytes) else page.encode()
    return list(read(io.BytesIO(data), "page.html", ReaderOptions(**options)))


def test_what_a_page_hides_is_not_spoken_and_told():
    style = """.a{display:none} @media print{.b{display:none}} /* .b{display:none} */
    p.c, .x .b{visibility:hidden!important} .e{display:none}.e{display:block}
    #f , u{ display : NONE } .g:hover{display:none} .h{display:none} .x .h{display:inline}"""
    body = """<p class="a">甲。</p><p class=b>乙。</p><p class="c z">丙。</p><div class=c>丁。</div>
    <p>戊。<span style="display:none">己</span><i hidden>庚</i><u>辛</u>
    <i style="visibility:hidden;">辛</i></p><p class=e>壬。</p><p id=F>癸。</p><p class=g>子。</p>
    <p class=h>丑。</p><p class=a style="display:block">寅。</p>"""
    found = lines(f"<html><head><style>{style}</style></head><body>{body}</body></html>")
    assert [line.text for line in found] == "乙。 丁。 戊。 壬。 子。 寅。".split()
    (told,) = found[0].findings
    assert (told.code, told.severity) == ("book.hidden", "note")
    assert "(12 characters)" in told.message


def test_a_note_that_is_hidden_until_a_touch_is_spoken_on_request():
    body = "<style>.footnote{display:none}</style><p>本文。</p><p class=footnote>注の文。</p>"
    page = f"<html><body>{body}</body></html>"
    assert [line.text for line in lines(page)] == ["本文。"]
    assert [line.text for line in lines(page, notes="speak")] == ["本文。", "注の文。"]


@pytest.mark.parametrize(
    "title",
    [
        '<h2>第<a id="c5" href="#t5">5</a>章</h2>',
        '<h2>第<sup><a id="c5" href="#t5">5</a></sup>章</h2>',
        '<p>第<a id="c5" href="#t5">5</a>章</p>',
        '<p>第<span><a id="c5" href="#t5">5</a></span>章</p>',
        '<div role="heading">第<a id="c5" href="#t5">5</a>章</div>',
        '<p class="naka-midashi">第 <a id="c5" href="#t5">5</a>章</p>',
    ],
)
def test_a_number_behind_an_ordinal_is_no_mark_of_a_note(title):
    page = (
        f'<html><body><p><a id="t5" href="#c5">五</a>へ</p>{title}<p>夜が来た。</p></body></html>'
    )
    assert "5章" in lines(page)[1].text


def test_a_heading_by_role_alone():
    (line,) = lines('<html><body><div role="heading">序</div></body></html>')
    assert line.heading
    assert line.level == 2


@given(st.text(".a#b{}:;@/* \ndisplay:none,p", max_size=80), st.text("abp. :;", max_size=9))
def test_any_style_sheet(sheet, name):
    page = f'<html><style>{sheet}</style><p class="{name}" style="{name}">甲。</p><p>乙</p></html>'
    assert all(line.text for line in lines(page))


def test_a_long_style_sheet_is_read_in_time_that_grows_with_it():
    sheet = ".a{display:none}" * 20_000 + "/*" * 20_000 + "{" * 20_000
    page = f"<html><style>{sheet}</style>{'<p class=a>甲。</p>' * 20}<p>乙。</p></html>"
    begun = time.process_time()
    assert [line.text for line in lines(page)] == ["乙。"]
    assert time.process_time() - begun < 10


def test_a_page_of_the_web():
    page = """<!DOCTYPE html>
<html lang="ja"><head><meta charset="utf-8"><title>灯台 | 小説</title><style>p{}</style></head>
<body><header><nav><a href="/">ホーム</a></nav></header><main>
<h1>第一章<br>朝</h1>
<p>岬の<ruby>灯台<rp>（<rt>とうだい<rp>）</ruby>へ。<br>波は高い。
<p>Hello.
<hr>
<p lang=en>Good morning.</p><pre><code>x = 1</code></pre>
</main><footer>© 某</footer><script>x("<p>")</script></body></html>"""
    found = lines(page)
    assert [(line.text, line.scene, line.language) for line in found] == [
        ("第一章\u3000朝", None, "ja"),
        ("岬の灯台へ。", None, "ja"),
        ("波は高い。", None, "ja"),
        ("Hello.", None, "ja"),
        ("Good morning.", "2", "en"),
    ]
    assert [(one.span, one.reading) for one in found[1].ruby] == [((2, 4), "とうだい")]
    assert [one.code for one in found[0].findings] == ["book.code"]
    assert str(found[1].source) == "page.html:5"
    assert found[0].heading
    assert found[1].chapter == 1


@pytest.mark.parametrize("name", ["102_ruby_724", "1646_ruby_16599", "45623_ruby_20632"])
def test_aozora_bunko_s_page_says_what_its_text_says(name):
    page, text = (
        list(read_script(AOZORA / f"{name}.{suffix}", ReaderOptions()))
        for suffix in ("html", "txt")
    )
    assert [line.text for line in page] == [line.text for line in text]
    assert [line.ruby for line in page] == [line.ruby for line in text]


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("a.txt", "<!DOCTYPE html>\n<html><body><p>やあ</p></body></html>"),
        ("-", "<?xml version='1.0'?><html xmlns='x'><body>やあ</body></html>"),
        ("a.html", "<p>やあ"),
        ("a.htm", ""),
        ("a.XHTML", "やあ"),
    ],
)
def test_pages_are_known_by_their_beginning_or_suffix(name, page):
    assert detect(io.BytesIO(page.encode()), name)[0] == "html"


def test_encodings_are_those_that_the_page_declares():
    page = '<meta http-equiv="Content-Type" content="text/html; charset=EUC-JP"><p>やあ。'
    assert [line.text for line in lines(page.encode("euc-jp"))] == ["やあ。"]
    assert [line.text for line in lines(page.encode("utf-16"))] == ["やあ。"]
    assert [line.text for line in lines("<p>①。".encode("cp932"))] == ["①。"]
    assert [line.text for line in lines("<p>①。".encode("cp932"), encoding="cp932")] == ["①。"]
    (line,) = lines(b"<meta charset=utf-8><p>" + "やあ".encode() + b"\xff</p>")
    assert [one.code for one in line.findings] == ["book.characters"]
    with pytest.raises(ScriptError):
        lines("<p>a", encoding="hex")


def test_the_article_of_a_page_with_a_navigation():
    page = "<nav>x</nav><p>広告</p><article><h1>題</h1><p>本文。</p></article><p>広告</p>"
    assert [line.text for line in lines(page)] == ["題", "本文。"]
    page = page.replace("<nav>x</nav>", "")
    assert [line.text for line in lines(page)] == ["広告", "題", "本文。", "広告"]


def test_pages_of_web_novels_are_their_episode():
    narou = """<header><nav>x</nav></header><main><div>お知らせ</div><a href="/2">次へ</a>
        <article class="p-novel"><div class="p-novel__number">1/30</div><h1>一話</h1>
        <div class="p-novel__text p-novel__text--preface"><p>前書きです。</p></div>
        <div class="p-novel__text"><p id="L1">　本文です。</p><p id="L2"><br/></p></div>
        <div class="p-novel__text p-novel__text--afterword"><p>後書きです。</p></div></article>
        <div>いいねで応援</div></main>"""
    found = lines(narou)
    assert [(line.text, line.level) for line in found] == [("一話", 1), ("本文です。", None)]
    assert [one.code for one in found[0].findings] == ["book.front-matter", "book.around"]
    assert "(12 characters)" in found[0].findings[1].message  # お知らせ次へいいねで応援
    spoken = [line.text for line in lines(narou, front_matter="speak")]
    assert spoken == ["一話", "前書きです。", "本文です。", "後書きです。"]
    kakuyomi = """<header>メニュー</header><div id="contentMain">
        <p class="chapterTitle level1">第一章</p>
        <p class="widget-episodeTitle">一話</p><div class="body"><p>本文です。</p></div>
        </div><footer>新規登録</footer>"""
    assert [(line.text, line.level) for line in lines(kakuyomi)] == [
        ("第一章", 1), ("一話", 2), ("本文です。", None),
    ]  # fmt: skip
    one = "<main><p>広告です。</p><article><p>本文です。</p></article></main>"
    assert [line.text for line in lines(one)] == ["本文です。"]
    titled = one.replace("<p>広告です。</p>", "<h1>題</h1>")
    assert [line.text for line in lines(titled)] == ["題", "本文です。"]
    two = one.replace("</main>", "<article><p>続きです。</p></article></main>")
    assert [line.text for line in lines(two)] == ["広告です。", "本文です。", "続きです。"]


def test_prose_that_is_laid_out_with_blanks_is_read_and_code_is_not():
    page = (
        "<h1>題です</h1><pre>　昔のこと。\n　海があった。</pre><pre>x = 1  # 灯台の数\nif x:</pre>"
    )
    found = lines(page)
    assert [line.text for line in found] == ["題です", "昔のこと。", "海があった。"]
    assert [one.code for one in found[0].findings] == ["book.code"]


SITE = """<div id="header"><h1>個人サイト「灯」</h1></div>
    <ul class="menu"><li><a href="i.html">日記</a></li></ul>
    <div id="main"><h2>灯台</h2><p>岬の灯台。<a href="3.html">次へ</a>と書いてある。</p>
    <p>次へ</p><hr><a href="1.html">&lt;&lt; 前へ</a> | <a href="i.html">目次</a> |
    <a href="3.html">次の話 &gt;&gt;</a></div><div id="footer">Copyright (C) 2004 tou.</div>"""


def test_what_a_site_puts_around_a_text_without_a_main_part():
    found = lines(f"<html><body>{SITE}</body></html>")
    said = ["灯台", "岬の灯台。", "次へと書いてある。", "次へ"]
    assert [line.text for line in found] == said
    (told,) = found[0].findings
    assert (told.code, told.severity) == ("book.around", "note")


def test_the_only_title_and_most_of_a_page_are_no_surroundings():
    page = "<html><body><header><h1>灯台</h1></header><p>岬の灯台。朝だ。</p></body></html>"
    assert [line.text for line in lines(page)] == ["灯台", "岬の灯台。", "朝だ。"]
    page = "<html><body><h1>灯台</h1><div class='nav'><p>岬の灯台。朝だ。</p></div></body></html>"
    assert [line.text for line in lines(page)] == ["灯台", "岬の灯台。", "朝だ。"]


def test_what_a_page_says_of_itself():
    facts = book_facts(AOZORA / "102_ruby_724.html")
    assert (facts.title, [one.name for one in facts.people]) == ("貉", ["芥川龍之介"])


def test_a_japanese_page_that_calls_itself_english():
    page = "<html lang=en><h1>第一章</h1><p>岬に灯台がある。</p><p>第二章</p></html>"
    assert {line.language for line in lines(page)} == {"ja"}


@given(st.binary(max_size=300))
def test_any_bytes_are_lines_or_an_error(data):
    try:
        found = lines(data)
    except ScriptError:
        return
    assert [line.number for line in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    "piece", ["<p>あ。", "<ruby>漢<rt>か", "<div>", "<b><p>", "あ<br>", "<li>"]
)
def test_time_grows_with_the_page(piece):
    began = time.process_time()
    lines(piece * 30_000, unit="paragraph")
    assert time.process_time() - began < 10


def test_headers_and_contents_that_writer_saves_are_no_text():
    page = (
        '<html><body><div title="header"><p>柱</p></div><div id="Table of Contents1" dir="ltr">'
        "<p>第一章 1</p></div><h1>第一章</h1><p>入力は\x04灯台\x05だ。</p>"
        '<div title="footer"><p>1</p></div></body></html>'
    )
    found = lines(page)
    assert [line.text for line in found] == ["第一章", "入力は灯台だ。"]
    assert [one.code for one in found[0].findings] == ["book.front-matter", "book.around"]


@pytest.mark.parametrize(
    ("sheet", "hidden"),
    [
        (".a p{display:none}", True),
        ("div > p{display:none}", True),
        ("section > p{display:none}", False),
        ("section .a>p.b{display:none}", True),
        ("section > div > p{display:none}", True),
        ("section > section p{display:none}", False),
        ("#s section .a p{display:none}", False),
        (".x .a p{display:none}", False),
        (".a p{display:none} .b{display:block}", True),  # the longer one weighs more
        (".a p{display:none} #s .b{display:block}", False),
        ("h1 + p{display:none}", False),
        ("h1 ~ div p{display:none}", False),
        (".a p{display:none} h1 + div .b.b.b{display:block}", False),
    ],
)
def test_rules_for_what_is_inside_others(sheet, hidden):
    page = (
        f"<style>{sheet}</style><section id=s><h1>題</h1><div class=a><p class=b>岬。</p></div>"
        "<p>灯台。</p></section>"
    )
    found = [line.text for line in lines(f"<html><body>{page}</body></html>")]
    assert ("岬。" not in found) == hidden


def test_long_selectors_and_deep_pages_are_read_in_time_that_grows_with_them():
    def page(count):
        sheet = f"{'.a ' * 8}{{display:none}}" * 10 + ".a > .a .a > .a p{display:none}"
        body = "".join(f"<div class=a>{'<div class=a>' * 40}<p>岬。</p>" for _ in range(count))
        return f"<html><style>{sheet}</style><body>{body}</body></html>"

    assert_linear(lambda count: lines(page(count)), 10, 10)


def test_empty_cells_of_calc_part_no_row():
    page = "<table><tr><td>太郎</td><td><br></td><td><br></td><td>やあ</td></tr></table>"
    assert [line.text for line in lines(f"<html><body>{page}<p>か</p></body></html>")] == [
        "太郎\u3000やあ", "か",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "page", "count"),
    [
        (".a{text-decoration:line-through}", "<p><span class=a>岬</span>だ。</p>", 1),
        ("p.a{text-decoration: underline line-through red}", "<p class=a>岬だ。</p>", 1),
        (".a{text-decoration-line:line-through!important}", "<p class=a>岬だ。</p>", 1),
        (".b .a{text-decoration:line-through}", "<p><span class=a>岬</span>だ。</p>", 0),
        (".a{text-decoration:underline}", "<p class=a>岬だ。</p>", 0),
        (".a{text-decoration:line-through} p.a{text-decoration:none}", "<p class=a>岬だ。</p>", 0),
        ("", "<p style='text-decoration:line-through'>岬だ。</p>", 1),
        (".a{text-decoration:line-through;display:none}", "<p class=a>消。</p><p>岬だ。</p>", 0),
    ],
)
def test_what_a_style_sheet_strikes_through_is_told(sheet, page, count):
    (line,) = lines(f"<html><head><style>{sheet}</style></head><body>{page}</body></html>")
    assert line.text == "岬だ。"
    told = [one.message for one in line.findings if one.code == "book.struck"]
    assert told == [f"texts that are struck through, and are spoken: {count}"] * (count > 0)
