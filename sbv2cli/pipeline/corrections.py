"""Corrections as a layer over the lines of a script.

Each belongs to a line as it was when somebody listened to it. Where its text is another one now,
nobody knows whether the correction still holds, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sbv2cli.errors import ReadingError, Sbv2Error, UsageError, did_you_mean
from sbv2cli.pipeline.keys import text_key
from sbv2cli.pipeline.prepare import refuse
from sbv2cli.pipeline.takes import Choice
from sbv2cli.readers import corrections
from sbv2cli.records import Correction, LineId, ScriptLine, Source
from sbv2cli.settings.resolve import overlaid

Corrections = Mapping[LineId, Correction]

_SUGGESTIONS = 10  # looking for similar names takes a while in a long script
_SHOWN = 40
_ANYWHERE = Source(path="", row=0)


def read_corrections(paths: Iterable[str | Path], given: str | None = None) -> Corrections:
    """The corrections of some files, by line; whatever is wrong with them is raised in one list.

    `given` is the option or place that names them.
    """
    found: dict[LineId, Correction] = {}
    errors: list[Sbv2Error] = []
    for path in paths:
        rows, wrong = corrections.read(Path(path), given)
        errors += wrong
        for row in rows:
            other = found.setdefault(row.id, row)
            if _without_place(other) != _without_place(row):
                errors.append(
                    UsageError(
                        "corrections.twice",
                        f'line "{row.id}" is corrected in another way at {other.source}',
                        at=str(row.source),
                        hint="keep one of the two rows",
                    )
                )
    refuse(errors)
    return found


def _without_place(row: Correction) -> Correction:
    return replace(row, source=_ANYWHERE)


def corrected(
    lines: Sequence[ScriptLine], layer: Corrections, *, language: str
) -> list[ScriptLine]:
    """The lines with what the corrections say of them.

    Args:
        lines: of the scripts, with the ids that they keep.
        layer: the corrections; those of lines with several takes hold for all of them.
        language: of lines that name none.

    Raises:
        UsageError: a correction has no line, or one of another text, or a reading that is none.
    """
    if not layer:
        return list(lines)
    errors: list[Sbv2Error] = []
    result: list[ScriptLine] = []
    used: set[LineId] = set()
    for line in lines:
        row = layer.get(line.id) or layer.get(line.take_of or line.id)
        if row is None:
            result.append(line)
            continue
        if row.id not in used:
            errors += _problems(row, line, line.language or language)
        used.add(row.id)
        result.append(_over(line, row))
    errors += _without_line([row for name, row in layer.items() if name not in used], lines)
    refuse(errors)
    return result


def takes_of(layer: Corrections, choice: Choice) -> Choice:
    """The takes that corrections choose, and those of `--choose`; two for a line are refused."""
    chosen = dict(choice)
    errors: list[Sbv2Error] = []
    for name, row in layer.items():
        take = row.delivery.take
        if take is not None and chosen.setdefault(name, take) != take:
            errors.append(
                UsageError(
                    "corrections.twice",
                    f'line "{name}" has take {take} here and take {chosen[name]} in --choose',
                    at=str(row.source),
                    hint="keep one of the two",
                )
            )
    refuse(errors)
    return chosen


def _over(line: ScriptLine, row: Correction) -> ScriptLine:
    own = {
        name: value
        for name in ("reading", "pause_before", "pause_after", "skip", "note")
        if (value := getattr(row, name)) is not None
    }
    said = {*line.corrected, *corrections.said(row)}
    delivery = overlaid(row.delivery, line.delivery)
    return replace(line, delivery=delivery, corrected=tuple(sorted(said)), **own)


def _problems(row: Correction, line: ScriptLine, language: str) -> Iterator[Sbv2Error]:
    key = text_key(language, line.text, line.ruby)
    if row.text_key not in (None, key) or row.text not in (None, line.text):
        shown = line.text[:_SHOWN] + ("…" if len(line.text) > _SHOWN else "")
        yield UsageError(
            "corrections.text-changed",
            f'line "{row.id}" has another text since it was corrected: "{shown}"',
            at=str(row.source),
            hint=f"see {line.source}; correct the line anew, or delete the row",
        )
    if row.delivery.take is not None and row.id == line.id and line.take_of is not None:
        yield UsageError(
            "corrections.take",
            f'"{row.id}" is one take of line "{line.take_of}"',
            at=str(row.source),
            hint=f'choose with the id of the line: {{"id": "{line.take_of}", "take": 2}}',
        )
    if row.reading is not None and language == "ja":
        wrong = _wrong_reading(row.reading)
        if wrong is not None:
            message = f'line "{row.id}": {wrong.message}'
            yield UsageError(wrong.code, message, at=str(row.source), hint=wrong.hint)


def _wrong_reading(written: str) -> ReadingError | None:
    """What is wrong with kana and accent marks; other notations are seen when they are read."""
    from sbv2cli.languages.japanese.corrections import units_of_notation  # noqa: PLC0415  tables
    from sbv2cli.languages.own_symbols import is_own  # noqa: PLC0415

    if written.lstrip().startswith("{") or is_own(written):
        return None
    try:
        units_of_notation(written)
    except ReadingError as error:
        return error
    return None


def _without_line(rows: Sequence[Correction], lines: Sequence[ScriptLine]) -> Iterator[Sbv2Error]:
    names = list(dict.fromkeys(line.take_of or line.id for line in lines))
    for number, row in enumerate(rows):
        yield UsageError(
            "corrections.line-unknown",
            f'the scripts have no line "{row.id}"',
            at=str(row.source),
            hint=did_you_mean(row.id, names) if number < _SUGGESTIONS else None,
        )
