"""The real command in a process of its own: begun, killed, bounded, and looked at afterwards.

The process is forked from this one, where the package is imported already, or begun anew with
`python -m sbv2cli`: the first takes a second less, the second is what a shell does. Both run
`sbv2cli.cli.main.main` to its end or to their death.
"""

from __future__ import annotations

import io
import itertools
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CPU_SECONDS = 120
"""A command that has used so much of a processor hangs: the longest of ours takes three."""
WALL_SECONDS = 600
"""A command that has not ended by then waits for something that never comes."""
MEMORY_MIB = 1500
"""Python with torch and the dictionaries takes 600."""
STATUSES = frozenset({0, 2, 3, 4, 130, 141, 143})
"""What the documents promise. 1 is a bug."""

_LOOK = 0.004  # seconds between two looks at the processor time of a process


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    status: int  # of the command; of a signal its number, negative
    out: bytes
    talk: str
    peak_mib: float
    hung: bool = False

    @property
    def killed(self) -> bool:
        """Whether a signal ended it."""
        return self.status < 0

    def problem(self, allowed: frozenset[int] = STATUSES) -> str | None:
        """What is wrong with this end, whatever the command was."""
        if self.hung:
            return "it does not end"
        if "Traceback (most recent call last)" in self.talk or "error[bug]" in self.talk:
            return f"bug: {_last(self.talk)}"
        if "Fatal Python error" in self.talk:
            return f"bug: {_last(self.talk)}"
        if self.peak_mib > MEMORY_MIB:
            return f"memory: {self.peak_mib:.0f} MiB"
        if self.status not in allowed:
            return f"status {self.status}: {_last(self.talk)}"
        return None


def _last(talk: str) -> str:
    rows = [row for row in talk.strip().splitlines() if row.strip()]
    named = [row for row in rows if "error[" in row]
    return (named or rows or ["nothing said"])[-1][:300]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """In what a command runs, and what happens to it there."""

    folder: Path
    home: Path
    inside: Callable[[], None] | None = None  # called in the process, before the command
    kill_after: float | None = None  # seconds of its processors
    anew: bool = False  # as a shell does
    descriptors: Mapping[int, int | None] | None = None  # number -> what is there; None is closed


def run(arguments: Sequence[object], around: Conditions) -> Ended:
    """Run `sbv2` with these arguments to its end."""
    words = [os.fsencode(one if isinstance(one, str | bytes) else str(one)) for one in arguments]
    with _unnamed_file() as out, _unnamed_file() as talk:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:  # pragma: no cover - the other process
            _child(words, around, out.fileno(), talk.fileno())
        hung = _wait(pid, around.kill_after)
        _, status, used = os.wait4(pid, 0)
        out.seek(0)
        talk.seek(0)
        code = os.waitstatus_to_exitcode(status)
        return Ended(
            status=code,
            out=out.read(),
            talk=talk.read().decode(errors="replace"),
            peak_mib=used.ru_maxrss / 1024,
            hung=hung or code == -signal.SIGXCPU,
        )


def _unnamed_file() -> io.FileIO:
    return io.FileIO(os.memfd_create("storm"), "r+")


def _child(words: Sequence[bytes], around: Conditions, out: int, talk: int) -> None:
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(around.folder)
        for name in [name for name in os.environ if name.startswith(("SBV2_", "XDG_"))]:
            del os.environ[name]
        os.environ["HOME"] = str(around.home)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(talk, 2)
        for number, what in (around.descriptors or {}).items():
            if what is None:
                os.close(number)
            else:
                os.dup2(what, number)
        if around.anew:
            if around.inside is not None:
                around.inside()
            os.execv(sys.executable, [sys.executable.encode(), b"-m", b"sbv2cli", *words])  # noqa: S606
        _speak_through_descriptors()
        _settle_torch()
        if around.inside is not None:
            around.inside()
        from sbv2cli.cli.main import main  # noqa: PLC0415 - imported long ago, before the fork

        main([os.fsdecode(word) for word in words])
    except SystemExit as ended:
        _end(ended.code if isinstance(ended.code, int) else 1)
    except BaseException:  # noqa: BLE001 - it must not go on as the parent does
        import traceback  # noqa: PLC0415

        with suppress(BaseException):
            traceback.print_exc()
        _end(1)


def _speak_through_descriptors() -> None:
    """The streams of Python anew, as at the start of an interpreter: none for what is closed."""

    def stream(number: int, mode: str, errors: str) -> Any:
        try:
            os.fstat(number)
        except OSError:
            return None
        return open(number, mode, encoding="utf-8", errors=errors, closefd=False)

    sys.stdin = stream(0, "r", "surrogateescape")
    sys.stdout = stream(1, "w", "strict")
    sys.stderr = stream(2, "w", "backslashreplace")


def _settle_torch() -> None:
    """Make torch's pool of threads anew here, before threads do.

    After a fork the first call does; of two at once the second finds none ("Invalid thread pool").
    No process of ours is forked from one that has used torch.
    """
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(torch.get_num_threads())


def _end(status: int) -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    os._exit(status)


def _wait(pid: int, kill_after: float | None) -> bool:
    """Wait for the end, which may be a kill; whether it had to be ended because it hangs."""
    end = time.monotonic() + WALL_SECONDS
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        while kill_after is not None and not poll.poll(_LOOK * 1000):
            if _used(pid) >= kill_after or time.monotonic() >= end:
                os.kill(pid, signal.SIGKILL)
                kill_after = None
        if poll.poll(max(0.0, end - time.monotonic()) * 1000):
            return False
        os.killpg(pid, signal.SIGKILL)
        return True
    finally:
        os.close(handle)


def _used(pid: int) -> float:
    """Seconds of processors that a process has used so far."""
    # As clock_getcpuclockid(3) of the C library makes it.
    return time.clock_gettime((~pid << 3) | 2)


def others_of(session: int) -> list[int]:
    """Processes of that session which still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found


ACTS = frozenset(
    {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"}
)


def die(number: int, most: int) -> None:
    """End this process when so many acts were done."""
    if number >= most:
        os.kill(os.getpid(), signal.SIGKILL)


def die_at(most: int, below: Path, each: Callable[[int, int], None] = die) -> Callable[[], None]:
    """What ends a process by SIGKILL just before its n-th act on the disk below a folder."""
    root = str(below)

    def begin() -> None:
        numbers = itertools.count()

        def hook(event: str, told: tuple[object, ...]) -> None:
            if event == "open":
                mode, flags = told[1], told[2]
                acts = (isinstance(mode, str) and mode[:1] in "wxa+") or (
                    isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
                )
            else:
                acts = event in ACTS
            if acts and isinstance(told[0], str | bytes | os.PathLike):
                path = os.path.join(os.getcwd(), os.fsdecode(told[0]))  # noqa: PTH109, PTH118
                if path.startswith(root):
                    each(next(numbers), most)

        sys.addaudithook(hook)

    return begin


def die_in_a_file_of(size: int) -> Callable[[], None]:
    """What ends a process in the middle of a write: when a file grows beyond so many bytes."""

    def begin() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return begin


def refuse_beyond(size: int) -> Callable[[], None]:
    """No file may grow beyond so many bytes; the process is told, as of a full disk (EFBIG)."""

    def begin() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return begin
