"""A table on a terminal: columns side by side, or, where it is narrow, the cells of a row in turn.

What is long is wrapped, never cut: the end of a reading matters as much as its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sbv2cli.cli.wrapping import columns, wrapped

GAP = 2  # blanks between columns
NARROWEST = 10  # columns; narrower, a cell cannot be read any more

Row = Sequence[str]


def drawn(
    headings: Row,
    rows: Sequence[Row],
    width: int,
    *,
    title: str | None = None,
    right: bool = False,
    emphasis: Callable[[str], str] = str,
) -> list[str]:
    """The lines of a table; a column with nothing in it is left out.

    Args:
        headings: of the columns; none is shown where all are empty.
        rows: of as many cells.
        width: of the terminal, in columns.
        title: above it.
        right: numbers: all columns but the first stand at their right edge.
        emphasis: what headings and the title are shown with.
    """
    used = [at for at in range(len(headings)) if any(row[at] for row in rows)]
    if not used:
        return []
    headings = [headings[at] for at in used]
    cells = [[row[at].replace("\t", "  ") for at in used] for row in rows]
    above = [emphasis(line) for line in wrapped(title or "", width)]
    widths = _widths([headings, *cells], width)
    if widths is None:
        return [*above, *(line for row in cells for line in _in_turn(headings, row, width))]
    head = _side_by_side(headings, widths, right=right) if any(headings) else []
    body = [line for row in cells for line in _side_by_side(row, widths, right=right)]
    return [*above, *map(emphasis, head), *body]


def _widths(table: Sequence[Row], width: int) -> list[int] | None:
    """The widths of the columns; None where they have no room side by side.

    The first column is a name or a place, which is never wrapped: somebody may click on it.
    """
    natural = [max(map(_width, column)) for column in zip(*table, strict=True)]
    first, *others = natural
    room = width - first - GAP * len(others)
    if sum(others) <= room:
        return natural
    widest = max(others, default=0)
    while sum(min(one, widest) for one in others) > room and widest >= NARROWEST:
        widest -= 1
    return None if widest < NARROWEST else [first, *(min(one, widest) for one in others)]


def _width(cell: str) -> int:
    return max(map(columns, cell.split("\n")))


def _lines(cell: str, width: int) -> list[str]:
    return [line for part in cell.split("\n") for line in wrapped(part, width, fold=True) or [""]]


def _side_by_side(row: Row, widths: Sequence[int], *, right: bool) -> list[str]:
    folded = [_lines(cell, width) for cell, width in zip(row, widths, strict=True)]
    lines = []
    for number in range(max(map(len, folded))):
        line = ""
        for at, width in enumerate(widths):
            text = folded[at][number] if number < len(folded[at]) else ""
            blanks = " " * (width - columns(text))
            line += (" " * GAP if at else "") + (blanks + text if right and at else text + blanks)
        lines.append(line.rstrip())
    return lines


def _in_turn(headings: Row, row: Row, width: int) -> list[str]:
    first, *others = row
    lines = _lines(first, width)
    for heading, cell in zip(headings[1:], others, strict=True):
        if cell:
            begin, *more = _lines(f"{heading}: {cell}" if heading else cell, max(width - 4, 1))
            lines += [f"  {begin}", *(f"    {line}" for line in more)]
    return lines
