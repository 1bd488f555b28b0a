"""User dictionaries: four formats in, two out, clear errors, honest findings."""

import json

import pytest
from growth import assert_linear

from sbv2cli.errors import UsageError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.japanese.user_dictionary import (
    csv_of,
    entry,
    examine,
    read,
    write_json,
)
from sbv2cli.languages.language import DictionaryEntry, ReadOptions


@pytest.fixture
def file(tmp_path):
    def write(name, text, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def facts(dictionary):
    return [(one.surface, one.kana, one.accent) for one in dictionary]


@pytest.mark.parametrize(
    "text",
    [
        "C++,シープラプラ,1\n𠮷野家,よしのや,0\nVITS2,ビッツツー,\n",
        "surface,reading,accent\nC++,シープラプラ,1\n𠮷野家,よしのや,0\nVITS2,ビッツツー\n",
        "読み,表記,備考,アクセント\nシープラプラ,C++,x,1\nよしのや,𠮷野家,y,０\nビッツツー,VITS2,,\n",
        "\ufeffC++,シープラプラ,1\r\n\r\n𠮷野家,ﾖｼﾉﾔ,0\r\nVITS2,ビッツツー\r\n",
        "C++\tシ'ープラプラ\n𠮷野家\tヨシノヤ\t0\nVITS2\tビッツツー\n",
    ],
)
def test_simple_csv(file, text):
    assert facts(read(file("words.csv", text))) == [
        ("C++", "シープラプラ", 1),
        ("𠮷野家", "ヨシノヤ", 0),
        ("VITS2", "ビッツツー", None),
    ]


def test_comments_are_no_words(file):
    text = "# 名前, 読み\n表記,読み\n#1,ナンバーワン\n#メモ\n# a,b\n"
    assert facts(read(file("words.csv", text))) == [("#1", "ナンバーワン", None)]


def test_a_quote_that_is_never_closed_is_found_where_it_is(file):
    with pytest.raises(UsageError) as caught:
        read(file("words.csv", 'a,ア\n"c,シー\nd,ディー\n'))
    assert caught.value.code == "dictionary.syntax"


def test_cp932(file):
    path = file("excel.csv", "表記,読み,アクセント\n①社,マルイチシャ,3\n", "cp932")
    assert facts(read(path)) == [("①社", "マルイチシャ", 3)]


def test_quoted_surface(file):
    path = file("words.csv", '"a,b","エービー",1\n"say ""hi""",セイハイ,\n')
    assert [one.surface for one in read(path)] == ["a,b", 'say "hi"']


def test_openjtalk_csv(file):
    text = (
        "ＢＥＲＴ,,,8609,名詞,固有名詞,一般,*,*,*,ＢＥＲＴ,バート,バート,1/3,*\n"
        "担々麺,1345,1345,100,名詞,一般,*,*,*,*,担々麺,タンタンメン,タンタンメ’ン,3/6,C1\n"
        "汐風,,,0,名詞,固有名詞,一般,*,*,*,汐風,シオカゼ,*\n"
    )
    assert facts(read(file("default.csv", text))) == [
        ("BERT", "バート", 1),
        ("担々麺", "タンタンメン", 3),
        ("汐風", "シオカゼ", None),
    ]


WORD = {
    "surface": "ＡＩ社",
    "cost": 8609,
    "context_id": 1348,
    "part_of_speech": "名詞",
    "yomi": "エーアイシャ",
    "pronunciation": "エーアイシャ",
    "accent_type": 3,
    "mora_count": 5,
    "accent_associative_rule": "*",
}


def test_json(file):
    words = {
        "0a": WORD,
        "0b": {"surface": "零", "pronunciation": "レイ", "accent_type": 1, "priority": 5},
    }
    path = file("user_dict.json", json.dumps(words, ensure_ascii=False, indent=1))
    dictionary = read(path)
    assert facts(dictionary) == [("AI社", "エーアイシャ", 3), ("零", "レイ", 1)]
    assert dictionary[1].origin == f"{path}:13"


def test_json_of_aivisspeech_with_several_phrases(file):
    word = {
        "surface": ["東京", "タワー"],
        "pronunciation": ["トーキョー", "タワー"],
        "accent_type": [0, 1],
    }
    path = file("user_dict.json", json.dumps({"a": word}))
    assert facts(read(path)) == [("東京タワー", "トーキョータワー", None)]


@pytest.mark.parametrize(
    ("text", "code", "row", "said"),
    [
        ("良い,ヨイ,1\n悪い,わるい!,1\n", "dictionary.reading", 2, '"!"'),
        ("悪い,悪い,1\n", "dictionary.reading", 1, '"悪"'),
        ("悪い,,1\n", "dictionary.reading", 1, "no reading"),
        (",ワルイ,1\n", "dictionary.surface", 1, "without a surface"),
        ("悪い,ワルイ,4\n", "dictionary.accent", 1, "between 0 and 3"),
        ("悪い,ワルイ,-1\n", "dictionary.accent", 1, "between 0 and 3"),
        ("悪い,ワルイ,上\n", "dictionary.accent", 1, '"上"'),
        ("キ,キャャ,\n", "dictionary.reading", 1, '"ャャ"'),
        ("キ,ッッカ,\n", "dictionary.reading", 1, '"ッッ"'),
        ("キ,カッャ,\n", "dictionary.reading", 1, '"ッャ"'),
        ("キ,マヮ,\n", "dictionary.reading", 1, '"ヮ"'),
        ("a,b,c,d,e\n", "dictionary.columns", 1, "5 columns"),
        ("灯,トモリ,0,maybe\n", "dictionary.within", 1, "neither yes nor no"),
        ("悪い\n", "dictionary.columns", 1, "1 columns"),
    ],
)
def test_wrong_rows_are_named(file, text, code, row, said):
    path = file("words.csv", text)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert (caught.value.code, caught.value.at) == (code, f"{path}:{row}")
    assert said in caught.value.message


def test_all_wrong_rows_are_counted(file):
    with pytest.raises(UsageError, match=r"wrong too: rows 2, 4\n"):
        read(file("words.csv", "a,b\nc,d\ne,エフ\ng,h\n"))
    with pytest.raises(UsageError, match=r"wrong too: rows 2, 3, 4, 5, 6 and 3 more\n"):
        read(file("words.csv", "a,b\n" * 9))


def test_files_that_are_no_dictionaries(file, tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="neither UTF-8 nor CP932"):
        read(file("words.csv", "\x81\x00", "latin-1"))
    with pytest.raises(UsageError, match="no JSON"):
        read(file("words.json", "{"))
    with pytest.raises(UsageError, match="object of words"):
        read(file("words.json", "3"))
    with pytest.raises(UsageError, match="no word"):
        read(file("words.json", '{"a": 1}'))


def test_kwa_and_small_kana_in_their_places():
    assert entry("a", "クヮルテット").kana == "クヮルテット"
    assert entry("a", "ヴィーナス").accent is None
    assert entry("a", "ツイタチ'").accent == 4


def test_duplicates_are_reported_and_the_last_wins(file):
    first = file("a.csv", "橋,ハシ,2\n箸,ハシ,1\n")
    second = file("b.csv", "橋,キョー,1\n箸,ハシ,1\n")
    dictionary = read(first, second)
    duplicate, same = examine(dictionary)
    assert (duplicate.code, duplicate.severity) == ("dictionary.duplicate", "warning")
    assert str(duplicate.at) == f"{first}:1"
    assert f"{second}:1" in duplicate.message
    assert same.severity == "note"
    reading = JAPANESE.read("橋", ReadOptions(dictionary=dictionary))
    assert [word.kana for word in reading.words] == ["キョー"]


@pytest.mark.parametrize(
    ("surface", "code"),
    [
        ("あ" * 101, "dictionary.no-effect"),
        ("東\n京", "dictionary.no-effect"),
        ("東\u200b京", "dictionary.no-effect"),
        ("漢字《かんじ》", "dictionary.no-effect"),
        ("は", "dictionary.broad"),
    ],
)
def test_entries_that_cannot_take_effect(surface, code):
    assert [one.code for one in examine([DictionaryEntry(surface=surface, kana="ア")])] == [code]


@pytest.mark.parametrize("surface", ["C++", "VITS2", "𠮷", "Ａ社", "・", "☆", "ab cd"])
def test_entries_that_can(surface):
    one = DictionaryEntry(surface=surface, kana="テスト")
    assert examine([one]) == []
    reading = JAPANESE.read(f"それは{surface}です", ReadOptions(dictionary=[one]))
    assert "テスト" in "".join(word.kana or "" for word in reading.words)


def test_round_trips(tmp_path):
    words = (
        DictionaryEntry(surface="C++", kana="シープラプラ", accent=1),
        DictionaryEntry(surface='a,"b"', kana="エービー", accent=0),
        DictionaryEntry(surface="𠮷野家", kana="ヨシノヤ", accent=None),
        DictionaryEntry(surface="灯", kana="トモリ", accent=0, within_words=True),
    )
    (tmp_path / "words.csv").write_text(csv_of(words), encoding="utf-8")
    assert facts(read(tmp_path / "words.csv")) == [(w.surface, w.kana, w.accent) for w in words]
    write_json(tmp_path / "words.json", words)
    assert facts(read(tmp_path / "words.json")) == [
        (w.surface, w.kana, w.accent or 0) for w in words
    ]
    stored = json.loads((tmp_path / "words.json").read_text(encoding="utf-8"))
    assert next(iter(stored.values()))["surface"] == "Ｃ＋＋"
    assert {word["mora_count"] for word in stored.values()} == {6, 4, 3}
    for file in ("words.csv", "words.json"):
        within = [one.within_words for one in read(tmp_path / file)]
        assert within == [False, False, False, True]


def test_no_global_state():
    one = (DictionaryEntry(surface="犬", kana="ワンワン"),)
    assert JAPANESE.read("犬", ReadOptions(dictionary=one)).words[0].kana == "ワンワン"
    assert JAPANESE.read("犬").words[0].kana == "イヌ"


def test_a_large_json_dictionary_takes_time_as_it_is_large(tmp_path):
    def read_words(count: int) -> None:
        words = {
            f"word-{number}": {
                "surface": f"単語{number}号",
                "pronunciation": "タンゴ",
                "accent_type": 0,
            }
            for number in range(count)
        }
        path = tmp_path / "user_dict.json"
        path.write_text(json.dumps(words, ensure_ascii=False, indent=2), encoding="utf-8")
        entries = read(path)
        assert entries[-1].origin == f"{path}:{2 + 5 * (count - 1)}"

    assert_linear(read_words, 500, 10)
