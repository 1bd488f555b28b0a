"""Endings that the engine is asked about in another form."""

import pytest

from sbv2cli.languages.japanese import JAPANESE, old_endings


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("離さんぞ", "離さぬぞ"),
        ("君には渡さん", "君には渡さぬ"),
        ("渡さんが来た", "渡さんが来た"),
        ("増えんのか", "増えぬのか"),
        ("重ならん", "重ならぬ"),
        ("待たんで", "待たぬで"),
        ("行けい!", "行けよ!"),
        ("者ども,散れい", "者ども,散れよ"),
    ],
)
def test_what_the_engine_is_asked(text, asked):
    assert old_endings.modern(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "姉さん",
        "浮かんで",
        "膨らんで",
        "悲しんで",
        "見たんで",
        "見てんの",
        "読んで",
        "みんな",
        "子猫ちゃん",
    ],
)
def test_what_is_none(text):
    assert old_endings.modern(text) == text


def test_it_is_said_as_written():
    reading = JAPANESE.read("もう離さん、増えんぞ。")
    assert "".join(word.kana or "" for word in reading.words) == "モーハナサンフエンゾ"
    assert "".join(word.surface for word in reading.words) == "もう離さん、増えんぞ。"


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("もっと言って。", "モットイッテ"),
        ("笑って！", "ワラッテ"),
        ("それ切って？", "ソレキッテ"),
        ("持って。買って。", "モッテカッテ"),
        ("立ち上がって。", "タチアガッテ"),
        ("犯人って？", "ハンニンッテ"),
        ("バイト代って？", "バイトダイッテ"),
        ("見守って。", "ミマモッテ"),
        ("嫌だって。", "イヤダッテ"),
        ("行くって！", "イクッテ"),
    ],
)
def test_te_at_the_end_of_a_sentence_is_a_verbs(text, kana):
    """Before a full stop the engine takes って for the particle that quotes."""
    reading = JAPANESE.read(text)
    assert "".join(word.kana or "" for word in reading.words) == kana
    assert "".join(word.surface for word in reading.words) == text


def test_the_mark_behind_it_is_said_as_written():
    assert JAPANESE.read("笑って！").words[-1].phones == ("!",)
    assert JAPANESE.read("笑って。").words[-1].phones == (".",)


def test_a_noun_before_it_is_asked_about_again():
    """ぬ fits no noun, so the engine gets the text as it is."""
    assert old_endings.modern("千夏らん") != "千夏らん"
    assert JAPANESE.read("千夏らん").words[0].kana == "チナツ"


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("高うございます", "タコーゴザイマス"),
        ("良うございました", "ヨーゴザイマシタ"),
        ("嬉しゅうございます", "ウレシューゴザイマス"),
        ("会うた", "オータ"),
        ("言うたら", "ユータラ"),
        ("買うたん", "コータン"),
        ("笑うてる", "ワローテル"),
        ("会うため", "アウタメ"),
        ("思うたび", "オモウタビ"),
    ],
)
def test_u_lengthens_what_stands_before(text, kana):
    assert "".join(word.kana or "" for word in JAPANESE.read(text).words) == kana
