"""Typed access to a section of a configuration; errors name key and expected value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sbv2cli.errors import VoiceError


class Section:
    """Reads whole numbers and lists of them; `where` is named in errors."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where

    def must(self, holds: bool, key: str, wanted: str) -> None:  # noqa: FBT001 - an assertion
        """Refuse the section where this does not hold of the key."""
        if not holds:
            value = self.values.get(key)
            shown = f'"{value}"' if isinstance(value, str) else value
            raise VoiceError(
                "voice.config",
                f'"{key}" is {shown}, wanted {wanted}',
                at=self.where,
                hint="take config.json and weights from the same training run",
            )

    def whole(self, key: str, *, least: int = 1) -> int:
        """A whole number, positive or also zero."""
        value = self.values.get(key)
        good = _is_positive(value) or (least == 0 and value == 0)
        self.must(good, key, "a positive whole number" if least else "a whole number")
        assert isinstance(value, int)
        return value

    def flag(self, key: str) -> bool:
        """Yes or no; a text would be yes whatever it says."""
        value = self.values.get(key)
        self.must(value in (0, 1), key, "true or false")
        return bool(value)

    def number(self, key: str) -> float:
        """A finite number."""
        value = self.values.get(key)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        number = float(value) if isinstance(value, int | float) else math.nan
        self.must(good and math.isfinite(number), key, "a number")
        return number

    def whole_list(self, key: str) -> tuple[int, ...]:
        """Positive whole numbers, one at least."""
        values = self.values.get(key)
        good = isinstance(values, Sequence) and values and all(_is_positive(v) for v in values)
        self.must(bool(good), key, "a list of positive whole numbers")
        assert isinstance(values, Sequence)
        return tuple(values)

    def nested(self, key: str) -> Sequence[Sequence[int]]:
        """Lists of positive whole numbers, one at least."""
        rows = self.values.get(key)
        good = (
            isinstance(rows, Sequence)
            and rows
            and all(isinstance(row, Sequence) and all(_is_positive(v) for v in row) for row in rows)
        )
        self.must(bool(good), key, "a list of lists of positive whole numbers")
        assert isinstance(rows, Sequence)
        return list(rows)


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
