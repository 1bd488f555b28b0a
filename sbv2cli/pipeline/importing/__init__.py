"""Scripts of any format -> a file of line records that every command reads back equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A format of line records, as lists show it."""

    place: str  # "module:function"
    suffixes: tuple[str, ...]
    help: str
    whole: bool = True  # whether it has a place for everything that a line says


TARGETS: Mapping[str, Target] = {
    "jsonl": Target(
        place="sbv2cli.pipeline.importing.write:write_jsonl",
        suffixes=(".jsonl", ".ndjson"),
        help="an object in each row",
    ),
    "csv": Target(
        place="sbv2cli.pipeline.importing.write:write_csv",
        suffixes=(".csv",),
        help="a table",
    ),
    "xlsx": Target(
        place="sbv2cli.pipeline.importing.write:write_xlsx",
        suffixes=(".xlsx",),
        help="a workbook of Excel",
    ),
    "text": Target(
        place="sbv2cli.pipeline.importing.write:write_text",
        suffixes=(".txt", ".text", ".md"),
        help="headings, texts and ruby, and nothing else",
        whole=False,
    ),
}
"""`--to` -> format."""
