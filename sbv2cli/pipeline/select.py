"""`--select`: which lines of a script a run is about."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath

from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.records import ScriptLine

Test = Callable[[ScriptLine], bool]

META = "meta."
FIELDS: dict[str, Callable[[ScriptLine], str | int | None]] = {
    "id": lambda line: line.id,
    "n": lambda line: line.number,
    "text": lambda line: line.text,
    "character": lambda line: line.character,
    "chapter": lambda line: line.chapter,
    "chapter_title": lambda line: line.chapter_title,
    "heading": lambda line: "yes" if line.heading else "no",
    "paragraph": lambda line: line.paragraph,
    "scene": lambda line: line.scene,
    "lang": lambda line: line.language,
    "voice": lambda line: line.delivery.voice,
    "style": lambda line: line.delivery.style,
    "file": lambda line: line.file,
    "source": lambda line: PurePath(line.source.path).name,
}
_NUMBERS = frozenset({"n", "chapter", "paragraph"})
_EXPRESSION = re.compile(r"(?P<field>[^!=]+?)\s*(?P<sign>!?=)\s*(?P<value>.*)", re.DOTALL)
_RANGE = re.compile(r"(\d{0,18})\.\.(\d{0,18})")


def selector(expressions: Sequence[str]) -> Test:
    """One test of all expressions: a line is in when each of them says so."""
    tests = [_test(expression) for expression in expressions]
    return lambda line: all(test(line) for test in tests)


def _test(expression: str) -> Test:
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise _wrong(expression, "it has no =", "write field=glob, field!=glob or n=10..20")
    field, value = match["field"].strip(), match["value"]
    if field not in FIELDS and not field.startswith(META):
        raise _wrong(expression, f'there is no field "{field}"', did_you_mean(field, FIELDS))
    fits = _fits(expression, field, value)
    wanted = match["sign"] == "="
    return lambda line: fits(_value(line, field)) == wanted


def _value(line: ScriptLine, field: str) -> str | int | None:
    if field in FIELDS:
        return FIELDS[field](line)
    return line.meta.get(field.removeprefix(META))


def _fits(expression: str, field: str, value: str) -> Callable[[str | int | None], bool]:
    if value.startswith("@"):
        names = _names(value[1:])
        return lambda found: found is not None and str(found) in names
    span = _RANGE.fullmatch(value)
    if span is not None and field in _NUMBERS:
        low = int(span[1] or 0)
        high = int(span[2]) if span[2] else None
        return lambda found: (
            isinstance(found, int) and low <= found and (high is None or found <= high)
        )
    if field in _NUMBERS and not re.fullmatch(r"[\d*?]{1,18}", value):
        raise _wrong(expression, f'"{value}" is no number', f"write {field}=3 or {field}=10..20")
    pattern = re.compile(fnmatch.translate(value), re.DOTALL)
    return lambda found: pattern.fullmatch("" if found is None else str(found)) is not None


def _names(path: str) -> frozenset[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            "usage.select", f'cannot read the list "{path}"', hint="one value a row, in UTF-8"
        ) from None
    return frozenset(row.strip() for row in text.splitlines() if row.strip())


def _wrong(expression: str, why: str, hint: str) -> UsageError:
    return UsageError("usage.select", f'--select "{expression}" cannot be used: {why}', hint=hint)
