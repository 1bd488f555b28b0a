"""`sbv2 say --lines`: each line is a sound of its own: a file, or an answer to a program that asks.

With `--json` a row of JSON on stdin is answered by a row of JSON on stdout, in order, and each is
sent at once. What is wrong with a row is its answer and ends nothing.
"""

from __future__ import annotations

import io
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sbv2cli.cli.guard import json_text
from sbv2cli.errors import EXIT_LINES_FAILED, EXIT_OK, Sbv2Error, ScriptError, UsageError

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.pipeline.speak import PlayableLine, Speaker
    from sbv2cli.readers.format import ReaderOptions
    from sbv2cli.records import ScriptLine
    from sbv2cli.writers.audio.formats import Encoding

# Lines that are there already are spoken side by side.
AT_A_TIME = 8
# A row that is longer is no line of a script.
LONGEST_ROW = 1 << 20

_STEP = 1 << 16
_COUNTED = ("{nc", "{n.")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the sounds go: files named by a template below a folder; no template: stdout."""

    folder: Path
    template: str | None = None

    @classmethod
    def parse(cls, output: str | None) -> Places:
        """`out/{n}.wav`, `/tmp/{id}.wav`, or `-`."""
        from sbv2cli.writers import naming

        if output is None or output == "-":
            return cls(Path())
        *parents, _ = output.split("/")
        fixed = next((i for i, part in enumerate(parents) if "{" in part), len(parents))
        folder = "/".join(parents[:fixed]) or ("/" if parents[:1] == [""] else ".")
        rest = "/".join(output.split("/")[fixed:])
        if any(field in rest for field in _COUNTED):
            raise UsageError(
                "say.template",
                f'"{output}" counts lines of a kind, and they come one by one',
                hint="number them with {n}, or use sbv2 render",
            )
        naming.parse_template(rest)
        return cls(Path(folder), rest)


@dataclass(slots=True)
class Lines:
    """Speaks lines one after another and says what became of each."""

    console: Console
    encoding: Encoding
    places: Places
    failed: int = 0
    made: int = 0
    _taken: dict[str, str] = field(default_factory=dict)  # path -> the line that has it

    def speak(self, speaker: Speaker, batches: Iterable[list[ScriptLine]]) -> int:
        """Speak them; the exit status."""
        for batch in batches:
            for line, sound in speaker.answers(batch):
                self._answer(line, sound)
        if not self.made and not self.failed and not self.console.mode.json:
            raise UsageError(
                "say.empty", "there is nothing to say", hint="give a text, or pipe one in"
            )
        return EXIT_LINES_FAILED if self.failed else EXIT_OK

    def _answer(self, line: ScriptLine, sound: PlayableLine | Sbv2Error | None) -> None:
        data: bytes | None = None
        row: dict[str, Any] = {"n": line.number, "id": line.id}
        try:
            if isinstance(sound, Sbv2Error):
                raise sound
            if sound is None:
                row |= {"ok": True, "skipped": "there is nothing to say"}
            else:
                row["ok"] = True
                facts, data = self._written(line, sound)
                row |= facts
                self.made += 1
        except Sbv2Error as error:
            self.failed += 1
            self._refused(row, line, error)
            return
        if self.console.mode.json:
            self._send(row, data)
        elif "file" in row:
            self.console.done(f"{row['file']}, {row['duration']:.1f} s")

    def _written(
        self, line: ScriptLine, sound: PlayableLine
    ) -> tuple[dict[str, Any], bytes | None]:
        """What is said of a sound, and its bytes where they go to stdout."""
        from sbv2cli.writers.audio.sink import FileSink, PipeSink

        rate = sound.timings.rate
        for message in sound.warnings if not self.console.mode.json else ():
            self.console.warning(f"{line.source}: {message}")
        told = {
            "spoken": sound.spoken,
            "kana": sound.kana,
            "warnings": list(sound.warnings),
        }
        if self.places.template is None:
            held = io.BytesIO()
            with PipeSink(held, rate, self.encoding) as pipe:
                pipe.write(sound.samples)
                facts = pipe.close()
            data = held.getvalue()
            return self._facts({}, facts, told), data
        path = self.places.folder / sound.prepared.file
        self._take(path, line)
        with FileSink(path, rate, self.encoding) as sink:
            sink.write(sound.samples)
            written = sink.close()
        return self._facts({"file": str(path)}, written, told), None

    @staticmethod
    def _facts(where: dict[str, Any], facts: Any, told: dict[str, Any]) -> dict[str, Any]:
        return {
            **where,
            "bytes": facts.bytes,
            "format": facts.format,
            "rate": facts.rate,
            "samples": facts.samples,
            "duration": round(facts.seconds, 6),
            **told,
        }

    def _take(self, path: Path, line: ScriptLine) -> None:
        """A line may be spoken again; another one may not have its file."""
        from sbv2cli.writers.naming import fold

        first = self._taken.setdefault(fold(str(path)), line.id)
        if first != line.id:
            raise ScriptError(
                "name.collision",
                f'lines "{first}" and "{line.id}" would both be written to "{path}"',
                at=str(line.source),
                hint="put {id} or {n} into the name",
            )

    def _refused(self, row: dict[str, Any], line: ScriptLine, error: Sbv2Error) -> None:
        from sbv2cli.cli.options.common import error_as_json

        if not self.console.mode.json:
            if error.code.startswith("disk."):
                raise error  # the next line would find no room either
            self.console.error(error)
            return
        told = error_as_json(error)
        told["at"] = told["at"] or str(line.source)
        self._send({**row, "ok": False, "error": told}, None)

    def _send(self, row: dict[str, Any], data: bytes | None) -> None:
        out = sys.stdout.buffer
        out.write(f"{json_text(row)}\n".encode())
        if data is not None:
            out.write(data)
        out.flush()


def batches_of_rows(options: ReaderOptions) -> Iterator[list[ScriptLine]]:
    """The rows of JSON on stdin, as soon as they are there; those that wait, together."""
    from sbv2cli.readers.json_lines import line_of_json
    from sbv2cli.readers.script import STDIN_NAME, stdin_bytes
    from sbv2cli.records import Source

    number = 0
    for rows in _waiting(_rows(stdin_bytes())):
        lines: list[ScriptLine] = []
        for row, written in rows:
            number += 1
            at = Source(path=STDIN_NAME, row=row, column=1)
            lines.append(line_of_json(number, at, written, options))
        yield lines


def batches(lines: Iterable[ScriptLine]) -> Iterator[list[ScriptLine]]:
    """Lines that are all there, some at a time."""
    rest = iter(lines)
    while some := list(islice(rest, AT_A_TIME)):
        yield some


def _rows(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """(number, text) of each row that is not blank; what is no text or too long is no JSON."""
    read: Callable[[int], bytes] = getattr(stream, "raw", stream).read  # a read that does not wait
    rest, number, skipping = b"", 0, False
    while block := read(_STEP):
        *whole, rest = (rest + block).split(b"\n")
        for place, row in enumerate(whole, start=number + 1):
            if row.strip() or skipping:
                yield place, _text(b"" if skipping else row)
            skipping = False
        number += len(whole)
        if len(rest) > LONGEST_ROW:
            rest, skipping = b"", True
    if rest.strip() or skipping:
        yield number + 1, _text(rest)


def _text(row: bytes) -> str:
    return row.decode("utf-8-sig", "backslashreplace")


def _waiting(rows: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """The next row once it is there, with those that have come meanwhile."""
    come: queue.Queue[tuple[int, str] | None] = queue.Queue(maxsize=4 * AT_A_TIME)

    def read() -> None:
        for row in rows:
            come.put(row)
        come.put(None)

    # A thread of its own: no other way to see on every system whether another row is there. It may
    # wait for a row for ever, and does not keep the process.
    threading.Thread(target=read, daemon=True).start()
    while (row := come.get()) is not None:
        some = [row]
        while len(some) < AT_A_TIME and not come.empty():
            following = come.get()
            if following is None:
                yield some
                return
            some.append(following)
        yield some
