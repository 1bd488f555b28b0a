"""Any text gives a reading in English and Chinese, in both modes; its parts agree."""

from __future__ import annotations

import pytest
from growth import assert_linear
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sbv2cli.languages.chinese import CHINESE
from sbv2cli.languages.english import ENGLISH
from sbv2cli.languages.language import ReadOptions
from sbv2cli.records import Reading
from sbv2cli.voices.phonologies.published import ids

LANGUAGES = (ENGLISH, CHINESE)
MODES = (ReadOptions(), ReadOptions(mode="compat"))

# Pieces that rules are made for, so that chance puts them next to each other.
PIECES = (
    *"0 1 12 007 1998 1,234 3.14 1/2 10:30 2024-05-01 555-1234 $ € ￥ % ‰ ℃ ° - – — ~ ～".split(),
    *". , ... … ' \" “ ( ) @ # & + = / : ; a.m. U.S.A. Dr. St. May https://a.b/c x@y.zz".split(),
    *"www. I don't GPUs ChatGPT naïve e\u0301 ½ ² 一 不 个 儿 看一看 累一累 的 好 你好".split(),
    *"第一 〇 二〇二四年 kg km/h Ⅳ ① 𠮷 覅 噷 か Ж ١ 😀 \u200b \ufeff \x00 \ud842".split(),
    *(" ", "\n", "\r\n", "\t", "\u2028", "\u3000"),
)

texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=30).map("".join),
)


def check(text: str, reading: Reading) -> None:
    assert reading.text == text
    assert sum(reading.phones_per_token) == len(reading.phones) == len(reading.tones)
    assert reading.phones[0] == reading.phones[-1] == "_"
    assert reading.phones_per_token[0] == reading.phones_per_token[-1] == 1
    ids(reading.phones, reading.tones, reading.language)  # every phone and tone is a voice's
    words = reading.words
    assert ["_", *(p for word in words for p in word.phones), "_"] == list(reading.phones)
    assert [0, *(t for word in words for t in word.tones), 0] == list(reading.tones)
    counts = [1, *(n for word in words for n in word.phones_per_token), 1]
    assert counts == list(reading.phones_per_token)
    reached = 0
    for word in words:
        assert reached <= word.span[0] <= word.span[1] <= len(text)
        assert word.surface == text[slice(*word.span)]
        reached = word.span[1]
    for finding in reading.findings:
        assert finding.span is not None
        assert 0 <= finding.span[0] <= finding.span[1] <= len(text)
    if reading.language == "zh":
        assert len(reading.phones_per_token) == len(reading.model_text) + 2


@pytest.mark.parametrize("options", MODES, ids=lambda options: options.mode)
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
@given(text=texts)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_gives_a_reading(language, options: ReadOptions, text: str) -> None:
    check(text, language.read(text, options))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
@given(text=texts)
@settings(max_examples=60, deadline=None)
def test_a_reading_is_a_function_of_the_text(language, text: str) -> None:
    assert language.read(text) == language.read(text)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
@given(text=texts)
@example("0¨A")
@settings(max_examples=100, deadline=None)
def test_nothing_vanishes_without_a_finding(language, text: str) -> None:
    """A letter or digit of the author stands in a word that is said, or in a finding."""
    reading = language.read(text)
    covered = {i for word in reading.words if word.phones for i in range(*word.span)}
    covered |= {i for finding in reading.findings for i in range(*finding.span)}
    assert [c for i, c in enumerate(text) if i not in covered and c.isalnum()] == []


REPEATED = [
    "a",
    "1",
    "1,",
    "1-1-",
    ".",
    " ",
    "a.",
    "$1",
    "\n",
    "不一",
    "看一看",
    "1/2/",
    "'",
    "é",
    "①",
]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
@pytest.mark.parametrize("options", MODES, ids=lambda options: options.mode)
def test_ten_times_the_text_takes_about_ten_times_the_time(language, options) -> None:
    language.read("warm zyx 好", options)
    for piece in REPEATED:

        def read(size: int, piece: str = piece) -> None:
            text = (piece * size)[: size - 1]
            check(text, language.read(text, options))

        assert_linear(read, 300, 10)
