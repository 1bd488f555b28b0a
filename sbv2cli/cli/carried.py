"""What is shown and written of the readings that were carried through a book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import UsageError
from sbv2cli.files import write_whole
from sbv2cli.records import Finding

if TYPE_CHECKING:
    from sbv2cli.languages.japanese.carry import Carry
    from sbv2cli.languages.language import DictionaryEntry

_SHOWN = 8


def carried_findings(carry: Carry) -> Iterator[Finding]:
    """One note about all words, the most frequent named."""
    words = carry.words()
    if not words:
        return
    places = sum(word.count for word in words)
    shown = ", ".join(f"{word.word} {word.reading} {word.count}" for word in words[:_SHOWN])
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    yield Finding(
        code="script.ruby-carried",
        severity="note",
        message=f"ruby holds for later occurrences of {len(words):,} words, in {places:,} places:"
        f" {shown}{more}",
        at=words[0].at,
        hint="sbv2 check --write-carried FILE lists all; --ruby given carries none",
    )


def as_json(carry: Carry) -> list[dict[str, Any]]:
    """Each word with its reading, and the place of its ruby."""
    return [
        {"word": word.word, "reading": word.reading, "count": word.count, "at": str(word.at)}
        for word in carry.words()
    ]


def refuse_existing(path: Path | None) -> None:
    """Raise where there is a file already, to which somebody may have added accents."""
    if path is not None and path.exists():
        raise UsageError(
            "usage.file-exists",
            "the file for the carried words exists already",
            at=str(path),
            hint="choose another name, or move it away",
        )


def write_words(carry: Carry, path: Path) -> None:
    """A user dictionary of the words, the most frequent first."""
    from sbv2cli.languages.japanese.user_dictionary import csv_of, entry

    entries: dict[str, DictionaryEntry] = {}
    for word in carry.words():
        if word.entry is not None and word.entry[0] not in entries:
            entries[word.entry[0]] = entry(*word.entry)
    write_whole(path, csv_of(entries.values()).encode())
