"""Which line is which: whatever was changed, quickly, and the same every time."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.pipeline.match_lines import match_lines

LONG = [f"{n}番目の台詞で、{n * 7919 % 1000}という数が出てくる。" for n in range(60)]


def found(old, new):
    return [None if match is None else (match.old, match.how) for match in match_lines(old, new)]


def test_nothing_changed():
    assert found(LONG, LONG) == [(at, "same") for at in range(len(LONG))]


def test_a_line_put_in_and_one_taken_away():
    new = [*LONG[:10], "まったく新しいことば", *LONG[10:30], *LONG[31:]]
    olds = [match and match[0] for match in found(LONG, new)]
    assert olds == [*range(10), None, *range(10, 30), *range(31, 60)]


def test_an_edited_line_is_known_among_new_ones():
    new = [
        *LONG[:10],
        "やっと来たね。",
        LONG[10].replace("出てくる", "現れる"),
        "寒い夜だ。",
        *LONG[11:],
    ]
    assert found(LONG, new)[10:13] == [None, (10, "edited"), None]


def test_another_text_alone_between_the_same_neighbours_is_the_same_place():
    assert found(["一行目です", "はい", "三行目です"], ["一行目です", "うん", "三行目です"])[1] == (
        1,
        "place",
    )


def test_a_moved_line_is_found_if_it_can_be_told():
    new = [*LONG[1:30], LONG[0], *LONG[30:]]
    assert found(LONG, new)[29] == (0, "moved")
    short = ["はい", *LONG]
    assert found(short, [*LONG, "はい"])[-1] is None  # it may be any はい


def test_the_same_words_many_times_are_told_apart_by_what_stands_around_them():
    old = [line for text in LONG for line in (text, "はい")]
    new = [line for at, line in enumerate(old) if at != 21]  # the はい behind the eleventh line
    olds = [match and match[0] for match in found(old, new)]
    assert olds == [at for at in range(len(old)) if at != 21]


def test_keys_say_which_lines_are_the_same():
    matches = match_lines(["あ", "い"], ["い", "か"], old_keys=["1", "2"], new_keys=["1", "3"])
    assert [(match.old, match.how) for match in matches] == [(0, "same"), (1, "place")]


WORDS = st.sampled_from(
    ["はい", "いいえ", "うん", "そうだね、そうしよう。", "そうだな、そうしよう。", ""]
)


@settings(max_examples=300)
@given(old=st.lists(WORDS, max_size=14), new=st.lists(WORDS, max_size=14))
def test_no_line_is_two_lines_and_the_same_is_the_same(old, new):
    matches = match_lines(old, new)
    assert len(matches) == len(new)
    olds = [match.old for match in matches if match is not None]
    assert len(olds) == len(set(olds))
    for text, match in zip(new, matches, strict=True):
        if match is not None:
            assert (old[match.old] == text) == (match.how in {"same", "moved"})
    stayed = [match.old for match in matches if match is not None and match.how == "same"]
    assert stayed == sorted(stayed)
    assert match_lines(old, new) == matches


@settings(max_examples=100)
@given(
    old=st.lists(WORDS, max_size=12),
    removed=st.sets(st.integers(0, 11)),
    added=st.lists(st.tuples(st.integers(0, 12), st.just("なかった行です")), max_size=4),
)
def test_what_stays_in_order_is_found(old, removed, added):
    new = [text for at, text in enumerate(old) if at not in removed]
    stayed = len(new)
    for at, text in added:
        new.insert(at, text)
    same = [match for match in match_lines(old, new) if match and match.how == "same"]
    assert len(same) >= stayed


def scripts():
    draw = random.Random(7)
    base = [f"{draw.randrange(10**9)}という合言葉を、誰も知らない。" for _ in range(10_000)]
    few = [draw.choice(["はい", "いいえ", "うん"]) for _ in range(10_000)]
    edited = [text.replace("誰も", "だれも") if draw.random() < 0.2 else text for text in base]
    shuffled = draw.sample(base, len(base))
    return {
        "edited": (base, edited),
        "all edited": (base, [f"{text}たぶん" for text in base]),
        "all new": (base, [f"{draw.random()}" for _ in base]),
        "shuffled": (base, shuffled),
        "repeated": (few, [text for text in few if draw.random() < 0.9]),
        "repeated at random": (few * 3, draw.sample(few * 3, 30_000)),
    }


@pytest.mark.parametrize("kind", scripts())
def test_ten_thousand_lines_take_seconds_at_most(kind):
    old, new = scripts()[kind]
    started = time.process_time()
    matches = match_lines(old, new)
    # A second on a quiet machine; the square of these sizes would be many minutes.
    assert time.process_time() - started < 20
    if kind in {"edited", "all edited", "shuffled"}:
        assert sum(match is not None for match in matches) > 9_500
