"""The manifest of an earlier run, read as a script: render it again, whole or in part.

What the run made of a line (file, times, hashes) is left aside; what the author said is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.decode import rows
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.json_lines import decode, describe, row_of
from sbv2cli.readers.line_from_cells import line_of
from sbv2cli.records import (
    OF_THE_SCRIPT,
    AudioFacts,
    Finding,
    LineId,
    ManifestRow,
    ScriptLine,
    Source,
)

SCHEMA = "sbv2.manifest"
VERSION = 1
_SCHEMA = re.compile(r"sbv2\.manifest/(\d{1,6})(?:\.\d+)?")
# Keys that tell of the run and not of the line; the wished-for name is `asked_file`. The last rows
# are what earlier versions wrote.
_OF_THE_RUN = frozenset(
    {
        "type", "n", "duration",
        *({f.name for f in (*fields(ManifestRow), *fields(AudioFacts))} - OF_THE_SCRIPT),
        "seconds", "synth_s", "batch", "findings", "marks", "started", "finished", "device",
        "precision", "phones",
    }
)  # fmt: skip


# What stands in the line beside the values themselves, and is no column of the author's.
_OF_CORRECTIONS = frozenset({"corrected", "note"})


def recognise(head: Head) -> Evidence:
    """Its header, or a line with the status that a run gave it."""
    if not head.first.startswith("{"):
        return Evidence.NONE
    try:
        first = decode(head.first)
    except ValueError:
        return Evidence.NONE
    is_job = isinstance(first, dict) and str(first.get("schema", "")).startswith(SCHEMA)
    is_line = isinstance(first, dict) and first.get("type") == "line" and "status" in first
    return Evidence.SURE if is_job or is_line else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a manifest in the order of the script; the last record of an id counts."""
    latest: dict[str, tuple[Source, Mapping[str, Any]]] = {}
    broken: tuple[Source, str] | None = None
    for row, written in rows(stream, source_name, options):
        if not written.strip():
            continue
        at = Source(path=source_name, row=row, column=1)
        try:
            record = decode(written)
        except ValueError as error:
            # A run that was killed leaves half a row at the end; anywhere else it is damage.
            broken = broken or (at, describe(error)[1])
            continue
        if broken is not None:
            raise ScriptError("manifest.damaged", broken[1], at=str(broken[0]))
        _check_version(record, at)
        if isinstance(record, dict) and record.get("type") == "line" and "id" in record:
            # Python keeps the first place of a key; the order of the script is that of `n`.
            latest[str(record["id"])] = at, record
    ordered = sorted(latest.items(), key=lambda item: _number(item[1][1]))
    for number, (identity, (at, record)) in enumerate(ordered, start=1):
        left = _OF_THE_RUN | _OF_CORRECTIONS
        kept = {name: value for name, value in record.items() if name not in left}
        if record.get("asked_file"):
            kept["file"] = record["asked_file"]
        cells = row_of(number, at, kept, options.columns)
        cells.holds(())  # a run has spoken the text as it is
        line = line_of(cells, source_name, options)
        yield replace(
            line,
            id=line.id or LineId(identity),
            take_of=_name(record.get("take_of")),
            corrected=_names(record.get("corrected")),
            note=_name(record.get("note")),
            source=_written_at(record, at),
            skip=line.skip or record.get("status") == "skipped",
            findings=_placed(line.findings, at),
        )


def _check_version(record: Any, at: Source) -> None:
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema is None:
        return
    match = _SCHEMA.fullmatch(str(schema))
    if match is None:
        raise ScriptError("manifest.schema", f'"{schema}" is not a manifest', at=str(at))
    if int(match[1]) > VERSION:
        raise ScriptError(
            "manifest.version",
            f"the manifest has version {match[1]}, this sbv2 reads up to {VERSION}",
            at=str(at),
            hint="pip install --upgrade sbv2cli",
        )


def _name(written: Any) -> LineId | None:
    return LineId(written) if isinstance(written, str) else None


def _names(written: Any) -> tuple[str, ...]:
    return tuple(map(str, written)) if isinstance(written, list) else ()


def _number(record: Mapping[str, Any]) -> float:
    number = record.get("n")
    return number if isinstance(number, int | float) and number == number else 0  # noqa: PLR0124


def _written_at(record: Mapping[str, Any], at: Source) -> Source:
    """Where the author wrote the line, as the earlier run noted it."""
    source = record.get("source")
    if isinstance(source, dict) and isinstance(source.get("path"), str):
        row, column = source.get("line"), source.get("col")
        sheet, member = source.get("sheet"), source.get("member")
        if isinstance(row, int):
            return Source(
                path=source["path"].encode(errors="replace").decode(),
                row=row,
                column=column if isinstance(column, int) else None,
                sheet=sheet if isinstance(sheet, str) else None,
                member=member if isinstance(member, str) else None,
            )
    return at


def _placed(findings: tuple[Finding, ...], at: Source) -> tuple[Finding, ...]:
    return tuple(finding if finding.at else replace(finding, at=at) for finding in findings)


FORMAT = Format(read=read, recognise=recognise)
