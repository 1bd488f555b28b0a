"""Disks that become full: a small file system of its own, or files that may not grow."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

from tools.storm import made
from tools.storm.cases import Known, around, end_wrong, left_wrong, prepared
from tools.storm.command import refuse_beyond, run
from tools.storm.outcome import Outcome, Tries

_FULL = frozenset({0, 3, 4})
_SIZE = 256 << 20  # bytes of the file system; installing asks for some room beyond its need
_LEAST = 300  # bytes that a file may have: a message on stderr needs them too


def begin(ground: Path, seed: int, only: tuple[str, ...]) -> Tries:
    """Mount the file system, if that may be done; then each try is a command with little room."""
    work = ground / "work"
    work.mkdir()
    mounted = _mounted(work)
    if not mounted:
        print("no file system can be mounted here: files may not grow instead", file=sys.stderr)
    cases = list(prepared(ground, only))

    def tries(numbers: range) -> Iterator[tuple[int, Outcome]]:
        try:
            for number in numbers:
                pick = Random(f"disks {seed} {number}")
                one = pick.choices(cases, [case.case.often for case in cases])[0]
                for outcome in _one(one, ground, pick, full=mounted and pick.random() < 0.7):
                    yield number, outcome
        except GeneratorExit:
            if mounted:
                _unmount(work)
            raise

    return tries


def _mounted(work: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(work)]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return False
    import atexit  # noqa: PLC0415

    atexit.register(_unmount, work)
    return True


def _unmount(work: Path) -> None:
    with suppress(OSError):
        subprocess.run(["umount", "-l", str(work)], check=False, capture_output=True)  # noqa: S603, S607


def _one(one: Known, ground: Path, pick: Random, *, full: bool) -> Iterator[Outcome]:
    work = ground / "work"
    made.restored(one.before, work)
    room = round(max(_LEAST, sum(map(len, one.whole.values()))) ** pick.random())
    if full:
        filler = work / ".filler"
        free = os.statvfs(work).f_bavail * os.statvfs(work).f_bsize
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - room))
        ended = run(one.arguments, around(ground))
        filler.unlink()
    else:
        ended = run(one.arguments, around(ground, refuse_beyond(max(_LEAST, room))))
    way = "no room" if full else "no file may grow"
    problem = ended.problem(_FULL) or left_wrong(one, made.snapshot(work))
    yield Outcome(f"{one.case.name}, {way}", ended.status != 0, problem)
    ended = run(one.arguments, around(ground))
    problem = ended.problem(one.case.ends) or end_wrong(one, made.snapshot(work))
    yield Outcome(f"{one.case.name}, run again", struck=False, problem=problem)
