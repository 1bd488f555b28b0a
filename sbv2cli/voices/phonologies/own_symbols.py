"""Symbols that a voice brings itself, without tones and languages."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.records import SYMBOL_NUMBER, Inventory
from sbv2cli.voices.phonologies.phonology import BLANK, Spelled
from sbv2cli.voices.phonologies.symbol_table import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sbv2cli.records import TextRules
    from sbv2cli.voices.phonologies.phonology import Phones
    from sbv2cli.voices.phonologies.symbol_table import SymbolTable


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSymbols:
    """See `Phonology`."""

    table: SymbolTable | None  # `None`: unknown; a line can still be given in ids
    any_phone: str = f"{SYMBOL_NUMBER}1"
    text_rules: TextRules | None = None  # of voices that were trained on letters
    alone: frozenset[int] = frozenset()  # symbols that no blanks of their own surround
    edges: tuple[int, int] | None = None  # marks of beginning and end, within the blanks
    reader: None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """That of its text rules or its table's cleaner; all where only the symbols say."""
        if self.text_rules is not None:
            return (self.text_rules.language,)
        if self.table is not None and self.table.spelling is not None:
            return (self.table.spelling.language,)
        return ("ja", "en", "zh")

    def inventory(self, speakers: int) -> Inventory | None:
        """There is one tone and one language, which nobody looks up."""
        if self.table is None:
            return None
        return Inventory(phones=len(self.table.symbols), tones=1, languages=1, speakers=speakers)

    def manner(self) -> list[object]:
        """How text becomes ids, beyond the table; empty where it is as ever."""
        manner: list[object] = [sorted(self.alone)] if self.alone else []
        manner += [] if self.edges is None else [self.edges]
        if self.text_rules is not None:
            said = dataclasses.asdict(self.text_rules)
            manner.append({**said, "known": sorted(self.text_rules.known)})
        return manner

    def spell(self, reading: Phones, *, add_blank: bool) -> Spelled:
        """Ids of symbols; those of blanks and edges count to the phone before them."""
        groups = spell(reading.phones[1:-1], reading.tones[1:-1], reading.language, self.table)
        begin, end = ([], []) if self.edges is None else ([self.edges[0]], [self.edges[1]])
        rows: list[list[int]] = [begin, *(list(group) for group in groups), end]
        if add_blank:
            rows = self._with_blanks(rows) if self.edges is None else _between(rows)
        ids = np.fromiter(chain.from_iterable(rows), dtype=np.int64)
        zeros = np.zeros_like(ids)
        return Spelled(
            phones=ids,
            tones=zeros,
            languages=zeros,
            ids_per_phone=tuple(len(row) for row in rows),
        )

    def _with_blanks(self, rows: Iterable[Sequence[int]]) -> list[list[int]]:
        """A blank around each symbol; none is needed around those that stand alone."""
        spread: list[list[int]] = []
        stands_alone = True  # the last symbol, or the line's edge: no blank is behind it yet
        for row in rows:
            new: list[int] = []
            for symbol in row:
                own = symbol in self.alone
                if stands_alone and not own:
                    (new if new or not spread else spread[-1]).append(BLANK)
                new += [symbol] if own else [symbol, BLANK]
                stands_alone = own
            spread.append(new)
        return spread if any(spread) else [[BLANK], *spread[1:]]


def _between(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """A blank behind the edge and behind each symbol, but not behind the end."""
    return [*([*row, BLANK] for row in rows[:-1]), list(rows[-1])]
