"""Places where the engine is told that a word ends."""

import re
from itertools import product

import pytest

from sbv2cli.languages.japanese import JAPANESE, boundaries


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("さっき人が来た", 3),
        ("そのまま部屋を出た", 4),
        ("それは昨日人に聞いた", 5),
        ("軒並み店を畳む", 3),
        ("十年間店を守る", 3),
        ("現状人が足りない", 2),
    ],
)
def test_a_noun_behind_a_word_of_time_is_a_word_of_its_own(text, place):
    assert boundaries.nouns(text) == [place]


@pytest.mark.parametrize(
    "text",
    [
        *("今日中に終わる", "全員分の飯", "いま頃は寝ている", "わがまま娘", "現在地を見る"),
        *("あの日本の夏", "その後輩が来た", "その時間に来る", "何か月も待つ", "全部屋に鍵"),
        *("先日来の雨", "最後尾の車両", "今日本を出る", "たとえ話の一つ"),
        *(
            "大勢力を誇る",
            "二人組の男",
            "三回戦は負けた",
            "従来型の車",
            "現状値を見る",
            "一番手が来た",
        ),
    ],
)
def test_what_makes_one_word_stays_one(text):
    assert boundaries.nouns(text) == []


def test_endings_that_look_like_other_words():
    assert boundaries.endings("書きやがる") == [2]
    assert boundaries.endings("戦いつつ進む") == [2]
    assert boundaries.endings("捨て始める") == [2]
    assert boundaries.endings("嫌がる") == []


def test_words_that_a_space_parts():
    assert sorted(boundaries.words("腕ごと斬る")) == [1, 3]
    assert boundaries.words("母や姉") == [1]
    assert sorted(boundaries.words("白か黒かだ")) == [1, 2]
    assert boundaries.words("一か八かだ") == []
    assert boundaries.words("野菜か靴を") == boundaries.words("高原や紙も") == [3]
    assert boundaries.words("数か所を") == boundaries.words("いつかは") == []
    assert boundaries.words("夜ごと現れる") == boundaries.words("仕事ごとに") == []
    assert boundaries.words("今やろう") == boundaries.words("その日々や月日") == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("鎧っ!", [1]),
        ("食べろっ!", [3]),
        ("行っ,行った", []),
        ("裏口だし", [2]),
        ("葉山や,北原や,", [2, 6]),
        ("この考えと", [4]),
        ("三成って", [2]),
        ("涼太から", [2]),
        ("とてもいい店だ", [5]),
        ("委員会って何", [3]),
        ("二人は出会って", []),
        ("彼は物語って", []),
        ("弟を見限って", []),
        ("契約書だし", [3]),
        ("影響力みたい", [3]),
        ("飲料水っぽい", [3]),
        ("次の日曜日ごとに", [5]),
        ("隠しっこない", [2]),
        ("出しがいがある", [2]),
        ("大ちがいだ", []),
        ("外しかたを", [2]),
        ("喜んだろう", [3]),
        ("悪いし.", [2]),
        ("急に太って", []),
    ],
)
def test_a_word_ends_before_kana_that_begin_another(text, places):
    assert sorted(boundaries.words(text)) == places


def test_nobody_hears_the_boundary():
    reading = JAPANESE.read("さっき人が来た。")
    assert "".join(word.surface for word in reading.words) == "さっき人が来た。"
    assert reading.phones.count(",") == 0


def test_an_ending_stays_in_its_phrase():
    """No accent falls behind the verb, and none begins with the ending."""
    assert JAPANESE.read("書きやがった").kana == "カ'キヤガッタ"


@pytest.mark.parametrize("name", ["_NOUNS", "_ENDINGS"])
def test_the_characters_that_are_asked_first_hide_no_word(name):
    pattern = getattr(boundaries, name).pattern
    first = re.match(r"\(\?=\[([^]]+)\]\)", pattern)
    every = re.compile(pattern[first.end() :])
    letters = sorted(set(re.findall(r"[ぁ-んァ-ヶ一-龥]", pattern)))
    behind = ("", "水が", "が", "かなしかない", "か何", "の上", "って何", "や,", "やがる")
    for one, two, rest in product(sorted(set(letters) - set(first[1])), ["", *letters], behind):
        text = f"のこの山{one}{two}{rest}"
        found = [match.start() for match in every.finditer(text)]
        assert 4 not in found, text
