"""SIGKILL at random moments, at chosen acts on the disk, and in the middle of a write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from tools.storm import made
from tools.storm.cases import Known, around, end_wrong, left_wrong, prepared
from tools.storm.command import Ended, die_at, die_in_a_file_of, run
from tools.storm.outcome import Outcome, Tries

_MOST = 3  # kills before the command may end
_ANEW = 20  # one of so many is begun as a shell begins it


def begin(ground: Path, seed: int, only: tuple[str, ...]) -> Tries:
    """Run every command to its end once; then each try is a command and up to three kills."""
    cases = list(prepared(ground, only))

    def tries(numbers: range) -> Iterator[tuple[int, Outcome]]:
        for number in numbers:
            pick = Random(f"kills {seed} {number}")
            case = pick.choices(cases, [one.case.often for one in cases])[0]
            ends = (_killed(case, ground, pick) for _ in range(pick.randint(1, _MOST)))
            for outcome in _one(case, ground, ends):
                yield number, outcome

    return tries


def begin_acts(ground: Path, _: int, only: tuple[str, ...]) -> Tries:
    """Nothing is drawn: a kill before each act of a command, the last one first; then before two.

    Numbers go round over the commands.
    """
    cases = list(prepared(ground, only))

    def tries(numbers: range) -> Iterator[tuple[int, Outcome]]:
        for number in numbers:
            place, which = divmod(number, len(cases))
            one = cases[which]
            acts = _acts(one.acts, place)
            for outcome in _one(one, ground, (_at(act, one, ground) for act in acts)):
                yield number, outcome

    return tries


def _acts(count: int, place: int) -> tuple[int, ...]:
    place %= count + count**2
    return (count - 1 - place,) if place < count else divmod(place - count, count)


def _at(act: int, one: Known, ground: Path) -> tuple[Ended, str]:
    return run(one.arguments, around(ground, die_at(act, ground / "work"))), "at an act"


def _one(one: Known, ground: Path, ends: Iterable[tuple[Ended, str]]) -> Iterator[Outcome]:
    """Outcomes: one for each kill, and one for the run that follows."""
    work = ground / "work"
    made.restored(one.before, work)
    for ended, way in ends:
        problem = ended.problem(one.case.ends | {0, -9, -25})
        problem = problem or left_wrong(one, made.snapshot(work))
        yield Outcome(f"{one.case.name}, {way}", ended.killed, problem)
        if problem or not ended.killed:
            break
    ended = run(one.arguments, around(ground))
    problem = ended.problem(one.case.ends) or end_wrong(one, made.snapshot(work))
    yield Outcome(f"{one.case.name}, run again", struck=False, problem=problem)


def _killed(one: Known, ground: Path, pick: Random) -> tuple[Ended, str]:
    way = pick.choice(("at a moment", "at an act", "in a write"))
    if way == "at an act":
        inside = die_at(pick.randrange(max(1, one.acts)), ground / "work")
        return run(one.arguments, around(ground, inside)), way
    if way == "in a write" and one.largest:
        size = round(one.largest ** pick.random())  # most files are small
        return run(one.arguments, around(ground, die_in_a_file_of(size))), way
    anew = pick.randrange(_ANEW) == 0
    seconds = pick.random() * (one.seconds + (2.0 if anew else 0.0))
    return run(one.arguments, around(ground, kill_after=seconds, anew=anew)), "at a moment"
