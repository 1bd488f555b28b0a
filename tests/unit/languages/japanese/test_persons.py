"""Names of persons before さん and behind family names, where the engine has no such name."""

import pytest

from sbv2cli.languages.japanese import JAPANESE


def said(text: str) -> str:
    return "".join(word.kana or "" for word in JAPANESE.read(text).words)


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("櫻間さんが来た", "サクラマサンガキタ"),
        ("部長の櫻間さんが来た", "ブチョーノサクラマサンガキタ"),
        ("部長櫻間さんが来た", "ブチョーサクラマサンガキタ"),
        ("吉良先輩が来た", "キラセンパイガキタ"),
    ],
)
def test_a_second_dictionary_says_the_name(text, kana):
    assert said(text) == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("遠坂さんが来た", "トーサカサンガキタ"),  # the second dictionary: エンサカ
        ("大工さんが来た", "ダイクサンガキタ"),
        ("王様が来た", "オーサマガキタ"),
        ("大佐殿が来た", "タイサドノガキタ"),  # the second dictionary: オーサ
        ("内野殿が来た", "ウチノドノガキタ"),
        ("櫻間が来た", "サクラカンガキタ"),  # nothing says that it is a person
    ],
)
def test_what_is_known_or_no_person_stays(text, kana):
    assert said(text) == kana


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("菊池雄星は笑った", "キクチユウセーワワラッタ"),  # to the engine キクチツヨシホシ
        ("速水大佐は笑った", "ハヤミタイサワワラッタ"),  # a rank, オーサ as a name
    ],
)
def test_a_given_name_in_pieces_is_one_name(text, kana):
    assert said(text) == kana


def test_what_stands_behind_keeps_its_place():
    text = "櫻間さんが来た。"
    words = JAPANESE.read(text).words
    assert [text[slice(*word.span)] for word in words][:3] == ["櫻間", "さん", "が"]
