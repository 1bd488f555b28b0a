"""Any text: the spans tile it, nothing raises, and twice the text takes about twice the time."""

import pytest
from growth import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.languages.japanese.moras import split_moras
from sbv2cli.languages.japanese.rules import expand
from sbv2cli.languages.language import DictionaryEntry

DICTIONARY = tuple(
    DictionaryEntry(surface=surface, kana="ア")
    for surface in ("C++", "ab", "12", "々", "ｶﾞ", "アイ", "Ａ社", "《", "日月", "🙂", "\ud800")
)
# What the rules look at: dense in marks, so that they meet.
DENSE = st.text(
    alphabet="0123456789,.-+:/〜~%°mkgLあいーア漢日月年時分人一二〇十$¥€"
    "()（）《》|｜{}【】<>rubytp'\"゛ﾞｶ々ゝ…・。!？ \n\r"
    "ABcd@#&=×÷①Ⅳ㎏Ωé\u0301\ufe0f\u200d👍🏽\ud800안^_;*笑株w〒〆〳〵☆",
    max_size=60,
)
ANY = st.text(alphabet=st.characters(), max_size=60)  # lone surrogates too


def check(text, dictionary=()):
    spans = expand(text, dictionary)
    at = 0
    for span in spans:
        assert span.start == at < span.end
        at = span.end
        assert span.kana is None or split_moras(span.kana) is not None
        for finding in span.findings:
            assert finding.span
            assert 0 <= finding.span[0] < finding.span[1] <= len(text)
    assert at == len(text)
    return spans


@given(text=DENSE | ANY)
@settings(max_examples=300, deadline=None)
def test_spans_tile_the_text(text):
    check(text)
    check(text, DICTIONARY)


@given(text=DENSE)
@settings(max_examples=100, deadline=None)
def test_same_text_same_spans(text):
    assert expand(text, DICTIONARY) == expand(text, list(DICTIONARY))


PIECES = (
    "一 〇 九 ゛ 1/ 1- 1: 1. 12, 5m 0 03- +81- 1+ 1× ( (あ 漢( 漢《あ 《a |漢 | {a| <ruby> "
    "<ruby>a<rt> a. a@ www. http:// ab- a' m( a_b か゛ ｶ Ⅳ ① AbC 👍안 ゝ 〳〵 (^_ …。 - 'a I $1 "
    "R6. 〜1 안a 二・ W w 、 ' Q& #a ! 1日 三つ 〒1 10:00A .5 e. 2^"
).split()


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece):
    assert_linear(lambda length: check((piece * length)[:length]), 1_000, 10)
