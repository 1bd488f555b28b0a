"""Tasks to plans: everything about a sentence that needs the Japanese engine, and no sound yet.

A plan file is small (labels compress twentyfold) and needs no dictionary, so it travels to where
the processors are: there `corpus.make` speaks it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.teacher import cover
from tools.teacher.sentences import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the teacher is told, and which of its phones is which of ours."""

    task: Task
    labels: tuple[str, ...]
    phones: tuple[str, ...]
    tones: tuple[int, ...]
    covered: tuple[tuple[int, int], ...]
    rising: tuple[int, ...] = ()  # labels along which the pitch goes up: the end of a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A task that cannot be used, and why."""

    audio: str
    text: str
    code: str
    message: str

    @classmethod
    def of(cls, task: Task, reason: cover.UnmappedError) -> Left:
        """What is said of it in the report."""
        return cls(audio=task.audio, text=task.text, code=reason.code, message=reason.message)


def plan_all(tasks: Sequence[Task], processes: int) -> tuple[list[Plan], list[Left]]:
    """Read all sentences, several at a time."""
    with ProcessPoolExecutor(processes) as pool:
        found = list(pool.map(plan_one, tasks, chunksize=32))
    plans = [one for one in found if isinstance(one, Plan)]
    return plans, [one for one in found if isinstance(one, Left)]


def plan_one(task: Task) -> Plan | Left:
    """A plan, or why the teacher would say something else than the reading."""
    from sbv2cli.languages.japanese import JAPANESE  # noqa: PLC0415 - not needed to speak a plan

    reading = JAPANESE.read(task.text)
    refused: cover.UnmappedError | None = None
    for nan in (False, True):
        try:
            labels = full_labels(reading.normalised, nan=nan)
            covered = cover.cover(reading.phones, [cover.label_phone(line) for line in labels])
            cover.check_tones(reading.tones, labels, covered)
        except cover.UnmappedError as reason:
            refused = refused or reason
        else:
            rising = cover.rising(reading.phones, labels, covered)
            return Plan(
                task=task,
                labels=tuple(cover.voiced(labels, rising)),
                phones=reading.phones,
                tones=reading.tones,
                covered=tuple(covered),
                rising=tuple(rising),
            )
    assert refused is not None
    return Left.of(task, refused)


def full_labels(text: str, *, nan: bool = False) -> list[str]:
    """Full-context labels of a normalised text; `nan` reads 何 as ナン, a rule of ours."""
    import pyopenjtalk  # noqa: PLC0415 - not needed to speak a plan

    from sbv2cli.languages.japanese.openjtalk import analyse  # noqa: PLC0415

    features = [dict(feature) for feature in analyse(text, guess_nani=False).features]
    if nan:
        for feature in features:
            if feature["string"] == "何" and feature["pron"] == "ナニ":
                feature["pron"] = feature["read"] = "ナン"
    lines = pyopenjtalk.make_label(features)
    if not lines:
        raise cover.UnmappedError("phone", "the engine says nothing")
    return cover.unfolded(lines)


def write_plans(path: Path, plans: Iterable[Plan]) -> None:
    """Keep plans; the same plans make the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        for one in plans:
            file.write((json.dumps(asdict(one), ensure_ascii=False) + "\n").encode())


def read_plans(path: Path) -> Iterator[Plan]:
    """Plans that `write_plans` kept."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield Plan(
                task=Task(**row["task"]),
                labels=tuple(row["labels"]),
                phones=tuple(row["phones"]),
                tones=tuple(row["tones"]),
                covered=tuple((start, end) for start, end in row["covered"]),
                rising=tuple(row["rising"]),
            )
