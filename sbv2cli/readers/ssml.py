"""The subset of SSML 1.1 that these voices can follow, with a place for everything they cannot.

One `<s>` is one line; a `<p>` without `<s>`, and text outside both, is cut into sentences. A break,
or a change of voice, style or prosody inside a sentence, cuts it in two lines, because a line has
one delivery. No DTD, no entities, no network: expat is told nothing of them, and refuses them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO
from xml.parsers import expat

from sbv2cli.errors import ScriptError, UsageError
from sbv2cli.readers.decode import document
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.lines import auto_id, too_long
from sbv2cli.readers.ruby import interlinear, read_ruby, take_ruby
from sbv2cli.readers.ssml_values import (
    BREAK_LIMIT_S,
    accented_ruby,
    break_seconds,
    prosody_setting,
    spelled_digits,
    undecided,
    yomigana,
)
from sbv2cli.records import Delivery, Finding, LineId, Ruby, ScriptLine, Severity, Source
from sbv2cli.settings.parse import parse

MAX_DEPTH = 64
# Several documents may follow each other in one file; a root of our own makes them one.
_ROOT = "sbv2-script"
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,200}\?>")
_PROLOGUE = re.compile(r"\s*(?:<\?[^>]{0,500}\?>\s*|<!--(?:[^-]|-(?!->)){0,5000}-->\s*)*")
_SPEAK = re.compile(r"^<(?:[\w.-]+:)?speak[\s/>]")
_KANA = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\s・]+")
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_IS_WIDE = re.compile(f"[{_WIDE}]")

_WITH_LANGUAGE = frozenset({"speak", "p", "s", "paragraph", "sentence", "voice", "lang"})
_MERELY_SPOKEN = frozenset({"lang", "w", "token", "ruby", "rb", _ROOT})
_SILENT = frozenset({"desc", "meta", "metadata", "title", "script", "style"})
_PLAIN_SAY_AS = frozenset(
    {"cardinal", "number", "ordinal", "date", "time", "currency", "name", "fraction", "unit"}
)
_DIGIT_SAY_AS = frozenset({"characters", "spell-out", "verbatim", "digits", "telephone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How the text at one place is to be spoken."""

    delivery: Delivery = field(default_factory=Delivery)
    language: str | None = None
    character: str | None = None
    silent: bool = False


@dataclass(slots=True, kw_only=True)
class _Element:
    """An element that is open."""

    name: str
    manner: _Manner
    at: Source
    attributes: Mapping[str, str]
    # Of `sub`, `phoneme` and `say-as`: the text inside, until the end tag says what becomes of it.
    inside: list[str] | None = None


@dataclass(slots=True, kw_only=True)
class _Piece:
    """Text with one manner, on its way to becoming one line or several."""

    manner: _Manner
    whole: bool  # in an <s>, which is not cut into sentences
    parts: list[str] = field(default_factory=list)
    at: Source | None = None
    given: str | None = None  # a reading for the whole piece
    unless_given: list[Finding] = field(default_factory=list)  # what is lost when it is not whole
    spoken_parts: int = 0  # parts that are not blank
    marks: list[tuple[str, int]] = field(default_factory=list)


def recognise(head: Head) -> Evidence:
    """Its outermost element."""
    return Evidence.SURE if _SPEAK.search(_PROLOGUE.sub("", head.text, count=1)) else Evidence.NONE


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of one SSML document, or of several that follow each other."""
    text = document(stream, source_name, options)
    yield from _Speech(source_name, options).lines_of(text)


class _Speech:
    """Walks through a document and cuts it into lines."""

    def __init__(self, source_name: str, options: ReaderOptions) -> None:
        self.source_name = source_name
        self.options = options
        self.lines: list[ScriptLine] = []
        self.findings: list[Finding] = []  # waiting for the line that they belong to
        self.said_once: set[str] = set()
        self.elements: list[_Element] = []
        self.piece: _Piece | None = None
        self.paragraph = 0
        self.chapter: int | None = None
        self.chapter_title: str | None = None
        self.identity: str | None = None
        self.identity_used = 0
        self.mark: str | None = None
        self.pause_before: float | None = None
        self.openers: Mapping[str, Callable[[_Element], None]] = {
            **dict.fromkeys(("speak", "p", "paragraph", "s", "sentence"), self._begin_unit),
            "break": self._break,
            "mark": self._mark,
            "voice": self._voice,
            "prosody": self._prosody,
            "express-as": self._express,
            **dict.fromkeys(("sub", "phoneme", "say-as"), self._annotate),
            "audio": self._audio,
            **dict.fromkeys(("lexicon", "lookup"), self._lexicon),
            "emphasis": self._emphasis,
        }
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def lines_of(self, text: str) -> list[ScriptLine]:
        """The lines of a whole text."""
        blanked = _DECLARATION.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
        try:
            self.parser.Parse(f"<{_ROOT}>{blanked}</{_ROOT}>", True)  # noqa: FBT003 - expat takes it so
        except expat.ExpatError as error:
            raise self._malformed(error, text) from None
        except UnicodeEncodeError:
            raise ScriptError(
                "script.surrogate", "the document holds half of a character", at=self.source_name
            ) from None
        self._flush()
        if self.lines and (self.findings or self.pause_before):
            last = self.lines[-1]
            self.lines[-1] = replace(last, findings=(*last.findings, *self.findings))
        elif self.findings:
            first = self.findings[0]
            raise ScriptError(
                first.code, f"{first.message}, and nothing is spoken", at=str(first.at)
            )
        return self.lines

    # What expat calls.

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        name = qualified.rpartition(":")[2]
        if len(self.elements) > MAX_DEPTH:
            raise ScriptError(
                "script.xml-deep",
                f"elements are nested more than {MAX_DEPTH} deep",
                at=str(self.here()),
            )
        known = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        outer = self.elements[-1].manner if self.elements else _Manner()
        element = _Element(name=name, manner=outer, at=self.here(), attributes=known)
        if name in _SILENT:
            element.manner = replace(outer, silent=True)
        elif not outer.silent:
            self._open(element, outer)
        self.elements.append(element)

    def end(self, qualified: str) -> None:
        del qualified
        element = self.elements.pop()
        if element.inside is not None:
            self._annotated(element)
        elif element.name in {"s", "sentence", "p", "paragraph", "speak"}:
            self._flush()
            self.identity, self.identity_used = None, 0

    def characters(self, text: str) -> None:
        if not self.elements or self.elements[-1].manner.silent:
            return
        for element in reversed(self.elements):
            if element.inside is not None:
                element.inside.append(text)
                return
        self._add(text, self.here())

    def here(self) -> Source:
        row = self.parser.CurrentLineNumber
        column = self.parser.CurrentColumnNumber + 1
        return Source(
            path=self.source_name,
            row=row,
            column=max(1, column - len(_ROOT) - 2) if row == 1 else column,
        )

    # Elements.

    def _open(self, element: _Element, outer: _Manner) -> None:
        name, attributes = element.name, element.attributes
        language = attributes.get("lang")
        if language and name in _WITH_LANGUAGE:
            element.manner = replace(outer, language=re.split(r"[-_]", language.casefold())[0])
        opener = self.openers.get(name)
        if opener is not None:
            opener(element)
        elif name not in _MERELY_SPOKEN:
            self._say("ssml.element-unknown", f"<{name}> is not known; its text is spoken")

    def _begin_unit(self, element: _Element) -> None:
        self._flush()
        if element.name in {"p", "paragraph"}:
            self.paragraph += 1
        if element.name == "speak":
            for name in ("startmark", "endmark"):
                if name in element.attributes:
                    self._say("ssml.attribute", f"{name} is not followed; everything is spoken")
        identity = element.attributes.get("id")
        if identity:
            self.identity, self.identity_used = identity, 0

    def _annotate(self, element: _Element) -> None:
        element.inside = []

    def _audio(self, element: _Element) -> None:
        source = element.attributes.get("src", "")
        self._say("ssml.audio", f'audio "{source}" is not played; its text is spoken instead')

    def _lexicon(self, element: _Element) -> None:
        message = f"<{element.name}> is not followed; give --dict FILE"
        self._once("ssml.lexicon", message, "warning")

    def _emphasis(self, element: _Element) -> None:
        del element
        self._once("ssml.emphasis", "emphasis has no effect on these voices", "note")

    def _break(self, element: _Element) -> None:
        try:
            length = break_seconds(element.attributes, self.options.pauses)
        except ValueError as error:
            self._say("ssml.value", f"break: {error}")
            return
        if length > BREAK_LIMIT_S:
            self._say("ssml.value", f"a break of {length:g} s is cut to {BREAK_LIMIT_S:g} s")
            length = BREAK_LIMIT_S
        self._flush()
        if not self.lines:
            self.pause_before = (self.pause_before or 0.0) + length
            return
        last = self.lines[-1]
        self.lines[-1] = replace(last, pause_after=(last.pause_after or 0.0) + length)

    def _mark(self, element: _Element) -> None:
        name = element.attributes.get("name", "")
        if name.startswith("chapter:"):
            self._flush()
            self.chapter = (self.chapter or 0) + 1
            self.chapter_title = name.removeprefix("chapter:").strip() or None
        elif self.piece is not None and self.piece.spoken_parts:
            so_far = _collapsed("".join(self.piece.parts)).lstrip()
            spoken, _ = self._with_ruby(so_far, self.piece.manner.language)
            self.piece.marks.append((name, len(spoken)))
        elif name:
            self.mark = name

    def _voice(self, element: _Element) -> None:
        names = element.attributes.get("name", "").split()
        if not names:
            self._say("ssml.voice", "a voice is chosen by its name only; this one has none")
            return
        voice, _, speaker = names[0].partition("/")
        # A change of voice takes prosody and style back to their defaults (SSML 1.1, 3.2.1).
        element.manner = replace(
            element.manner, delivery=Delivery(voice=voice, speaker=speaker or None)
        )

    def _prosody(self, element: _Element) -> None:
        delivery = element.manner.delivery
        for name, written in element.attributes.items():
            if name in {"contour", "range", "duration"}:
                self._say("ssml.prosody", f"prosody {name} is not followed")
                continue
            if name not in {"rate", "pitch", "volume"}:
                continue
            try:
                key, value, note = prosody_setting(name, written)
                delivery = replace(delivery, **{key: parse(key, value)})
            except ValueError as error:
                self._say("ssml.value", f"prosody {name}: {error}")
                continue
            except UsageError as error:
                self._say("ssml.value", f"prosody {name}: {error.message}", hint=error.hint)
                continue
            if note:
                self._say("ssml.value", f"prosody {name}: {note}")
        element.manner = replace(element.manner, delivery=delivery)

    def _express(self, element: _Element) -> None:
        delivery, attributes = element.manner.delivery, element.attributes
        if attributes.get("style"):
            delivery = replace(delivery, style=attributes["style"])
        if attributes.get("styledegree"):
            try:
                weight = parse("style_weight", attributes["styledegree"])
                delivery = replace(delivery, style_weight=weight)
            except UsageError as error:
                self._say("ssml.value", f"styledegree: {error.message}", hint=error.hint)
        element.manner = replace(
            element.manner,
            delivery=delivery,
            character=attributes.get("role") or element.manner.character,
        )

    def _annotated(self, element: _Element) -> None:
        """The end of `sub`, `phoneme` or `say-as`: put in the text and how it is read."""
        assert element.inside is not None
        content = _collapsed("".join(element.inside)).strip()
        attributes = element.attributes
        if element.name == "say-as":
            kind = attributes.get("interpret-as", "")
            if kind in _DIGIT_SAY_AS:
                content = spelled_digits(content)
            elif kind not in _PLAIN_SAY_AS:
                self._say("ssml.say-as", f'say-as "{kind}" is not known; read as usual', "note")
            self._add(content, element.at)
        elif element.name == "sub":
            alias = attributes.get("alias", "").strip()
            if not alias:
                self._say("ssml.sub", "sub has no alias; its text is spoken")
            elif content and not _KANA.fullmatch(alias):
                self._say("ssml.sub", f'"{alias}" stands for "{content}" in subtitles too', "note")
                content = alias
            else:
                content = interlinear(content, alias) if content else alias
            self._add(content, element.at)
        else:
            self._phoneme(content, element)

    def _phoneme(self, content: str, element: _Element) -> None:
        alphabet, sounds = element.attributes.get("alphabet", ""), element.attributes.get("ph", "")
        kana = yomigana(alphabet, sounds)
        if kana is None:
            self._say(
                "ssml.phoneme",
                f'the alphabet "{alphabet}" is not known; the text is read as usual',
                hint='write kana: alphabet="x-sbv2-kana" ph="ハ\'シ"',
            )
            self._add(content, element.at)
            return
        plain = re.sub(r"['/]", "", kana)
        ruby = plain if undecided(alphabet, sounds) else accented_ruby(kana)
        said = interlinear(content, ruby or plain) if content else plain
        self._add(said, element.at, given=kana)
        if ruby is None and self.piece is not None:
            lost = Finding(
                code="ssml.phoneme",
                severity="warning",
                message=f'"{sounds}" has several accent phrases, which only a whole line keeps',
                hint="write one element for each phrase",
                at=element.at,
            )
            self.piece.unless_given.append(lost)

    # Text.

    def _add(self, text: str, at: Source, given: str | None = None) -> None:
        manner = self.elements[-1].manner
        blank = not text.strip()
        if self.piece is not None and self.piece.manner != manner and not blank:
            self._flush()
        if self.piece is None:
            if blank:
                return
            whole = any(element.name in {"s", "sentence"} for element in self.elements)
            self.piece = _Piece(manner=manner, whole=whole)
        if not blank:
            self.piece.at = self.piece.at or _behind_blanks(at, text)
            self.piece.given = given
            self.piece.spoken_parts += 1
        self.piece.parts.append(text)

    def _flush(self) -> None:
        """Make lines of the text so far."""
        piece, self.piece = self.piece, None
        if piece is None or piece.at is None:
            return
        text = _collapsed("".join(piece.parts)).strip()
        given = piece.given if piece.spoken_parts == 1 else None
        if given is None:
            self.findings += piece.unless_given
        else:
            text = read_ruby(text, "plain")[0]
        unit = "line" if piece.whole else self.options.unit or "sentence"
        cut = self.options.split_sentences(text) if unit == "sentence" and given is None else [text]
        for part in cut:
            if part.strip():
                self._line(part.strip(), piece, given)
                piece.marks = []

    def _line(self, text: str, piece: _Piece, given: str | None) -> None:
        assert piece.at is not None
        number = len(self.lines) + 1
        identity = self._identity()
        text, ruby = self._with_ruby(text, piece.manner.language)
        long = too_long(text, piece.at)
        findings, self.findings = (*self.findings, *([long] if long else [])), []
        marks = json.dumps([{"name": name, "at": at} for name, at in piece.marks])
        self.lines.append(
            ScriptLine(
                id=LineId(identity or auto_id(self.source_name, number)),
                id_given=identity is not None,
                number=number,
                text=text,
                ruby=ruby,
                source=piece.at,
                language=piece.manner.language,
                character=piece.manner.character,
                delivery=piece.manner.delivery,
                reading=given,
                pause_before=self.pause_before,
                chapter=self.chapter,
                chapter_title=self.chapter_title,
                paragraph=self.paragraph or None,
                meta={"marks": marks} if piece.marks else {},
                findings=findings,
            )
        )
        self.pause_before = None

    def _with_ruby(self, text: str, language: str | None) -> tuple[str, tuple[Ruby, ...]]:
        # `--ruby base` is about what stands over a text; SSML's own elements say how it is read.
        return take_ruby(text, language, replace(self.options, ruby="auto"))

    def _identity(self) -> str | None:
        """The id of the next line: of its element, else of the mark before it."""
        if self.identity is None and self.mark is not None:
            self.identity, self.identity_used = self.mark, 0
        self.mark = None
        if self.identity is None:
            return None
        self.identity_used += 1
        used = self.identity_used
        return self.identity if used == 1 else f"{self.identity}.{used}"

    # Findings.

    def _say(
        self, code: str, message: str, severity: Severity = "warning", hint: str | None = None
    ) -> None:
        self.findings.append(
            Finding(code=code, severity=severity, message=message, hint=hint, at=self.here())
        )

    def _once(self, code: str, message: str, severity: Severity) -> None:
        if code not in self.said_once:
            self.said_once.add(code)
            self._say(code, message, severity)

    def _malformed(self, error: expat.ExpatError, text: str) -> ScriptError:
        row = error.lineno
        column = error.offset + 1 - (len(_ROOT) + 2 if row == 1 else 0)
        written = text.split("\n")[row - 1] if row <= text.count("\n") + 1 else ""
        at = f"{self.source_name}:{row}:{max(column, 1)}"
        if "<!DOCTYPE" in written or "<!ENTITY" in written:
            return ScriptError(
                "script.xml-doctype", "a DOCTYPE is not read", at=at, hint="take it out"
            )
        reason = expat.ErrorString(error.code)
        hint = None
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
            hint = "write the character itself, or its number: &#160;"
        elif error.code == expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
            hint = "write &amp; for & and &lt; for <"
        return ScriptError("script.xml", f"not well-formed XML: {reason}", at=at, hint=hint)


def _collapsed(text: str) -> str:
    """Text without the line ends and indents of the file; Japanese has no blank in their place."""

    def blank(run: re.Match[str]) -> str:
        beside = text[run.start() - 1 : run.start()] + text[run.end() : run.end() + 1]
        return "" if "\n" in run[0] and _IS_WIDE.search(beside) else " "

    return re.sub(r"[ \t\r\n]+", blank, text)


def _behind_blanks(at: Source, text: str) -> Source:
    # expat gives the end of a row as a part of its own, so blanks here are all in one row.
    indent = len(text) - len(text.lstrip(" \t"))
    return replace(at, column=(at.column or 1) + indent)


FORMAT = Format(read=read, recognise=recognise)
