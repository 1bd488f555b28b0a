"""Manifests that were cut, flipped, shuffled or written in by somebody, and a run after that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from tools.storm import made
from tools.storm.cases import CASES, Known, around, end_wrong, known, warm
from tools.storm.command import run
from tools.storm.mutate import json_bytes, mutated, mutated_json
from tools.storm.outcome import Outcome, Tries

_MANIFEST = "out/manifest.jsonl"
_REFUSED = ("manifest.foreign", "manifest.newer", "name.foreign")


def begin(ground: Path, seed: int, _: tuple[str, ...]) -> Tries:
    """Render once, and again an edited sheet; each try damages the manifest between the two."""
    warm()
    made.voices(ground / "voices")
    cases = {case.name: known(case, ground) for case in CASES if case.name.startswith("render")}
    edited, again = cases["render an edited sheet"], cases["render"]

    def tries(numbers: range) -> Iterator[tuple[int, Outcome]]:
        for number in numbers:
            pick = Random(f"manifests {seed} {number}")
            if number % 2:
                yield number, _one(edited, edited.before, ground, pick, number // 2)
            else:
                yield number, _one(again, again.whole, ground, pick, number // 2)

    return tries


def _one(one: Known, before: dict[str, bytes], ground: Path, pick: Random, number: int) -> Outcome:
    work = ground / "work"
    sample = before[_MANIFEST]
    way, damage = pick.choice(_WAYS)
    damaged = damage(sample, pick, number)
    made.restored({**before, _MANIFEST: damaged}, work)
    ended = run(one.arguments, around(ground))
    problem = ended.problem(frozenset({0, 2}))
    struck = ended.status != 0
    if problem is None and ended.status == 2:
        if not any(f"error[{code}]" in ended.talk for code in _REFUSED):
            problem = f"refused otherwise: {ended.talk[:200]}"
        elif made.snapshot(work) != {**before, _MANIFEST: damaged}:
            problem = "refused, and something has changed"
        elif "name.foreign" in ended.talk:
            ended = run((*one.arguments, "--adopt"), around(ground))
            problem = ended.problem(frozenset({0})) or _end_wrong(one, work)
    elif problem is None:
        problem = _end_wrong(one, work)
    return Outcome(way, struck, problem)


def _end_wrong(one: Known, work: Path) -> str | None:
    """Files that only lost rows told of may be left behind: nobody can know whose they are."""
    found = made.snapshot(work)
    wrong = end_wrong(one, {name: data for name, data in found.items() if name in one.whole})
    return None if wrong is not None and wrong.startswith("other rows") else wrong


def _cut(sample: bytes, pick: Random, number: int) -> bytes:
    del pick
    return sample[: number % (len(sample) + 1)]


def _flipped(sample: bytes, pick: Random, number: int) -> bytes:
    del number
    data = bytearray(sample)
    for _ in range(pick.randint(1, 8)):
        data[pick.randrange(len(data))] = pick.randrange(256)
    return bytes(data)


def _changed(sample: bytes, pick: Random, number: int) -> bytes:
    del number
    return mutated(sample, pick)


def _values(sample: bytes, pick: Random, number: int) -> bytes:
    del number
    rows: list[Any] = [json.loads(row) for row in sample.splitlines()]
    for _ in range(pick.randint(1, 3)):
        place = pick.randrange(len(rows))
        rows[place] = mutated_json(rows[place], pick)
    return b"".join(json_bytes(row, Random(0)).replace(b"\n", b"") + b"\n" for row in rows)


def _rows(sample: bytes, pick: Random, number: int) -> bytes:
    del number
    head, *rows = sample.splitlines(keepends=True)
    way = pick.randrange(4)
    if way == 0:
        rows.pop(pick.randrange(len(rows)))
    elif way == 1:
        rows.insert(pick.randrange(len(rows)), pick.choice(rows))
    elif way == 2:
        pick.shuffle(rows)
    else:
        rows.insert(pick.randrange(len(rows)), b"<<<<<<< HEAD\n")
    return b"".join((head, *rows))


_WAYS: tuple[tuple[str, Callable[[bytes, Random, int], bytes]], ...] = (
    ("cut", _cut),
    ("bytes flipped", _flipped),
    ("mutated", _changed),
    ("values changed", _values),
    ("rows lost, twice or in another order", _rows),
)
