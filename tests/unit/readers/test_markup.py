"""Pages, tidy and broken, become trees; no word is lost and time grows with the text."""

from __future__ import annotations

import time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.readers.markup import Element, decoded, parse_html, parse_xml


def shape(element):
    """An element as nested tuples, for comparison."""
    return (
        element.name,
        dict(element.attributes),
        [child if isinstance(child, str) else shape(child) for child in merged(element.children)],
    )


def merged(children):
    result = []
    for child in children:
        if isinstance(child, str) and result and isinstance(result[-1], str):
            result[-1] += child
        else:
            result.append(child)
    return result


def judged(element):
    """The same of the standard library's XML parser."""
    children = [element.text] if element.text else []
    for child in element:
        children.append(judged(child))
        if child.tail:
            children.append(child.tail)
    return element.tag, dict(element.attrib), children


NAMES = st.sampled_from(["p", "span", "Div", "a", "x1", "rt"])
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12
)
TREES = st.recursive(
    st.tuples(NAMES, st.dictionaries(st.sampled_from("ab"), TEXTS, max_size=2), st.just(())),
    lambda inner: st.tuples(
        NAMES,
        st.dictionaries(st.sampled_from(["a", "title"]), TEXTS, max_size=2),
        st.lists(st.one_of(TEXTS, inner), max_size=4),
    ),
    max_leaves=12,
)


def built(tree):
    name, attributes, children = tree
    element = ET.Element(name, attributes)
    last = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                element.text = (element.text or "") + child
            else:
                last.tail = (last.tail or "") + child
        else:
            last = built(child)
            element.append(last)
    return element


@given(TREES)
def test_well_formed_xml_is_read_as_another_parser_reads_it(tree):
    written = ET.tostring(built(tree), encoding="unicode")
    (root,) = parse_xml(written).children
    assert shape(root) == judged(ET.fromstring(written))


@given(st.text(alphabet="<>/&;\"'= \n!-[]?pbria文。", max_size=80))
def test_any_text_gives_a_tree_that_has_its_words(text):
    for parse in (parse_html, parse_xml):
        shown = parse(text).text()
        assert shown.count("文") <= text.count("文")
        if "<" not in text and "&" not in text:
            assert shown == " ".join(text.split())


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", None),
        ("<b><i>a</b>b</i>", "<b><i>a</i></b>b"),
        ("a < b &nbsp; & c", "a < b \xa0 & c"),
        ("a<br></br>b", "a<br></br>b"),
        ("<a name=x>a<a href=y>b</a>c", "<a>a</a><a>b</a>c"),
        ("<title/>a<script/>b", "<title></title>a<script></script>b"),
        ("<script>if (a<b) '</p>'</script>a", "<script></script>a"),
        ("<!-- <p> -->a<!-- open", "a open"),
        ("<![CDATA[<a&amp;]]>b", "<a&amp;b"),
        ("<登場人物>太郎", "<登場人物>太郎"),
        ('<p title="a>b">c</p>', "<p>c</p>"),
        ('<p title="open>c</p>', '<p title="open>c'),
        ("</p>a</div>b", "ab"),
    ],
)
def test_broken_pages(written, shown):
    def html(element):
        inner = "".join(
            child if isinstance(child, str) else html(child) for child in element.children
        )
        return f"<{element.name}>{inner}</{element.name}>" if element.name else inner

    result = html(parse_html(written))
    if shown is None:
        items = list(parse_html(written).all("li"))
        assert [item.text() for item in items] == ["a", "bc", "c", "d"]
    else:
        assert result == shown


def test_names_are_without_prefix_and_attributes_keep_their_meaning():
    (root,) = parse_html(
        '<h:P xml:lang="ja" epub:type="note  Title" type="1" ssml:ph="x" xlink:href="y"/>'
    ).elements()
    assert (root.name, root.get("lang"), root.get("type")) == ("p", "ja", "1")
    assert root.words("epub:type") == {"note", "title"}
    assert (root.get("ph"), root.get("href"), root.get("none")) == ("x", "y", "")


def test_entities_of_a_document_are_short_texts_and_no_bombs():
    text = (
        '<!DOCTYPE a [<!ENTITY me "太郎"><!ENTITY b "&me;&me;">]>\n<a>&me;、&b;&hellip;&none;</a>'
    )
    assert parse_xml(text).text() == "太郎、&me;&me;…&none;"
    bomb = '<!DOCTYPE a [<!ENTITY x0 "xxxxxxxxxx">'
    bomb += (
        "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 30)) + "]><a>&x29;</a>"
    )
    assert len(parse_xml(bomb).text()) < 200


def test_rows_are_counted():
    first, second = parse_html("<p>a\n</p>\n\n<p\nid='b'>c</p>").all("p")
    assert (first.row, second.row) == (1, 4)


def test_nesting_is_bounded():
    root = parse_html("<div>" * 100_000 + "a" + "</div>" * 100_000)
    assert root.text() == "a"
    depth, element = 0, root
    while (inner := next(element.elements(), None)) is not None:
        depth, element = depth + 1, inner
    assert depth < 200


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("日本".encode(), "日本"),
        ("日本".encode("utf-16"), "日本"),
        (b'<?xml version="1.0" encoding="Shift_JIS"?>' + "①～".encode("cp932"), "①～"),
        (
            b'<meta http-equiv=x content="text/html; charset=EUC-JP">' + "日本".encode("euc-jp"),
            "日本",
        ),
        ("日本、①".encode("cp932"), "日本、①"),
        (b"<meta charset=utf-16>" + "日本".encode(), "日本"),
        (b"<meta charset=rot13>abc", "abc"),
        (b"a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_encodings(data, text):
    found, lost = decoded(data)
    assert found.endswith(text)
    assert lost == 0


def test_a_bad_byte_is_counted_and_loses_no_page():
    text, lost = decoded(
        b'<meta charset="utf-8">' + "日本".encode() + b"\xff\x80\xff" + "語".encode()
    )
    assert lost >= 1
    assert text.endswith("語")
    assert "日本" in text


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded(data):
    decoded(data)[0].encode()


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<a b='", '<a b="', "<!--", "<![CDATA[", "<!DOCTYPE ", "</", "<p>", "<b id=1>", "&a;",
     "<script>", "<ruby><rt>", "<table><td>", "<a b=c ", "< ", "<?", "\n<a>"],
)  # fmt: skip
def test_time_grows_with_the_text(piece):
    began = time.process_time()
    root = parse_html(piece * 100_000)
    assert isinstance(root, Element)
    assert time.process_time() - began < 5
