"""Lines in files: none is lost, none is moved, no file is longer than it may be."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import UsageError
from sbv2cli.pipeline.join.lines import JoinLine
from sbv2cli.pipeline.join.parts import parts
from sbv2cli.pipeline.join.settings import JoinSettings
from sbv2cli.writers.audio.formats import Encoding

RATE = 1000


def made(
    number: int, samples: int, chapter: int | None, paragraph: int, *, rate: int = RATE
) -> JoinLine:
    return JoinLine(
        id=f"l{number}",
        path=Path(f"{number}.wav"),
        samples=samples,
        rate=rate,
        before=0.013 * (number % 3),
        after=0.4,
        chapter=chapter,
        paragraph=paragraph,
        character="ab"[number % 2],
        language="ja",
    )


def wanted(**changes: object) -> JoinSettings:
    fields: dict[str, object] = {
        "manifest": Path("manifest.jsonl"),
        "to": Path("b.wav"),
        "encoding": Encoding(),
    }
    return JoinSettings(**{**fields, **changes})


LINES = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30
)


@st.composite
def books(draw: st.DrawFn) -> list[JoinLine]:
    """Lines whose chapters and paragraphs only grow."""
    chapter = paragraph = 0
    lines = []
    for number, (samples, chapters, paragraphs) in enumerate(draw(LINES)):
        chapter += chapters // 2
        paragraph += paragraphs
        rate = draw(st.sampled_from([RATE, 800]))
        lines.append(made(number, samples, chapter or None, paragraph, rate=rate))
    return lines


@given(lines=books(), limit=st.integers(1, 8), by=st.sampled_from(["book", "chapter", "character"]))
@settings(max_examples=200)
def test_no_line_is_lost_and_no_part_too_long(lines: list[JoinLine], limit: int, by: str) -> None:
    seconds = 4.5 * limit  # a line alone always fits
    cut = parts(lines, wanted(by=by, part_minutes=seconds / 60))
    held = [line.id for part in cut for line in part.lines]
    assert sorted(held) == sorted(line.id for line in lines)
    if by != "character":
        assert held == [line.id for line in lines]
    for part in cut:
        assert part.samples <= seconds * part.rate
        assert len(part.starts) == len(part.lines)
        assert part.chapters[0].start == 0
        assert all(one.start <= two.start for one, two in pairwise(part.chapters))
        assert part.chapters[-1].start <= part.samples
    assert len({part.path for part in cut}) == len(cut)


@given(lines=books())
def test_without_a_limit_each_chapter_of_the_book_is_marked(lines: list[JoinLine]) -> None:
    (part,) = parts(lines, wanted())
    chapters = [line.chapter for line in lines]
    changes = sum(one != two for one, two in pairwise(chapters))
    assert len(part.chapters) == 1 + changes
    assert part.number is None


def test_head_and_tail_count_to_the_sound() -> None:
    lines = [
        JoinLine(id="a", path=Path("a"), samples=500, rate=RATE, lead=0.1, tail=0.05, after=2.0)
    ]
    (part,) = parts(lines, wanted(head=0.5, tail=1.0))
    assert part.starts == (400,)
    assert part.samples == 400 + 500 + 950


def test_two_files_of_one_name_are_refused() -> None:
    lines = [made(number, 100, number, number) for number in range(3)]
    with pytest.raises(UsageError) as refused:
        parts(lines, wanted(by="chapter", to=Path("{character}.wav")))
    assert refused.value.code == "join.name"
