"""Which line of a changed script is which line of the earlier one: by neighbours and likeness.

Texts in, pairs out; nothing else is known here. Lines that stayed are found as `diff` finds them:
between the same lines at both ends, lines that stand once in both are fixed points, and what lies
between two of these is compared by longest common subsequence. So of a hundred lines 「はい」 each
finds its own by what stands around it. What is left was edited, moved, added or taken away.

The time grows with the number of lines, whatever has changed: 10,000 lines take well below a
second, and no more than a few seconds where nothing is as it was.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from sbv2cli import normal_form

How = Literal["same", "moved", "edited", "place"]
"""`same`: the text, among the same neighbours. `moved`: the text, elsewhere. `edited`: a text that
is alike. `place`: another text, alone between the same neighbours."""

ALIKE = 0.5  # share of characters and pairs of them, from which on a text is an edited one
ALIKE_ELSEWHERE = 0.7  # and where it has moved as well
_LONG_ENOUGH = 6  # characters by which a text is known elsewhere; 「はい」 stands everywhere
_COMPARED = 400  # characters of a text, half of them from its end
_MOST_BITS = 2**29  # of a table for one stretch: 64 MiB
_SMALL = 1024  # pairs of one stretch that are all compared
_COMMON = 24  # texts that share three characters, above which these tell nothing
_CANDIDATES = 8
_AROUND = 4  # lines before and after the place where a line would be if all were edited


@dataclass(frozen=True, slots=True)
class Match:
    """The earlier line that a line is, and how that is known."""

    old: int
    how: How


def match_lines(
    old: Sequence[str],
    new: Sequence[str],
    *,
    old_keys: Sequence[str] | None = None,
    new_keys: Sequence[str] | None = None,
) -> list[Match | None]:
    """For each new line the old one that it is, or `None` for a line that was not there.

    Args:
        old: the texts of the earlier script.
        new: the texts of the script as it is now.
        old_keys: what makes two lines the same, where that is not the text.
        new_keys: the same of the new lines.
    """
    matches: list[Match | None] = [None] * len(new)
    keys = old_keys or old, new_keys or new
    same = list(_same(*keys))
    for at, to in same:
        matches[to] = Match(at, "same")
    gaps = [gap for gap in _gaps(same, len(old), len(new)) if gap.old or gap.new]
    moved = dict(_moved(gaps, keys, new))
    for to, at in moved.items():
        matches[to] = Match(at, "moved")
    gaps = [gap.without(moved) for gap in gaps]
    texts = _Texts(old, new)
    for gap in gaps:
        for to, at, how in _edited(gap, texts):
            matches[to] = Match(at, how)
    taken = {match.old for match in matches if match is not None}
    rest = _Gap(
        [at for gap in gaps for at in gap.old if at not in taken],
        [to for gap in gaps for to in gap.new if matches[to] is None],
    )
    for _, to, at in _alike(rest, texts, ALIKE_ELSEWHERE):
        if len(new[to]) >= _LONG_ENOUGH:
            matches[to] = Match(at, "edited")
    return [
        Match(match.old, "moved")
        if match and match.how != "same" and keys[0][match.old] == keys[1][to]
        else match
        for to, match in enumerate(matches)
    ]


# ---- lines that stayed ---------------------------------------------------------------------------


def _same(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of equal lines, in order on both sides."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    yield from ((at, at) for at in range(first))
    ends = len(old) - last, len(new) - last
    fixed = [*_fixed_points(old, new, (first, first), ends), ends]
    start = first, first
    for point in fixed:
        yield from _between(old, new, start, point)
        if point != ends:
            yield point
            start = point[0] + 1, point[1] + 1
    yield from ((ends[0] + at, ends[1] + at) for at in range(last))


def _fixed_points(
    old: Sequence[str], new: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> list[tuple[int, int]]:
    """Lines that stand once in both stretches, the most that are in one order."""
    once_old = _once(old, start[0], end[0])
    once_new = _once(new, start[1], end[1])
    pairs = sorted((at, once_new[key]) for key, at in once_old.items() if key in once_new)
    return _longest_rising(pairs)


def _once(keys: Sequence[str], start: int, end: int) -> dict[str, int]:
    counts = Counter(keys[at] for at in range(start, end))
    return {keys[at]: at for at in range(start, end) if counts[keys[at]] == 1}


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs whose second numbers rise, of pairs whose first do."""
    ends: list[int] = []  # the smallest second number at which a row of each length ends
    where: list[int] = []  # and which pair that is
    before: list[int] = []
    for index, (_, to) in enumerate(pairs):
        length = bisect_left(ends, to)
        before.append(where[length - 1] if length else -1)
        ends[length : length + 1] = [to]
        where[length : length + 1] = [index]
    row = []
    index = where[-1] if where else -1
    while index >= 0:
        row.append(pairs[index])
        index = before[index]
    return row[::-1]


def _between(
    old: Sequence[str], new: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """Pairs of equal lines in a stretch between two fixed points."""
    rows, columns = end[0] - start[0], end[1] - start[1]
    if not rows or not columns:
        return
    if rows * columns > _MOST_BITS:
        # So many lines that all repeat others: the first goes with the first of its kind.
        yield from _longest_rising(sorted(_nth_with_nth(old, new, start, end)))
        return
    yield from _common(old, new, start, end)


def _nth_with_nth(
    old: Sequence[str], new: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for at in reversed(range(start[0], end[0])):
        waiting[old[at]].append(at)
    for to in range(start[1], end[1]):
        if waiting.get(new[to]):
            yield waiting[new[to]].pop(), to


def _common(
    old: Sequence[str], new: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """The longest common subsequence, a row of its table as the bits of one number.

    M. Crochemore et al., A fast and practical bit-vector algorithm for the longest common
    subsequence problem, 2001: a bit is 0 where the length grows.
    """
    columns = end[1] - start[1]
    full = (1 << columns) - 1
    places: defaultdict[str, int] = defaultdict(int)
    for bit in range(columns):
        places[new[start[1] + bit]] |= 1 << bit
    table = [full]
    for at in range(start[0], end[0]):
        row = table[-1]
        met = row & places.get(old[at], 0)
        table.append((row + met | row - met) & full)
    at, bit = end[0] - start[0], columns - 1
    pairs = []
    while at > 0 and bit >= 0:
        if table[at] >> bit & 1:
            bit -= 1  # the length does not grow with this column
        elif not table[at - 1] >> bit & 1:
            at -= 1  # it has grown before this row
        else:
            pairs.append((start[0] + at - 1, start[1] + bit))
            at, bit = at - 1, bit - 1
    yield from reversed(pairs)


# ---- lines that did not --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Gap:
    """Lines between two pairs that stayed."""

    old: list[int]
    new: list[int]

    def without(self, moved: dict[int, int]) -> _Gap:
        gone = set(moved.values())
        return _Gap(
            [at for at in self.old if at not in gone], [to for to in self.new if to not in moved]
        )


def _gaps(same: Iterable[tuple[int, int]], old: int, new: int) -> Iterator[_Gap]:
    start = 0, 0
    for at, to in (*same, (old, new)):
        yield _Gap(list(range(start[0], at)), list(range(start[1], to)))
        start = at + 1, to + 1


def _moved(
    gaps: Sequence[_Gap], keys: tuple[Sequence[str], Sequence[str]], texts: Sequence[str]
) -> Iterator[tuple[int, int]]:
    """(new, old) of lines that are left once on both sides, and not too short to be known."""
    left = Counter(keys[0][at] for gap in gaps for at in gap.old)
    where = {keys[0][at]: at for gap in gaps for at in gap.old}
    found = Counter(keys[1][to] for gap in gaps for to in gap.new)
    for gap in gaps:
        for to in gap.new:
            key = keys[1][to]
            if left[key] == found[key] == 1 and len(texts[to]) >= _LONG_ENOUGH:
                yield to, where[key]


class _Texts:
    """What texts are compared by: their characters and pairs of characters."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self._texts = {"old": old, "new": new}
        self._parts: dict[tuple[str, int], frozenset[str]] = {}

    def parts(self, side: Literal["old", "new"], index: int) -> frozenset[str]:
        if (side, index) not in self._parts:
            said = _said(self._texts[side][index])
            pairs = map("".join, pairwise(said))
            self._parts[side, index] = frozenset((*said, *pairs))
        return self._parts[side, index]

    def threes(self, side: Literal["old", "new"], index: int) -> set[str]:
        """All three characters that stand side by side."""
        said = _said(self._texts[side][index])
        return {said[at : at + 3] for at in range(max(len(said) - 2, 1))}

    def likeness(self, at: int, to: int) -> float:
        """0 to 1: the share of characters and pairs that both have."""
        one, other = self.parts("old", at), self.parts("new", to)
        total = len(one) + len(other)
        return 2 * len(one & other) / total if total else 1.0


_NOT_SAID = re.compile(r"[\W_]+")


def _said(text: str) -> str:
    """A text without what is not spoken."""
    if len(text) > _COMPARED:
        text = text[: _COMPARED // 2] + text[-_COMPARED // 2 :]
    return _NOT_SAID.sub("", normal_form.normalize("NFKC", text)).casefold() or text


def _edited(gap: _Gap, texts: _Texts) -> Iterator[tuple[int, int, How]]:
    """(new, old, how) of the lines of a gap: those that are alike, then those left alone."""
    pairs = sorted((at, to) for _, to, at in _alike(gap, texts, ALIKE))
    yield from ((to, at, "edited") for at, to in pairs)
    # What is alike and in order cuts the gap; one line against one line is the same place.
    taken = {at for at, _ in pairs}, {to for _, to in pairs}
    start = gap.old[0] if gap.old else 0, gap.new[0] if gap.new else 0
    end = (gap.old[-1] + 1, gap.new[-1] + 1) if gap.old and gap.new else start
    for at, to in (*_longest_rising(pairs), end):
        old = [n for n in range(start[0], at) if n not in taken[0]]
        new = [n for n in range(start[1], to) if n not in taken[1]]
        if len(old) == len(new) == 1 and old[0] in gap.old and new[0] in gap.new:
            yield new[0], old[0], "place"
        start = at + 1, to + 1


def _alike(gap: _Gap, texts: _Texts, least: float) -> list[tuple[float, int, int]]:
    """(likeness, new, old) of pairs, the most alike first, no line twice."""
    if not gap.old or not gap.new:
        return []
    scored = [
        (likeness, -abs((at - gap.old[0]) - (to - gap.new[0])), to, at)
        for at, to in _candidates(gap, texts)
        if (likeness := texts.likeness(at, to)) >= least
    ]
    pairs = []
    old, new = set(gap.old), set(gap.new)
    for likeness, _, to, at in sorted(scored, key=lambda one: (-one[0], -one[1], one[2], one[3])):
        if at in old and to in new:
            old.remove(at)
            new.remove(to)
            pairs.append((likeness, to, at))
    return pairs


def _candidates(gap: _Gap, texts: _Texts) -> Iterator[tuple[int, int]]:
    """(old, new) of lines that may be alike."""
    if len(gap.old) * len(gap.new) <= _SMALL:
        yield from ((at, to) for at in gap.old for to in gap.new)
        return
    having: defaultdict[str, list[int]] = defaultdict(list)
    for at in gap.old:
        for piece in texts.threes("old", at):
            if len(having[piece]) <= _COMMON:
                having[piece].append(at)
    for place, to in enumerate(gap.new):
        votes: Counter[int] = Counter()
        for piece in texts.threes("new", to):
            if len(having.get(piece, ())) <= _COMMON:
                votes.update(having.get(piece, ()))
        found = dict.fromkeys(at for at, _ in votes.most_common(_CANDIDATES))
        middle = place * len(gap.old) // len(gap.new)
        around = gap.old[max(middle - _AROUND, 0) : middle + _AROUND + 1]
        yield from ((at, to) for at in found | dict.fromkeys(around))
