"""A header of two rows: the lower one parts the columns that the upper one puts together.

No | キャラ      | 台詞
| 名前 | 表情 | 日本語 | 英語
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from sbv2cli.readers.cells import HEADER_ROWS, KEY_OF, fold_header
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.language_columns import language_of, text_column
from sbv2cli.readers.table_header import RawCell, Sheet

_SEVERAL = 2  # cells that name columns: no other row has so many by chance


def header_first(
    rows: Iterable[Sequence[RawCell]], options: ReaderOptions, sheet: Sheet
) -> Iterator[Sequence[RawCell]]:
    """The rows of a table from its header on: titles may stand above, which are left out.

    Where no row names the text, all rows are given as they are.
    """
    rows = iter(rows)
    before: list[Sequence[RawCell]] = []
    named = {fold_header(header): key for key, header in options.columns.items() if header}
    for cells in rows:
        folded = [fold_header(cell.text) for cell in cells]
        keys = {named.get(name) or KEY_OF.get(name) for name in folded} - {None}
        if "text" in keys and (not before or len(keys) >= _SEVERAL):
            above = before[-1] if before else []
            names = [*above, *cells[len(above) :]]
            header = [
                cell if cell.text.strip() else replace(cell, text=over.text)
                for cell, over in zip(cells, names, strict=False)
            ]
            below = next(rows, None)
            if below is not None and goes_on_below(header, below):
                header, below = of_two_rows(header, below, options, sheet), None
            yield header
            if below is not None:
                yield below
            yield from rows
            return
        before.append(cells)
        if len(before) == HEADER_ROWS:
            break
    yield from before
    yield from rows


def goes_on_below(upper: Sequence[RawCell], lower: Sequence[RawCell]) -> bool:
    """Whether the row below a header belongs to it.

    A cell that is merged over both stands in both; else the cell below the text's header names a
    language or a key, and so does another.
    """
    if not lower or not upper or lower[0].row != upper[0].row + 1:
        return False
    pairs = [(one.text, other.text) for one, other in zip(upper, lower, strict=False)]
    if any(above == below and fold_header(above) in KEY_OF for above, below in pairs):
        return True
    at = _text_at(upper)
    if at is None or at >= len(lower) or not _names_a_column(lower[at].text):
        return False
    return sum(_names_a_column(cell.text) for cell in lower) >= _SEVERAL


def of_two_rows(
    upper: Sequence[RawCell], lower: Sequence[RawCell], options: ReaderOptions, sheet: Sheet
) -> list[RawCell]:
    """The headers of both rows: a key of the upper counts, else what the lower says."""
    cells = []
    for above, below in zip_longest(upper, lower):
        if above is None or below is None:
            cells.append(above or below)
            continue
        kept = fold_header(above.text) in KEY_OF or not below.text.strip()
        cells.append(above if kept else replace(above, text=below.text))
    at = _text_at(upper)
    if at is None or "text" in options.columns:
        return cells
    end = next((n for n in range(at + 1, len(upper)) if upper[n].text.strip()), len(cells))
    parts = {cell.text: n for n, cell in enumerate(lower[at:end], start=at)}
    if not any(language_of(name) for name in parts):
        return cells
    wanted = parts[text_column(list(parts), options, str(sheet.at(lower[at].row)))]
    cells[at] = replace(cells[at], text=lower[at].text)
    cells[wanted] = replace(cells[wanted], text=upper[at].text)
    return cells


def _text_at(header: Sequence[RawCell]) -> int | None:
    keys = [KEY_OF.get(fold_header(cell.text)) for cell in header]
    return keys.index("text") if "text" in keys else None


def _names_a_column(text: str) -> bool:
    return fold_header(text) in KEY_OF or language_of(text) is not None
