"""A rewritten text still knows what the author wrote."""

from __future__ import annotations

import re

from sbv2cli.languages.assembly import join_overlapping, spread, word
from sbv2cli.languages.traced import Traced


def test_a_replacement_stands_for_all_that_it_replaces() -> None:
    text = "pay $5 now"
    traced = Traced.of(text).replace(re.compile(r"\$(\d)"), r"\1 dollars")
    assert traced.text == "pay 5 dollars now"
    begin = traced.text.index("dollars")
    assert text[slice(*traced.span(begin, begin + 7))] == "$5"
    assert text[slice(*traced.span(0, len(traced.text)))] == text


def test_rewriting_twice_goes_back_to_the_author() -> None:
    traced = Traced.of("a12b").replace(re.compile("12"), "X").replace(re.compile("Xb"), "yes")
    assert (traced.text, traced.span(1, 4)) == ("ayes", (1, 4))


def test_none_leaves_a_match_and_nothing_drops_it() -> None:
    traced = Traced.of("abc").replace(re.compile("."), lambda m: None if m[0] == "b" else "")
    assert (traced.text, traced.span(0, 1)) == ("b", (1, 2))


def test_an_insertion_has_a_place_and_no_extent() -> None:
    traced = Traced.of("a,b").replace(re.compile("(?<=,)(?=b)"), " ")
    assert traced.text == "a, b"
    assert traced.span(2, 3) == (2, 2)


def test_characters_are_translated_one_by_one() -> None:
    traced = Traced.of("a…b").translate({"…": "..."})
    assert traced.text == "a...b"
    assert [traced.span(i, i + 1) for i in (0, 1, 3, 4)] == [(0, 1), (1, 2), (1, 2), (2, 3)]
    assert traced.translate({"x": "y"}) is traced


def test_the_first_tokens_get_one_more() -> None:
    assert spread(7, 3) == (3, 2, 2)
    assert spread(1, 3) == (1, 0, 0)
    assert spread(0, 0) == ()


def test_words_for_the_same_characters_become_one() -> None:
    five = word("$5!", (0, 2), "five", [("f", 3)], [1])
    dollars = word("$5!", (0, 2), "dollars", [("d", 3), ("z", 3)], [2])
    mark = word("$5!", (2, 3), "!", [("!", 0)], [1])
    joined = join_overlapping("$5!", [five, dollars, mark], " ")
    assert [(w.surface, w.spoken, w.phones, w.phones_per_token) for w in joined] == [
        ("$5", "five dollars", ("f", "d", "z"), (1, 2)),
        ("!", "!", ("!",), (1,)),
    ]
