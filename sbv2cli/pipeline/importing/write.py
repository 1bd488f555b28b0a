"""Records -> a file: one function for each row of `TARGETS`."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from sbv2cli.pipeline.importing.as_text import Text
from sbv2cli.pipeline.importing.records import IMPORTED, KEYS, Record, cells_of
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.writers import tables

Lost = Counter[str]
"""How many lines lose what, because the format has no place for it."""

Write = Callable[[Iterable[Record], BinaryIO, ReaderOptions], Lost]


def write_jsonl(records: Iterable[Record], file: BinaryIO, options: ReaderOptions) -> Lost:
    """An object in each row."""
    del options
    file.writelines(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in records)
    return Counter()


def write_csv(records: Iterable[Record], file: BinaryIO, options: ReaderOptions) -> Lost:
    """A table."""
    with tempfile.TemporaryFile() as spool:
        columns = _spooled(records, options, spool)
        tables.write_csv(map(json.loads, spool), columns, file)
    return Counter()


def write_xlsx(records: Iterable[Record], file: BinaryIO, options: ReaderOptions) -> Lost:
    """A workbook."""
    with tempfile.TemporaryFile() as spool:
        columns = _spooled(records, options, spool)
        tables.write_xlsx(map(json.loads, spool), columns, file)
    return Counter()


def _spooled(records: Iterable[Record], options: ReaderOptions, spool: BinaryIO) -> list[str]:
    """The columns of a table, which are known when its last row is; the rows go to a file."""
    used: dict[str, None] = {"id": None, "text": None}

    def rows() -> Iterator[bytes]:
        for record in records:
            cells = cells_of(record, options)
            used.update(dict.fromkeys(cells))
            yield json.dumps(cells).encode() + b"\n"

    spool.writelines(rows())
    spool.seek(0)
    meta = [column for column in used if column not in (*KEYS, IMPORTED)]
    noted = [IMPORTED] if IMPORTED in used else []
    return [*(key for key in KEYS if key in used), *meta, *noted]


def write_text(records: Iterable[Record], file: BinaryIO, options: ReaderOptions) -> Lost:
    """Headings, texts and ruby."""
    text = Text(options)
    file.writelines(f"{row}\n".encode() for row in text.rows(records))
    return text.lost
