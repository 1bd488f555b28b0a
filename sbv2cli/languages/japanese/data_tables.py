"""The tables of the package in `data`: a header, rows with tabs, comments after #."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files


def rows_of(name: str) -> Iterator[list[str]]:
    """The cells of each row of a table."""
    text = files("sbv2cli.languages.japanese").joinpath("data", name).read_text("utf-8")
    for line in text.splitlines()[1:]:
        if line and not line.startswith("#"):
            yield line.split("\t")


def with_accent(cell: str) -> tuple[str, int | None]:
    """A reading and its accent: `サンサイ:1`; without one the accent is not known."""
    reading, _, accent = cell.partition(":")
    return reading, int(accent) if accent else None
