"""Replays of English text in the published symbols: kind `text`.

The dictionary of a case is what it says was found, so that no revision of the real one matters.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sbv2cli.languages.english import published_symbols
from sbv2cli.voices.phonologies.text_symbols import arpabet

Entry = dict[str, Any]
Row = tuple[str, str, float, float]


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, 0 or 1 for other symbols, and 0."""
    rows: list[Row] = []
    for entry in entries:
        for case in json.loads((folder / entry["file"]).read_text(encoding="utf-8")):
            rows += _case(case)
    return rows


def _case(case: dict[str, Any]) -> list[Row]:
    text = case["text"]
    ids = _ids(text, case["found"])
    stages = {
        "ids": ids,
        "ids_without_dictionary": _ids(text, {}),
        "ids_with_blank": _ids(text, case["found"], blanks=True),
    }
    rows = [(text, name, float(made != case[name]), 0.0) for name, made in stages.items()]
    if case.get("cleaned") is not None:
        said = published_symbols.read(text, None, lambda _: None).normalised
        rows.append((text, "cleaned", float(said != case["cleaned"]), 0.0))
    return rows


def _ids(text: str, found: dict[str, str], *, blanks: bool = False) -> list[int]:
    reading = published_symbols.read(text, None, found.get)
    symbols = arpabet(blanks=blanks, dictionary=True)
    spelled = symbols.spell(reading, add_blank=blanks)
    # Without blanks a space stands on either side, which the cases leave out.
    return [int(n) for n in (spelled.phones if blanks else spelled.phones[1:-1])]
