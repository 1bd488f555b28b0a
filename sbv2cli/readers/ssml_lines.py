"""The text of an SSML document on its way to lines, each with one delivery."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace

from sbv2cli.errors import ScriptError
from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.interpolation import settle, values_in_prose
from sbv2cli.readers.lines import auto_id, too_long
from sbv2cli.readers.ruby import read_ruby, take_ruby
from sbv2cli.records import Delivery, Finding, LineId, Ruby, ScriptLine, Source

_WIDE = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_IS_WIDE = lazy_pattern(f"[{_WIDE}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """How the text at one place is to be spoken."""

    delivery: Delivery = field(default_factory=Delivery)
    language: str | None = None
    character: str | None = None
    silent: bool = False


@dataclass(slots=True, kw_only=True)
class _Segment:
    """Text with one context, on its way to becoming one line or several."""

    context: Context
    whole: bool  # in an <s>, which is not cut into sentences
    parts: list[str] = field(default_factory=list)
    at: Source | None = None
    given: str | None = None  # a reading for the whole segment
    unless_given: list[Finding] = field(default_factory=list)  # what is lost when it is not whole
    spoken_parts: int = 0  # parts that are not blank
    marks: list[tuple[str, int]] = field(default_factory=list)
    measured: int = 0  # parts whose length is known
    before: str = ""  # the last character of those
    shown: int = 0  # characters of them that a person sees


class SpeechLines:
    """Takes text, breaks and marks in the order of the document, and makes lines of them."""

    def __init__(self, source_name: str, options: ReaderOptions) -> None:
        self.source_name = source_name
        self.options = options
        self.findings: list[Finding] = []  # waiting for the line that they belong to
        self._lines: list[ScriptLine] = []
        self._segment: _Segment | None = None
        self._paragraph = 0
        self._chapter: int | None = None
        self._chapter_title: str | None = None
        self._identity: str | None = None
        self._identity_used = 0
        self._mark: str | None = None
        self._pause_before: float | None = None

    def add(
        self, text: str, at: Source, context: Context, *, whole: bool, given: str | None = None
    ) -> None:
        """More text; another context than before begins another line."""
        blank = not text.strip()
        if self._segment is not None and self._segment.context != context and not blank:
            self.flush()
        if self._segment is None:
            if blank:
                return
            self._segment = _Segment(context=context, whole=whole)
        if not blank:
            self._segment.at = self._segment.at or _behind_blanks(at, text)
            self._segment.given = given
            self._segment.spoken_parts += 1
        self._segment.parts.append(text)

    def lose(self, finding: Finding) -> None:
        """Say this of what was just added, should more be added to its line."""
        if self._segment is not None:
            self._segment.unless_given.append(finding)

    def begin_unit(self, identity: str | None, *, paragraph: bool) -> None:
        """A sentence, a paragraph or a document begins."""
        self.flush()
        self._paragraph += paragraph
        if identity:
            self._identity, self._identity_used = identity, 0

    def end_unit(self) -> None:
        """It ends."""
        self.flush()
        self._identity, self._identity_used = None, 0

    def pause(self, seconds: float) -> None:
        """Silence, which ends a line."""
        self.flush()
        if not self._lines:
            self._pause_before = (self._pause_before or 0.0) + seconds
            return
        last = self._lines[-1]
        self._lines[-1] = replace(last, pause_after=(last.pause_after or 0.0) + seconds)

    def begin_chapter(self, title: str) -> None:
        """A chapter begins here."""
        self.flush()
        self._chapter = (self._chapter or 0) + 1
        self._chapter_title = title or None

    def mark(self, name: str) -> None:
        """A place in the text: in a line, or before it, where it is its name."""
        if self._segment is not None and self._segment.spoken_parts:
            self._segment.marks.append((name, self._shown(self._segment)))
        elif name:
            self._mark = name

    def _shown(self, segment: _Segment) -> int:
        """Characters so far that a person sees; of text with many marks each part is read once."""
        text = collapsed(segment.before + "".join(segment.parts[segment.measured :]))
        if not segment.before:
            text = text.lstrip()
        seen, _ = self._with_ruby(text, segment.context.language)
        shown = segment.shown + len(seen) - len(segment.before)
        if text and (_PLAIN.fullmatch(text) or len(text) > _LONGEST_NOTATION):
            segment.measured, segment.before = len(segment.parts), text[-1]
            segment.shown = shown
        return shown

    def flush(self) -> None:
        """Make lines of the text so far."""
        segment, self._segment = self._segment, None
        if segment is None or segment.at is None:
            return
        text = collapsed("".join(segment.parts)).strip()
        given = segment.given if segment.spoken_parts == 1 else None
        if given is None:
            self.findings += segment.unless_given
        else:
            text, _ = read_ruby(text, "plain")
        unit = "line" if segment.whole else self.options.unit or "sentence"
        cut = self.options.split_sentences(text) if unit == "sentence" and given is None else [text]
        for part in cut:
            if part.strip():
                self._line(part.strip(), segment, given)
                segment.marks = []

    def finish(self) -> list[ScriptLine]:
        """All lines; what was found behind the last one belongs to it."""
        self.flush()
        if self._lines:
            last = self._lines[-1]
            self._lines[-1] = replace(last, findings=(*last.findings, *self.findings))
        elif self.findings:
            first = self.findings[0]
            raise ScriptError(
                first.code, f"{first.message}, and nothing is spoken", at=str(first.at)
            )
        return self._lines

    def _line(self, written: str, segment: _Segment, given: str | None) -> None:
        assert segment.at is not None
        number = len(self._lines) + 1
        identity = self._take_identity()
        context = segment.context
        text, ruby = self._with_ruby(written, context.language)
        long = too_long(text, segment.at)
        findings, self.findings = (*self.findings, *([long] if long else [])), []
        marks = json.dumps([{"name": name, "at": at} for name, at in segment.marks])
        line = ScriptLine(
            id=LineId(identity or auto_id(self.source_name, number)),
            id_given=identity is not None,
            number=number,
            text=text,
            ruby=ruby,
            source=segment.at,
            language=context.language,
            character=context.character,
            delivery=context.delivery,
            reading=given,
            pause_before=self._pause_before,
            chapter=self._chapter,
            chapter_title=self._chapter_title,
            paragraph=self._paragraph or None,
            meta={"marks": marks} if segment.marks else {},
            findings=findings,
        )
        values = [] if given else values_in_prose(text)
        self._lines.append(settle(line, values, self.options))
        self._pause_before = None

    def _with_ruby(self, text: str, language: str | None) -> tuple[str, tuple[Ruby, ...]]:
        # `--ruby base` is about what stands over a text; SSML's own elements say how it is read.
        return take_ruby(text, language, replace(self.options, ruby="auto"))

    def _take_identity(self) -> str | None:
        """The id of the next line: of its element, else of the mark before it."""
        if self._identity is None and self._mark is not None:
            self._identity, self._identity_used = self._mark, 0
        self._mark = None
        if self._identity is None:
            return None
        self._identity_used += 1
        used = self._identity_used
        return self._identity if used == 1 else f"{self._identity}.{used}"


# Text in which no ruby can begin, and that ends in no blank, which the next part would join.
_PLAIN = lazy_pattern(r"[\w 、。！？!?,.…]*\w")
_LONGEST_NOTATION = 500  # characters; a bracket that is still open then is none of ruby


def collapsed(text: str) -> str:
    """Text without the line ends and indents of the file; Japanese has no blank in their place."""

    def blank(run: re.Match[str]) -> str:
        beside = text[run.start() - 1 : run.start()] + text[run.end() : run.end() + 1]
        return "" if "\n" in run[0] and _IS_WIDE.search(beside) else " "

    return re.sub(r"[ \t\r\n]+", blank, text)


def _behind_blanks(at: Source, text: str) -> Source:
    # expat gives the end of a row as a part of its own, so blanks here are all in one row.
    indent = len(text) - len(text.lstrip(" \t"))
    return replace(at, column=(at.column or 1) + indent)
