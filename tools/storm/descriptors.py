"""Standard streams that are closed, full or left by their reader, and other odd conditions.

A folder that is gone, arguments that are no text, few descriptors, another locale.
"""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from tools.storm import made
from tools.storm.cases import CASES, around, known, warm
from tools.storm.command import Conditions, run
from tools.storm.outcome import Outcome, Tries

_COMMANDS: tuple[tuple[bytes, ...], ...] = (
    (b"check", b"s.csv"),
    (b"check", b"s.csv", b"--json"),
    (b"voices", b"list"),
    (b"say", b"-m", b"{voices}/hana", "山。".encode()),
    (b"say", b"-m", b"{voices}/hana"),
    (b"render", b"s.csv", b"-m", b"{voices}/hana", b"-o", b"out"),
    (b"render", b"-", b"-m", b"{voices}/hana", b"-o", b"new", b"--json"),
    (b"import", b"s.csv"),
    (b"export", b"out", b"--to", b"srt", b"--json"),
    (b"join", b"out", b"-o", b"all.wav", b"--json"),
    (b"doctor",),
    (b"--help",),
)
_WAYS = ("closed", "full", "left", "empty")


def begin(ground: Path, seed: int, _: tuple[str, ...]) -> Tries:
    """Render once; each try is a command in odd conditions."""
    warm()
    made.voices(ground / "voices")
    before = known(next(case for case in CASES if case.name == "join to M4B"), ground).before

    def tries(numbers: range) -> Iterator[tuple[int, Outcome]]:
        for number in numbers:
            pick = Random(f"descriptors {seed} {number}")
            made.restored(before, ground / "work")
            yield number, _one(ground, pick)

    return tries


def _one(ground: Path, pick: Random) -> Outcome:
    voices = os.fsencode(ground / "voices")
    words = [word.replace(b"{voices}", voices) for word in pick.choice(_COMMANDS)]
    conditions = around(ground)
    case = pick.choice(("descriptors", "descriptors", "descriptors", *_ODD))
    opened: list[int] = []
    if case == "descriptors":
        chosen = pick.sample((0, 1, 2), pick.randint(1, 3))
        ways = {number: pick.choice(_WAYS) for number in chosen}
        places = {number: _descriptor(way, number, opened) for number, way in ways.items()}
        conditions = replace(conditions, descriptors=places)
        names = ("stdin", "stdout", "stderr")
        case = ", ".join(f"{names[number]} {way}" for number, way in sorted(ways.items()))
    else:
        conditions, words = _ODD[case](conditions, words, pick)
    try:
        ended = run(words, replace(conditions, anew=pick.random() < 0.1))
    finally:
        for number in opened:
            os.close(number)
    found = made.snapshot(ground / "work") if (ground / "work").is_dir() else {}
    problem = ended.problem()
    for name, data in found.items():
        if problem is None and name.endswith(".wav") and data[:4] not in (b"RIFF", b"not "):
            problem = f"something was written into {name}"
    return Outcome(case, ended.status != 0, problem)


def _descriptor(way: str, number: int, opened: list[int]) -> int | None:
    if way == "closed":
        return None
    if way == "full" and number:  # read, it has no end
        place = os.open("/dev/full", os.O_RDWR)
    elif way in ("empty", "full"):
        place = os.open(os.devnull, os.O_RDWR)
    else:
        read_end, write_end = os.pipe()
        os.close(write_end if number == 0 else read_end)
        place = read_end if number == 0 else write_end
    opened.append(place)
    return place


def _folder_gone(
    one: Conditions, words: list[bytes], pick: Random
) -> tuple[Conditions, list[bytes]]:
    del pick
    return replace(one, inside=lambda: shutil.rmtree(one.folder)), words


def _no_text(one: Conditions, words: list[bytes], pick: Random) -> tuple[Conditions, list[bytes]]:
    odd = pick.choice(("やあ".encode("cp932"), b"\xff\xfe", b"a\x1b[2Jb", b"\xed\xa0\x80", b""))
    words[pick.randrange(1, len(words)) if len(words) > 1 else 0] = odd
    return one, words


def _few_descriptors(
    one: Conditions, words: list[bytes], pick: Random
) -> tuple[Conditions, list[bytes]]:
    most = pick.randint(8, 40)
    return replace(
        one, inside=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    ), words


def _no_locale(one: Conditions, words: list[bytes], pick: Random) -> tuple[Conditions, list[bytes]]:
    said = {"LC_ALL": pick.choice(("C", "xx_YY", "ja_JP.eucJP")), "TERM": "dumb"}
    return replace(one, inside=lambda: os.environ.update(said)), words


_ODD: dict[
    str,
    Callable[[Conditions, list[bytes], Random], tuple[Conditions, list[bytes]]],
] = {
    "the folder is gone": _folder_gone,
    "an argument that is no text": _no_text,
    "few descriptors": _few_descriptors,
    "another locale": _no_locale,
}
