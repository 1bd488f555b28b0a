"""The report of a run: what became of which lines and why, as Markdown and as CSV.

Both are ours as long as they begin as we write them; a file of that name that does not is somebody
else's.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from sbv2cli import files
from sbv2cli.errors import UsageError
from sbv2cli.records import Change, ManifestRow
from sbv2cli.writers.row_index import RowIndex
from sbv2cli.writers.tables import Row, write_csv

MARKDOWN, CSV = "changes.md", "changes.csv"

FORMS: Mapping[str, tuple[str, ...]] = {
    "both": (MARKDOWN, CSV),
    "md": (MARKDOWN,),
    "csv": (CSV,),
    "none": (),
}
"""Value of the setting `changes` -> files that are written beside the manifest."""

SHOWN = 500  # rows of a section of the Markdown; the table has all

_COLUMNS = (
    *("what", "why", "n", "id", "character", "text", "text before"),
    *("seconds", "seconds before", "file", "file before", "error", "place"),
)
_BEGINNING = "<!-- sbv2 changes/1 -->\n"
_MARKS: Mapping[str, bytes] = {
    MARKDOWN: _BEGINNING.encode(),
    CSV: codecs.BOM_UTF8 + ",".join(_COLUMNS).encode(),
}
_TITLES = {
    "made": "Made",
    "reused": "Reused",
    "renamed": "Renamed",
    "reworded": "Other words, the same sound",
    "failed": "Failed",
    "skipped": "Skipped",
    "orphaned": "Orphaned files",
    "deleted": "Deleted files",
}
_IN_TABLE = ("n", "id", "why", "text", "text before", "seconds", "seconds before", "file")
_MARKUP = re.compile(r"([\\`*_\[\]<>|~#&$])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a run did."""

    header: Mapping[str, Any]  # of the manifest
    summary: Mapping[str, Any]
    rows: RowIndex  # of the manifest; those with a change are told
    orphans: Sequence[ManifestRow]
    deleted: Sequence[ManifestRow]

    def counts(self) -> dict[str, int]:
        """How many rows there are of each kind, in the order in which they are told."""
        found = self.rows.counts("what", "NOT orphan")
        found |= {"orphaned": len(self.orphans), "deleted": len(self.deleted)}
        return {what: found[what] for what in _TITLES if found.get(what)}

    def of(self, what: str) -> Iterator[Row]:
        """The rows of one kind, in the order of the script."""
        left = {"orphaned": self.orphans, "deleted": self.deleted}.get(what)
        for row in left or ():
            yield {**_row(row, Change(what="made")), "what": what, "why": None}
        for facts in self.rows.in_order("what = ? AND NOT orphan", (what,)) if left is None else ():
            row = self.rows.row_at(facts.at, facts.size)
            if row.change is not None:
                yield _row(row, row.change)


def refuse_foreign(folder: Path, form: str) -> None:
    """Refuse to write over files of somebody else."""
    for name in FORMS[form]:
        path = folder / name
        if _is_ours(path) is False:
            raise UsageError(
                "changes.foreign",
                "there is something of that name which is no report of sbv2",
                at=str(path),
                hint="move it away, or write no report: --changes none",
            )


def stale(folder: Path, form: str) -> list[Path]:
    """Reports of ours that tell of an earlier run once this one has written the other form.

    Where no report is written, none is looked for.
    """
    others = set(FORMS["both"]) - set(FORMS[form]) if FORMS[form] else set()
    return [folder / name for name in sorted(others) if _is_ours(folder / name)]


def _is_ours(path: Path) -> bool | None:
    """Whether a file begins as a report does; `None` where there is none."""
    mark = _MARKS[path.name]
    try:
        with path.open("rb") as file:
            return file.read(len(mark)) == mark
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return False


def write_report(
    folder: Path,
    changes: Changes,
    form: str,
    *,
    words: Callable[[str], str] = str,
    fsync: bool = True,
) -> None:
    """Write the files of a report, a row at a time, and delete those of an earlier one.

    `words` puts what we say into the language of the reader of the Markdown; programs read the
    table.
    """
    for path in stale(folder, form):
        with files.disk_errors(path):
            path.unlink(missing_ok=True)
    writers: Mapping[str, Callable[[Changes, BinaryIO], None]] = {
        MARKDOWN: partial(_markdown, words=words),
        CSV: _table,
    }
    for name in FORMS[form]:
        path = folder / name
        with files.disk_errors(path), files.PartFile(path) as part:
            buffered = io.BufferedWriter(cast("io.RawIOBase", part.file))
            writers[name](changes, buffered)
            buffered.flush()
            buffered.detach()
            part.keep(fsync=fsync)


def _row(row: ManifestRow, change: Change) -> Row:
    return {
        "what": change.what,
        "why": ", ".join(change.why) or None,
        "n": row.number,
        "id": row.id,
        "character": row.character,
        "text": row.text,
        "text before": change.text,
        "seconds": row.seconds,
        "seconds before": change.seconds,
        "file": row.file,
        "file before": change.file,
        "error": None if row.error is None else f"{row.error.code}: {row.error.message}",
        "place": str(row.source),
    }


def _table(changes: Changes, file: BinaryIO) -> None:
    write_csv(chain.from_iterable(map(changes.of, changes.counts())), _COLUMNS, file)


def _markdown(changes: Changes, file: BinaryIO, *, words: Callable[[str], str]) -> None:
    started, tool = changes.header.get("started", ""), changes.header.get("tool", "sbv2")
    states = changes.summary.get("states") or {}
    counts = [f"{count:,} {state}" for state, count in states.items()]
    left = changes.summary.get("cancelled")
    counts += [f"{left:,} not reached"] if left else []
    told = words(", ".join(counts))
    parts = [f"{_BEGINNING}# {words('Changes')}\n", f"{tool}, {started}: {told}\n"]
    for what, count in changes.counts().items():
        parts.append(f"## {words(_TITLES[what])} ({count:,})\n")
        parts.append(_section(list(islice(changes.of(what), SHOWN)), count, words))
    file.write("\n".join(parts).encode("utf-8", "backslashreplace"))


def _section(rows: Sequence[Row], count: int, words: Callable[[str], str]) -> str:
    columns = [
        column
        for column in (*_IN_TABLE, "file before", "error")
        if any(row[column] not in (None, "") for row in rows)
    ]
    table = [list(map(words, columns)), ["---"] * len(columns)]
    table += [[_cell(_told(row, column, words)) for column in columns] for row in rows]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in table)
    rest = count - len(rows)
    return text + (f"\n{words(f'… and {rest:,} more')}\n" if rest > 0 else "")


def _told(row: Row, column: str, words: Callable[[str], str]) -> Any:
    """A value; reasons and errors are words of ours."""
    value = row[column]
    if column == "why" and value:
        return ", ".join(map(words, value.split(", ")))
    return words(value) if column == "error" and value else value


def _cell(value: Any) -> str:
    """A value that is nothing but text in a table of Markdown."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    shown = "".join(
        " " if character in "\r\n\t" else character if _is_plain(character) else _escape(character)
        for character in str(value)
    )
    return _MARKUP.sub(r"\\\1", shown)


def _is_plain(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escape(character: str) -> str:
    return f"U+{ord(character):04X}"
