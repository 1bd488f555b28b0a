"""Symbols that text is written in by rules of the voice's own family, not by way of our phones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.records import OWN_SYMBOL, Inventory
from sbv2cli.voices.phonologies.phonology import Spelled, doubled, with_blanks
from sbv2cli.voices.phonologies.symbol_table import SymbolTable, spell

if TYPE_CHECKING:
    from sbv2cli.records import TextRules
    from sbv2cli.voices.phonologies.phonology import Phones

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()

ARPABET = (
    "_",
    "-",
    *"!'(),.:;? ",
    *_LATIN,
    *sorted(
        f"@{phone}"
        for phone in (*_CONSONANTS, *(v + stress for v in _VOWELS for stress in ("", *"012")))
    ),
)
"""Letters, marks and ARPAbet: the symbols of Glow-TTS and Grad-TTS. A position is an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSymbols:
    """See `Phonology`."""

    table: SymbolTable
    languages: tuple[str, ...]
    reader: str | None = None
    text_rules: TextRules | None = None
    blank: int | None = None  # id, where the network has been taught blanks
    edge: str | None = None  # the symbol before and after a line without blanks
    edges: tuple[int, int] | None = None  # marks of beginning and end, outside of the blanks
    any_phone: str = f"{OWN_SYMBOL}a"

    def inventory(self, speakers: int) -> Inventory:
        """A blank may be one symbol more than the table has."""
        symbols = max(len(self.table.symbols), (self.blank or 0) + 1)
        return Inventory(phones=symbols, tones=1, languages=1, speakers=speakers)

    def spell(self, reading: Phones, *, add_blank: bool) -> Spelled:
        """Ids of symbols; the edge marks stand for the first blank, or for the symbols around."""
        groups = spell(reading.phones[1:-1], reading.tones[1:-1], reading.language, self.table)
        edge = () if self.edge is None or add_blank else (self.table.ids()[self.edge],)
        groups = [edge, *groups, edge]
        symbols = np.fromiter(chain.from_iterable(groups), dtype=np.int64)
        counts = [len(group) for group in groups]
        if add_blank:
            assert self.blank is not None
            symbols, counts = with_blanks(symbols, self.blank), doubled(counts)
        if self.edges is not None:
            symbols = np.concatenate([self.edges[:1], symbols, self.edges[1:]])
            counts[0] += 1
            counts[-1] += 1
        zeros = np.zeros_like(symbols)
        return Spelled(phones=symbols, tones=zeros, languages=zeros, ids_per_phone=tuple(counts))


def arpabet(*, blanks: bool, dictionary: bool) -> TextSymbols:
    """English in the published symbols; without a dictionary every word is spelled in letters."""
    return TextSymbols(
        table=SymbolTable(symbols=ARPABET, where="the published English symbols"),
        languages=("en",),
        reader="english_arpabet" if dictionary else "english_letters",
        blank=len(ARPABET) if blanks else None,
        edge=" ",
    )
