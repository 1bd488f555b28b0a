"""What turns the phones of a reading into the ids that a voice was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.records import Inventory
    from sbv2cli.voices.phonologies.symbol_table import SymbolTable

BLANK = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A reading in the ids of a voice."""

    phones: NDArray[np.int64]
    tones: NDArray[np.int64]
    languages: NDArray[np.int64]
    per_token: Sequence[int] = ()
    ids_per_phone: tuple[int, ...] = ()  # see `Utterance`


class Phones(Protocol):
    """What is written in ids: a `Reading`, or anything else with phones and edge marks."""

    @property
    def language(self) -> str: ...  # noqa: D102
    @property
    def phones(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def tones(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def phones_per_token(self) -> Sequence[int]: ...  # noqa: D102


class Phonology(Protocol):
    """The symbols of a voice, and how readings are written in them."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages whose readings can be written."""
        ...

    @property
    def any_phone(self) -> str:
        """A phone that every such voice knows."""
        ...

    @property
    def reader(self) -> str | None:
        """What reads text in the voice's own symbols: a row of `languages.SYMBOL_READERS`.

        `None`: the languages do, and phones are spelled.
        """
        ...

    @property
    def table(self) -> SymbolTable | None:
        """The voice's own symbols, where it has some and they are known."""
        ...

    def inventory(self, speakers: int) -> Inventory | None:
        """What a network has rows for; `None` where only its weights tell."""
        ...

    def spell(self, reading: Phones, *, add_blank: bool) -> Spelled:
        """Ids of a reading with edge marks, with blanks between them where the voice has them.

        Raises:
            ReadingError: the voice does not know one of the phones.
        """
        ...


def with_blanks(row: NDArray[np.int64], blank: int = BLANK) -> NDArray[np.int64]:
    """A blank before, between and after all elements; blanks carry tone 0 and language 0 too."""
    spread = np.full(2 * len(row) + 1, blank, dtype=np.int64)
    spread[1::2] = row
    return spread


def doubled(per_token: Sequence[int]) -> list[int]:
    """Phones per token after blanks were inserted: each doubled, the first blank on top."""
    counts = [2 * count for count in per_token]
    if counts:
        counts[0] += 1
    return counts
