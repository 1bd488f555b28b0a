r"""What a game fills into a text when it shows it: {0}, [name], %s, <param=x>, \V[1].

A format that knows its tool says what is a value (`LineCells.values`). In tables and texts of
nobody in particular it is told by what stands there: a name of a program in the brackets of a
program. A value is filled from a table (`--fill`), or its line is dealt with as `--unfilled` says;
the name of a variable is never spoken.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.format import DEFAULTS, ReaderOptions
from sbv2cli.readers.ruby import take_ruby
from sbv2cli.records import Finding, Ruby, ScriptLine, Severity, Span

CODE = "script.interpolation"
_SHOWN = 3
_MOST_MISSED = 100  # values that are looked for and have no place in the text
_MARKS = [chr(code) for code in range(0xF0000, 0xF0020)]  # nobody's characters

_NAMES = r"(?i:name|player|player_?name|hero|user|user_?name)"
# {player}, {0}, {0:N2}, {{name}}, ${name}; with a bar it is ruby: {漢字|かんじ}.
_BRACED = (
    r"[$#]?\{\{?\s*(?:[A-Za-z_$][\w.$\[\]]*|\d{1,3})\s*(?::[^{}\n]{0,80})?\}\}?",
    r"\$\{[^{}\n]{1,60}\}",
)
# Words that Japanese sheets put where the name of the hero comes: [主人公], ＜名前＞, #苗字#.
# At the beginning of a text, 【主人公】 says who speaks.
_HERO = r"(?:(?:主人公|プレイヤー|プレーヤー|ヒロイン)名?|名前|苗字|名字|姓|名)"
_BRACED_NAME = (
    r"[{｛][^\W\d][^{}｛｝|｜\n]{0,30}[}｝]",  # {主人公}
    rf"(?:[\[［<＜#＃%％]|(?<=.)【){_HERO}[\]］>＞#＃%％】]",
)
_PRINTF = (
    r"(?<![\d%])%(?:\d\$)?[-+0#]?\d*(?:\.\d+)?[sdifuxc@](?![A-Za-z0-9_%])",
    r"%\(\w+\)[sdif]",
    r"(?<!\d)%[A-Za-z_]\w*%",
)
_NUMBERED = (
    r"(?<![\d%])%[1-9](?![\d%])",  # %1
    r"(?<![\w$])\$[A-Za-z_]\w*",  # $name
)
_TAGGED = (
    r"<(?:param|format)\s*=[^<>\n]{1,80}>",
    r"<%[^%\n]{1,80}%>",
    r"<[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*>(?<=[A-Z0-9]{2}>)",
    rf"<(?:{_NAMES}|[a-z]+(?:_[a-z0-9]+)+)>",
)
# \V[1], and \cself[0] and \cdb[0:1:2] of WOLF RPG Editor.
_ESCAPED = (r"\\[A-Za-z]{1,8}\[\w+(?::\w+){0,2}\]",)
# Waits, as \. and \|, and the end without a key, \^, which a face, \^o^/, has too.
_WAITS = (r"\\[.|!]", r"\\\^(?=\s*$)")
_LINE_ENDS = (r"\\[nr](?![A-Za-z\[<])", r"<(?:br|BR)\s*/?>")
_LINE_END = lazy_pattern(r"\\n|<br\s*/?>", re.IGNORECASE)
_WORDLESS = lazy_pattern(rf"\\(?:(?:[CFI]|FS|P[XY])\[\d+\]|r)|{'|'.join(_WAITS)}", re.IGNORECASE)
# A tag with attributes, as [emb exp="f.name"]; and a name, of which `_is_of_a_program` decides.
_SQUARE = (
    r"\[[a-z_]\w*\s[^\[\]\n]{0,200}=[^\[\]\n]{1,200}\]",
    r"\[\[?(?P<name>[A-Za-z_][\w.]{0,60})(?:![a-z]{1,4}){0,3}\]\]?",
)
_PROGRAMS = lazy_pattern(
    rf"{_NAMES}|p|l|r|lr|cm|er|.*[A-Za-z0-9][._][A-Za-z0-9].*|.*[a-z0-9][A-Z].*|[A-Za-z]+\d+",
    re.ASCII,
)
_LATIN_WORD = lazy_pattern(r"[a-z_][a-z0-9_]*|[A-Z][A-Z0-9_]+", re.ASCII)

_OF_SCRIVENER = r"<\$[^<>\n]{1,60}>"  # when it compiles: <$n>, <$custom:名前>

_EVERYWHERE = (*_BRACED, *_PRINTF, *_TAGGED, _OF_SCRIVENER, *_ESCAPED, *_SQUARE)
_PROSE = lazy_pattern("|".join(_EVERYWHERE), re.ASCII)
_TABLE = lazy_pattern("|".join((*_EVERYWHERE, *_NUMBERED, *_WAITS, *_LINE_ENDS)), re.ASCII)
_BRACED_NAMES = lazy_pattern("|".join(_BRACED_NAME))
_IN_BOOK = lazy_pattern(_OF_SCRIVENER)
_COULD_BE = lazy_pattern(r"[{｛%％<＜\\\[［#＃$【]")


def values_in_table(text: str, language: str) -> list[Span]:
    """Where the values stand in a text of a table or of JSON."""
    if _COULD_BE.search(text) is None:
        return []
    spans = [
        *_found(_TABLE, text, words=language == "ja"),  # Latin words in brackets are no words there
        *(one.span() for one in _BRACED_NAMES.finditer(text)),
    ]
    return list(_without_overlaps(sorted(spans)))


def values_in_prose(text: str) -> list[Span]:
    """Where the values stand in a plain text, in which people write more freely."""
    if _COULD_BE.search(text) is None:
        return []
    return list(_found(_PROSE, text, words=False))


def values_in_book(text: str) -> list[Span]:
    """Where the values stand in a book: only Scrivener's, in one that it has not compiled."""
    return [one.span() for one in _IN_BOOK.finditer(text)] if "<$" in text else []


def _found(pattern: re.Pattern[str], text: str, *, words: bool) -> Iterator[Span]:
    for one in pattern.finditer(text):
        if one["name"] is None or _is_of_a_program(one["name"], words=words):
            yield one.span()


def _is_of_a_program(name: str, *, words: bool) -> bool:
    """Whether a name in square brackets is that of a variable: not [laughs], not [Alexandros]."""
    return _PROGRAMS.fullmatch(name) is not None or (
        words and _LATIN_WORD.fullmatch(name) is not None
    )


def may_hold_values(text: str) -> bool:
    """Whether a table with this text could be taken for one with values."""
    return any(values_in_table(text, language) for language in ("ja", "en"))


def _without_overlaps(spans: Iterable[Span]) -> Iterator[Span]:
    reached = 0
    for start, end in spans:
        if start >= reached:
            yield start, end
            reached = end


_TOLD_IN_TAG = lazy_pattern(r"(?:(?:param|format)\s*|emb\s+exp\s*)=\s*[\"']?(.*?)[\"']?\s*$")


def name_of(value: str) -> str:
    r"""What a table may call a value: `name` for {name}, `V[1]` for \V[1]."""
    if value.startswith("\\"):
        return value[1:]
    if value.startswith("%") and not value.endswith("%"):
        return value
    name = value.strip("[]{}<>%$#｛｝［］＜＞＃％【】 ").split("!")[0]
    told = _TOLD_IN_TAG.match(name)
    if told:
        return told[1]
    return re.split(r"[:\s]", name)[0]


# ---- values that are known, on their way through the notation of ruby ----------------------------


def protected(text: str, values: Sequence[str]) -> tuple[str, list[str], str]:
    """A text with a sign for each value, the values that stand in it, and the sign."""
    mark = next(one for one in (*_MARKS, "") if one not in text or not one)
    found: list[str] = []
    parts: list[str] = []
    at = missed = 0
    for value in values if mark else ():
        place = text.find(value, at)
        if place >= 0:
            parts += [text[at:place], mark]
            found.append(value)
            at = place + len(value)
        elif (missed := missed + 1) > _MOST_MISSED:
            break
    return "".join([*parts, text[at:]]), found, mark


def restored(
    text: str, ruby: tuple[Ruby, ...], values: Sequence[str], mark: str
) -> tuple[str, tuple[Ruby, ...], list[Span]]:
    """The text with the values in their places, and where these are."""
    places = [at for at, one in enumerate(text) if one == mark]
    pieces = [((at, at + 1), value, ()) for at, value in zip(places, values, strict=False)]
    shown, spans = _replaced(text, ruby, pieces)
    return *shown, spans


_Piece = tuple[Span, str, tuple[Ruby, ...]]


def _replaced(
    text: str, ruby: Sequence[Ruby], pieces: Sequence[_Piece]
) -> tuple[tuple[str, tuple[Ruby, ...]], list[Span]]:
    """A text with pieces put in the place of others, the ruby moved along, and where they are."""
    parts: list[str] = []
    over: list[Ruby] = []
    spans: list[Span] = []
    moved = [0]  # behind each of the pieces, by how much
    at = length = 0
    for (start, end), put, put_ruby in pieces:
        parts += [text[at:start], put]
        length += start - at
        spans.append((length, length + len(put)))
        over += [
            replace(one, span=(one.span[0] + length, one.span[1] + length)) for one in put_ruby
        ]
        length += len(put)
        moved.append(length - end)
        at = end
    starts = [start for (start, _), _, _ in pieces]
    for one in ruby:
        first, last = one.span
        behind = bisect_right(starts, first)
        free = behind == 0 or pieces[behind - 1][0][1] <= first
        if free and (behind == len(pieces) or last <= starts[behind]):
            over.append(replace(one, span=(first + moved[behind], last + moved[behind])))
    shown = "".join([*parts, text[at:]])
    return (shown, tuple(sorted(over, key=lambda one: one.span))), spans


# ---- what becomes of them ------------------------------------------------------------------------


def settle(
    line: ScriptLine,
    spans: Sequence[Span],
    options: ReaderOptions = DEFAULTS,
    *,
    elsewhere: Sequence[str] = (),
) -> ScriptLine:
    """A line with its values filled in; else skipped, without them, or an error.

    Args:
        line: as its format has read it.
        spans: where values stand in its text.
        options: the table, and what happens to a value that is not in it.
        elsewhere: values that have no place in the text.
    """
    pieces: list[_Piece] = []
    unfilled = list(elsewhere)
    for start, end in spans:
        value = line.text[start:end]
        said = _filled(line.id, value, options)
        if said is not None:
            pieces.append(((start, end), *take_ruby(said, line.language, options)))
            continue
        unfilled.append(value)
        if options.unfilled == "omit":
            pieces.append(((start, end), "", ()))
    if pieces:
        (text, ruby), _ = _replaced(line.text, line.ruby, pieces)
        line = replace(line, text=text, ruby=ruby)
    if not unfilled:
        return line
    finding = _finding(unfilled, options)
    skip = line.skip or options.unfilled == "skip"
    return replace(line, skip=skip, findings=(*line.findings, replace(finding, at=line.source)))


def _filled(identity: str, value: str, options: ReaderOptions) -> str | None:
    for wanted in (value, name_of(value)):
        for line in (identity, None):
            if (line, wanted) in options.fill:
                return options.fill[line, wanted]
    if _LINE_END.fullmatch(value):
        return "\n"
    # Colours, icons, sizes and waits of RPG Maker and WOLF RPG Editor put no words there.
    return "" if _WORDLESS.fullmatch(value) else None


_DONE = {
    "skip": "the line is skipped",
    "omit": "it is left out",
    "error": "nobody can say it",
}


def _finding(values: Sequence[str], options: ReaderOptions) -> Finding:
    severity: Severity = "error" if options.unfilled == "error" else "warning"
    shown = ", ".join(dict.fromkeys(values[:_SHOWN]))
    are = "is" if len(set(values)) == 1 else "are"
    message = f"{shown} {are} filled in by the game; {_DONE[options.unfilled]}"
    hint = f"give a table of names and texts: --fill FILE, with {name_of(values[0])}"
    if values[0].startswith("<$"):
        message = f"{shown} {are} filled in by Scrivener; {_DONE[options.unfilled]}"
        hint = "compile the project in Scrivener, and give what it makes; or --fill FILE"
    return Finding(code=CODE, severity=severity, message=message, hint=hint)
