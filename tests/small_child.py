"""Work done in a child with little memory and time, so that a spike is seen and not felt."""

from __future__ import annotations

import os
import pickle
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbv2cli.errors import Sbv2Error


@dataclass(frozen=True)
class Outcome:
    """What became of the work: what it returned, our error, or how it broke."""

    value: Any = None
    error: Sbv2Error | None = None
    broke: str | None = None  # another exception, or the signal that ended the process
    grown_mib: float = 0.0  # of memory that was really touched
    seconds: float = 0.0  # of a processor


def run(work: Callable[[], Any], *, memory_mib: int = 1024, seconds: int = 20) -> Outcome:
    """Do it in a fork that may ask for so much more memory than this process has."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # nothing of the parent's may run at its end
        try:
            os.close(reader)
            answer = pickle.dumps(_outcome(work, memory_mib, seconds))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
            answer = pickle.dumps(Outcome(broke=repr(error)))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Outcome(broke=f"signal {os.WTERMSIG(status)}")
    outcome: Outcome = pickle.loads(answer)  # of our own child
    return outcome


def _outcome(work: Callable[[], Any], memory_mib: int, seconds: int) -> Outcome:
    limit = (_kib("VmSize") << 10) + (memory_mib << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    spent = int(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (spent, spent + 1))
    before, began = _kib("VmRSS"), time.process_time()
    value = error = broke = None
    try:
        value = work()
    except Sbv2Error as known:
        error = known
    except Exception as other:  # noqa: BLE001 - a test tells what it is
        broke = repr(other)
    return Outcome(
        value=value,
        error=error,
        broke=broke,
        grown_mib=max(0, _kib("VmHWM") - before) / 1024,
        seconds=time.process_time() - began,
    )


def _kib(field: str) -> int:
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(f"{field}:"))
