"""Symbols that a voice brings itself, without tones and languages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.records import SYMBOL_NUMBER, Inventory
from sbv2cli.voices.phonologies.phonology import Spelled, doubled, with_blanks
from sbv2cli.voices.phonologies.symbol_table import spell

if TYPE_CHECKING:
    from sbv2cli.voices.phonologies.phonology import Phones
    from sbv2cli.voices.phonologies.symbol_table import SymbolTable


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSymbols:
    """See `Phonology`."""

    table: SymbolTable | None  # `None`: unknown; a line can still be given in ids
    any_phone: str = f"{SYMBOL_NUMBER}1"

    @property
    def languages(self) -> tuple[str, ...]:
        """That of the table's cleaner; all where only the symbols say."""
        if self.table is not None and self.table.spelling is not None:
            return (self.table.spelling.language,)
        return ("ja", "en", "zh")

    def inventory(self, speakers: int) -> Inventory | None:
        """There is one tone and one language, which nobody looks up."""
        if self.table is None:
            return None
        return Inventory(phones=len(self.table.symbols), tones=1, languages=1, speakers=speakers)

    def spell(self, reading: Phones, *, add_blank: bool) -> Spelled:
        """Ids of symbols.

        There are no edge marks, so the first one gets the blank that begins the line, the last
        nothing.
        """
        groups = spell(reading.phones[1:-1], reading.tones[1:-1], reading.language, self.table)
        symbols = np.fromiter(chain.from_iterable(groups), dtype=np.int64)
        counts = [0, *(len(group) for group in groups), 0]
        if add_blank:
            symbols, counts = with_blanks(symbols), doubled(counts)
        zeros = np.zeros_like(symbols)
        return Spelled(phones=symbols, tones=zeros, languages=zeros, ids_per_phone=tuple(counts))
