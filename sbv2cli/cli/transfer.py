"""How far a transfer of bytes is: a bar, a line every ten seconds, JSON events, or nothing."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from sbv2cli.cli.guard import json_text, printable, steering
from sbv2cli.cli.progress import JSON_EVERY_S, PLAIN_EVERY_S, Style, clock

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console

UNITS = ("kB", "MB", "GB", "TB")


def shown(size: float) -> str:
    """`251.3 MB`: powers of ten, as hubs and shops count."""
    if size < 1000:
        return f"{size:.0f} bytes"
    for unit in UNITS:
        size /= 1000
        if size < 1000 or unit == UNITS[-1]:
            break
    return f"{size:.1f} {unit}"


class Transfer:
    """Counts the bytes of an installation; a context manager, called with each number that came."""

    def __init__(self, console: Console, total: int, *, what: str) -> None:
        self.total = total
        self.what = printable(what)
        self.moved = 0
        self._stream: TextIO = steering(console.stderr)
        self._style: Style = console.progress_style()
        self._started = self._last_said = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Self:
        if self._style == "bar":
            from tqdm import tqdm

            self._bar = tqdm(
                total=self.total,
                desc=self.what,
                unit="B",
                unit_scale=True,
                file=self._stream,
                leave=False,
                dynamic_ncols=True,
                mininterval=0.2,
            )
        self._event("start", total=self.total, what=self.what)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        self._event("summary", **self._state())

    def __call__(self, count: int) -> None:
        """Count bytes; a negative number where a file begins again."""
        self.moved += count
        if self._bar is not None:
            self._bar.update(count)
            return
        now = time.monotonic()
        if self._style == "plain" and now - self._last_said >= PLAIN_EVERY_S:
            self._last_said = now
            self._write(f"{self.what}: {shown(self.moved)} of {shown(self.total)}{self._left()}")
        elif self._style == "json" and now - self._last_said >= JSON_EVERY_S:
            self._last_said = now
            self._event("progress", **self._state())

    def _left(self) -> str:
        if not self.moved:
            return ""
        seconds = (time.monotonic() - self._started) / self.moved * (self.total - self.moved)
        return f", {clock(max(seconds, 0))} left"

    def _state(self) -> dict[str, Any]:
        elapsed = round(time.monotonic() - self._started, 3)
        return {"what": self.what, "bytes": self.moved, "total": self.total, "wall_s": elapsed}

    def _event(self, kind: str, **content: Any) -> None:
        if self._style == "json":
            self._write(json_text({"type": kind, **content}))

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()
