"""The subset of SSML 1.1 that these voices can follow, with a place for everything they cannot.

One `<s>` is one line; a `<p>` without `<s>`, and text outside both, is cut into sentences. A break,
or a change of voice, style or prosody inside a sentence, cuts it in two lines, because a line has
one delivery. No DTD, no entities, no network: expat is told nothing of them, and refuses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO
from xml.parsers import expat

from sbv2cli.errors import ScriptError, UsageError
from sbv2cli.readers.decode import document
from sbv2cli.readers.format import DEFAULTS, Evidence, Format, Head, ReaderOptions
from sbv2cli.readers.ruby import interlinear
from sbv2cli.readers.ssml_lines import Context, SpeechLines, collapsed
from sbv2cli.readers.ssml_values import (
    BREAK_LIMIT_S,
    accented_ruby,
    break_seconds,
    prosody_setting,
    spelled_digits,
    undecided,
    yomigana,
)
from sbv2cli.records import Delivery, Finding, ScriptLine, Severity, Source
from sbv2cli.settings.parse import parse

MAX_DEPTH = 64
# Several documents may follow each other in one file; a root of our own makes them one.
_ROOT = "sbv2-script"
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,200}\?>")
_PROLOGUE = re.compile(r"\s*(?:<\?[^>]{0,500}\?>\s*|<!--(?:[^-]|-(?!->)){0,5000}-->\s*)*")
_SPEAK = re.compile(r"^<(?:[\w.-]+:)?speak[\s/>]")
_KANA = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\s・]+")

_WITH_LANGUAGE = frozenset({"speak", "p", "s", "paragraph", "sentence", "voice", "lang"})
_MERELY_SPOKEN = frozenset({"lang", "w", "token", "ruby", "rb", _ROOT})
_SILENT = frozenset({"desc", "meta", "metadata", "title", "script", "style"})
_PLAIN_SAY_AS = frozenset(
    {"cardinal", "number", "ordinal", "date", "time", "currency", "name", "fraction", "unit"}
)
_DIGIT_SAY_AS = frozenset({"characters", "spell-out", "verbatim", "digits", "telephone"})


@dataclass(slots=True, kw_only=True)
class _Element:
    """An element that is open."""

    name: str
    context: Context
    at: Source
    attributes: Mapping[str, str]
    # Of `sub`, `phoneme` and `say-as`: the text inside, until the end tag says what becomes of it.
    inside: list[str] | None = None


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
        self.lines = SpeechLines(source_name, options)
        self.said_once: set[str] = set()
        self.elements: list[_Element] = []
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
            raise _malformed(error, text, self.source_name) from None
        except UnicodeEncodeError:
            raise ScriptError(
                "script.surrogate", "the document holds half of a character", at=self.source_name
            ) from None
        return self.lines.finish()

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
        outer = self.elements[-1].context if self.elements else Context()
        element = _Element(name=name, context=outer, at=self.here(), attributes=known)
        if name in _SILENT:
            element.context = replace(outer, silent=True)
        elif not outer.silent:
            self._open(element, outer)
        self.elements.append(element)

    def end(self, qualified: str) -> None:
        del qualified
        element = self.elements.pop()
        if element.inside is not None:
            self._annotated(element)
        elif element.name in {"s", "sentence", "p", "paragraph", "speak"}:
            self.lines.end_unit()

    def characters(self, text: str) -> None:
        if not self.elements or self.elements[-1].context.silent:
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

    def _open(self, element: _Element, outer: Context) -> None:
        name, attributes = element.name, element.attributes
        language = attributes.get("lang")
        if language and name in _WITH_LANGUAGE:
            element.context = replace(outer, language=re.split(r"[-_]", language.casefold())[0])
        opener = self.openers.get(name)
        if opener is not None:
            opener(element)
        elif name not in _MERELY_SPOKEN:
            self._say("ssml.element-unknown", f"<{name}> is not known; its text is spoken")

    def _begin_unit(self, element: _Element) -> None:
        identity = element.attributes.get("id")
        self.lines.begin_unit(identity, paragraph=element.name in {"p", "paragraph"})
        if element.name == "speak":
            for name in ("startmark", "endmark"):
                if name in element.attributes:
                    self._say("ssml.attribute", f"{name} is not followed; everything is spoken")

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
        self.lines.pause(length)

    def _mark(self, element: _Element) -> None:
        name = element.attributes.get("name", "")
        if name.startswith("chapter:"):
            self.lines.begin_chapter(name.removeprefix("chapter:").strip())
        else:
            self.lines.mark(name)

    def _voice(self, element: _Element) -> None:
        names = element.attributes.get("name", "").split()
        if not names:
            self._say("ssml.voice", "a voice is chosen by its name only; this one has none")
            return
        voice, _, speaker = names[0].partition("/")
        # A change of voice takes prosody and style back to their defaults (SSML 1.1, 3.2.1).
        element.context = replace(
            element.context, delivery=Delivery(voice=voice, speaker=speaker or None)
        )

    def _prosody(self, element: _Element) -> None:
        delivery = element.context.delivery
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
        element.context = replace(element.context, delivery=delivery)

    def _express(self, element: _Element) -> None:
        delivery, attributes = element.context.delivery, element.attributes
        if attributes.get("style"):
            delivery = replace(delivery, style=attributes["style"])
        if attributes.get("styledegree"):
            try:
                weight = parse("style_weight", attributes["styledegree"])
                delivery = replace(delivery, style_weight=weight)
            except UsageError as error:
                self._say("ssml.value", f"styledegree: {error.message}", hint=error.hint)
        element.context = replace(
            element.context,
            delivery=delivery,
            character=attributes.get("role") or element.context.character,
        )

    def _annotated(self, element: _Element) -> None:
        """The end of `sub`, `phoneme` or `say-as`: put in the text and how it is read."""
        assert element.inside is not None
        content = collapsed("".join(element.inside)).strip()
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
        if ruby is None:
            self.lines.lose(_several_phrases(sounds, element.at))

    def _add(self, text: str, at: Source, given: str | None = None) -> None:
        whole = any(element.name in {"s", "sentence"} for element in self.elements)
        self.lines.add(text, at, self.elements[-1].context, whole=whole, given=given)

    # Findings.

    def _say(
        self, code: str, message: str, severity: Severity = "warning", hint: str | None = None
    ) -> None:
        self.lines.findings.append(
            Finding(code=code, severity=severity, message=message, hint=hint, at=self.here())
        )

    def _once(self, code: str, message: str, severity: Severity) -> None:
        if code not in self.said_once:
            self.said_once.add(code)
            self._say(code, message, severity)


def _several_phrases(sounds: str, at: Source) -> Finding:
    return Finding(
        code="ssml.phoneme",
        severity="warning",
        message=f'"{sounds}" has several accent phrases, which only a whole line keeps',
        hint="write one element for each phrase",
        at=at,
    )


def _malformed(error: expat.ExpatError, text: str, source_name: str) -> ScriptError:
    row = error.lineno
    column = error.offset + 1 - (len(_ROOT) + 2 if row == 1 else 0)
    written = text.split("\n")[row - 1] if row <= text.count("\n") + 1 else ""
    at = f"{source_name}:{row}:{max(column, 1)}"
    if "<!DOCTYPE" in written or "<!ENTITY" in written:
        return ScriptError("script.xml-doctype", "a DOCTYPE is not read", at=at, hint="take it out")
    reason = expat.ErrorString(error.code)
    hint = None
    if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
        hint = "write the character itself, or its number: &#160;"
    elif error.code == expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
        hint = "write &amp; for & and &lt; for <"
    return ScriptError("script.xml", f"not well-formed XML: {reason}", at=at, hint=hint)


FORMAT = Format(read=read, recognise=recognise)
