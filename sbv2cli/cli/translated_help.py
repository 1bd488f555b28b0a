"""Help in another language: click's formatter, with translated texts and lines cut by width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import click

from sbv2cli.cli.wrapping import wrapped
from sbv2cli.translations.catalogues import help_translator
from sbv2cli.translations.help_texts import paragraphs
from sbv2cli.translations.language import Language

# What click appends to the help of a number: ` [1<=x<=10]`.
_LIMITS = re.compile(r"(.*?)((?: \[[\d.<=]*x[<>]=?[\d.]*\])?)")


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
