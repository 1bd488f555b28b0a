"""Ids that outlive edits."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.pipeline.stable_ids import kept_ids, stamp


def own(number, script="a.txt", first=1):
    stem = script.removesuffix(".txt")
    return [(f"{stem}-{n:04d}", script, False) for n in range(first, first + number)]


def test_new_lines_get_the_id_before_them_and_a_letter():
    old = ["a-0001", "a-0002", "a-0003"]
    assert kept_ids(own(6), old, [0, None, None, 1, None, 2]) == [
        "a-0001",
        "a-0001a",
        "a-0001b",
        "a-0002",
        "a-0002a",
        "a-0003",
    ]


def test_what_is_put_before_the_first_line_is_sorted_before_it():
    assert kept_ids(own(2), ["a-0001"], [None, 0]) == ["a-0000a", "a-0001"]
    lines = [*own(1), *own(2, "b.txt")]
    assert kept_ids(lines, ["a-0001", "b-0001"], [0, None, 1])[1] == "b-0000a"


def test_lines_at_the_end_go_on_counting_unless_the_number_was_anothers():
    assert kept_ids(own(3), ["a-0001", "a-0002"], [0, 1, None])[2] == "a-0003"
    assert kept_ids(own(2), ["a-0001", "a-0002"], [0, None])[1] == "a-0001a"


def test_a_script_that_is_added_has_ids_of_its_own():
    lines = [*own(1, "new.txt"), *own(1)]
    assert kept_ids(lines, ["a-0001"], [None, 0]) == ["new-0001", "a-0001"]


def test_between_two_that_were_put_in_before():
    old = ["a-0001", "a-0001a", "a-0001b", "a-0002"]
    ids = kept_ids(own(5), old, [0, 1, None, 2, 3])
    assert ids == sorted(ids)
    assert ids[2] == "a-0001aa"


def test_what_the_author_gives_stays_and_is_nobody_elses():
    lines = [("yes", "a.csv", True), ("a-0002", "a.csv", False), ("no", "a.csv", True)]
    assert kept_ids(lines, ["no", "yes"], [1, 0, None]) == ["yes", "yes-a", "no"]


def test_stamped_ids_are_drawn_and_never_drawn_twice():
    drawn = (f"b{n}" for n in [1, 1, 2, 3])
    ids = kept_ids(own(3), ["b3"], [None, 0, None], stamped=True, draw=lambda: next(drawn))
    assert ids == ["b1", "b3", "b2"]


def test_a_new_line_beside_stamped_ones_is_stamped():
    one, other = stamp(), stamp()
    ids = kept_ids(own(3), [one, other], [0, None, 1])
    assert ids[0] == one
    assert len(ids[1]) == len(one)
    assert "-" not in ids[1]


@given(st.data())
def test_ids_are_always_different_and_those_of_old_lines_stay(data):
    number = data.draw(st.integers(0, 12))
    old = data.draw(
        st.lists(
            st.one_of(
                st.sampled_from(
                    [f"a-{n:04d}{letter}" for n in range(4) for letter in ("", "a", "z")]
                ),
                st.sampled_from(["yes", "a", "0", "x-"]),
            ),
            unique=True,
        )
    )
    free = iter(data.draw(st.permutations(range(len(old)))))
    matches = [next(free, None) if data.draw(st.booleans()) else None for _ in range(number)]
    given_ids = {at: f"given{at}" for at in range(number) if data.draw(st.booleans())}
    lines = [
        (given_ids.get(at, name), script, at in given_ids)
        for at, (name, script, _) in enumerate(own(number))
    ]
    numbers = count()
    ids = kept_ids(lines, old, matches, draw=lambda: f"n{next(numbers)}")
    assert len(ids) == number == len(set(ids))
    for at, (identity, match) in enumerate(zip(ids, matches, strict=True)):
        if at in given_ids:
            assert identity == given_ids[at]
        elif match is not None:
            assert identity == old[match]
        else:
            assert identity not in old
