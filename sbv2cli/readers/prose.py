"""From headings and paragraphs to lines: what plain text and books have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sbv2cli.readers.format import DEFAULTS, ReaderOptions
from sbv2cli.readers.lines import auto_id, too_long
from sbv2cli.readers.ruby import take_ruby
from sbv2cli.records import LineId, ScriptLine, Source


@dataclass(slots=True)
class Prose:
    """Makes lines, and knows in which chapter, scene and paragraph they are.

    With the unit `line` each row is a line, and a paragraph ends with a blank row. Otherwise each
    row is a paragraph, as Japanese novels are typed.
    """

    options: ReaderOptions = DEFAULTS
    number: int = 0
    paragraph: int = 1
    chapter: int | None = None
    chapter_title: str | None = None
    scene: str | None = None
    _ended: bool = field(default=False, repr=False)  # what follows begins a paragraph

    def blank_row(self) -> None:
        """Nothing, which ends a paragraph."""
        self._ended = self.number > 0

    def heading(self, written: str, at: Source, *, level: int) -> Iterator[ScriptLine]:
        """A title: of a chapter (level 1) or a scene. It is spoken, and ends the paragraph."""
        title, _ = take_ruby(written, None, self.options)
        if level == 1:
            self.chapter = (self.chapter or 0) + 1
            self.chapter_title, self.scene = title, None
        else:
            self.scene = title
        self._ended = self.number > 0
        yield from self.row(written, at)
        self._ended = True

    def row(self, written: str, at: Source) -> Iterator[ScriptLine]:
        """A row of text that is not blank; `at` is where its first character stands."""
        unit = self.options.unit or "line"
        if self.number and (self._ended or unit != "line"):
            self.paragraph += 1
        self._ended = False
        pieces = self.options.split_sentences(written) if unit == "sentence" else (written,)
        column = at.column or 1
        for piece in pieces:
            if piece.strip():
                start = column + len(piece) - len(piece.lstrip())
                yield self._line(piece.strip(), replace(at, column=start))
            column += len(piece)

    def _line(self, written: str, at: Source) -> ScriptLine:
        self.number += 1
        text, ruby = take_ruby(written, None, self.options)
        long = too_long(text, at)
        return ScriptLine(
            id=LineId(auto_id(at.path, self.number)),
            id_given=False,
            number=self.number,
            text=text,
            ruby=ruby,
            source=at,
            chapter=self.chapter,
            chapter_title=self.chapter_title,
            scene=self.scene,
            paragraph=self.paragraph,
            findings=() if long is None else (long,),
        )
