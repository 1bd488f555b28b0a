"""What is spoken of a page, block by block."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.readers.markup import parse_html
from sbv2cli.readers.page import PageOptions, read_page


def blocks(body, **options):
    found = read_page(parse_html(f"<html><body>{body}</body></html>"), PageOptions(**options))
    return found.blocks


def texts(body, **options):
    return [block.passage.text.strip() for block in blocks(body, **options) if not block.blank]


def test_a_reading_inside_another_element_of_ruby():
    nested = "<ruby>漢字<span><rt>かんじ</rt></span></ruby>を<ruby><b>学<rt>まな</rt></b></ruby>ぶ"
    assert ruby(f"<p>{nested}</p>") == [("漢字", "かんじ"), ("学", "まな")]
    assert texts(f"<p>{nested}</p>") == ["漢字を学ぶ"]


def ruby(body):
    return [
        (block.passage.text[slice(*one.span)], one.reading)
        for block in blocks(body)
        for one in block.passage.ruby
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<ruby>山路<rt>やまみち</rt></ruby>を", [("山路", "やまみち")]),
        ("<ruby><rb>下人</rb><rp>（</rp><rt>げにん</rt><rp>）</rp></ruby>が", [("下人", "げにん")]),
        # Readings of one character each make one word.
        (
            "<ruby>虞<rt>ぐ</rt>美<rt>び</rt>人<rt>じん</rt>草<rt>そう</rt></ruby>",
            [("虞美人草", "ぐびじんそう")],
        ),
        ("<ruby>取<rt>と</rt>り<rt></rt>消<rt>け</rt></ruby>し", [("取り消", "とりけ")]),
        (
            "<ruby><rb>東</rb><rb>京</rb><rt>とう</rt><rt>きょう</rt></ruby>",
            [("東京", "とうきょう")],
        ),
        ("<ruby>編集<rt>edit</rt>者<rt>しゃ</rt></ruby>", [("編集", "edit"), ("者", "しゃ")]),
        ("<ruby>東<rt>とう</rt>京<rt>きょう</ruby>", [("東京", "とうきょう")]),
        ("<ruby>東京<rt>とうきょう<rtc>Tokyo</rtc></ruby>", [("東京", "とうきょう")]),
        ("<ruby><rb>東京</rb><rtc><rt>とうきょう</rt></rtc></ruby>", [("東京", "とうきょう")]),
        (
            "<ruby><ruby>東京<rt>とうきょう</rt></ruby><rt>capital</rt></ruby>",
            [("東京", "とうきょう")],
        ),
        ("<ruby>アメリカ<rt>America</rt></ruby>", [("アメリカ", "America")]),
        ("<ruby>\n 東京\n <rt>\n とうきょう\n </rt>\n</ruby>", [("東京", "とうきょう")]),
        ("<ruby>甚<rt>はなはだ</rt></ruby><ruby>不興<rt>ふきょう</rt></ruby>",
         [("甚", "はなはだ"), ("不興", "ふきょう")]),
        ("<ruby><span>東</span>京<rt><b>とう</b>きょう</rt></ruby>", [("東京", "とうきょう")]),
        ("<ruby>東京<rt></rt></ruby>", []),
        # The second row of readings says the word in another way.
        (
            ("<ruby><rb>東</rb><rb>京</rb><rtc><rt>とう</rt><rt>きょう</rt></rtc>"
            "<rtc><rt>Tokyo</rt></rtc></ruby>"),
            [("東京", "とうきょう")],
        ),
        ("<ruby>宿敵<rt>（とも）</rt></ruby><ruby>其<rt>（ママ）</rt></ruby>", [("宿敵", "とも")]),
        ("<ruby>東京</ruby>", []),
        ("<ruby><rt>よみ</rt></ruby>", []),
        ("一<ruby>愈<img class='gaiji' alt='〻'/><rt>いよいよ</rt></ruby>", [("愈〻", "いよいよ")]),
        ("<ruby><img class='gaiji' alt='※(「口＋喬」)'/><rt>きょう</rt></ruby>", [("※", "きょう")]),
        ("<ruby>註<sup><a href='#n'>1</a></sup><rt>ちゅう</rt></ruby>", [("註", "ちゅう")]),
    ],
)  # fmt: skip
def test_ruby(body, expected):
    assert ruby(f"<p>{body}</p>") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # White space: rows of a file are nothing between Japanese characters, one space elsewhere.
        ("<p>\n  岬の\n  灯台 と\n  Tom\n</p>", ["岬の灯台 と Tom"]),
        ("<p>one\n two&nbsp;three</p>", ["one two\xa0three"]),
        ("<p>sha\u00addow\u2060\u200bs</p>", ["shadows"]),
        # A break inside a paragraph ends no sentence.
        ("<p>柳あをめる<br/>北上の<br/>岸辺</p>", ["柳あをめる\u3000北上の\u3000岸辺"]),
        ("<p>one<br/>two</p>", ["one two"]),
        ("<p>one<br/><br/>two</p>", ["one", "two"]),
        ("<p>終わった。<br/>「そう」<br/>\u3000次の朝。</p>",
         ["終わった。", "「そう」", "次の朝。"]),
        # In a box of a Japanese page it ends a row of the novel.
        ("<div>\u3000岬に居た。<br/>「やあ」と<br/>言う</div>",
         ["岬に居た。", "「やあ」と", "言う"]),
        ("<div>one<br/>two</div>", ["one two"]),
        # Elements that are blocks.
        ("<ul><li>あ<ul><li>い</li></ul></li><li>う</li></ul>", ["あ", "い", "う"]),
        ("<dl><dt>あ<dd>い</dl>", ["あ", "い"]),
        ("<table><tr><th>名</th><td>太郎だ</td></tr><tr><td>い</td></tr></table>",
         ["名\u3000太郎だ", "い"]),
        ("<figure><img alt='絵'/><figcaption>灯台の図</figcaption></figure>", ["灯台の図"]),
        ("前<blockquote>中</blockquote>後", ["前", "中", "後"]),
        ("<pre>あ\n  い</pre>", ["あ\u3000い"]),
        ("<p>彼は<q>うん</q>と言う</p>", ["彼は「うん」と言う"]),
        ("<p>a<wbr>b <b>c</b><i>d</i></p>", ["ab cd"]),
        # What is no text.
        ("<nav>x</nav><script>x</script><p hidden>x</p><p style='display: none'>x</p>", []),
        ("<p aria-hidden='true'>x</p><svg><text>x</text></svg><img alt='x'/>", []),
        ("<p>あ<span epub:type='pagebreak'>12</span>い<span class='lnum'>10</span></p>", ["あい"]),
        ("<p>あ<a epub:type='noteref' href='#n'>3</a><sup><a href='#n'>*4</a></sup></p>", ["あ"]),
        ("<p>あ<a href='#n'>※１</a>い<a href='#n'>（注）</a></p>", ["あい"]),
        # A link over a word is text, whatever it is called; so is a number that is part of it.
        ("<p>The <a epub:type='annoref' href='#n'>Emperor's</a> m<sup>2</sup></p>",
         ["The Emperor's m2"]),
        ("<p>第<a href='#c5'>5</a>章</p>", ["第5章"]),
        ("<div epub:type='switch'><p>あ</p></div>", ["あ"]),
    ],
)  # fmt: skip
def test_text(body, expected):
    assert texts(body) == expected


def test_the_number_of_a_page_of_paper_is_not_spoken():
    body = '<p>塔。</p><div class="pagenum">- 12 -</div><p class="pagenum">十二人。</p><p>鍵。</p>'
    page = read_page(parse_html(body), PageOptions())
    assert [block.passage.text for block in page.blocks] == ["塔。", "十二人。", "鍵。"]


def test_pictures_of_characters_that_nothing_names_are_counted():
    body = (
        '<p>森<img src="gaiji-001.png" alt="鷗"/>外<img class="gaiji" src="i/u546d.png"/>'
        '<img class="gaiji" src="g.png" alt="〓"/><ruby><img class="gaiji" src="g.png"/>'
        '<rt>たん</rt></ruby><img src="g.png" alt="海"/></p>'
    )
    page = read_page(parse_html(body), PageOptions())
    assert [block.passage.text for block in page.blocks] == ["森鷗外呭※※"]
    assert dict(+page.counts) == {"glyphs": 1, "pictures": 1}


def test_notes_and_front_matter_are_left_out_and_counted_or_kept():
    body = (
        "<section epub:type='titlepage'><p>題名</p></section><p>本文</p>"
        "<aside epub:type='footnote'>脚注</aside><p class='footnote'>また</p>"
        "<section role='doc-endnotes'><p>巻末</p></section>"
    )
    page = read_page(parse_html(body), PageOptions())
    assert [block.passage.text for block in page.blocks] == ["本文"]
    assert page.left_out == {"titlepage": 2, "notes": 6}
    assert texts(body, notes=True, front_matter=True) == ["題名", "本文", "脚注", "また", "巻末"]
    assert texts(body, notes=True) == ["本文", "脚注", "また", "巻末"]


def headings(body):
    return [(one.level, one.passage.text) for one in blocks(body) if one.level is not None]


def test_headings():
    assert headings("<h1>第一章<br/>朝</h1><h4>二</h4><p>あ</p>") == [
        (1, "第一章\u3000朝"),
        (4, "二"),
    ]
    assert headings(
        "<hgroup><h2><span>Part</span> <span>I</span></h2><p>This World</p></hgroup>"
    ) == [(2, "Part I: This World")]
    assert headings("<hgroup><h3>一</h3><p>灯台のある町</p></hgroup>") == [
        (3, "一\u3000灯台のある町")
    ]
    assert headings("<p role='heading' aria-level='3'>朝</p>") == [(3, "朝")]
    assert headings("<div class='jisage_3'><h4 class='naka-midashi'>朝</h4></div>") == [(4, "朝")]
    assert headings("<p class='oo-midashi'>朝</p><p class='ko-midashi'>夜</p>") == [
        (1, "朝"),
        (3, "夜"),
    ]
    assert headings("<header><h2>朝</h2><p>序</p></header>") == [(2, "朝")]
    assert headings("<h2><img alt='絵'/></h2>") == []


def test_scenes_and_blank_rows():
    body = (
        "<p>あ</p><hr/><p>い</p><p>＊　＊　＊</p><p>う</p>"
        "<p class='scene-break'>&nbsp;</p><p>え</p><p><br/></p><p>お</p><p>☆</p>か"
    )
    kinds = [
        "scene" if one.scene else "" if one.blank else one.passage.text for one in blocks(body)
    ]
    assert kinds == ["あ", "scene", "い", "scene", "う", "scene", "え", "", "お", "scene", "か"]


def test_a_page_of_daisy():
    body = (
        "<book><bodymatter><level1><h1>題</h1><p>本<pagenum>12</pagenum>文<noteref idref='#n'>1"
        "</noteref></p><note id='n'><p>註</p></note><linegroup><line>一</line><line>二</line>"
        "</linegroup></level1></bodymatter></book>"
    )
    assert texts(body) == ["題", "本文", "一\u3000二"]


def test_rows_of_verse_are_one_paragraph():
    assert texts("<div class='stanza'><div>April is</div>\n<div>the cruellest</div></div>") == [
        "April is the cruellest"
    ]


def test_anchors_stand_before_the_text_that_follows():
    body = (
        "<p id='a'>一</p><a id='b'></a><p>二</p><div id='c'><div><p>三</p></div></div>"
        "<p>四<a id='d'/>四</p><p>五</p><p id=''>六</p>"
    )
    found = blocks(body, anchors=frozenset("abcde"))
    assert [(one.anchors, one.passage.text) for one in found] == [
        (("a",), "一"),
        (("b",), "二"),
        (("c",), "三"),
        ((), "四四"),
        (("d",), "五"),
        ((), "六"),
    ]


def test_languages_and_rows_go_with_the_block():
    body = (
        "<p>あ</p>\n<blockquote lang='de'>\n<p>Wo\nweilst</p><p xml:lang='en'>you</p></blockquote>"
    )
    found = blocks(body)
    assert [(one.language, one.row) for one in found] == [(None, 1), ("de", 3), ("en", 4)]


def test_pronunciations_in_kana_are_readings_and_others_are_counted():
    body = (
        "<p><span ssml:ph='ハ&apos;シ' ssml:alphabet='x-sbv2-kana'>箸</span>と"
        "<span ssml:ph='アジサイ'>紫陽花</span>と"
        "<span ssml:ph='ˈθɜrti' ssml:alphabet='ipa'>30</span></p>"
    )
    assert ruby(body) == [("箸", "ハ'シ"), ("紫陽花", "アジサイ")]
    page = read_page(parse_html(body), PageOptions())
    assert page.counts["pronunciations"] == 1
    assert page.blocks[0].passage.text == "箸と紫陽花と30"


# ---- nothing is lost -----------------------------------------------------------------------------

WORDS = st.text(alphabet="あいう漢字abc。、「」　A1", min_size=1, max_size=8)
INLINE = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["b", "span", "em", "a", "i"]), inner),
        st.builds("{}<br/>{}".format, inner, inner),
        st.builds("<ruby>{}<rt>よみ</rt></ruby>".format, WORDS),
    ),
    max_leaves=5,
)
BLOCKS = st.recursive(
    st.one_of(
        INLINE,
        st.builds(
            "<{0}>{1}</{0}>".format, st.sampled_from(["p", "h2", "h5", "li", "td", "pre"]), INLINE
        ),
        st.builds("<p>{}".format, INLINE),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("\n".join),
        st.builds(
            "<{0}>{1}</{0}>".format,
            st.sampled_from(["div", "section", "blockquote", "ul", "table", "hgroup", "aside"]),
            inner,
        ),
    ),
    max_leaves=12,
)


@given(BLOCKS)
def test_no_character_of_a_page_is_lost_and_ruby_stands_over_its_base(body):
    def letters(text):
        return re.sub(r"[\s:]", "", text)

    shown = re.sub(r"<rt>.*?</rt>", "", body)
    shown = re.sub(r"<[^>]*>", "", shown)
    found = [block for block in blocks(body) if not block.scene]
    assert letters("".join(block.passage.text for block in found)) == letters(shown)
    bases = [letters(base) for base in re.findall(r"<ruby>(.*?)<rt>", body)]
    spans = [
        letters(block.passage.text[slice(*one.span)])
        for block in found
        for one in block.passage.ruby
    ]
    assert spans == [base for base in bases if base]


@given(st.text(alphabet="<>/pdivhrubyt =\"'漢。あ&;-!\n", max_size=120))
def test_any_text_is_a_page(text):
    page = read_page(parse_html(text), PageOptions())
    for block in page.blocks:
        for one in block.passage.ruby:
            assert 0 <= one.span[0] < one.span[1] <= len(block.passage.text)
