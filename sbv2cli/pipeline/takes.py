"""Several takes of a line, and the choice of one.

A take is a line like others: it has an id, a file and a row of its own, so it is resumed, copied
and pruned as any line is. `ScriptLine.take_of` says whose take it is; the chosen one has the line's
own id and plain file name again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sbv2cli.errors import Sbv2Error, ScriptError, UsageError, did_you_mean
from sbv2cli.files import cannot_read
from sbv2cli.readers import decode, json_lines
from sbv2cli.readers.cells import LINE_ALIASES, fold_header
from sbv2cli.readers.format import DEFAULTS
from sbv2cli.records import LineId, ScriptLine
from sbv2cli.settings.cast import Cast
from sbv2cli.units import Written, count

MOST = 100  # takes of a line; more is a typing error
_RANGE = re.compile(r"(\d{1,9})(?:\.\.(\d{1,9}))?", re.ASCII)

Choice = Mapping[LineId, int]


def parse(written: str) -> tuple[int, ...]:
    """The takes of `2`, `1..3` or `1,3`, each once, in order."""
    takes: set[int] = set()
    for piece in written.split(","):
        match = _RANGE.fullmatch(piece.strip())
        first = int(match[1]) if match else 0
        last = int(match[2]) if match and match[2] else first
        if not 1 <= first <= last:
            raise UsageError(
                "setting.take",
                f'take is "{written}"',
                at="--take",
                hint="write a whole number from 1, 1..3 or 1,3",
            )
        if last - first >= MOST or len(takes) >= MOST:
            raise UsageError("setting.take", f"more than {MOST} takes of a line", at="--take")
        takes.update(range(first, last + 1))
    return tuple(sorted(takes))


def expand(
    lines: Sequence[ScriptLine], takes: Sequence[int], choice: Choice, cast: Cast
) -> list[ScriptLine]:
    """The lines with their takes: those of `choice` have one, others all of `takes`.

    A line whose take the script or the cast fixes keeps that one.
    """
    _refuse_unknown(choice, lines)
    expanded: list[ScriptLine] = []
    chosen: set[LineId] = set()
    for line in lines:
        name = line.take_of or line.id
        if name in choice:
            if name not in chosen:
                delivery = replace(line.delivery, take=choice[name])
                expanded.append(replace(line, id=name, take_of=None, delivery=delivery))
            chosen.add(name)
        elif len(takes) > 1 and _is_open(line, cast):
            expanded += [_take(line, take) for take in takes]
        else:
            expanded.append(line)
    _refuse_twice(expanded)
    return expanded


def ids_of(selected: Sequence[ScriptLine], expanded: Sequence[ScriptLine]) -> set[LineId]:
    """The ids that the lines of a selection have among the expanded lines."""
    ids = {line.id for line in selected}
    whose = {line.take_of for line in selected if line.take_of is not None}  # of what was chosen
    return {
        line.id
        for line in expanded
        if line.id in ids or line.take_of in ids or (line.take_of is None and line.id in whose)
    }


def _is_open(line: ScriptLine, cast: Cast) -> bool:
    says = bool(line.text.strip() or (line.reading or "").strip()) and not line.skip
    return says and line.delivery.take is None and cast.delivery(line).take is None


def _take(line: ScriptLine, take: int) -> ScriptLine:
    return replace(
        line,
        id=LineId(f"{line.id}-take{take}"),
        take_of=line.id,
        delivery=replace(line.delivery, take=take),
    )


def _refuse_unknown(choice: Choice, lines: Sequence[ScriptLine]) -> None:
    names = dict.fromkeys(line.take_of or line.id for line in lines)
    unknown = [name for name in choice if name not in names]
    if unknown:
        message = f'the scripts have no line "{unknown[0]}"'
        if len(unknown) > 1:
            message = f'the scripts have no line "{unknown[0]}" and {len(unknown) - 1} more'
        raise UsageError(
            "take.line-unknown",
            message,
            at="--choose",
            hint=did_you_mean(unknown[0], names),
        )


def _refuse_twice(lines: Sequence[ScriptLine]) -> None:
    seen: dict[LineId, ScriptLine] = {}
    for line in lines:
        other = seen.setdefault(line.id, line)
        if other is not line and (other.take_of or line.take_of):
            raise ScriptError(
                "take.id",
                f'the id "{line.id}" is that of a line and of a take of another line',
                at=str(line.source),
                hint="give the line another id",
            )


def read_choice(path: Path | None) -> Choice:
    """Which take of each line is to stay: a table with the columns id and take, or JSON lines."""
    if path is None:
        return {}
    try:
        data = path.read_bytes()
    except OSError as error:
        raise cannot_read(error, path, given="--choose") from None
    rows = [
        (row, written)
        for row, written in decode.rows(io.BytesIO(data), str(path), DEFAULTS)
        if written.strip()
    ]
    is_json = bool(rows) and rows[0][1].lstrip().startswith("{")
    choice: dict[LineId, int] = {}
    for row, name, take in _json_pairs(rows, path) if is_json else _table_pairs(rows, path):
        at = f"{path}:{row}"
        try:
            number = count(take)
        except ValueError as error:
            raise _refused(f"the take of {name} is {error}", at) from None
        if choice.setdefault(LineId(name), number) != number:
            raise _refused(f'"{name}" has two takes', at)
    return choice


def _json_pairs(rows: Sequence[tuple[int, str]], path: Path) -> Iterator[tuple[int, str, Written]]:
    for row, written in rows:
        try:
            record: Any = json_lines.decode(written)
        except ValueError as error:
            raise _refused(json_lines.describe(error)[1], f"{path}:{row}") from None
        known = record if isinstance(record, dict) else {}
        name, take = known.get("id"), known.get("take")
        if not isinstance(name, str | int) or not isinstance(take, str | int | float):
            raise _refused('a row has no "id" and "take"', f"{path}:{row}")
        yield row, str(name), take


def _table_pairs(rows: Sequence[tuple[int, str]], path: Path) -> Iterator[tuple[int, str, Written]]:
    delimiter = "\t" if rows and "\t" in rows[0][1] else ","
    cells = list(csv.reader((written for _, written in rows), delimiter=delimiter))
    columns = [_column(cells[0], key) for key in ("id", "take")] if cells else []
    if None in columns or not columns:
        raise _refused("the first row names no columns id and take", f"{path}:1")
    for (row, _), found in zip(rows[1:], cells[1:], strict=False):
        name, take = (
            found[column].strip() if column is not None and column < len(found) else ""
            for column in columns
        )
        if take:  # nothing chosen yet
            yield row, name, take


def _column(header: Sequence[str], key: str) -> int | None:
    known = {fold_header(name) for name in (key, *LINE_ALIASES[key])}
    return next((at for at, name in enumerate(header) if fold_header(name) in known), None)


def _refused(why: str, at: str) -> Sbv2Error:
    hint = "write a table with the columns id and take, or JSON lines with these keys"
    return UsageError("take.choice", why, at=at, hint=hint)
