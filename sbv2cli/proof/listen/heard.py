"""What was heard in each file, kept by its SHA-256, so that nothing is listened to twice.

A line of JSON for each file is added when it has been heard: a stop loses the file in hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from sbv2cli.files import disk_errors
from sbv2cli.proof.listen.recogniser import NAME

FILE = "heard.jsonl"


class Transcript(NamedTuple):
    """Two ways of writing down the same sound; the one that was not needed is `None`."""

    kana: str | None  # Japanese alone
    plain: str | None


class Transcripts:
    """Of one output folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".sbv2" / FILE
        self._known = dict(_read(self._path))

    def get(self, sha256: str) -> Transcript | None:
        """What was heard in this file, if it has been listened to."""
        return self._known.get(sha256)

    def note(self, sha256: str, transcript: Transcript) -> None:
        """Keep it, here and on the disk."""
        self._known[sha256] = transcript
        row = {"sha256": sha256, "by": NAME, **transcript._asdict()}
        if self._path.parent.is_symlink() or self._path.is_symlink():
            return  # what is behind a link is not ours
        with disk_errors(self._path):
            self._path.parent.mkdir(exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _read(path: Path) -> list[tuple[str, Transcript]]:
    """What stands there whole; the last row may have been cut off."""
    try:
        content = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for text in content.splitlines():
        try:
            row = json.loads(text)
        except ValueError:
            continue
        match row:
            case {
                "sha256": str(sha256),
                "by": str(by),
                "kana": str() | None as kana,
                "plain": str() | None as plain,
            } if by == NAME and (kana is not None or plain is not None):
                found.append((sha256, Transcript(kana, plain)))
    return found
