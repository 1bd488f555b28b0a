"""How far a run is: a bar on a terminal, a plain line every ten seconds, JSON events, or nothing.

tqdm is imported when a bar is drawn, and not before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self, TextIO

from sbv2cli.cli.guard import json_text, printable, steering

PLAIN_EVERY_S = 10.0
JSON_EVERY_S = 1.0

# Narrower, nothing is left of the bar beside the numbers.
BAR_COLUMNS = 100
NARROW = "{desc}{percentage:3.0f}% {n_fmt}/{total_fmt}{unit}, {remaining}{postfix}"

Style = Literal["bar", "plain", "json", "off"]


class Progress:
    """Counts finished lines and the seconds of audio in them.

    Use as a context manager; call `advance` once a line, or with `lines=` for several.
    """

    def __init__(
        self,
        *,
        style: Style,
        stream: TextIO,
        total: int | None = None,
        what: str = "lines",
        translate: Callable[[str], str] = str,
    ) -> None:
        self.style = style
        self.stream = steering(stream)
        self.total = total
        self.what = printable(what)
        self.translate = translate
        self.lines = 0
        self.audio_s = 0.0
        self.failed = 0
        self._started = time.monotonic()
        self._last_said = self._started
        self._bar: Any = None
        self._waiting = False

    def __enter__(self) -> Self:
        self._started = self._last_said = time.monotonic()
        if self.style == "bar":
            from tqdm import tqdm

            self._bar = tqdm(
                total=self.total,
                unit=f" {self.translate(self.what)}",
                file=self.stream,
                leave=False,
                dynamic_ncols=True,
                mininterval=0.2,
                bar_format=NARROW if self.total and self._columns() < BAR_COLUMNS else None,
            )
        elif self.style == "json":
            self.event("start", total=self.total, what=self.what)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self.style == "json":
            self.event("summary", **self._state())

    def advance(self, lines: int = 1, *, audio_s: float = 0.0, failed: int = 0) -> None:
        """Count finished lines."""
        self.lines += lines
        self.audio_s += audio_s
        self.failed += failed
        if self._bar is not None:
            if self._waiting:
                self._waiting = False
                self._bar.set_description_str("", refresh=False)
            if self.audio_s:
                self._bar.set_postfix_str(self.translate(self._rates()), refresh=False)
            if self.total is not None and self.lines > self.total:
                self._bar.total = self.lines  # more came than was counted on: never above 100 %
            self._bar.update(lines)
            return
        now = time.monotonic()
        if self.style == "plain" and now - self._last_said >= PLAIN_EVERY_S:
            self._last_said = now
            self._write(self.translate(self._sentence()))
        elif self.style == "json" and now - self._last_said >= JSON_EVERY_S:
            self._last_said = now
            self.event("progress", **self._state())

    def wait(self, what: str) -> None:
        """Tell what is waited for until the first line is there; not in plain text."""
        self._waiting = True
        if self._bar is not None:
            self._bar.set_description_str(f"{self._shown(what)} ")
        self.event("stage", what=what)

    def expect(self, total: int) -> None:
        """Count towards another total than was known at the beginning."""
        self.total = total
        if self._bar is not None:
            self._bar.total = total
            self._bar.refresh()
        self.event("total", total=total)

    def stage(self, what: str) -> None:
        """Tell what is done now, where there is nothing to count."""
        if self._bar is not None:
            if self.total is None and not self.lines:
                self._bar.bar_format = "{desc}"  # no "0 lines, ? lines/s"
            self._bar.set_description_str(self._shown(what))
        elif self.style == "plain":
            self._write(self._shown(what))
        self.event("stage", what=what)

    def line(self, **content: Any) -> None:
        """Tell of one finished line, in the JSON style only."""
        self.event("line", **content)

    def warning(self, message: str, **content: Any) -> None:
        """Tell of something to look at, without tearing the bar."""
        if self.style == "json":
            self.event("warning", message=message, **content)
        elif self._bar is not None:
            self._bar.write(self._shown(f"warning: {message}"), file=self.stream)
        elif self.style == "plain":
            self._write(self._shown(f"warning: {message}"))

    def event(self, kind: str, **content: Any) -> None:
        """One JSON object on stderr; nothing in the other styles."""
        if self.style == "json":
            self._write(json_text({"type": kind, **content}))

    def times_real_time(self) -> float:
        """Seconds of audio made in a second."""
        return self.audio_s / max(self._elapsed(), 1e-9)

    def remaining_s(self) -> float | None:
        """Seconds until the end at the speed so far, once that can be said."""
        if not self.lines or self.total is None:
            return None
        return self._elapsed() / self.lines * max(self.total - self.lines, 0)

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self.stream.fileno()).columns
        except (OSError, ValueError, AttributeError):
            return BAR_COLUMNS

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _rates(self) -> str:
        return f"{clock(self.audio_s)} audio, {self.times_real_time():.1f} x real time"

    def _sentence(self) -> str:
        of = f" of {self.total}" if self.total is not None else ""
        parts = [f"{self.lines}{of} {self.what}"]
        if self.audio_s:
            parts.append(self._rates())
        if self.failed:
            parts.append(f"{self.failed} failed")
        remaining = self.remaining_s()
        if remaining is not None:
            parts.append(f"{clock(remaining)} left")
        return ", ".join(parts)

    def _state(self) -> dict[str, Any]:
        remaining = self.remaining_s()
        return {
            "lines": self.lines,
            "total": self.total,
            "failed": self.failed,
            "audio_s": round(self.audio_s, 3),
            "wall_s": round(self._elapsed(), 3),
            "eta_s": None if remaining is None else round(remaining, 1),
        }

    def _shown(self, text: str) -> str:
        return printable(self.translate(text))

    def _write(self, text: str) -> None:
        self.stream.write(f"{text}\n")
        self.stream.flush()


def clock(seconds: float) -> str:
    """`0:07`, `12:34` or `1:02:03`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
