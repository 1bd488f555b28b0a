"""Ruby of a page, pictures that stand for characters, and marks of notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.aozora.characters import UNKNOWN, character_of, repeated
from sbv2cli.readers.markup import Element
from sbv2cli.readers.page_text import TextRun, passage_of
from sbv2cli.readers.ssml_values import accented_ruby, undecided, yomigana

_MARK_CLASSES = lazy_pattern(
    r"(?:^|\s)(?:noteref|note-?ref|fn-?ref|footnote-?ref|footnote-backref|lnum|line-?num(?:ber)?"
    r"|_id(?:foot|end)note(?:link|anchor)"  # InDesign's
    r"|page-?(?:num(?:ber)?|no|break)|kaeriten|okurigana|notes)(?:$|\s)",
    re.IGNORECASE,
)
GAIJI = lazy_pattern("gaiji|外字", re.IGNORECASE)
_STAND_INS = frozenset("※〓■□?？")  # for characters that nothing names
_INLINE = frozenset("a b em i small span sub sup".split())
_REMARK = lazy_pattern(r"[（(〔［\[].*[）)〕］\]]")
_MARK_TYPES = frozenset("noteref annoref backlink doc-noteref doc-backlink referrer".split())
# What a mark of a note is made of; a link over a word is no mark, whatever it is called.
NOTE_MARK = lazy_pattern(
    r"[\W\d_]{0,9}(?:[a-z]{1,2}|[ivxlcdm]{1,6}|[原訳脚補傍]?[注註][一二三四五六七八九十〇]{0,4}"
    r"|n(?:ote)?\.?)?[\W\d_]{0,9}|[（(〔［\[][一二三四五六七八九十〇]{1,4}[）)〕］\]]",
    re.IGNORECASE,
)
MARK = "sbv2-mark"
"""The attribute that says what `page_marks` found: "yes" or "no"."""


def ruby_runs(element: Element) -> list[TextRun]:
    """The bases of a `<ruby>` with their readings.

    Bases and readings pair by position. Readings of one character each make one word, so they are
    joined; a second row of readings (`<rtc>`) counts only where there is no first one.
    """
    inside = {one.name for one in element.walk() if one is not element}
    children = list(_unwrapped(element))
    if not inside & {"rt", "rtc"}:
        return [TextRun(base_text(element))]
    if "ruby" in inside:
        # Over a word that has its reading already stands a second one.
        return [run for one in children for run in _of_nested(one)]
    pairs: list[tuple[str, str]] = []
    bases: list[str] = []
    readings: list[str] = []
    open_base = False
    has_first = any(child.name == "rt" for child in children if isinstance(child, Element))
    for child in children:
        if isinstance(child, Element) and is_mark(child):
            continue
        name = child.name if isinstance(child, Element) else ""
        if name == "rp" or (name == "rtc" and has_first):
            continue
        if isinstance(child, Element) and name in {"rt", "rtc"}:
            rows = [*child.all("rt")] if name == "rtc" else []
            readings += map(_reading_of, rows or [child])
            has_first |= name == "rtc"
            open_base = False
            continue
        written = base_text(child)
        if not written.strip():
            continue
        if readings:
            pairs += _paired(bases, readings)
            bases, readings, open_base = [], [], False
        if open_base and name != "rb":
            bases[-1] += written
        else:
            bases.append(written)
        open_base = name != "rb"
    return _joined(pairs + _paired(bases, readings))


def _unwrapped(element: Element) -> Iterator[Element | str]:
    """What is in a `<ruby>`, also where a reading stands in an element of its own with others."""
    for child in element.children:
        if (
            isinstance(child, Element)
            and child.name not in {"ruby", "rt", "rtc"}
            and any(one.name in {"rt", "rtc"} for one in child.walk())
            and child.first("ruby") is None
        ):
            yield from _unwrapped(child)
        else:
            yield child


def _reading_of(node: Element | str) -> str:
    """What stands over a base; an editor's remark in brackets is no reading."""
    reading = passage_of([TextRun(base_text(node, readings=True))]).text
    if _REMARK.fullmatch(reading):
        # Without <rp> the brackets of a reading stand in it; ママ is what editors say.
        reading = reading[1:-1] if _is_kana(reading[1:-1]) and reading[1:-1] != "ママ" else ""
    return repeated(reading)


def _of_nested(node: Element | str) -> list[TextRun]:
    if isinstance(node, str):
        return [TextRun(node)]
    if node.name == "ruby":
        return ruby_runs(node)
    if node.name in {"rt", "rp", "rtc"}:
        return []
    return [run for one in node.children for run in _of_nested(one)]


def _paired(bases: list[str], readings: list[str]) -> list[tuple[str, str]]:
    if not readings or len(bases) == 1 or len(readings) == 1:
        return [("".join(bases), "".join(readings))] if bases else []
    last = len(bases) - 1
    rest = ["".join(readings[last:])] if len(readings) > last else []
    padded = [*readings[:last], *rest, *[""] * len(bases)]
    return list(zip(bases, padded, strict=False))


def _joined(pairs: list[tuple[str, str]]) -> list[TextRun]:
    read = [reading or (base if _is_kana(base) else "") for base, reading in pairs]
    if len(pairs) > 1 and all(map(_is_kana, read)):
        return [TextRun("".join(base for base, _ in pairs), "".join(read))]
    return [TextRun(base, reading or None) for base, reading in pairs]


def _is_kana(text: str) -> bool:
    return bool(text) and all(
        "\u3041" <= character <= "\u309f" or "\u30a0" <= character <= "\u30ff" for character in text
    )


def base_text(node: Element | str, *, readings: bool = False) -> str:
    """The text in a node without what stands over it, and without marks of notes."""
    if isinstance(node, str):
        return node
    if node.name == "img":
        return glyph(node)
    return "".join(
        base_text(child, readings=readings)
        for child in node.children
        if isinstance(child, str)
        or not (
            child.name == "rp" or (child.name in {"rt", "rtc"} and not readings) or is_mark(child)
        )
    )


def glyph(picture: Element) -> str:
    """The character that a picture stands for; of one without a name or number a mark."""
    name = picture.get("src").rpartition("/")[2]
    if not (GAIJI.search(picture.get("class")) or GAIJI.search(name)):
        return ""
    written = picture.get("alt").strip()
    if 0 < len(written) <= 2:
        return UNKNOWN if written in _STAND_INS else written
    # Aozora Bunko's pictures are called by plane, row and cell, others by code point: u9dd7.png.
    named = re.match(r"(\d-\d\d-\d\d)\.\w|u(?:ni)?\+?([0-9a-f]{4,5})\.\w", name, re.IGNORECASE)
    number = "" if named is None else named[1] or f"U+{named[2]}"
    return character_of(f"{written} {number}") or UNKNOWN


def kana_reading(sounds: str, alphabet: str) -> str | None:
    """Sounds of `ssml:ph` as ruby, where they are kana."""
    if alphabet.casefold().startswith("x-jeita"):
        alphabet = "x-sbv2-kana"
    kana = yomigana(alphabet, sounds)
    if kana is None and _is_kana(re.sub(r"[\s'/]", "", sounds)):
        kana = sounds.strip()
    if kana is None or not _is_kana(re.sub(r"[\s'/]", "", kana)):
        return None
    plain = re.sub(r"['/]", "", kana)
    return plain if undecided(alphabet, sounds) else accented_ruby(kana) or plain


def is_mark(element: Element) -> bool:
    """Whether an element is the mark of a note, or the number of a page or a row."""
    if element.get(MARK):
        return element.get(MARK) == "yes"
    types = element.words("epub:type") | element.words("role")
    if types & _MARK_TYPES and NOTE_MARK.fullmatch(element.text()):
        return True
    if element.name in _INLINE and _MARK_CLASSES.search(element.get("class")):
        return True
    return element.name in {"sup", "a"} and _is_linked_mark(element)


def note_links(root: Element) -> Iterator[str]:
    """Where the marks of notes of a page lead to.

    Notes have marks too, which lead back to the text: to something that stood before them.
    """
    passed: set[str] = set()
    for element in root.walk():
        passed |= {element.get("id"), element.get("name")}
        if element.name in {"a", "sup"} and is_mark(element):
            links = (one.get("href") for one in element.all("a"))
            yield from (one for one in links if "#" in one and one.partition("#")[2] not in passed)


def _is_linked_mark(element: Element) -> bool:
    """Whether a link, or what is raised, has nothing but the number of a note."""
    links = any("#" in one.get("href") for one in element.all("a"))
    if not links or not NOTE_MARK.fullmatch(text := element.text()):
        return False
    return element.name == "sup" or element.first("sup") is not None or not text.isalnum()
