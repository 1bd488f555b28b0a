"""Replays recorded readings: `python tests/golden/replay_frontend.py FOLDER`.

Takes any folder with files like those in `tests/golden/frontend` (any of them may be missing).
Prints matches of rows for each file and mode, and ends with status 1 when a row of a mode that
must be exact differs, or when it understood no row.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import replay_ja

from sbv2cli.errors import MachineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came out for one file and mode."""

    name: str
    matched: int
    total: int
    differences: list[str] = field(default_factory=list)
    excused: str | None = None  # why a difference here is not a failure

    @property
    def exact(self) -> bool:
        """Every row matched."""
        return self.matched == self.total


def replay(folder: Path) -> Iterator[Replayed]:
    """Every file in `folder` that is understood, in every mode."""
    yield from ja(folder)
    yield from en(folder)
    yield from zh(folder)


def ja(folder: Path) -> Iterator[Replayed]:
    """Japanese: each engine's column, and the given phones."""
    for engine in replay_ja.ENGINES:
        matched, total, differences = replay_ja.replay(folder, engine)
        if total:
            yield Replayed(
                name=f"ja.jsonl {engine}",
                matched=matched,
                total=total,
                differences=differences,
                excused=replay_ja.engine_missing(engine),
            )
    matched, total, differences = replay_ja.replay_given(folder)
    if total:
        yield Replayed(name="ja_given.jsonl", matched=matched, total=total, differences=differences)


def en(folder: Path) -> Iterator[Replayed]:
    """English, by `replay_en`."""
    yield from _extra(folder, "en")


def zh(folder: Path) -> Iterator[Replayed]:
    """Chinese, by `replay_zh`."""
    yield from _extra(folder, "zh")


def _extra(folder: Path, code: str) -> Iterator[Replayed]:
    """A language whose packages are an extra."""
    if not (folder / f"{code}.jsonl").exists():
        return
    try:
        matched, total, differences = importlib.import_module(f"replay_{code}").replay(folder)
    except (ModuleNotFoundError, MachineError) as error:
        rows = len(replay_ja.rows_of(folder / f"{code}.jsonl"))
        needs = f"needs the extra: pip install 'sbv2cli[{code}]' ({error})"
        yield Replayed(name=f"{code}.jsonl", matched=0, total=rows, excused=needs)
        return
    yield Replayed(name=f"{code}.jsonl", matched=matched, total=total, differences=differences)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=5, help="differences to print per mode")
    options = parser.parse_args()
    understood = failed = 0
    for one in replay(options.folder):
        note = f"  ({one.excused})" if one.excused and not one.exact else ""
        print(f"{one.name}: {one.matched}/{one.total}{note}")
        for difference in one.differences[: options.show]:
            print(f"  {ascii(difference) if _broken(difference) else difference}")
        understood += one.total if one.matched or not one.excused else 0
        failed += one.excused is None and not one.exact
    if not understood:
        print(f"no row understood in {options.folder}")
    return 1 if failed or not understood else 0


def _broken(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


if __name__ == "__main__":
    sys.exit(main())
