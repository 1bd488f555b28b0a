"""English in the symbols of Glow-TTS and Grad-TTS; the goldens hold the rest."""

from __future__ import annotations

import pytest

from sbv2cli.languages.english import published_symbols
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Request, answer


def read(text, given=None, **found):
    return published_symbols.read(text, given, found.get)


def symbols(reading):
    return [phone.removeprefix("=") for phone in reading.phones[1:-1]]


def test_a_word_of_the_dictionary_is_said_and_any_other_is_spelled():
    made = read("Hi, hi there", hi="HH AY1")
    assert symbols(made) == [*"hi, ", "@HH", "@AY1", " ", *"there"]
    assert [(word.surface, word.spoken) for word in made.words] == [
        ("Hi, ", "hi, "),
        ("hi ", "hi "),
        ("there", "there"),
    ]


def test_braces_are_phones_and_nothing_before_them_is_looked_up():
    made = read("hi {HH AW1 S} hi", hi="HH AY1")
    assert symbols(made) == [*"hi ", "@HH", "@AW1", "@S", " ", "@HH", "@AY1"]


def test_every_word_stands_for_its_own_characters():
    text = "Dr. Smith paid $3.50, naïve."
    made = read(text)
    assert made.normalised == "doctor smith paid three dollars, fifty cents, naive."
    for word in made.words:
        assert text[slice(*word.span)] == word.surface
    assert sum(len(word.phones) for word in made.words) == len(made.phones) - 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("£20", "pstwenty"),
        ("“Yes” – no…", '"yes" - no...'),
        ("1st 22nd 1984", "first twenty-second nineteen eighty-four"),
        ("2005 2000", "two thousand five two thousand"),
        ("Mrs. Mr. Capt. Fort", "misess mister captain fort"),
        ("a  b\tc", "a b c"),
    ],
)  # fmt: skip
def test_cleaned(text, said):
    assert read(text).normalised == said


@pytest.mark.parametrize(("text", "severity"), [("東 a", "warning"), ("a ☆", "note")])
def test_what_is_left_out_is_told(text, severity):
    made = read(text)
    (finding,) = made.findings
    assert finding.code == "reading.character-skipped"
    assert finding.severity == severity
    assert text[slice(*finding.span)] in finding.message


def test_a_given_reading_is_arpabet():
    assert symbols(read("anything", given="HH AH0 L OW1")) == ["@HH", "@AH0", "@L", "@OW1"]


def test_nothing_is_nothing():
    assert read("").phones == ("_", "_")
    assert read(" ").phones == ("_", "_")


def test_a_request_may_name_its_reader():
    request = Request(text="hello there", language="en", reader="english_arpabet")
    reading = answer(request, ReadOptions()).reading
    assert reading is not None
    assert symbols(reading)[:4] == ["@HH", "@AH0", "@L", "@OW1"]
