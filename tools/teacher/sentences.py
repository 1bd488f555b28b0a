"""What is said: the sentences, which of them are held aside, and which are said in a style."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NEUTRAL = "Neutral"
STYLES = (NEUTRAL, "Happy", "Sad", "Angry")

# Never learned from, so that they can judge: the last 200 of ROHAN, and ITA's 100 of emotion.
HELD_ROHAN_FROM = 4401

# Statements up to this length are said as questions too: 「行くよ。」「行くよ？」.
ASKED_CHARS = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One sentence in one style."""

    id: str
    text: str
    style: str
    held: bool = False

    @property
    def audio(self) -> str:
        """Where its sound is kept, below the corpus."""
        folder = "held/audio" if self.held else "audio"
        return f"{folder}/{self.style}/{self.id}.wav"


def read(path: Path) -> list[tuple[str, str]]:
    """Names and texts of a list with the columns id and text."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["id"], row["text"]) for row in rows]


def is_held(name: str) -> bool:
    """Whether a sentence is for judging only."""
    corpus, _, number = name.rpartition("_")
    return corpus == "EMOTION100" or (corpus == "ROHAN4600" and int(number) >= HELD_ROHAN_FROM)


def tasks(
    sentences: Sequence[tuple[str, str]],
    short: Sequence[tuple[str, str]],
    *,
    styles: Sequence[str] = STYLES,
    limit: int | None = None,
    styled: int = 600,
    asked: int = 200,
) -> list[Task]:
    """Everything in Neutral; of the other styles the short ones and `styled` sentences each.

    The styles take different sentences, evenly through the list, so that together they cover it.
    In each style so many statements are said as questions too. `limit` takes so many learned
    sentences evenly, for a pilot; the held ones are always whole.
    """
    learned = [one for one in sentences if not is_held(one[0])]
    statements = [one for one in learned if len(one[1]) <= ASKED_CHARS and one[1].endswith("。")]
    learned = _evenly(learned, limit or len(learned))
    found: list[Task] = []
    for place, style in enumerate(styles):
        some = learned if style == NEUTRAL else _evenly(learned, styled, place / len(styles))
        doubts = [
            (f"{name}_ASKED", f"{text[:-1]}？")
            for name, text in _evenly(statements, asked, place / len(styles))
        ]
        found += [Task(id=name, text=text, style=style) for name, text in (*some, *short, *doubts)]
    found += [
        Task(id=name, text=text, style=NEUTRAL, held=True)
        for name, text in sentences
        if is_held(name)
    ]
    return found


def _evenly(
    rows: Sequence[tuple[str, str]], count: int, phase: float = 0.0
) -> list[tuple[str, str]]:
    """`count` rows at equal distances, shifted by a share of the distance."""
    if count >= len(rows):
        return list(rows)
    step = len(rows) / count
    return [rows[int((index + phase) * step)] for index in range(count)]
