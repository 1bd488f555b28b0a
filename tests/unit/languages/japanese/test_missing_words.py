"""Words that the engine lacks: it puts them together of others, a table has them whole."""

from __future__ import annotations

import pytest

from sbv2cli.languages.japanese import JAPANESE, missing_words
from sbv2cli.languages.japanese.data_tables import rows_of
from sbv2cli.languages.japanese.phrases import PhraseWord


def said(text):
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("土産代わりの菓子。", "ミヤゲガワリ"),
        ("外遊びが好きだ。", "ソトアソビ"),
        ("高鳴りを抑える。", "タカナリ"),
        ("日ロ首脳会談。", "ニチロ"),
        ("小バカにするな。", "コバカ"),
        ("大ウケだった。", "オオーケ"),
        ("数日間続いた。", "スージツカン"),
        ("失敗ったな。", "シクジッタ"),
        ("失敗っ！", "シッパイ"),
        ("従来品より軽い。", "ジューライヒン"),
        ("第二子を産む。", "ダイニシ"),
    ],
)
def test_a_word_is_read_whole(text, kana):
    assert said(text).replace("ー", "").startswith(kana.replace("ー", ""))


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("立止まる。", "タチドマル"),
        ("立止まった。", "タチドマッタ"),
        ("立止まらない。", "タチドマラナイ"),
        ("呻って倒れる。", "ウナッテタオレル"),  # the engine has って here, the particle
        ("呻りが止む。", "ウナリガヤム"),
        ("味わいがある。", "アジワイガアル"),
        ("味った。", "アジワッタ"),
        ("味って何。", "アジッテナニ"),  # the noun, and って
        ("か細く鳴く。", "カボソクナク"),
        ("か細かった。", "カボソカッタ"),
        ("顫える手。", "フルエルテ"),
    ],
)
def test_every_form_of_a_verb_and_an_adjective_is_a_word(text, kana):
    assert said(text) == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("生れた子。", "ウマレタコ"),  # 生る is a row, 生れる is the engine's
        ("思い出で胸がいっぱいだ。", "オモイデデムネガイッパイダ"),
        ("私か？", "ワタシカ"),
        ("餓死に至る。", "ガシニイタル"),
    ],
)
def test_what_the_engine_knows_or_may_be_two_words_stays(text, kana):
    assert said(text) == kana


def test_no_word_goes_over_a_place_where_words_end():
    words = [PhraseWord(0, 1, "タテ"), PhraseWord(1, 4, "トマル")]
    assert [word.kana for word in missing_words.correct("立止まる", words)] == ["タチドマル"]
    assert missing_words.correct("立止まる", words, apart=(1,)) == words


def test_no_longer_word_is_cut():
    words = [PhraseWord(0, 1, "タテ"), PhraseWord(1, 5, "トマルナ")]
    assert missing_words.correct("立止まるな", words) == words


SENTENCES = """
その{}を見た。 {}、 {}は無い。 いつも{}。 {}だ。 それを{}。
とても{}。 {}！ はい、{}の話。 「{}」 {}と言う。 {}がある。
""".split()


def test_every_row_changes_something(monkeypatch):
    """A row that the engine reads so by itself, or never meets, would only look useful."""
    with_rows, without = missing_words.correct, lambda text, words, apart: words

    def changed(line):
        monkeypatch.setattr(missing_words, "correct", without)
        bare = said(line)
        monkeypatch.setattr(missing_words, "correct", with_rows)
        return said(line) != bare

    idle = [
        word
        for word, _, kind in rows_of("missing.tsv")
        if not any(changed(sentence.format(word)) for sentence in SENTENCES)
        and not any(
            changed(f"{word[:-1]}{ending}{end}")
            for ending in missing_words.endings(word, kind)
            for end in ("。", "た！", "ねえ。")
        )
    ]
    assert idle == []
