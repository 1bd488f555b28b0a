"""What stands around a word is found as `re` would find it."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.languages.japanese import own_words
from sbv2cli.languages.japanese.neighbours import stand_before, stand_behind

_compiled = cache(re.compile)


def _as_re(pattern: str, text: str, place: int) -> tuple[bool, bool]:
    before = _compiled(f"(?:{pattern})$").search(text, 0, place)
    return before is not None, _compiled(pattern).match(text, place) is not None


def _ours(pattern: str, text: str, place: int) -> tuple[bool, bool]:
    return stand_before(pattern, text, place), stand_behind(pattern, text, place)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("を(?:曲が|折れ)", "角を曲がり角を折れ"),
        ("(?:鬼|(?:小さな|大きな)竜)の", "小さな竜の鬼の竜の"),
        ("(?:や?鬼|)の", "や鬼のやの"),
        ("や{0,2}を|の{2}|も{2,}", "やややをのののもも"),
        ("[^はが一-九]|$", "はがあ一四九十"),
        ("(?!度)を|(?=の).", "度を度のを"),
        ("(?<!右手)を(?<=を)", "右手を左手を"),
        (r"\.|\[|[\].]", "。.[]"),
        ("^[,.]?(?:あ|い)+[^う]*$", ",ああいえ"),
    ],
)
def test_as_regular_expressions(pattern: str, text: str) -> None:
    for place in range(len(text) + 1):
        assert _ours(pattern, text, place) == _as_re(pattern, text, place), place


_LETTERS = "あいう,"
_SETS = st.sampled_from(["[あい]", "[^あ]", "[あ-い]", "[^い-う,]", "."])
_ONES = st.sampled_from(_LETTERS) | _SETS
_OFTEN = st.sampled_from(["", "", "?", "*", "+", "{2}", "{0,2}", "{1,}"])
_AROUND = st.tuples(st.sampled_from(["(?=", "(?!", "(?<=", "(?<!"]), _ONES).map(
    lambda one: f"{''.join(one)})"
)


def _larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = st.tuples(part, _OFTEN).map("".join)
    row = st.lists(repeated | _AROUND | st.sampled_from("^$"), max_size=4).map("".join)
    return st.lists(row, min_size=1, max_size=3).map(lambda rows: f"(?:{'|'.join(rows)})")


@given(st.recursive(_ONES, _larger, max_leaves=8), st.text(_LETTERS, max_size=6))
def test_any_pattern_as_regular_expressions(pattern: str, text: str) -> None:
    for place in range(len(text) + 1):
        assert _ours(pattern, text, place) == _as_re(pattern, text, place)


def test_every_row_as_regular_expressions() -> None:
    matched = 0
    for row in own_words.rows():
        for pattern in filter(None, (row.before, row.after)):
            for place in range(len(row.line) + 1):
                found = _ours(pattern, row.line, place)
                matched += sum(found)
                assert found == _as_re(pattern, row.line, place), (row, place)
    assert matched > 5000


_UNKNOWN = re.compile(r"\\\w|\((?!\?(?:[:=!]|<[=!]))|[?*+}][?+]")


def test_the_tables_hold_nothing_that_is_not_known() -> None:
    patterns = {pattern for row in own_words.rows() for pattern in (row.before, row.after)}
    assert [pattern for pattern in patterns if _UNKNOWN.search(pattern)] == []


@pytest.mark.parametrize("pattern", [r"\d", r"あ\w", "(あ)", "(?P<a>あ)"])
def test_what_is_not_known_is_refused(pattern: str) -> None:
    assert _UNKNOWN.search(pattern)
    with pytest.raises(NotImplementedError):
        stand_behind(pattern, "あ", 0)
