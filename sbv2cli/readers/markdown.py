"""Markdown, as novelists and engineers write it: a book of one file.

A package by others makes a page of it. What novelists mean otherwise is put right before: each row
of a Japanese paragraph is a paragraph, a rule right below a sentence is no heading, and ruby in a
notation of novels (`漢字《かんじ》`, `{漢字|かんじ}`) is ruby.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sbv2cli.readers.book_facts import BookFacts, Person
from sbv2cli.readers.decode import document
from sbv2cli.readers.format import DEFAULTS, Format, ReaderOptions
from sbv2cli.readers.html import lines_of_page
from sbv2cli.readers.markdown_dialects import plainer
from sbv2cli.readers.markup import Element, parse_html
from sbv2cli.readers.page import Block, PageOptions, read_page
from sbv2cli.readers.prose import Passage, passage_of
from sbv2cli.readers.ruby import interlinear
from sbv2cli.records import ScriptLine

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(?:[^\n]*\n){0,200}?\1[ \t]*(?:\n|\Z)")
_FACT = re.compile(
    r"^(title|author|lang|language)[ \t]*[:=][ \t]*[\"']?([^\n\"'\[\]|>]{1,300}?)[\"']?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_WIDE_HEADING = re.compile(r"^( {0,3}#{1,6})\u3000+", re.MULTILINE)
_NOTE = re.compile(
    r"^\[\^[^\]\s]{1,100}\]:[^\n]*(?:\n(?:[ \t]+[^\n]*|(?=\n[ \t]+\S)))*", re.MULTILINE
)
_NOTE_MARK = re.compile(r"\[\^[^\]\s]{1,100}\]")
_INLINE_NOTE = re.compile(r"(?<![\w^])\^\[([^\[\]\n]{1,1000})\]", re.ASCII)
# Rows for programs: a page's number and the contents of でんでんマークダウン, attributes, and what
# an abbreviation is short for.
_FOR_PROGRAMS = re.compile(
    r"^[ \t]*(?:\[%\d{1,5}\]|\[\[?toc\]?\]|\{:?[ \t]*[.#][^{}\n]{0,80}\}"
    r"|\*\[[^\]\n]{1,60}\]:[^\n]*)[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_BOX = re.compile(
    r"^[ \t]*:{3,}[ \t]*(?:[\w-]+(?:[ \t]+alert)?(?=[ \t]|$)|\{[^{}\n]*\})?",
    re.MULTILINE | re.ASCII,
)
_TASK = re.compile(r"\[[ xX]\][ \t]+")
_UPRIGHT = re.compile(r"(?<![A-Za-z0-9)])\^([0-9A-Za-z!?]{1,4})\^")  # 縦中横: 平成^30^年
_SEVERAL_READINGS = re.compile(r"\{([^{}|\n]{1,40})((?:\|[^{}|\n]{1,40}){2,40})\}")
# Marks of emphasis that CommonMark leaves where they touch Japanese brackets.
_EMPHASIS = re.compile(r"(\*\*|__|~~)(?=\S)([^*_~\n]{1,500})(?<=\S)\1")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_SENTENCE_END = tuple("。！？!?.」』）…")
_LONGEST_TITLE = 60


def read(
    stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS
) -> Iterator[ScriptLine]:
    """The lines of a text in Markdown."""
    text = document(stream, source_name, options)
    if not text.strip():
        return
    stream.seek(0)
    language = read_facts(stream, source_name, options).language
    text, notes = _prepared(text, keep_notes=options.notes == "speak")
    found = plainer(text, front_matter=options.front_matter == "speak")
    root = _tree(found.text)
    page = read_page(
        root,
        PageOptions(
            notes=options.notes == "speak",
            front_matter=options.front_matter == "speak",
            code=False,
        ),
    )
    page.left_out += found.left_out
    page.counts += found.counts
    if notes:
        page.left_out["notes"] += notes
    page.blocks = [_with_notation(block, options) for block in page.blocks]
    yield from lines_of_page(page, language, source_name, options)


def read_facts(stream: BinaryIO, source_name: str, options: ReaderOptions = DEFAULTS) -> BookFacts:
    """What the front matter says of a text."""
    front = (_FRONT_MATTER.match(document(stream, source_name, options)) or [""])[0]
    said = {key.casefold(): value for key, value in _FACT.findall(front)}
    author = said.get("author")
    return BookFacts(
        title=said.get("title"),
        people=(Person(name=author),) if author else (),
        language=said.get("lang") or said.get("language"),
    )


def _prepared(text: str, *, keep_notes: bool) -> tuple[str, int]:
    """(text without front matter and notes, characters of the notes); rows stay where they are."""
    left_out = 0

    def blank(found: re.Match[str]) -> str:
        nonlocal left_out
        if found.re is _INLINE_NOTE:
            written = found[1]
            left_out += 0 if keep_notes else len("".join(written.split()))
            return f"（{written}）" if keep_notes else ""
        if keep_notes and found.re is _NOTE:
            return found[0].partition("]:")[2]
        if found.re is _NOTE:
            left_out += len("".join(found[0].partition("]:")[2].split()))
        return "\n" * found[0].count("\n")

    text = _FRONT_MATTER.sub(blank, text, count=1)
    text = _NOTE.sub(blank, text)
    text = _INLINE_NOTE.sub(blank, _NOTE_MARK.sub("", text))
    text = _BOX.sub("", _FOR_PROGRAMS.sub("", text))
    return _WIDE_HEADING.sub(r"\1 ", text), left_out


def _tree(text: str) -> Element:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.disable("code")  # a paragraph that is indented is one
    tokens = list(_meant(parser.parse(text)))
    for token in tokens:
        if token.map is not None and token.type != "inline":
            token.attrSet("data-row", str(token.map[0] + 1))
    root = parse_html(parser.renderer.render(tokens, parser.options, {}))
    shift = 0
    for element in root.walk():
        if element.get("data-row"):
            shift = int(element.get("data-row")) - element.row
        element.row += shift
    return root


def _meant(tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens as novelists mean them."""
    tokens = list(tokens)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "heading_open" and token.markup in "-=" and _is_text(tokens[index + 1]):
            yield from _paragraphs([token, *tokens[index + 1 : index + 3]])
            if token.markup == "-":
                yield Token("hr", "hr", 0, markup="---", block=True)
            index += 3
        elif token.type == "paragraph_open" and not token.hidden:
            yield from _paragraphs(tokens[index : index + 3])
            index += 3
        else:
            _cleaned(token)
            yield token
            index += 1


def _is_text(inline: Token) -> bool:
    """Whether what stands over a rule is no title."""
    written = inline.content.strip()
    return "\n" in written or len(written) > _LONGEST_TITLE or written.endswith(_SENTENCE_END)


def _paragraphs(tokens: list[Token]) -> Iterator[Token]:
    """A paragraph; of a Japanese one each row."""
    opening, inline, _ = tokens
    _cleaned(inline)
    first = opening.map[0] if opening.map else 0
    rows: list[list[Token]] = [[]]
    depth = 0
    split = _KANA.search(inline.content) is not None
    for child in inline.children or ():
        depth += child.nesting
        if split and child.type in {"softbreak", "hardbreak"} and not depth:
            rows.append([])
        else:
            rows[-1].append(child)
    for number, children in enumerate(rows, start=first):
        yield Token("paragraph_open", "p", 1, map=[number, number + 1], block=True)
        yield Token("inline", "", 0, children=children, content="", block=True)
        yield Token("paragraph_close", "p", -1, block=True)


def _cleaned(token: Token) -> None:
    for number, child in enumerate(token.children or ()):
        if child.type == "text":
            written = child.content if number else _without_box(child.content)
            child.content = _UPRIGHT.sub(r"\1", _EMPHASIS.sub(r"\2", written))


def _without_box(written: str) -> str:
    """A text without the box of a list of tasks, [x], before it."""
    found = _TASK.match(written)
    return written if found is None else written[found.end() :]


def _with_notation(block: Block, options: ReaderOptions) -> Block:
    """A block with the ruby that its text writes, beside that of elements."""
    text, ruby = block.passage.text, block.passage.ruby
    written, at = "", 0
    for one in ruby:
        start, end = one.span
        written += text[at:start] + interlinear(text[start:end], one.reading)
        at = end
    written += text[at:]
    written = _SEVERAL_READINGS.sub(
        lambda found: f"{{{found[1]}|{found[2].replace('|', '')}}}", written
    )
    shown = passage_of(written, options)
    return replace(block, passage=Passage(text=shown.text, ruby=shown.ruby))


# A text in Markdown is known by its suffix alone.
FORMAT = Format(read=read, facts=read_facts)
