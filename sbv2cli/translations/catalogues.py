"""The files of translations, opened when the first message is shown and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from sbv2cli.translations.language import Language
from sbv2cli.translations.templates import Catalogue

NO_MESSAGE = "-"  # the translation of a string that nobody sees
_HELP = ("help", "short")
WORDS = "words"
"""Names of rows and columns, and single words in tables, which any name of a file might be too: a
message or a value is never looked up among them."""


@cache
def catalogue(language: Language, names: tuple[str, ...] = ()) -> Catalogue:
    """The messages of a language, of all its files or those of these names."""
    from importlib.resources import files

    import polib

    folder = files("sbv2cli.translations") / language
    wanted = names or sorted(
        file.name.removesuffix(".po")
        for file in folder.iterdir()
        if file.name.endswith(".po") and file.name != f"{WORDS}.po"
    )

    def entries() -> Iterator[tuple[str, str]]:
        for name in wanted:
            for entry in polib.pofile((folder / f"{name}.po").read_text(encoding="utf-8")):
                if entry.msgstr not in ("", NO_MESSAGE):
                    yield entry.msgid, entry.msgstr

    return Catalogue(dict(entries()))


def translator(language: Language) -> Callable[[str], str]:
    """What puts messages into a language; English stays as it is."""
    if language == "en":
        return _unchanged
    return lambda text: catalogue(language).translate(text)


def word_translator(language: Language) -> Callable[[str], str]:
    """The same for headings and cells of tables, which may be words."""
    if language == "en":
        return _unchanged

    def translate(text: str) -> str:
        known = catalogue(language, (WORDS,)).translate(text)
        return catalogue(language).translate(text) if known == text else known

    return translate


def help_translator(language: Language) -> Callable[[str], str]:
    """The same for the texts of the help alone, which are shown in no time."""
    if language == "en":
        return _unchanged
    return lambda text: catalogue(language, _HELP).translate(text)


def _unchanged(text: str) -> str:
    return text
