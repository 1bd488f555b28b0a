"""What is known of the tables of one tool, whether they come as CSV or as sheets of a book."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sbv2cli.readers.cells import LineCells
from sbv2cli.readers.format import ReaderOptions


def _every_row(row: LineCells) -> bool:
    del row
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """From the columns of one tool to those of a line."""

    # Whether these are its headers.
    owns: Callable[[Sequence[str]], bool]
    # (headers, options, where for errors) -> the header of each of our keys; `--column` is added.
    columns: Callable[[Sequence[str], ReaderOptions, str], Mapping[str, str]]
    # Changes a row before it becomes a line.
    edit: Callable[[LineCells], None]
    # Whether a row is one at all, asked before `edit`.
    is_line: Callable[[LineCells], bool] = _every_row


def no_columns(headers: Sequence[str], options: ReaderOptions, at: str) -> Mapping[str, str]:
    """Of a layout whose headers are known by the common names."""
    del headers, options, at
    return {}
