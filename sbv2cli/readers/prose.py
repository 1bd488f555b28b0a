"""From headings and paragraphs to lines: what plain text and books have in common.

A reader of books takes its file's markup away and hands over what a person sees, as passages: text
with the ruby over it. `Prose` cuts paragraphs into lines and knows in which chapter, scene and
paragraph each is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.format import DEFAULTS, ReaderOptions, Unit
from sbv2cli.readers.lines import auto_id, too_long
from sbv2cli.readers.named_speech import (
    DIRECTION,
    NamedSpeech,
    SpeechAbove,
    SpeechPart,
    speaker_before,
)
from sbv2cli.readers.ruby import Place, shown_text
from sbv2cli.readers.speech import CHARACTERS, THOUGHTS, Part, Quotations
from sbv2cli.records import Finding, LineId, Ruby, ScriptLine, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A heading or a paragraph as a person sees it, without markup and line breaks."""

    text: str
    ruby: tuple[Ruby, ...] = ()  # in order, without overlaps; spans are of `text`
    findings: tuple[Finding, ...] = ()  # those with a span go with their part of the text
    places: tuple[Place, ...] = ()  # where the pieces of `text` stand in what the author wrote

    def column(self, at: int) -> int:
        """How many written characters stand before a character of the text."""
        found = at
        for shown, written in self.places:
            if shown > at:
                break
            found = written + at - shown
        return found

    def behind(self, start: int) -> Passage:
        """The passage without its beginning."""
        if not start:
            return self
        before = self.column(start)
        loose = tuple(one for one in self.findings if one.span is None)
        rest = self.part(start, len(self.text))
        places = tuple((at - start, to - before) for at, to in self.places if at > start)
        return replace(rest, findings=(*loose, *rest.findings), places=places)

    def part(self, start: int, end: int) -> Passage:
        """A stretch of the text with what stands over it; findings without a span stay behind."""
        return Passage(
            text=self.text[start:end],
            ruby=tuple(
                replace(one, span=(max(one.span[0], start) - start, min(one.span[1], end) - start))
                for one in self.ruby
                if one.span[0] < end and one.span[1] > start
            ),
            findings=tuple(
                replace(one, span=(max(one.span[0] - start, 0), min(one.span[1], end) - start))
                for one in self.findings
                if one.span is not None and start <= one.span[0] < end
            ),
        )


def passage_of(written: str, options: ReaderOptions = DEFAULTS) -> Passage:
    """What a person sees of a text with a notation of ruby."""
    shown = shown_text(written, None, options)
    return Passage(text=shown.text, ruby=shown.ruby, places=shown.places)


_NAMES_SPOKEN = 5  # rows that begin with a name, after which it is no chance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A row that is nothing but a name, until the row below says whether it speaks."""

    above: SpeechAbove
    passage: Passage
    at: Source
    blank_below: bool = False


_BREAK = lazy_pattern(
    r"(?:[*＊#＃×☆★◇◆○●◎□■△▲▽▼※†§⁂•❖✦✧❦❧♢♦][ \t\u3000]*){1,20}|[-―─—━－ー＝=_＿~～〜]{3,200}"
)


def is_scene_break(row: str) -> bool:
    """Whether a row of a book has only the marks that stand between scenes."""
    return _BREAK.fullmatch(row.strip()) is not None


@dataclass(slots=True)
class Prose:
    """Makes the lines of one script.

    As it stands it suits books: every heading begins a chapter, and a paragraph is cut into
    sentences. Plain text has the unit `line`, where each row is a line and a blank row ends a
    paragraph, and scenes under headings of the second level.
    """

    source_name: str  # of the script: ids are made from it
    options: ReaderOptions = DEFAULTS
    unit: Unit = "sentence"  # where the options name none
    scene_level: int | None = None  # headings from this level on name scenes, not chapters
    language: str | None = None  # of what follows; None: nobody says
    number: int = 0
    chapter: int | None = None  # None: before the first heading
    chapter_title: str | None = None
    scene: str | None = None
    paragraphs: int = field(init=False)
    _chapters: int = field(init=False)
    _scene_named: str | None = field(default=None, init=False)
    _scenes: int = field(default=1, init=False)
    _begins: bool = field(default=True, init=False)  # what follows begins a paragraph
    _pending: tuple[Finding, ...] = field(default=(), init=False)  # of passages without a line
    _quotations: Quotations | None = field(default=None, init=False)  # where speakers are told
    _named: NamedSpeech | None = field(default=None, init=False)  # where the text names them
    _held: _Held | None = field(default=None, init=False)  # a name, until what is below is known
    _names_spoken: int = field(default=0, init=False)  # rows that begin with a name
    _late: tuple[ScriptLine, ...] = field(default=(), init=False)  # of a name that says nothing

    def __post_init__(self) -> None:
        self.paragraphs = self.options.paragraphs_before
        self._chapters = self.options.chapters_before
        if self.options.speakers in ("colon", "names"):
            self._named = NamedSpeech(self.options.speakers)
        if self.options.speakers == "quotes":
            self._quotations = Quotations(THOUGHTS[self.options.thoughts])

    def blank_row(self) -> None:
        """Nothing, which ends a paragraph."""
        self._begins = True
        if self._held is not None:
            self._held = replace(self._held, blank_below=True)
        if self._named is not None:
            self._named.end()

    def scene_break(self) -> None:
        """A row of stars or the like: what follows is another scene."""
        self._release()
        self._scenes += 1
        named = self._scene_named
        self.scene = str(self._scenes) if named is None else f"{named} {self._scenes}"
        self._begins = True
        self._end_quotation()

    def _end_quotation(self) -> None:
        if self._quotations is not None:
            self._quotations.end()
        if self._named is not None:
            self._named.end()

    def heading(self, passage: Passage, at: Source, *, level: int) -> tuple[ScriptLine, ...]:
        """A title of a chapter or a scene; it is one line, unless nothing is in it."""
        self._release()
        title = passage.text.strip() or None
        if self.scene_level is None or level < self.scene_level:
            self._chapters += 1
            self.chapter, self.chapter_title = self._chapters, title
            self._scene_named = None
        else:
            self._scene_named = title
        self.scene, self._scenes, self._begins = self._scene_named, 1, True
        self._end_quotation()
        lines = self._lines(passage, [passage.text], at, level=level)
        self._begins = True
        return (*self._taken(), *lines)

    def finished(self) -> tuple[ScriptLine, ...]:
        """What is left at the end of the script."""
        self._release()
        return self._taken()

    def paragraph(self, passage: Passage, at: Source) -> tuple[ScriptLine, ...]:
        """A paragraph, or a row of plain text; `at` is where its first character stands."""
        if self._named is None:
            return self._paragraph(self._with_names_told(passage, at), at)
        above = self._named.alone(passage.text)
        if above is not None:
            self._release()
            self._held = _Held(above=above, passage=passage, at=at)
            return self._taken()
        if self._held is not None and self._named.stands_below(
            self._held.above, passage.text, blank_between=self._held.blank_below
        ):
            self._pending += self._held.passage.findings
            self._held = None
        self._release()
        parts = self._named.parts(passage.text)
        doubtful = self._named.doubtful(passage.text, parts)
        if doubtful is not None:
            found = (*passage.findings, _name_spoken(doubtful, at))
            passage = replace(passage, findings=found)
        return (*self._taken(), *self._said(passage, at, parts))

    def _with_names_told(self, passage: Passage, at: Source) -> Passage:
        """The passage, with a note where several before it begin with a name that is spoken."""
        if self.options.speakers != "none" or self._names_spoken >= _NAMES_SPOKEN:
            return passage
        name = speaker_before(passage.text)
        self._names_spoken += name is not None
        if name is None or self._names_spoken < _NAMES_SPOKEN:
            return passage
        return replace(passage, findings=(*passage.findings, _names_spoken(name, at)))

    def _said(
        self, passage: Passage, at: Source, parts: Sequence[SpeechPart]
    ) -> Iterator[ScriptLine]:
        """The lines of a row that says who speaks."""
        self._pending += tuple(one for one in passage.findings if one.span is None)
        for part in parts:
            written = passage
            if part.end < len(passage.text):
                written = replace(passage.part(0, part.end), places=passage.places)
            begins = part.start
            column = None if at.column is None else at.column + passage.column(begins)
            meta = {} if part.remark is None else {DIRECTION: part.remark}
            behind = written.behind(begins)
            spans = tuple(one for one in behind.findings if one.span is not None)
            behind = replace(behind, findings=spans)
            for line in self._paragraph(behind, replace(at, column=column)):
                yield replace(line, character=part.character, meta=meta)

    def _release(self) -> None:
        """A name under which nobody speaks is text."""
        held, self._held = self._held, None
        if held is not None:
            self._late += self._paragraph(held.passage, held.at)
            self._begins |= held.blank_below

    def _taken(self) -> tuple[ScriptLine, ...]:
        late, self._late = self._late, ()
        return late

    def _paragraph(self, passage: Passage, at: Source) -> tuple[ScriptLine, ...]:
        unit = self.options.unit or self.unit
        if unit != "line" or self.unit != "line":
            self._begins = True
        cut = self.options.split_sentences if unit == "sentence" else _whole
        if self._quotations is None:
            return self._lines(passage, cut(passage.text), at)
        parts = self._quotations.parts(passage.text)
        pieces: list[str] = []
        for part in parts:
            written = passage.text[part.start : part.end]
            pieces += cut(written) if part.kind == "narration" else [written]
        return self._lines(passage, pieces, at, parts=parts)

    def _lines(
        self,
        passage: Passage,
        pieces: Sequence[str],
        at: Source,
        *,
        level: int | None = None,
        parts: Sequence[Part] = (),
    ) -> tuple[ScriptLine, ...]:
        if not passage.text.strip():
            self._pending += passage.findings
            return ()
        if self.chapter is None and self.options.opens_chapter:
            self._chapters += 1
            self.chapter, self.chapter_title = self._chapters, self.options.opening_title
        if self._begins:
            self.paragraphs += 1
            self._begins = False
        loose = tuple(one for one in passage.findings if one.span is None)
        lines = []
        for start, end in _stretches(passage, pieces):
            column = None if at.column is None else at.column + passage.column(start)
            here = at if column == at.column else replace(at, column=column)
            line = self._line(passage.part(start, end), here, level)
            if self._pending or loose:
                line = replace(line, findings=(*self._pending, *loose, *line.findings))
            if self._quotations is not None:
                line = self._spoken_by(line, passage.text, parts, start, end)
            lines.append(line)
            self._pending = loose = ()
        return tuple(lines)

    def _spoken_by(
        self, line: ScriptLine, text: str, parts: Sequence[Part], start: int, end: int
    ) -> ScriptLine:
        part = next((one for one in parts if one.start <= start < one.end), None)
        if part is None:
            return replace(line, character=CHARACTERS["narration"])
        line = replace(line, character=CHARACTERS[part.kind])
        if part.goes_on and not text[end : part.end].strip():
            # 彼は「行こう」と言った: no more than a comma's pause between the voices.
            return replace(line, pause_after=self.options.pauses["comma"])
        return line

    def _line(self, part: Passage, at: Source, level: int | None) -> ScriptLine:
        self.number += 1
        long = too_long(part.text, at)
        return ScriptLine(
            id=LineId(auto_id(self.source_name, self.number)),
            id_given=False,
            number=self.number,
            text=part.text,
            ruby=part.ruby,
            language=self.language,
            source=at,
            chapter=self.chapter,
            chapter_title=self.chapter_title,
            heading=level is not None,
            level=level,
            scene=self.scene,
            paragraph=self.paragraphs,
            findings=part.findings if long is None else (*part.findings, long),
        )


def _names_spoken(name: str, at: Source) -> Finding:
    return Finding(
        code="script.names-spoken",
        severity="note",
        message=f'rows such as this begin with who speaks, "{name}", and the name is spoken',
        at=at,
        hint="--speakers names takes it for the speaker",
    )


def _name_spoken(name: str, at: Source) -> Finding:
    return Finding(
        code="script.name-spoken",
        severity="warning",
        message=f'the row begins as speech of "{name}", but goes on behind it: it is narration,'
        " and the name is spoken",
        at=at,
        hint="put the speech and what is behind it into rows of their own",
    )


def _whole(text: str) -> Sequence[str]:
    return (text,)


def _stretches(passage: Passage, pieces: Iterable[str]) -> Iterator[tuple[int, int]]:
    """(start, end) of each piece without the blanks around it; no cut falls under ruby."""
    start = end = 0
    ruby = iter(passage.ruby)
    above = next(ruby, None)
    for piece in pieces:
        end += len(piece)
        while above is not None and above.span[1] <= end:
            above = next(ruby, None)
        if above is not None and above.span[0] < end:
            continue
        written = passage.text[start:end]
        if written.strip():
            left = start + len(written) - len(written.lstrip())
            yield left, start + len(written.rstrip())
        start = end
