"""Numbers of pages in plain texts: left out where a run of them is sure, and told."""

from __future__ import annotations

import io

import pytest

from sbv2cli.readers.page_numbers import page_numbers
from sbv2cli.readers.text import read

SENTENCE = "岬の灯台は夜になると海を照らし、舟はその光を頼りに港へ帰った。"


def pages(mark: str, *, feed: str = "", width: int = 20, count: int = 5) -> str:
    """Prose in rows of one width, with a mark below each ninth row, wherever it falls."""
    text = SENTENCE * 60
    rows = [text[at : at + width] for at in range(0, len(text), width)]
    found = []
    for page in range(count):
        found += [*rows[page * 9 : page * 9 + 9], mark.format(page + 1) + feed]
    return "\n".join(found) + "\n"


def numbers(text: str) -> list[int]:
    return [number for _, number in page_numbers(list(enumerate(text.split("\n"), 1)))]


@pytest.mark.parametrize(
    "mark", ["－{}－", "- {} -", "― {} ―", "{}", "{}/120", "p.{}", "{}ページ", "（{}）", "  {}  "]
)
def test_numbers_between_halves_of_sentences_are_those_of_pages(mark: str) -> None:
    assert numbers(pages(mark)) == [1, 2, 3, 4, 5]


def test_wide_digits_too() -> None:
    text = pages("－{}－")
    wide = text.translate(str.maketrans("12345", "１２３４５"))
    assert numbers(wide) == [1, 2, 3, 4, 5]


def test_numbers_before_form_feeds_are_those_of_pages() -> None:
    text = "".join(f"短い。\n\n{page}\n\f" for page in range(7, 11))
    assert numbers(text) == [7, 8, 9, 10]
    assert numbers(text.replace("\f", "")) == []


def test_paragraphs_in_one_row_that_go_on_behind_the_number() -> None:
    whole = f"\u3000{SENTENCE}\n" * 6
    cut = f"\u3000{SENTENCE[:12]}\n\n- {{}} -\n\n{SENTENCE[12:]}\n"
    text = "".join(whole + cut.format(page) for page in range(1, 5))
    assert numbers(text) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        # Chapters: whole sentences above, and an indent below.
        "".join(f"{n}\n\u3000{SENTENCE}\n\u3000{SENTENCE}\n" for n in range(1, 9)),
        "".join(f"― {n} ―\n{SENTENCE}\n" for n in range(1, 9)),
        "".join(f"\f{n}\n{SENTENCE}\n" for n in range(1, 9)),  # each on a page of its own
        # Verse, whose rows end as they like.
        "".join(f"{n}\n古池や\n蛙飛びこむ\n水の音\n" for n in range(1, 9)),
        # Lines of a game, of equal length, and their numbers.
        "".join(f"{n}\nはいはいはいはい\nいえいえいえいえ\n" for n in range(1, 30)),
        # A countdown, and two numbers, are no run.
        pages("{}").replace("\n1\n", "\n9\n"),
        pages("－{}－", count=2),
        # Chapters and pages alike: not sure which is which.
        f"1\n{pages('{}')}",
    ],
)
def test_what_may_be_a_title_stays(text: str) -> None:
    assert numbers(text) == []


def test_they_are_left_out_and_told() -> None:
    text = pages("－{}－")
    found = list(read(io.BytesIO(text.encode()), "novel.txt"))
    assert not [line for line in found if "－" in line.text]
    assert len(found) == 45
    (told,) = [one for line in found for one in line.findings if one.code == "script.page-numbers"]
    assert str(told.at) == "novel.txt:10:1"
    assert told.severity == "note"
    assert told.message == "numbers of pages that are not spoken: 5, from 1 to 5"
    assert told.hint == "are they titles? write them as # 3"
    assert [line.source.row for line in found][8:10] == [9, 11]


def test_a_broken_byte_is_told_where_its_row_comes() -> None:
    data = pages("－{}－").encode() + b"\xff\xff\n" + "あ。\n".encode()
    with pytest.raises(Exception, match="UTF-8"):
        list(read(io.BytesIO(data), "novel.txt"))
