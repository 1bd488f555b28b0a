"""A recording sheet with the files of its lines filled in, and nothing else of it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from sbv2cli.cell_text import guarded
from sbv2cli.errors import UsageError
from sbv2cli.files import cannot_read
from sbv2cli.pipeline.derive import MADE, manifest_path, manifest_rows, write_files
from sbv2cli.readers import renpy, table
from sbv2cli.readers.cells import KEY_OF, fold_header
from sbv2cli.readers.decode import encoding_of, head_of
from sbv2cli.records import ManifestRow
from sbv2cli.writers import manifest
from sbv2cli.writers.filled_table import Dialect, filled_table
from sbv2cli.writers.filled_workbook import filled_workbook

_WORKBOOKS = frozenset({".xlsx", ".xlsm"})
_OTHER_WORKBOOKS = frozenset({".xls", ".xlsb", ".ods"})
_TABLES = frozenset({".csv", ".tsv", ".tab", ".txt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """The new file, and of how many of its lines there is a sound."""

    file: Path
    filled: int
    lines: int
    silent: tuple[str, ...] = ()  # pages of a book whose sound has no place in it


def give_back(
    path: Path,
    source: Path,
    *,
    headers: Sequence[str],
    encoding: str = "auto",
    output: Path | None = None,
    force: bool = False,
) -> GivenBack:
    """Write a copy of a sheet that a run has read, with file and seconds of each line.

    Lines are found by their places in the sheet, so it must be the one that was read last: when it
    has changed since, it is refused.
    """
    path = manifest_path(path)
    rows = manifest_rows(path)
    _refuse_kind(source)
    data = read_source(source)
    name = name_in(manifest.read_manifest(path).header, source, data)
    lines = [row for row in rows if row.source.path == name]
    if source.suffix.lower() in _WORKBOOKS:
        made = filled_workbook(data, headers, _by_sheet(lines), _known)
    else:
        cells = {row.source.row: [guarded(str(one)) for one in _cells(row)] for row in lines}
        made = filled_table(data, _dialect(source, encoding), headers, cells)
    file = (output or path.parent) / source.name
    write_files({file: made}, force=force)
    filled = sum(_cells(row)[0] != "" for row in lines)
    return GivenBack(file=file, filled=filled, lines=len(lines))


def _cells(row: ManifestRow) -> tuple[str, float | str]:
    if row.status not in MADE or row.file is None:
        return "", ""
    return row.file, round(row.seconds or 0.0, 3)


def _by_sheet(lines: Sequence[ManifestRow]) -> dict[str, dict[int, Sequence[str | float]]]:
    sheets: dict[str, dict[int, Sequence[str | float]]] = {}
    for row in lines:
        sheets.setdefault(row.source.sheet or "", {})[row.source.row] = _cells(row)
    return sheets


def _known(header: str) -> bool:
    return fold_header(header) in KEY_OF


def _refuse_kind(source: Path) -> None:
    suffix = source.suffix.lower()
    if suffix in _WORKBOOKS | _TABLES:
        return
    hint = "it can be a table, .xlsx, .csv, .tsv or Ren'Py's .tab, or a book: .epub"
    if suffix in _OTHER_WORKBOOKS:
        hint = "save it as .xlsx and render that; unchanged lines are not made again"
    raise UsageError(
        "export.back-kind",
        f"{suffix or 'a file without an ending'} cannot be filled in",
        at=str(source),
        hint=hint,
    )


def read_source(source: Path) -> bytes:
    """The bytes of what was rendered."""
    try:
        return source.read_bytes()
    except OSError as error:
        raise cannot_read(error, source, given="--back") from None


def name_in(header: Mapping[str, object], source: Path, data: bytes) -> str:
    """What the manifest calls the script; refuses one that is not as it was rendered."""
    scripts = header.get("script")
    digest = hashlib.sha256(data).hexdigest()
    known = [
        str(one.get("path"))
        for one in (scripts if isinstance(scripts, list) else [])
        if isinstance(one, dict) and one.get("sha256") == digest
    ]
    near = [name for name in known if PurePath(name).name == source.name]
    if not known:
        raise UsageError(
            "export.back-changed",
            "it is not the file that was rendered, or it has changed since",
            at=str(source),
            hint="run sbv2 render again with it; unchanged lines are not made again",
        )
    return next((name for name in near if name == str(source)), (near or known)[0])


def _dialect(source: Path, encoding: str) -> Dialect:
    with source.open("rb") as stream:
        encoding = encoding_of(stream, str(source), encoding)
        head = head_of(stream, str(source), encoding)
    if renpy.recognise(head):
        return Dialect(encoding=encoding, delimiter="\t", quoted=False)
    delimiter = table.named_delimiter(head.first) or table.sniff(head.first)
    return Dialect(encoding=encoding, delimiter=delimiter)
