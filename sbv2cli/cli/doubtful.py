"""`sbv2 check --show doubtful`: the words that may be read wrong, the most doubtful lines first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbv2cli.cli.console import Console, Word
from sbv2cli.errors import UsageError

if TYPE_CHECKING:
    from sbv2cli.records import Doubt, Reading, ScriptLine

_COLUMNS = ("line", "id", "doubt", "word", "read as", "or", "because", "set right by")
SHARE = 5
"""A fifth of the lines is shown: it holds 81 % of the wrong lines of the half of a corpus that no
weight was fitted on (`python -m tools.readings.doubts`)."""
FEWEST = 20  # lines; less than a fifth of a short script would hide what is there


def refuse_compat(show: str | None, mode: str) -> None:
    """Only the mode better knows its doubts.

    Raises:
        UsageError: they are asked of the mode compat.
    """
    if show == "doubtful" and mode == "compat":
        raise UsageError(
            "usage.doubtful", "doubts are found in the mode better", hint="leave out --mode compat"
        )


class DoubtfulLines:
    """Gathers lines with doubts; they can be sorted when all are read."""

    def __init__(self) -> None:
        self._lines: list[tuple[float, ScriptLine, Reading]] = []
        self._read = 0

    def add(self, line: ScriptLine, reading: Reading | None) -> None:
        """Keep a line, if anything in it is in doubt."""
        from sbv2cli.languages.doubt import of_line

        if reading is None:
            return
        self._read += 1
        if reading.doubts:
            self._lines.append((of_line(reading.doubts), line, reading))

    def show(self, console: Console) -> list[dict[str, Any]]:
        """A row for each doubtful word of the most doubtful lines; for JSON, all lines."""
        ordered = sorted(self._lines, key=lambda one: -one[0])
        if console.mode.json:
            return [_line_json(*one) for one in ordered]
        shown = ordered[: max(FEWEST, self._read // SHARE)]
        console.table(
            _COLUMNS,
            [
                _row(line, reading, doubt)
                for _, line, reading in shown
                for doubt in _weightiest_first(reading)
            ],
        )
        if shown:
            console.info(f"the {len(shown):,} most doubtful of {self._read:,} lines")
        return []


def _weightiest_first(reading: Reading) -> list[Doubt]:
    return sorted(reading.doubts, key=lambda doubt: -doubt.weight)


def _row(line: ScriptLine, reading: Reading, doubt: Doubt) -> tuple[str, ...]:
    from sbv2cli.languages.doubt import REASONS, correction

    return (
        str(line.source),
        line.id,
        f"{doubt.weight:.0%}",
        doubt.surface,
        doubt.kana or "",
        " ".join(doubt.others),
        Word("; ".join(REASONS[reason] for reason in doubt.reasons)),
        Word(correction(doubt, reading.language)),
    )


def _line_json(likely: float, line: ScriptLine, reading: Reading) -> dict[str, Any]:
    from sbv2cli.languages.doubt import REASONS, correction
    from sbv2cli.languages.pool import notation
    from sbv2cli.languages.reading_json import doubts_as_json

    doubts = _weightiest_first(reading)
    return {
        "id": line.id,
        "n": line.number,
        "text": line.text,
        "kana": notation(reading),
        "doubt": round(likely, 3),
        "doubts": [
            {
                **document,
                "because": [REASONS[reason] for reason in doubt.reasons],
                "correction": correction(doubt, reading.language),
            }
            for doubt, document in zip(doubts, doubts_as_json(doubts), strict=True)
        ],
        "source": {"path": line.source.path, "line": line.source.row, "col": line.source.column},
    }
