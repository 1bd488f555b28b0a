"""The known defects of the reference frontend that concern Japanese, each shown mended.

Numbers follow `spec/frontend.md`, section DEF; 28 concerns Chinese and English.
"""

import pytest

from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.readers.ruby import read_ruby

LONG_KANA = 400


def said(text, **options):
    shown, ruby = read_ruby(text)
    reading = JAPANESE.read(shown, ReadOptions(ruby=ruby, **options))
    assert sum(reading.phones_per_token) == len(reading.phones) == len(reading.tones)
    return "".join(word.kana or word.spoken for word in reading.words).replace("ヲ", "オ")


def findings(text):
    return JAPANESE.read(text).findings


@pytest.mark.parametrize("text", ["えっーと", "ちょっーと待って", "うっーわ"])
def test_defect_01_long_mark_after_small_tsu(text):
    assert "ッー" in said(text)


def test_defect_02_long_texts_and_words():
    assert said("あ" * LONG_KANA).replace("ー", "ア") == "ア" * LONG_KANA
    assert len(JAPANESE.read("これは長い文章です。" * 1_000).phones) > 10_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50%", "ゴジュッパーセント"),
        ("99.9%", "キュージューキューテンキューパーセント"),
        ("10:30", "ジュージサンジュップン"),
        ("23:59", "ニジューサンジゴジューキューフン"),
        ("2024/05/01", "ニセンニジューヨネンゴガツツイタチ"),
        ("1/2", "ニブンノイチ"),
        ("3:2", "サンタイニ"),
        ("5+3=8", "ゴタスサンワハチ"),
        ("60km/h", "ロクジュッキロメートルマイジ"),
        ("A&B", "エーアンドビー"),
        ("#1", "ナンバーイチ"),
    ],
)
def test_defect_03_signs_are_said(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03-1234-5678", "ゼロサンノイチニーサンヨンノゴーロクナナハチ"),
        ("〒100-0001", "ユービンバンゴーイチゼロゼロノゼロゼロゼロイチ"),
        ("090", "ゼロキューゼロ"),
    ],
)
def test_defect_04_phone_and_postal_numbers(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("二〇二四年", "ニセンニジューヨネン"),
        ("一〇〇円", "ヒャクエン"),
        ("一一〇番", "ヒャクトーバン"),
    ],
)
def test_defect_05_ideographic_zero(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.14", "サンテンイチヨン"),
        ("99.99", "キュージューキューテンキューキュー"),
        ("52.34", "ゴジューニテンサンヨン"),
    ],
)
def test_defect_06_decimals(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("100€", "ヒャクユーロ"), ("100$", "ヒャクドル"), ("₩500", "ゴヒャクウォン"), ("$", "ドル")],
)
def test_defect_07_currencies_on_either_side(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2～3個", "ニカラサンコ"),
        ("10〜20人", "ジューカラニジューニン"),
        ("9時～5時", "クジカラゴジ"),
        ("5-6人", "ゴカラロクニン"),
    ],
)
def test_defect_08_ranges(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1日に3回", "イチニチニサンカイ"),
        ("1日付", "ツイタチヅケ"),
        ("1月1日", "イチガツツイタチ"),
        ("8月14日", "ハチガツジューヨッカ"),
        ("4/1", "シガツツイタチ"),
        ("'90年代", "キュージューネンダイ"),
    ],
)
def test_defect_09_dates(text, expected):
    assert said(text).replace("ズケ", "ヅケ") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25℃", "ニジューゴド"),
        ("10m²", "ジューヘーホーメートル"),
        ("5㎡", "ゴヘーホーメートル"),
        ("5mの", "ゴメートルノ"),
        ("2L", "ニリットル"),
        ("㎏", "キログラム"),
        ("㌔", "キロ"),
    ],
)
def test_defect_10_units(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("第Ⅳ章", "ダイヨンショー"), ("①", "イチ"), ("第IV章", "ダイヨンショー")]
)
def test_defect_11_roman_and_circled_numbers(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love you", "アイラブユー"),
        ("Python", "パイソン"),
        ("GitHub", "ギットハブ"),
        ("iPhone", "アイフォーン"),
        ("Good morning", "グッドモーニング"),
        ("WiFi", "ワイファイ"),
        ("https://example.com", "イグザンプルドットコム"),
        ("API", "エーピーアイ"),
    ],
)
def test_defect_12_latin_words(text, expected):
    assert said(text) == expected


def test_defect_13_accented_latin():
    assert said("café") == "カフェ"
    assert said("Zürich") == "チューリッヒ"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("𠮷野家", "ヨシノヤ"),
        ("山﨑", "ヤマザキ"),
        ("髙橋", "タカハシ"),
        ("濵田", "ハマダ"),
        ("嗤う", "ワラウ"),
    ],
)
def test_defect_14_rare_and_variant_kanji(text, expected):
    assert said(text) == expected


def test_defect_15_voiced_marks():
    assert said("か゛") == "ガ"
    assert said("あ゛") == "ア"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("〆切", "シメキリ"),
        ("〆", "シメ"),
        ("〃", "ドージョー"),
        ("いすゞ", "イスズ"),
        ("こゝろ", "ココロ"),
        ("くヽる", "ククル"),
        ("バナヽとモヽ", "バナナトモモ"),
        ("ミスヾ", "ミスズ"),
        ("ヽ(^o^)丿やったヽ(´▽｀)ノ", "ヤッタ"),
        ("人〻", "ヒトビト"),
    ],
)
def test_defect_16_iteration_marks(text, expected):
    assert said(text) == expected


def test_defect_16_lone_iteration_mark_is_located():
    assert findings("々だ")[0].span == (0, 1)


def test_defect_17_quotes_and_readings():
    assert said("『あ』") == said("「あ」") == said("〈あ〉") == "'ア'"
    assert said("漢字(かんじ)") == said("漢字《かんじ》") == said("漢字") == "カンジ"
    assert said("<ruby>漢字<rt>かんじ</rt></ruby>") == "カンジ"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("笑(笑)", "ワライカッコワライ"),
        ("草www", "クサワラ"),
        ("つらいorz", "ツライ"),
        ("ごめん(^_^)", "ゴメン"),
        ("ごめんm(_ _)m", "ゴメン"),
        ("いい👍ね", "イイ,ネ"),
    ],
)
def test_defect_18_faces_and_emoji(text, expected):
    assert said(text) == expected


def test_defect_19_line_breaks_and_spaces():
    assert said("はい\rいいえ") == said("はい\r\nいいえ") == said("はい\nいいえ") == "ハイ.イーエ"
    assert said("Hello\tWorld") == said("Hello  World") == "ハローワールド"


def test_defect_20_middle_dot_long_mark_and_dots():
    assert said("ジョン・スミス") == "ジョンスミス"
    assert said("ー") == ""
    assert said("……。") == said("…") == "..."


def test_defect_21_homographs():
    assert said("何ですか") == "ナンデスカ"
    assert said("人気がない店") == "ニンキガナイミセ"


def test_defect_22_one_mora_phrases_are_low():
    assert JAPANESE.read("歯").tones == (0, 0, 0, 0)


def test_defect_23_a_given_reading_is_used():
    assert said("橋", given="ハ'シ") == "ハシ"
    assert JAPANESE.read("橋", ReadOptions(given="ハ'シ")).tones == (0, 1, 1, 0, 0, 0)
    assert said("今日", given="コンニチ") == "コンニチ"


def test_defect_24_dictionary_words_with_symbols():
    dictionary = (
        DictionaryEntry(surface="C++", kana="シープラプラ", accent=1),
        DictionaryEntry(surface="VITS2", kana="ビッツツー"),
        DictionaryEntry(surface="Ａ社", kana="エーシャ"),
        DictionaryEntry(surface="Q & A", kana="キューエー"),
    )
    assert said("C++はVITS2よりA社のQ & A", dictionary=dictionary) == (
        "シープラプラワビッツツーヨリエーシャノキューエー"
    )
    assert said("vits2", dictionary=dictionary) == "ビッツツー"


@pytest.mark.parametrize("text", ["んー", "っあ", "あっ", "んっー", "ーん"])
def test_defect_25_marks_at_the_edges(text):
    assert said(text)


def test_defect_26_assist_text_is_read_like_any_text():
    # An assist text goes through the same reader, so nothing raw reaches the language model.
    assert JAPANESE.read("５０％!").model_text == JAPANESE.read("50%！").model_text


def test_defect_27_the_engine_prints_nothing(capfd):
    JAPANESE.read("ーあ。ーーっ")
    assert capfd.readouterr() == ("", "")
