"""Where each line of a page stands among its characters. What cannot be told is not guessed.

Readers squeeze white space, add quotation marks and leave out marks of notes; letters they keep.
So the letters of the lines are looked for among those of the page that can be spoken, in order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sbv2cli.pipeline.read_along.page import Node, Tree
from sbv2cli.readers.page import PageOptions, what_is_left_out

_ABOVE = frozenset({"rt", "rp", "rtc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line that is looked for."""

    text: str
    row: int  # of the page; its text does not begin before it


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What of a page can be spoken."""

    tree: Tree
    seen: Sequence[int]  # characters that are no white space, as numbers of the tree's
    letters: str
    numbers: Sequence[int]  # of each letter in `seen`
    rows: Sequence[int]  # of each letter

    def range_of(self, text: str, letter: int) -> tuple[int, int]:
        """The characters, first and last, of a text whose letters begin with this one."""
        first, last = self.reach(text, letter)
        return self.seen[first], self.seen[last]

    def reach(self, text: str, letter: int) -> tuple[int, int]:
        """The same as numbers in `seen`; marks at its ends belong to it."""
        count = sum(map(str.isalnum, text))
        first, last = self.numbers[letter], self.numbers[letter + count - 1]
        shown = "".join(text.split())
        lead = shown[: next(n for n, one in enumerate(shown) if one.isalnum())]
        tail = shown[len(shown) - next(n for n, one in enumerate(shown[::-1]) if one.isalnum()) :]
        for mark in reversed(lead):
            if first > 0 and self._is(first - 1, mark):
                first -= 1
        for mark in tail:
            if last + 1 < len(self.seen) and self._is(last + 1, mark):
                last += 1
        return first, last

    def letter_at(self, character: int) -> int:
        """The first letter at or behind a character."""
        return bisect_left(self.numbers, bisect_left(self.seen, character))

    def _is(self, number: int, mark: str) -> bool:
        return self.tree.characters[self.seen[number]].text == mark


def spoken_of(tree: Tree, *, notes: bool) -> PageText:
    """What can be spoken of a page; front matter may be, as lines that are not there do no harm."""
    characters = tree.characters
    options = PageOptions(notes=notes, front_matter=True)
    seen = [at for at in _seen(tree.root, options) if not characters[at].text.isspace()]
    numbers = [n for n, at in enumerate(seen) if characters[at].text.isalnum()]
    rows, row, counted = [], 1, 0
    for n in numbers:
        start = characters[seen[n]].start
        row += tree.data.count(b"\n", counted, start)
        counted = start
        rows.append(row)
    letters = "".join(characters[seen[n]].text for n in numbers)
    return PageText(tree=tree, seen=seen, letters=letters, numbers=numbers, rows=rows)


def _seen(node: Node, options: PageOptions) -> Iterator[int]:
    if node.element.name in _ABOVE or what_is_left_out(node.element, options) is not None:
        return
    for child in node.children:
        if isinstance(child, Node):
            yield from _seen(child, options)
        else:
            yield from child


def places(lines: Sequence[Wanted], spoken: PageText) -> list[int | None]:
    """The first letter of each line; None where it is not there, or could be in several places.

    A line stands behind the one before it. Behind something that is not spoken it stands where the
    next line follows it, or where its letters are found once and not beyond the next line.
    """
    wanted = ["".join(filter(str.isalnum, line.text)) for line in lines]
    found: list[int | None] = []
    cursor = 0
    for number, (line, letters) in enumerate(zip(lines, wanted, strict=True)):
        begin = max(cursor, bisect_left(spoken.rows, line.row))
        after = next(filter(None, wanted[number + 1 :]), "")
        place = _place(letters, after, spoken.letters, begin) if letters else None
        found.append(place)
        if place is not None:
            cursor = place + len(letters)
    return found


def marks_alone(
    lines: Sequence[Wanted], found: Sequence[int | None], page: PageText
) -> dict[int, tuple[int, int]]:
    """The characters, first and last, of lines without a letter, such as 「……」, by line.

    They are looked for in the same way between the lines around them, whose places are known.
    """
    result: dict[int, tuple[int, int]] = {}
    group: list[tuple[int, str]] = []
    begin = 0
    for number, place in enumerate([*found, len(page.letters)]):
        text = "".join(lines[number].text.split()) if number < len(lines) else ""
        if place is None:
            if text and not any(map(str.isalnum, text)):
                group.append((number, text))
            continue
        first, last = page.reach(text, place) if text else (len(page.seen), 0)
        between = page.seen[begin:first]
        marks = "".join(page.tree.characters[at].text for at in between)
        cursor = 0
        for index, (line, written) in enumerate(group):
            after = group[index + 1][1] if index + 1 < len(group) else ""
            at = _place(written, after, marks, cursor)
            if at is not None:
                cursor = at + len(written)
                result[line] = between[at], between[cursor - 1]
        group, begin = [], last + 1
    return result


def _place(letters: str, after: str, text: str, begin: int) -> int | None:
    first = text.find(letters, begin)
    if first in {begin, -1}:
        return None if first < 0 else first
    place = first
    while after and place >= 0:
        if text.startswith(after, place + len(letters)):
            return place
        place = text.find(letters, place + 1)
    alone = text.find(letters, first + 1) < 0
    beyond = bool(after) and 0 <= text.find(after, begin) < first
    return first if alone and not beyond else None
