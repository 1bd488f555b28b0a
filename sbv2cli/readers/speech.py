"""Narration and speech in prose, told apart by their brackets; who speaks is not guessed.

「」 and “” are speech where they stand as a sentence of their own, and where と or って goes on
behind them: 彼は「行こう」と言った。 Elsewhere they mark words, いわゆる「普通」の人, and the
narrator says them. What is inside a quotation belongs to it, further brackets too. A quotation may
go on over paragraphs; one that is never closed ends with the next heading or scene, and where a
paragraph begins with another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sbv2cli.patterns import lazy_pattern

Kind = Literal["narration", "dialogue", "thought"]

CHARACTERS: Mapping[Kind, str] = {"narration": "地の文", "dialogue": "会話", "thought": "心の声"}
"""The character of each part; a cast may know them by other names as aliases."""

THOUGHTS: Mapping[str, str] = {"none": "", "round": "（(", "double": "『", "both": "（(『"}
"""`--thoughts` -> the brackets that hold thoughts."""

LONGEST_QUOTATION = 50  # paragraphs
_DEEPEST = 16  # brackets within brackets
_CLOSING = {"「": "」", "“": "”", "『": "』", "（": "）", "(": ")"}
_SPEECH = "「“"
_MARKS = lazy_pattern("[「」“”『』（）()]")
_OPENING = lazy_pattern("[「“『（(]")
_SENTENCE_ENDS = frozenset("。．！？!?…‥―—」』”）)")
_WORDS = (
    "い[うえわ]|いった[よ感類風]|云[うえわ]|言[うえわ][名のがは言字語もこ]|呼|よ[ばび]|書|あ[るっ]"
    "|題|名|称|銘|同じ|違|並|も(?!う)|の|は(?!い)|か[、。]"
)
# What goes on behind speech: と言った, って笑う; not という, と呼ばれる, which are about the words.
_QUOTATIVE = lazy_pattern(f"[、,]?(?:と|って)(?!{_WORDS})")
# What goes on behind words that are only marked: 「普通」の人.
_MARKED = lazy_pattern(
    f"を|の|は(?![いっじな])|が(?![っん])|に(?![っこや])|も(?!う)|で(?![もき])|(?:と|って)(?:{_WORDS})"
)
_WORD = lazy_pattern(r"\w")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a paragraph that one voice speaks."""

    start: int
    end: int
    kind: Kind
    goes_on: bool = False  # its sentence goes on behind it


@dataclass(slots=True)
class Quotations:
    """Finds the parts of one paragraph after another."""

    thoughts: str = ""  # opening brackets of thoughts
    _open: list[str] = field(default_factory=list, init=False)  # closing brackets to come
    _kind: Kind = field(default="narration", init=False)  # of what is open
    _paragraphs: int = field(default=0, init=False)  # over which it has gone on

    def end(self) -> None:
        """What is open ends here."""
        self._open, self._kind, self._paragraphs = [], "narration", 0

    def parts(self, text: str) -> list[Part]:
        """The parts of a paragraph; together they are the text."""
        closes = _closes(text)
        found = list(self._going_on(text, closes))
        begin = at = found[-1].end if found else 0
        while mark := _OPENING.search(text, at):
            start = mark.start()
            end = closes.get(start)
            kind = self._kind_of(text, start, end)
            if kind is None:
                at = start + 1 if end is None else end
                continue
            if begin < start:
                found.append(Part(begin, start, "narration"))
            if end is None:
                self._open, self._kind = [_CLOSING[mark[0]]], kind
                self._close(text, start + 1)
                end = len(text)
            found.append(Part(start, end, kind))
            begin = at = end
        if begin < len(text):
            found.append(Part(begin, len(text), "narration"))
        return list(_told(text, _with_words(text, found)))

    def _going_on(self, text: str, closes: Mapping[int, int]) -> Iterator[Part]:
        """What is still open from the paragraphs before."""
        if not self._open or not text:
            return
        start = len(text) - len(text.lstrip())
        self._paragraphs += 1
        opens_again = text[start : start + 1] in ("「", "“")
        if (opens_again and start in closes) or self._paragraphs > LONGEST_QUOTATION:
            self.end()
            return
        # Each paragraph of a long speech may begin with a bracket.
        stop = self._close(text, start + 1 if opens_again else start)
        yield Part(0, len(text) if stop is None else stop, self._kind)
        if stop is not None:
            self.end()

    def _close(self, text: str, at: int) -> int | None:
        """Where what is open is closed; what the paragraph leaves open is kept."""
        for mark in _MARKS.finditer(text, at):
            if mark[0] in _CLOSING:
                if len(self._open) < _DEEPEST:
                    self._open.append(_CLOSING[mark[0]])
            elif mark[0] in self._open:
                while self._open.pop() != mark[0]:
                    pass  # a bracket within was forgotten
                if not self._open:
                    return mark.end()
        return None

    def _kind_of(self, text: str, start: int, end: int | None) -> Kind | None:
        letter = text[start]
        if letter in self.thoughts:
            kind: Kind = "thought"
        elif letter in _SPEECH:
            kind = "dialogue"
        else:
            return None
        before = text[max(0, start - _DEEPEST) : start].rstrip()[-1:]
        alone = not before or before in _SENTENCE_ENDS
        if end is None:
            return kind if alone and (kind == "dialogue" or not before) else None
        if alone:
            return None if _MARKED.match(text, end) else kind
        return kind if _QUOTATIVE.match(text, end) else None


def _closes(text: str) -> dict[int, int]:
    """Where each bracket opens -> where it has been closed."""
    closes: dict[int, int] = {}
    open_: list[tuple[int, str]] = []
    for mark in _MARKS.finditer(text):
        if mark[0] in _CLOSING:
            if len(open_) < _DEEPEST:
                open_.append((mark.start(), _CLOSING[mark[0]]))
        elif any(wanted == mark[0] for _, wanted in open_):
            while open_:
                start, wanted = open_.pop()
                if wanted == mark[0]:
                    closes[start] = mark.end()
                    break
    return closes


def _with_words(text: str, found: list[Part]) -> list[Part]:
    """Parts that have words in them; marks alone go with the part before, or with the first."""
    parts: list[Part] = []
    for part in found:
        if parts and not _WORD.search(text, part.start, part.end):
            parts[-1] = replace(parts[-1], end=part.end)
        elif parts and not _WORD.search(text, parts[-1].start, parts[-1].end):
            parts[-1] = replace(part, start=parts[-1].start)
        else:
            parts.append(part)
    return parts


def _told(text: str, parts: list[Part]) -> Iterator[Part]:
    """The parts, and whether their sentences go on."""
    for part, after in zip(parts, [*parts[1:], None], strict=False):
        if after is None:
            yield part
        elif part.kind == "narration":
            last = text[part.start : part.end].rstrip()[-1:]
            yield replace(part, goes_on=last not in _SENTENCE_ENDS)
        else:
            goes_on = after.kind == "narration" and _QUOTATIVE.match(text, part.end) is not None
            yield replace(part, goes_on=goes_on)
