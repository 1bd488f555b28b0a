"""Ids of a workbook whose sheets each count from the same number."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sbv2cli.records import Finding, LineId, ScriptLine

SheetLine = tuple[str, ScriptLine]
"""The name of a sheet, and a line of it."""


def with_sheets(found: Sequence[SheetLine]) -> list[ScriptLine]:
    """The lines; where sheets begin to count anew, their ids have the sheet before them.

    A number that comes twice by mistake, in sheets that count on, is left as it is: the lowest
    number of each is another.
    """
    numbers: dict[str, set[int]] = {}
    for sheet, line in found:
        number = _number(line)
        if number is not None:
            numbers.setdefault(sheet, set()).add(number)
    anew = _beginning_anew(numbers.values())
    if not anew:
        return [line for _, line in found]
    lines = []
    told = False
    for sheet, line in found:
        if _number(line) is None:
            lines.append(line)
            continue
        named = replace(line, id=LineId(f"{sheet}-{line.id}"))
        if not told:
            named = replace(named, findings=(_by_sheet(named), *line.findings))
            told = True
        lines.append(named)
    return lines


def _number(line: ScriptLine) -> int | None:
    written = unicodedata.normalize("NFKC", line.id[:20])
    return int(written) if line.id_given and written.isdecimal() else None


def _beginning_anew(sheets: Iterable[set[int]]) -> bool:
    first = [min(numbers) for numbers in sheets]
    return len(set(first)) < len(first)


def _by_sheet(line: ScriptLine) -> Finding:
    return Finding(
        code="script.ids-by-sheet",
        severity="note",
        message=f'the sheets each number their lines anew, so ids have the sheet: "{line.id}"',
        at=line.source,
        hint="another column may hold ids: --column id=HEADER",
    )
