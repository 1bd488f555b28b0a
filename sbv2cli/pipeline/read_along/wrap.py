"""Ranges of characters -> elements with an id, so that a page can light them up.

A range gets a `<span>`. Where it crosses the border of an element it gets several, for an element
ends inside the one in which it began. Where an element holds the range and nothing else and has an
id already, that one serves. Ruby is never cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sbv2cli.pipeline.read_along.page import Edit, Node
from sbv2cli.pipeline.read_along.places import PageText
from sbv2cli.readers.page import BLOCKS

_WHOLE = frozenset({"ruby", "math"})  # nothing can be put inside
_APART = BLOCKS | {"hr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What is put into one element."""

    first: int  # character of the tree
    start: int  # bytes
    end: int
    id: str | None  # of the element that is there already


class Wrapper:
    """Finds the elements of one page, and gathers what is put into its bytes."""

    def __init__(self, spoken: PageText, prefix: str) -> None:
        self.tree = spoken.tree
        self.prefix = prefix  # of the ids that are made
        self.edits: list[Edit] = []
        self._spoken = set(spoken.seen)
        root = next(self.tree.root.all("html"), self.tree.root)
        self._tag = root.sibling("span")
        self._ids = 0
        self._next = 0  # character behind the last that was put into an element

    def put(self, first: int, last: int) -> list[tuple[str, int]]:
        """(id, first character) of the elements that hold these characters."""
        found = []
        first, self._next = max(first, self._next), last + 1
        for one in self._stretches(self.tree.root, first, last):
            name = one.id
            if name is None:
                self._ids += 1
                name = f"{self.prefix}{self._ids}"
                self.edits.append((one.start, one.start, f'<{self._tag} id="{name}">'.encode()))
                self.edits.append((one.end, one.end, f"</{self._tag}>".encode()))
            found.append((name, one.first))
        return found

    def _stretches(self, node: Node, first: int, last: int) -> Iterator[Stretch]:
        run: list[Node | range] = []
        for child in node.children:
            here = child.here if isinstance(child, Node) else child
            if here.stop <= first or here.start > last:
                continue
            inside = self._inside(range(max(here.start, first), min(here.stop, last + 1)))
            if isinstance(child, range):
                if inside:
                    run.append(range(inside[0], inside[-1] + 1))
            elif not inside:
                if _is_apart(child):
                    yield from self._ended(run, node)
                    run = []
            elif child.element.name in _WHOLE:
                # It goes with the range in which it begins.
                if inside[0] == self._inside(here)[0]:
                    run.append(child)
            elif self._holds_no_other(child, first, last) and not _is_apart(child):
                run.append(child)
            else:
                yield from self._ended(run, node)
                run = []
                yield from self._stretches(child, first, last)
        yield from self._ended(run, node)

    def _ended(self, run: Sequence[Node | range], parent: Node) -> Iterator[Stretch]:
        if not run:
            return
        head, tail = run[0], run[-1]
        start = head.start if isinstance(head, Node) else self.tree.characters[head[0]].start
        end = tail.end if isinstance(tail, Node) else self.tree.characters[tail[-1]].end
        begin = head.first if isinstance(head, Node) else head[0]
        until = tail.until if isinstance(tail, Node) else tail[-1] + 1
        name: str | None = None
        if len(run) == 1 and isinstance(head, Node):
            name = head.element.get("id") or None
        if name is None and self._holds_no_other(parent, begin, until - 1):
            name = parent.element.get("id") or None
        yield Stretch(first=begin, start=start, end=end, id=name)

    def _inside(self, numbers: range) -> list[int]:
        return [at for at in numbers if at in self._spoken]

    def _holds_no_other(self, node: Node, first: int, last: int) -> bool:
        return all(first <= at <= last for at in node.here if at in self._spoken)


def _is_apart(node: Node) -> bool:
    return any(one.element.name in _APART for one in node.walk())
