"""English number words, against the package that the reference asks."""

from __future__ import annotations

import random

import inflect
import pytest

from sbv2cli.languages.english import numbers

CHANCE = random.Random(4)
NUMBERS = [
    *range(3100),
    *(10**power + CHANCE.randrange(1000) for power in range(3, 36)),
    *(10**power for power in range(36)),
    *(CHANCE.randrange(10 ** CHANCE.randint(3, 36)) for _ in range(300)),
]


@pytest.fixture(scope="module")
def engine() -> inflect.engine:
    return inflect.engine()


def test_cardinals(engine: inflect.engine) -> None:
    for number in NUMBERS:
        assert numbers.cardinal(number) == engine.number_to_words(number, andword="")


def test_ordinals(engine: inflect.engine) -> None:
    for number in NUMBERS:
        assert numbers.ordinal(number) == engine.number_to_words(f"{number}th")


def test_pairs(engine: inflect.engine) -> None:
    for number in range(1001, 3000):
        if number % 100:
            asked = engine.number_to_words(number, andword="", zero="oh", group=2)
            assert numbers.pairs(number) == asked.replace(", ", " ")


def test_there_is_no_word_beyond_decillions() -> None:
    assert numbers.cardinal(10**36 - 1).startswith("nine hundred ninety-nine decillion")
    with pytest.raises(OverflowError):
        numbers.cardinal(10**36)


def test_plain_numbers_between_1000_and_3000_sound_like_years() -> None:
    said = {number: numbers.plain(number) for number in (1000, 1001, 1900, 1998, 2000, 2005, 2024)}
    assert said == {
        1000: "one thousand",
        1001: "ten oh one",
        1900: "nineteen hundred",
        1998: "nineteen ninety-eight",
        2000: "two thousand",
        2005: "two thousand five",
        2024: "twenty twenty-four",
    }
