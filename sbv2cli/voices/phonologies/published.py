"""The fixed symbols, tones and languages that all Style-Bert-VITS2 voices share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.errors import ReadingError
from sbv2cli.records import Inventory
from sbv2cli.voices.phonologies.phonology import Spelled, doubled, with_blanks
from sbv2cli.voices.phonologies.published_symbols import (
    LANGUAGE_COUNT,
    LANGUAGE_IDS,
    SYMBOL_COUNT,
    SYMBOL_IDS,
    TONE_COUNT,
    TONE_COUNTS,
    TONE_OFFSETS,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.voices.phonologies.phonology import Phones


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSymbols:
    """See `Phonology`."""

    languages: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)  # phone -> what the voice calls it
    any_phone: str = "a"
    reader: None = None
    table: None = None

    def inventory(self, speakers: int) -> Inventory:
        """The same for all of them."""
        return Inventory(
            phones=SYMBOL_COUNT, tones=TONE_COUNT, languages=LANGUAGE_COUNT, speakers=speakers
        )

    def spell(self, reading: Phones, *, add_blank: bool) -> Spelled:
        """Ids with tones and languages, edge marks included."""
        phones = [self.aliases.get(phone, phone) for phone in reading.phones]
        rows = ids(phones, reading.tones, reading.language)
        per_token: Sequence[int] = reading.phones_per_token
        if add_blank:
            rows = with_blanks(rows[0]), with_blanks(rows[1]), with_blanks(rows[2])
            per_token = doubled(per_token)
        return Spelled(phones=rows[0], tones=rows[1], languages=rows[2], per_token=per_token)


def ids(
    phones: Sequence[str], tones: Sequence[int], language: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Symbol, tone and language ids of a reading, without blanks."""
    unknown = next((phone for phone in phones if phone not in SYMBOL_IDS), None)
    if unknown is not None:
        raise ReadingError(
            "reading.phone",
            f'no voice knows the phone "{unknown}"',
            hint="give the reading in kana instead",
        )
    highest = TONE_COUNTS[language] - 1
    wrong = next((tone for tone in tones if not 0 <= tone <= highest), None)
    if wrong is not None or len(tones) != len(phones):
        raise ReadingError(
            "reading.tone",
            f"{len(phones)} phones have {len(tones)} tones"
            if wrong is None
            else f"tone {wrong} does not exist in {language}: 0 to {highest}",
            hint="every phone has one tone",
        )
    return (
        np.array([SYMBOL_IDS[phone] for phone in phones], dtype=np.int64),
        np.array(tones, dtype=np.int64) + TONE_OFFSETS[language],
        np.full(len(phones), LANGUAGE_IDS[language], dtype=np.int64),
    )
