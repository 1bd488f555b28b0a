"""What steers a terminal is shown, not obeyed: names and texts are of others.

Everything that is printed passes here. `main` lays `Guarded` over both streams for as long as a
command runs, so whoever prints anything (click, a library, a traceback) is guarded without
knowing; who draws colours or a bar takes `steering(stream)` and sends what is foreign through
`printable` itself. Sound and files on stdout go through `stdout.buffer` as bytes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO, cast

# Controls but for line ends and tabs (C0, DEL, C1), halves of surrogate pairs, separators that some
# terminals take for line ends, and what is not seen but changes what is: overrides and isolates of
# direction, joiners, spaces without width, tags. Category Cf as of Unicode 15, but for the signs of
# Arabic, Syriac, Kaithi and Egyptian that have a shape.
_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f]"
)


def printable(text: str) -> str:
    r"""Text with escapes in the place of what steers a terminal: `\x1b`, `\u202e`."""
    return text if text.isprintable() else _STEERS.sub(_escape, text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON for people and programs: what would steer a terminal is escaped as JSON does it."""
    if indent is None:
        return printable_json(_encode(value))
    return printable_json(json.dumps(value, ensure_ascii=False, indent=indent, default=str))


_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def printable_json(text: str) -> str:
    """JSON text with such escapes in the place of what would steer a terminal."""
    return text if text.isprintable() else _STEERS.sub(_json_escape, text)


@dataclass(frozen=True, slots=True)
class JsonTexts:
    """A list whose items are JSON text already, made as they came up."""

    items: Sequence[str]


def json_pieces(content: Mapping[str, Any]) -> Iterator[str]:
    """The text of an object as `json_text` makes it, in pieces, with `JsonTexts` as they stand."""
    yield "{"
    for number, (key, value) in enumerate(content.items()):
        yield f"{', ' if number else ''}{json_text(key)}: "
        if isinstance(value, JsonTexts):
            yield "["
            yield from value.items[:1]
            yield from (f", {item}" for item in value.items[1:])
            yield "]"
        else:
            yield json_text(value)
    yield "}"


class Guarded:
    """A stream of text through which nothing steers a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.steering = stream

    def write(self, text: str) -> int:
        """Write what can be seen."""
        self.steering.write(printable(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.steering, name)


def steering(stream: TextIO) -> TextIO:
    """The stream itself, for colours, bars and tables, whose texts went through `printable`."""
    return stream.steering if isinstance(stream, Guarded) else stream


@contextmanager
def guarded() -> Iterator[None]:
    """Both streams, guarded."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", Guarded(steering(stream))) for stream in before)
    try:
        yield
    finally:
        # `discard_stdout` may have put another in its place, which is what should stay.
        if isinstance(sys.stdout, Guarded):
            sys.stdout = before[0]
        sys.stderr = before[1]


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if ord(found[0]) > 0x7F else f"\\u{ord(found[0]):04x}"
