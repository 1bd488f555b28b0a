"""A page of a book -> the same page with an element around whatever is highlighted at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from sbv2cli.pipeline.read_along.overlay import Clip, clips
from sbv2cli.pipeline.read_along.page import Tree, read_tree
from sbv2cli.pipeline.read_along.places import PageText, Wanted, marks_alone, places, spoken_of
from sbv2cli.pipeline.read_along.wrap import Wrapper
from sbv2cli.records import ManifestRow
from sbv2cli.writers.cues import units
from sbv2cli.writers.timeline import ExportOptions, TimedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A page, its clips in order, and how many lines they are."""

    data: bytes
    clips: Sequence[Clip]
    lines: int


def marked(
    data: bytes,
    rows: Sequence[ManifestRow],
    timed: Mapping[str, TimedLine],
    options: ExportOptions,
    style: str,
    seconds: float,
) -> Marked | None:
    """A page with elements to highlight; None if no line with a sound is found on it.

    `rows` are all lines of the page, `timed` those with a sound, along the sound of the page,
    which has so many seconds. `style` is a reference to a style sheet.
    """
    tree = read_tree(data)
    if tree is None:
        return None
    wanted = [Wanted(text=row.text, row=row.source.row) for row in rows]
    spoken, found = _placed(tree, wanted)
    alone = marks_alone(wanted, found, spoken)
    wrapper = Wrapper(spoken, tree.free_prefix())
    starts: list[tuple[str, float]] = []
    lines = 0
    for number, (row, place) in enumerate(zip(rows, found, strict=True)):
        line = timed.get(row.id)
        if line is None:
            continue
        marks: list[tuple[str, float]] = []
        if place is not None:
            marks = list(_marks(wrapper, spoken, line, place, options))
        elif number in alone:
            marks = [(name, line.start) for name, _ in wrapper.put(*alone[number])]
        starts += marks
        lines += bool(marks)
    if not starts:
        return None
    for head in tree.root.all("head"):
        link = f'<{head.sibling("link")} rel="stylesheet" type="text/css" href={quoteattr(style)}/>'
        wrapper.edits.append((head.last, head.last, link.encode()))
    return Marked(data=tree.edited(wrapper.edits), clips=clips(starts, seconds), lines=lines)


def _placed(tree: Tree, wanted: Sequence[Wanted]) -> tuple[PageText, list[int | None]]:
    """Where the lines stand; whether notes were spoken shows in which way more are found."""
    spoken = spoken_of(tree, notes=False)
    found = places(wanted, spoken)
    if None in found:
        other = spoken_of(tree, notes=True)
        others = places(wanted, other)
        if others.count(None) < found.count(None):
            return other, others
    return spoken, found


def _marks(
    wrapper: Wrapper, spoken: PageText, line: TimedLine, place: int, options: ExportOptions
) -> Iterator[tuple[str, float]]:
    """(id, when it begins) of the elements of a line."""
    letters = [at for at, one in enumerate(line.text) if one.isalnum()]
    for first, last in units(line.text, options):
        text = line.text[first:last]
        here = [number for number, at in enumerate(letters) if first <= at < last]
        if not here:
            continue
        begins = line.when(first) if first else line.start
        for name, character in wrapper.put(*spoken.range_of(text, place + here[0])):
            letter = spoken.letter_at(character) - place
            if here[0] < letter < len(letters):
                begins = line.when(letters[letter])
            yield name, begins
