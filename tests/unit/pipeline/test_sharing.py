"""Lines of one sound: each is written once, equal files are copied, nobody is forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import bare_lines as lines
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.sharing import AT_A_TIME, SharedSound
from sbv2cli.pipeline.write import Written
from sbv2cli.records import LineFailure, LineId


def keys(post: str) -> Keys:
    return Keys(reading="r", synth="s", post=post)


def sound() -> SharedSound:
    return SharedSound(name="s", sounds=(lines.waveform("s"),))


def ok(name: str) -> Written:
    return Written(id=LineId(name), digest="d")


def test_nothing_is_ready_before_the_sound_is_there() -> None:
    shared = SharedSound(name="s", waiting=[(lines.read(lines.prepared("a")), keys("p"))])
    assert shared.ready() == []
    assert not shared.done


def test_the_second_line_of_a_file_waits_for_the_first_and_copies_it() -> None:
    shared = sound()
    shared.waiting = [(lines.read(lines.prepared(name)), keys("p")) for name in "ab"]
    ((first, _, copied),) = shared.ready()
    assert (first.prepared.id, copied) == ("a", None)
    shared.waiting.append((lines.read(lines.prepared("c")), keys("p")))  # joins meanwhile
    assert shared.ready() == []
    shared.wrote(keys("p"), ok("a"))
    assert [(read.prepared.id, one and one.id) for read, _, one in shared.ready()] == [
        ("b", "a"),
        ("c", "a"),
    ]
    shared.wrote(keys("p"), ok("b"))
    assert not shared.done
    shared.wrote(keys("p"), ok("c"))
    assert shared.done


def test_a_failure_of_the_first_is_not_the_failure_of_the_next() -> None:
    shared = sound()
    shared.waiting = [(lines.read(lines.prepared(name)), keys("p")) for name in "ab"]
    shared.ready()
    failure = LineFailure(id=LineId("a"), code="line.bug", message="")
    shared.wrote(keys("p"), Written(id=LineId("a"), failure=failure))
    ((read, _, copied),) = shared.ready()
    assert (read.prepared.id, copied) == ("b", None)


@given(
    posts=st.lists(st.sampled_from("pqr"), min_size=1, max_size=30),
    joins=st.integers(0, 30),
    fails=st.sets(st.integers(0, 29)),
)
def test_every_line_is_written_exactly_once(
    posts: Sequence[str], joins: int, fails: set[int]
) -> None:
    shared = sound()
    items = [
        (lines.read(lines.prepared(str(number))), keys(post)) for number, post in enumerate(posts)
    ]
    shared.waiting, late = items[:joins], items[joins:]
    under_way: list[tuple[str, Keys]] = []
    written: list[str] = []
    while not shared.done or late or under_way:
        for read, key, first in shared.ready():
            assert first is None or first.id in written
            under_way.append((read.prepared.id, key))
        assert len(under_way) <= AT_A_TIME
        if under_way:
            name, key = under_way.pop(0)
            written.append(name)
            failure = LineFailure(id=LineId(name), code="x", message="")
            shared.wrote(
                key,
                Written(id=LineId(name), failure=failure) if int(name) in fails else ok(name),
            )
        if late:
            shared.waiting.append(late.pop(0))
    assert sorted(written, key=int) == [str(number) for number in range(len(posts))]
