"""Help in another language: click's formatter, with translated texts and lines cut by width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import click

from sbv2cli.translations.catalogues import help_translator
from sbv2cli.translations.help_texts import paragraphs
from sbv2cli.translations.language import Language
from sbv2cli.translations.templates import is_wide

# Characters that begin no line, and such that end none (JIS X 4051).
_NOT_FIRST = frozenset(
    "、。，．・：；？！」』）】〉》］｝…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}"
)
# What click appends to the help of a number: ` [1<=x<=10]`.
_LIMITS = re.compile(r"(.*?)((?: \[[\d.<=]*x[<>]=?[\d.]*\])?)")
_NOT_LAST = frozenset("「『（【〈《［｛([{")


def formatter_class(language: Language) -> type[click.HelpFormatter]:
    """Click's formatter for a language."""
    if language == "en":
        return click.HelpFormatter
    return type("Translated", (_Formatter,), {"translate": staticmethod(help_translator(language))})


class _Formatter(click.HelpFormatter):
    translate: Callable[[str], str]

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage, whose words are names."""
        super().write_usage(prog, args, prefix or f"{self.translate('Usage')}: ")

    def write_heading(self, heading: str) -> None:
        """The title of a section."""
        super().write_heading(self.translate(heading))

    def write_text(self, text: str) -> None:
        """Paragraphs; those that keep their lines keep them."""
        indent = " " * self.current_indent
        written = []
        for paragraph in paragraphs(text):
            shown = self.translate(paragraph)
            width = self.width - self.current_indent
            lines = shown.split("\n") if "\n" in shown else wrapped(shown, width)
            written.append("\n".join(f"{indent}{line}".rstrip() for line in lines))
        self.write("\n\n".join(written) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Options and commands beside what they mean."""
        listed = list(rows)
        column = min(max((len(first) for first, _ in listed), default=0), col_max) + col_spacing
        margin = " " * (column + self.current_indent)
        for first, second in listed:
            lines = wrapped(self._meaning(second), max(self.width - column - 2, 10))
            head = f"{'':>{self.current_indent}}{first}"
            if lines and len(first) <= column - col_spacing:
                head = f"{head:<{len(margin)}}{lines.pop(0)}"
            self.write("\n".join([head.rstrip(), *(f"{margin}{line}" for line in lines)]) + "\n")

    def _meaning(self, text: str) -> str:
        words, limits = _LIMITS.fullmatch(" ".join(text.split())).groups()  # type: ignore[union-attr]
        return f"{self.translate(words)}{limits}"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of a width in columns: cut at blanks and beside any character of double width."""
    lines = [""]
    for unit in _units(text):
        if lines[-1] and columns(lines[-1] + unit.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(unit.lstrip())
        else:
            lines[-1] += unit
    return [line.rstrip() for line in lines if line.strip()]


def columns(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if is_wide(character) else 1 for character in text)


def _units(text: str) -> Iterator[str]:
    """What is never cut: a word, or a wide character with what may not begin or end a line."""
    unit = ""
    in_label = False  # `[既定:` is one word
    for character, previous in zip(text, " " + text, strict=False):
        in_label = previous == "[" or (in_label and previous not in " ]")
        may_cut = previous == " " or is_wide(character) or is_wide(previous)
        may_cut = may_cut and not in_label
        if unit and may_cut and character not in _NOT_FIRST and previous not in _NOT_LAST:
            yield unit
            unit = ""
        unit += character
    if unit:
        yield unit
