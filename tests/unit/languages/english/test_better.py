"""English in better mode: what the reference loses or garbles, as it should be said."""

from __future__ import annotations

import pytest

from sbv2cli.errors import ReadingError
from sbv2cli.languages.english import ENGLISH
from sbv2cli.languages.language import ReadOptions

WRITTEN_AND_SPOKEN = {
    "per cent": ("About 50% of people agree.", "About fifty percent of people agree."),
    "euros": ("€100, 100 € and 5€", "one hundred euros, one hundred euros and five euros"),
    "pounds and pence": ("£3.20", "three pounds and twenty pence"),
    "dollars": ("$1.5 and $1.50", "one dollar and fifty cents and one dollar and fifty cents"),
    "one cent": ("$1.01", "one dollar and one cent"),
    "cents alone": ("$0.05", "five cents"),
    "large money": ("$1.5 million", "one point five million dollars"),
    "money is no year": ("$2024", "two thousand twenty-four dollars"),
    "yen": ("¥1,000", "one thousand yen"),
    "degrees": ("20°C, 68 °F", "twenty degrees Celsius, sixty-eight degrees Fahrenheit"),
    "folded degrees": ("20℃", "twenty degrees Celsius"),
    "units": ("5kg, 1 km, 60 km/h", "five kilograms, one kilometer, sixty kilometers per hour"),
    "square": ("5 m²", "five square meters"),
    "time": ("at 10:30 or 10:05", "at ten thirty or ten oh five"),
    "full hour": ("10:00 sharp", "ten o'clock sharp"),
    "afternoon": ("at 10:30 PM and 5pm", "at ten thirty p.m. and five p.m."),
    "seconds": ("10:30:15", "ten thirty and fifteen seconds"),
    "score": ("3:2", "three to two"),
    "date by numbers": ("2024-05-01", "May first, twenty twenty-four"),
    "American date": ("5/1/2024", "May first, twenty twenty-four"),
    "date in words": ("on May 1, 2024", "on May first, twenty twenty-four"),
    "British date": ("1 May 2024", "the first of May, twenty twenty-four"),
    "short month": ("Jan. 2nd", "January second"),
    "decades": ("the 1990s and '80s", "the nineteen nineties and eighties"),
    "titles": ("Dr. Smith met Mr. Jones", "Doctor Smith met Mister Jones"),
    "saint and street": ("St. Louis, Baker St. 5", "Saint Louis, Baker Street five"),
    "abbreviations": ("e.g. cats, i.e. pets, etc.", "for example cats, that is pets, et cetera."),
    "number sign": ("No. 5 or #6", "number five or number six"),
    "mail": ("user@example.com", "user at example dot com"),
    "web": (
        "https://example.com/path?x=1",
        "example dot com slash path question mark x equals one",
    ),
    "domain alone": ("Visit example.com.", "Visit example dot com."),
    "en dash range": ("1990–1995", "nineteen ninety to nineteen ninety-five"),
    "hyphen range": ("pages 5-6", "pages five to six"),
    "range of per cents": ("50-60%", "fifty to sixty percent"),
    "en dash": ("Wait – what", "Wait - what"),
    "decimals": ("3.14159", "three point one four one five nine"),
    "bare point": (".5", "point five"),
    "thousands": ("1,998 apples", "one thousand nine hundred ninety-eight apples"),
    "year": ("in 1998", "in nineteen ninety-eight"),
    "leading zeros": ("007", "zero zero seven"),
    "too long for words": (
        "1234567890123456",
        " ".join(
            "one two three four five six seven eight nine zero one two three four five six".split()
        ),
    ),
    "minus": ("It is -5 outside", "It is minus five outside"),
    "sum": ("2+2=4", "two plus two equals four"),
    "fractions": ("1/2 or 3/4", "one half or three quarters"),
    "vulgar fraction": ("1½ cups", "one and one half cups"),
    "always": ("24/7", "twenty-four seven"),
    "telephone": ("555-1234", "five five five, one two three four"),
    "area code": (
        "(212) 555-0199",
        "two one two, five five five, zero one nine nine",
    ),
    "version": ("v1.2.3", "version one point two point three"),
    "Roman number": ("World War II", "World War two"),
    "ordinal": ("the 21st", "the twenty-first"),
    "and": ("R & D", "R and D"),
    "slash": ("and/or", "and or"),
    "full width": ("ＡＢＣ １２３", "ABC one hundred twenty-three"),
    "other digits": ("٣", "three"),
    "digits among letters": ("MP3", "MP three"),
    "lines": ("one\ntwo.\r\nthree", "one. two. three"),
    "glued sentences": ("One.Two,three", "One. Two, three"),
}


@pytest.mark.parametrize(
    ("written", "spoken"), WRITTEN_AND_SPOKEN.values(), ids=WRITTEN_AND_SPOKEN.keys()
)
def test_written_and_spoken(written: str, spoken: str) -> None:
    reading = ENGLISH.read(written)
    assert reading.normalised == spoken
    assert reading.findings == ()


def phones(text: str) -> str:
    return " ".join(ENGLISH.read(text).phones[1:-1])


@pytest.mark.parametrize(
    ("word", "said"),
    {
        "rumbled": "r ah m b ah l d",
        "GitHub": "g ih t hh ah b",
        "ChatGPT": "ch ae t jh iy p iy t iy",
        "GPUs": "jh iy p iy y uw z",
        "AI": "ey ay",
        "NASA": "n ae s ah",
        "a.m. x": "ey eh m eh k s",
        "naïve": "n ay iy V",
        "cafe\u0301": "k ah f ey",
        "don’t": "d ow n t",
        "twenty-one": "t w eh n t iy w ah n",
        "boss's": "b ao s ih z",
        "GitHub's": "g ih t hh ah b z",
    }.items(),
)
def test_whole_words_before_their_pieces(word: str, said: str) -> None:
    assert phones(word) == said


def test_a_hyphen_joins_and_a_dash_is_a_pause() -> None:
    assert phones("well-known") == "w eh l n ow n"
    assert phones("well - known") == "w eh l - n ow n"
    assert phones("yes; no: so") == "y eh s , n ow , s ow"


def test_words_know_where_the_author_wrote_them() -> None:
    text = "Pay $5 — don't “wait”."
    words = ENGLISH.read(text).words
    assert [(word.surface, word.spoken) for word in words] == [
        ("Pay", "Pay"),
        ("$5", "five dollars"),
        (" — ", "-"),
        ("don't", "don't"),
        ("“", "'"),
        ("wait", "wait"),
        ("”", "'"),
        (".", "."),
    ]
    assert all(text[slice(*word.span)] == word.surface for word in words)


def test_what_cannot_be_said_is_told_with_its_place() -> None:
    reading = ENGLISH.read("Hello 世界 😀 x")
    assert [(f.severity, f.span, f.message) for f in reading.findings] == [
        ("warning", (6, 8), 'nothing is said for "世界"'),
        ("note", (9, 10), 'nothing is said for "😀"'),
    ]
    assert "世界" in reading.model_text
    with pytest.raises(ReadingError, match="世界"):
        ENGLISH.read("世界", ReadOptions(unreadable="raise"))
    assert ENGLISH.read("fine 😀", ReadOptions(unreadable="raise")).words


def test_nothing_to_say() -> None:
    for text in ("", "  ", "\n"):
        reading = ENGLISH.read(text)
        assert reading.phones[0] == reading.phones[-1] == "_"
    assert ENGLISH.read("").phones_per_token == (1, 1)


def test_a_given_reading_wins() -> None:
    reading = ENGLISH.read("Siobhan!", ReadOptions(given="SH AH0 V AO1 N !"))
    assert reading.phones == ("_", "sh", "ah", "V", "ao", "n", "!", "_")
    assert reading.tones == (0, 3, 1, 3, 2, 3, 0, 0)
    assert sum(reading.phones_per_token) == 8
    with pytest.raises(ReadingError) as caught:
        ENGLISH.read("Siobhan", ReadOptions(given="SH QQ1"))
    assert caught.value.code == "reading.arpabet"
    assert '"QQ1"' in caught.value.message
    with pytest.raises(ReadingError):
        ENGLISH.read("", ReadOptions(given="AH0"))


def test_a_very_long_word_is_said_whole() -> None:
    assert len(ENGLISH.read("zyxq" * 25).phones) > 40


def test_words_that_no_dictionary_has_are_in_doubt():
    text = "Zaphod's dog met an FBI agent; the U.S. report on GitHub, the Zaphod-like dog."
    assert ENGLISH.read(text).doubts == ()
    found = ENGLISH.read(text, ReadOptions(doubts=True)).doubts
    assert [(one.surface, one.reasons) for one in found] == [
        ("Zaphod's", ("unknown-word",)),
        ("Zaphod-like", ("unknown-word",)),
    ]
    assert ENGLISH.read("Zaphod", ReadOptions(doubts=True, given="Z EY1")).doubts == ()
