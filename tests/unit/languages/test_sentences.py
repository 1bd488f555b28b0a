from __future__ import annotations

import pytest

from sbv2cli.languages.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("こんにちは。元気？！はい。", ["こんにちは。", "元気？！", "はい。"]),
        ("やった！ うれしい！", ["やった！ ", "うれしい！"]),
        ("一。\n\n二\n三", ["一。\n\n", "二\n", "三"]),
        ("……。そう。", ["……。", "そう。"]),
        ("待って……お願い。", ["待って……お願い。"]),
        ("あ…「え？」", ["あ…", "「え？」"]),
        ("「はい。いいえ。」と言った。次。", ["「はい。いいえ。」と言った。", "次。"]),
        ("「そうだね。」彼は笑った。", ["「そうだね。」", "彼は笑った。"]),
        ("『あ「い。」う。』え。", ["『あ「い。」う。』", "え。"]),
        ("（注。二。）本文。", ["（注。二。）", "本文。"]),
        ("「閉じない。次。\n次の行。", ["「閉じない。", "次。\n", "次の行。"]),
        ("閉じた。」次。", ["閉じた。」", "次。"]),
        ("Pi is 3.14. Yes.", ["Pi is 3.14. ", "Yes."]),
        ("Mr. Hans met T. S. Eliot. See Fig. 1.", ["Mr. Hans met T. S. Eliot. ", "See Fig. 1."]),
        ("３．５倍だ。１．はじめに\n2. 次に", ["３．５倍だ。", "１．はじめに\n", "2. 次に"]),
        ("Ｊ．Ｒ．Ｒ．氏とＭｒ．Ｘ。終わり．次", ["Ｊ．Ｒ．Ｒ．氏とＭｒ．Ｘ。", "終わり．", "次"]),
        ("https://a.jp/b?x=1を見る。本当?3人?", ["https://a.jp/b?x=1を見る。", "本当?", "3人?"]),
        ("Yahoo!で、p. 12を。えっ⁉まさか‼", ["Yahoo!で、p. 12を。", "えっ⁉", "まさか‼"]),
        ("He said no. Stop... Then?", ["He said no. ", "Stop... ", "Then?"]),
    ],
)
def test_pieces(text, pieces):
    assert split_sentences(text) == pieces


def test_inside_quotes_when_asked():
    assert split_sentences("「はい。いいえ。」と", inside_quotes=True) == [
        "「はい。",
        "いいえ。」と",
    ]


def test_a_long_sentence_is_cut_after_a_comma():
    assert split_sentences("ああ、いい、うう", limit=6) == ["ああ、いい、", "うう"]


def test_a_hard_cut_keeps_small_kana_with_their_letter():
    assert split_sentences("ああああきょう", limit=5) == ["ああああ", "きょう"]
    assert split_sentences("あ" * 11, limit=5) == ["あ" * 5, "あ" * 5, "あ"]


@pytest.mark.parametrize("text", ["「" * 20_000, "」" * 20_000, "。" * 20_000, "ょ" * 20_000])
def test_hopeless_texts_take_no_time(text):
    pieces = split_sentences(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 500
