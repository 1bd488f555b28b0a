"""What can go wrong, said once: a code, an exit status, what happened, where, and what to do next.

Knows nothing of Click, files or devices. Codes are dotted, permanent, and listed in
`docs/reference/errors.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

EXIT_OK = 0
EXIT_BUG = 1
EXIT_USAGE = 2
EXIT_LINES_FAILED = 3
EXIT_ENVIRONMENT = 4
EXIT_INTERRUPTED = 130


class Sbv2Error(Exception):
    """An error that a user can act on. Its subclasses differ only in the exit status they mean."""

    exit_status = EXIT_BUG

    def __init__(
        self, code: str, message: str, *, at: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.at = at
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.message}"]
        if self.at:
            lines.append(f"  at: {self.at}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries; Exception's own pickling forgets keyword arguments.
        return (_rebuild, (type(self), self.code, self.message, self.at, self.hint))


def _rebuild(
    kind: type[Sbv2Error], code: str, message: str, at: str | None, hint: str | None
) -> Sbv2Error:
    return kind(code, message, at=at, hint=hint)


class UsageError(Sbv2Error):
    """The command, its settings or a script is wrong; nothing was synthesised."""

    exit_status = EXIT_USAGE


class ScriptError(UsageError):
    """A script cannot be read, or a line in it asks for something that does not exist."""


class ReadingError(UsageError):
    """A text, or a reading given by a person, cannot be turned into phones."""


class VoiceError(Sbv2Error):
    """A voice folder is missing, broken, or does not have what was asked of it."""

    exit_status = EXIT_ENVIRONMENT


class MachineError(Sbv2Error):
    """The machine lacks something: an extra, a device, room on the disk, a lock."""

    exit_status = EXIT_ENVIRONMENT


class EngineError(Sbv2Error):
    """The engine could not speak a line."""

    exit_status = EXIT_LINES_FAILED


class CancelledError(Sbv2Error):
    """A person answered no, or pressed Ctrl-C."""

    exit_status = EXIT_INTERRUPTED


def did_you_mean(wanted: str, known: Iterable[str], *, limit: int = 8) -> str:
    """A hint naming the nearest match, or the first few that exist."""
    names = list(known)
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{folded[near[0]]}"?'
    shown = ", ".join(f'"{name}"' for name in names[:limit])
    if len(names) > limit:
        return f"known: {shown} and {len(names) - limit} more"
    return f"known: {shown}" if names else "none are known"
