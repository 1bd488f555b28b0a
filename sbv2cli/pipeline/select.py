"""`--select`: which lines of a script a run is about."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath

from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.files import cannot_read
from sbv2cli.records import ScriptLine
from sbv2cli.settings.keys import DELIVERY_KEYS

Value = str | float | None
Test = Callable[[ScriptLine], bool]

META = "meta."


def _said(name: str) -> Callable[[ScriptLine], Value]:
    return lambda line: getattr(line.delivery, name)


FIELDS: Mapping[str, Callable[[ScriptLine], Value]] = {
    "id": lambda line: line.id,
    "n": lambda line: line.number,
    "text": lambda line: line.text,
    "reading": lambda line: line.reading,
    "ruby": lambda line: " ".join(ruby.reading for ruby in line.ruby),
    "character": lambda line: line.character,
    "lang": lambda line: line.language,
    "chapter": lambda line: line.chapter,
    "chapter_title": lambda line: line.chapter_title,
    "heading": lambda line: "yes" if line.heading else "no",
    "level": lambda line: line.level,
    "paragraph": lambda line: line.paragraph,
    "scene": lambda line: line.scene,
    "file": lambda line: line.file,
    "pause_before": lambda line: line.pause_before,
    "pause_after": lambda line: line.pause_after,
    "skip": lambda line: "yes" if line.skip else "no",
    "corrected": lambda line: " ".join(line.corrected),
    "note": lambda line: line.note,
    "source": lambda line: PurePath(line.source.path).name,
    "sheet": lambda line: line.source.sheet,
    "row": lambda line: line.source.row,
    **{name: _said(name) for name in DELIVERY_KEYS},
}
"""Everything that a script can say of a line; columns of its own are besides."""

_WORDS = frozenset({"voice", "speaker", "style", "assist_text"})
_NUMBERS = frozenset(
    ("n", "row", "chapter", "level", "paragraph", "pause_before", "pause_after")
) | (frozenset(DELIVERY_KEYS) - _WORDS)
_EXPRESSION = re.compile(r"(?P<field>[^!=]+?)\s*(?P<sign>!?=)\s*(?P<value>.*)", re.DOTALL)
_NUMBER = r"-?\d{1,18}(?:\.\d{1,9})?"
_RANGE = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?")


def selector(expressions: Sequence[str], lines: Iterable[ScriptLine] = ()) -> Test:
    """One test of all expressions: a line is in when each of them says so.

    Args:
        expressions: as they are written.
        lines: of the script, whose own columns are fields too.
    """
    columns = _columns(lines) if expressions else ()
    tests = [_test(expression, columns) for expression in expressions]
    return lambda line: all(test(line) for test in tests)


def field_names(lines: Iterable[ScriptLine] = ()) -> tuple[str, ...]:
    """All fields, then the columns of the script that are not fields of ours."""
    return (*FIELDS, *_columns(lines))


def value_of(line: ScriptLine, field: str) -> str | None:
    """What a line has in a field, as it is compared; `meta.NAME` is always a column."""
    value = FIELDS[field](line) if field in FIELDS else line.meta.get(field.removeprefix(META))
    if value is None or isinstance(value, str):
        return value
    return f"{value:.12g}"


def _columns(lines: Iterable[ScriptLine]) -> tuple[str, ...]:
    names = dict.fromkeys(name for line in lines for name in line.meta)
    return tuple(f"{META}{name}" if name in FIELDS else name for name in names)


def _test(expression: str, columns: Sequence[str]) -> Test:
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise _wrong(
            expression, "it has no equals sign", "write field=glob, field!=glob or n=10..20"
        )
    field, value = match["field"].strip(), match["value"]
    if field not in FIELDS and field not in columns and not field.startswith(META):
        raise _unknown(expression, field, columns)
    fits = _fits(expression, field, value)
    wanted = match["sign"] == "="
    return lambda line: fits(value_of(line, field)) == wanted


def _fits(expression: str, field: str, value: str) -> Callable[[str | None], bool]:
    if value.startswith("@"):
        names = _names(value[1:])
        return lambda found: found is not None and found in names
    if field in _NUMBERS:
        span = _RANGE.fullmatch(value)
        if span is not None:
            low = float(span[1]) if span[1] else float("-inf")
            high = float(span[2]) if span[2] else float("inf")
            return lambda found: found is not None and low <= float(found) <= high
        if re.fullmatch(_NUMBER, value):
            number = float(value)
            return lambda found: found is not None and float(found) == number
        if not re.fullmatch(r"[\d.*?-]{0,18}", value):
            hint = f"write {field}=3 or {field}=10..20"
            raise _wrong(expression, f'"{value}" is no number', hint)
    pattern = re.compile(fnmatch.translate(value), re.DOTALL)
    return lambda found: pattern.fullmatch(found or "") is not None


def _names(path: str) -> frozenset[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise cannot_read(error, Path(path), given="--select", code="usage.select") from None
    except UnicodeDecodeError as error:
        raise UsageError(
            "usage.select",
            f"the list is not UTF-8 at byte {error.start}",
            at=path,
            hint="one value a row, in UTF-8",
        ) from None
    return frozenset(row.strip() for row in text.splitlines() if row.strip())


def _unknown(expression: str, field: str, columns: Sequence[str]) -> UsageError:
    there = f"fields: {', '.join(FIELDS)}"
    if columns:
        there = f"{there}; columns of the script: {', '.join(columns)}"
    near = did_you_mean(field, (*FIELDS, *columns))
    hint = f"{near} {there}" if near.startswith("did you") else there
    return _wrong(expression, f'there is no field "{field}"', hint)


def _wrong(expression: str, why: str, hint: str) -> UsageError:
    return UsageError("usage.select", f'--select "{expression}" cannot be used: {why}', hint=hint)
