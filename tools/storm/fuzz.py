"""Every reader of somebody else's bytes, given mutants of real samples, in processes of this one.

Each input has a bound of processor time and of memory. A process reads many inputs and says which
one it is at, so that one that dies or hangs costs that input alone.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NoReturn

from sbv2cli.errors import Sbv2Error
from tools.storm import cases
from tools.storm.outcome import Outcome, Tries
from tools.storm.targets import Target, targets

AT_ONCE = 2000  # inputs of a process
SECONDS = 2.0  # of a processor, for an input of some kilobytes
MEMORY = 1 << 30  # bytes more than the process has at its beginning


class _TooLongError(BaseException):
    """Raised in the middle of whatever takes too long."""


def begin(ground: Path, seed: int, only: tuple[str, ...]) -> Tries:
    """Make the samples; then each try is an input."""
    cases.warm()
    known = targets(ground)
    names = [name for name in known if not only or name in only]
    often = [known[name].often for name in names]

    def target_of(number: int) -> tuple[str, Random]:
        pick = Random(f"fuzz {seed} {number}")
        return pick.choices(names, often)[0], pick

    def tries(numbers: range) -> Iterator[tuple[int, Outcome]]:
        while numbers:
            outcomes, died = _in_a_process(numbers, known, target_of)
            yield from outcomes
            done = numbers.start + len(outcomes)
            if died is not None and done < numbers.stop:
                name, _ = target_of(done)
                yield done, Outcome(name, struck=False, problem=died)
                done += 1
            numbers = range(done, numbers.stop)

    return tries


def _in_a_process(
    numbers: range,
    known: dict[str, Target],
    target_of: Callable[[int], tuple[str, Random]],
) -> tuple[list[tuple[int, Outcome]], str | None]:
    """What became of the inputs up to the last, or to the one at which the process died."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:  # pragma: no cover - the other process
        os.close(read_end)
        _read_all(numbers, known, target_of, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as said:
        rows = said.read().split(b"\n")[:-1]
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    outcomes = [
        (number, Outcome(*json.loads(row))) for number, row in zip(numbers, rows, strict=False)
    ]
    died = (
        None
        if code == 0
        else "it does not end"
        if code == -signal.SIGVTALRM
        else f"it died: {code}"
    )
    return outcomes, died


def _read_all(
    numbers: range,
    known: dict[str, Target],
    target_of: Callable[[int], tuple[str, Random]],
    out: int,
) -> NoReturn:  # pragma: no cover - the other process
    try:
        used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY, used + MEMORY))
        signal.signal(signal.SIGPROF, _too_long)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        for number in numbers:
            name, pick = target_of(number)
            # Python is told first; what does not listen is ended by the second.
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            signal.setitimer(signal.ITIMER_VIRTUAL, 4 * SECONDS)
            struck, problem = _tried(known[name], pick)
            signal.setitimer(signal.ITIMER_PROF, 0)
            os.write(out, json.dumps([name, struck, problem]).encode() + b"\n")
    except BaseException:  # noqa: BLE001 - it must not go on as the parent does
        traceback.print_exc()
        os._exit(70)
    os._exit(0)


def _tried(target: Target, pick: Random) -> tuple[bool, str | None]:
    try:
        target.attempt(pick)
    except Sbv2Error as error:
        str(error)
        if error.exit_status != target.status:
            return True, f"error[{error.code}] means status {error.exit_status}"
        return True, None
    except _TooLongError:
        return False, f"more than {SECONDS} s: {_place()}"
    except MemoryError:
        return False, f"memory: {_place()}"
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        said = str(error).partition("\n")[0][:160].encode(errors="backslashreplace").decode()
        return False, f"{type(error).__name__}: {said} ({_place()})"
    return False, None


def _place() -> str:
    """The last row of ours under the exception."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    ours = [frame for frame in frames if "sbv2cli" in frame.filename] or list(frames)
    name = ours[-1].filename.rpartition("sbv2cli/")[2]
    return f"{name}:{ours[-1].lineno}"


def _too_long(_: int, __: object) -> None:
    raise _TooLongError
