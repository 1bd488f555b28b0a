"""Notations of ruby: the text that is seen, and what stands over it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.ruby import (
    NOTATIONS,
    interlinear,
    may_hold_ruby,
    read_ruby,
    take_ruby,
    whole_reading,
)
from sbv2cli.settings.keys import KEYS


def shown(text, notation="auto"):
    """The text with its ruby as base[reading]."""
    seen, ruby = read_ruby(text, notation)
    for one in reversed(ruby):
        start, end = one.span
        seen = f"{seen[:start]}{seen[start:end]}[{one.reading}]{seen[end:]}"
    return seen


AUTO = [
    ("漢字《かんじ》を読む", "漢字[かんじ]を読む"),
    ("想《おも》う", "想[おも]う"),
    ("取《と》寄《よ》せ", "取[と]寄[よ]せ"),
    ("霞ヶ関《かすみがせき》", "霞ヶ関[かすみがせき]"),
    ("｜ab《えーびー》", "ab[えーびー]"),
    ("API《エーピーアイ》を", "API[エーピーアイ]を"),
    ("ＡＰＩ《エーピーアイ》を", "ＡＰＩ[エーピーアイ]を"),
    ("API《Tokyo》を", "API《Tokyo》を"),
    ("|本気《マジ》だ", "本気[マジ]だ"),
    ("｜山田 太郎《やまだ たろう》", "山田 太郎[やまだ たろう]"),
    ("{東京|とうきょう}へ", "東京[とうきょう]へ"),
    ("｛運命｜さだめ｝だ", "運命[さだめ]だ"),
    ("【東京｜とうきょう】", "東京[とうきょう]"),
    ("{rb}東京{/rb}{rt}とうきょう{/rt}へ", "東京[とうきょう]へ"),
    ("<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby>へ", "東[とう]京[きょう]へ"),
    ("<ruby>明日<rp>(</rp><rt>あす</rt><rp>)</rp></ruby>の朝", "明日[あす]の朝"),
    ("<ruby><rb>明日</rb> <rt>あす</rt></ruby>", "明日[あす]"),
    ("東京《Tokyo》", "東京[Tokyo]"),
    ("運命《宿命》", "運命[宿命]"),
    ("強調《・・》", "強調[・・]"),
    ("《《強い》》", "強い"),
    ("[[rb:灯台 > とうだい]]へ[[rb:岬>みさき]]", "灯台[とうだい]へ岬[みさき]"),
    ("#灯台__とうだい__#へ", "灯台[とうだい]へ"),
    ("\\r[灯台,とうだい]へ\\RB[岬,みさき]", "灯台[とうだい]へ岬[みさき]"),
    ("<ruby=とうだい>灯台</ruby>へ<r='みさき'>岬</r>", "灯台[とうだい]へ岬[みさき]"),
    ('<rb text="とうだい">灯台</rb>へ', "灯台[とうだい]へ"),
    ("[灯台|とうだい]へ［岬｜みさき］", "灯台[とうだい]へ岬[みさき]"),
    # What only looks like it stays as it is.
    ("[はい|いいえ]", "[はい|いいえ]"),
    ("[行く|やめる]", "[行く|やめる]"),
    ("[灯台|A]", "[灯台|A]"),
    ("\\r[1]\\c[2]", "\\r[1]\\c[2]"),
    ("<r>灯台</r>", "<r>灯台</r>"),
    ("それは《ほし》", "それは《ほし》"),
    ("想う《おもう》", "想う《おもう》"),
    ("漢字《》", "漢字《》"),
    ("漢字《かん\nじ》", "漢字《かん\nじ》"),
    ("漢字《 かんじ》", "漢字《 かんじ》"),
    ("｜《x", "《x"),
    ("｜(笑)", "(笑)"),
    ("a|b", "a|b"),
    ("[[rb:灯台]] #1__2", "[[rb:灯台]] #1__2"),
    ("{0}と{name}", "{0}と{name}"),
    ("【悲報】だ", "【悲報】だ"),
    ("<ruby>東京", "<ruby>東京"),
    ("紫陽花(あじさい)", "紫陽花(あじさい)"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), AUTO)
def test_by_itself(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("notation", "text", "expected"),
    [
        ("plain", "漢字《かんじ》", "漢字《かんじ》"),
        ("aozora", "お伽話《フェアリーテイル》", "お伽話[フェアリーテイル]"),
        ("aozora", "フロムゲンカ《from》", "フロムゲンカ[from]"),
        ("aozora", "仝《どう》", "仝[どう]"),
        ("aozora", "ＣＤ《シーディー》", "ＣＤ[シーディー]"),
        ("aozora", "etc.《など》", "etc.[など]"),
        ("aozora", "{東京|とうきょう}", "{東京|とうきょう}"),
        ("kakuyomi", "彼女《ヒロイン》", "彼女[ヒロイン]"),
        ("kakuyomi", "｜etc《えとせとら》", "etc[えとせとら]"),
        ("kakuyomi", "《《傍点》》", "傍点"),
        ("kakuyomi", "ルビでない《ルビでない》", "ルビでない《ルビでない》"),
        ("kakuyomi", "|縦線を使った《こういう》", "縦線を使った[こういう]"),
        ("kakuyomi", "｜《かっこ》", "《かっこ》"),
        ("narou", "紫陽花(あじさい)が", "紫陽花[あじさい]が"),
        ("narou", "佐々（ささ）", "佐々（ささ）"),
        ("narou", "｜佐々（ささ）", "佐々[ささ]"),
        ("narou", "魔法《マジック》", "魔法[マジック]"),
        ("narou", "魔法《magic》", "魔法《magic》"),
        ("narou", "｜魔法《magic》", "魔法[magic]"),
        ("narou", "紫陽花｜(あじさい)", "紫陽花(あじさい)"),
        ("narou", "紫陽花( あじさい)", "紫陽花( あじさい)"),
        # The edges that whiteleaf7/narou (MIT) tests, spec/data/convert_test/ruby.
        ("narou", "漢字（かんじ（かんじ））", "漢字（かんじ（かんじ））"),
        ("narou", "次の｜漢字《かんじ｜漢字《かんじ》》に", "次の｜漢字《かんじ漢字[かんじ]》に"),
        ("narou", "｜文章《ぶんしょう《るび》》", "文章《ぶんしょう[るび]》"),
        ("narou", "文章《文章の中のルビ｜《るび》が抑制》", "文章《文章の中のルビ《るび》が抑制》"),
        ("narou", "山田太郎(やまだ　たろう)と", "山田太郎[やまだ　たろう]と"),
        ("narou", "山田太郎(やまだ たろう)と", "山田太郎[やまだ たろう]と"),
        ("narou", "山田 太郎（やまだ たろう）と", "山田[やまだ] 太郎[たろう]と"),
        ("narou", "佐山　貴大（さやま　たかひろ）", "佐山　貴大[さやま　たかひろ]"),
        ("narou", "上条　当麻《かみじょうとうま》", "上条　当麻[かみじょうとうま]"),
        ("narou", "上条　当麻（　かみじょうとうま）", "上条　当麻（　かみじょうとうま）"),
        ("narou", "魔法《 ファスト 》", "魔法《 ファスト 》"),
        ("narou", "ー・ＡＺａｚ（るび）", "ー・ＡＺａｚ[るび]"),
        ("narou", "ぁんァヶー（るび）", "ぁんァヶー（るび）"),
        ("narou", "漢字（ぁんァヶー・﹅）", "漢字（ぁんァヶー・﹅）"),
        ("narou", "漢字（漢字まじり）｜漢字《漢字》", "漢字（漢字まじり）漢字[漢字]"),
        ("narou", f"漢字《{'あ' * 20}》", f"漢字[{'あ' * 20}]"),
        ("narou", f"漢字《{'あ' * 21}》（{'あ' * 21}）", f"漢字《{'あ' * 21}》（{'あ' * 21}）"),
        ("narou", "二〇一（にぜろいち）201《にぜろいち》", "二〇一[にぜろいち]201《にぜろいち》"),
        ("voicevox", "{漢字|かんじ}と《これ》[間]", "漢字[かんじ]と《これ》"),
        ("renpy", "【東京|とうきょう】と漢字《かんじ》", "東京[とうきょう]と漢字《かんじ》"),
    ],
)
def test_by_name(notation, text, expected):
    assert shown(text, notation) == expected


def test_marks_for_ruby_of_unicode_are_known_to_all():
    for notation in NOTATIONS:
        assert shown(f"前{interlinear('漢《字', 'かんじ')}後", notation) == "前漢《字[かんじ]後"


def test_the_setting_names_every_notation():
    assert sorted(KEYS["markup"].choices) == sorted(NOTATIONS)


def test_other_languages_keep_their_brackets():
    assert take_ruby("我读《红楼梦》", "zh") == ("我读《红楼梦》", ())
    assert take_ruby("Press {a|b}", None, ReaderOptions(language="en")) == ("Press {a|b}", ())
    assert take_ruby("岬《みさき》", "ja", ReaderOptions(ruby="base")) == ("岬", ())
    named = ReaderOptions(language="en", markup="voicevox")
    assert take_ruby("{a|b}", None, named)[0] == "a"


MARKED = st.text(
    "漢字かなカナaA1 ｜|《》{}｛｝【】()（）<>/rubytp\n\ufff9\ufffa\ufffb", max_size=60
)


@given(MARKED, st.sampled_from(NOTATIONS))
def test_any_text_keeps_its_order_and_its_ruby_lies_inside(text, notation):
    seen, ruby = read_ruby(text, notation)
    letters = iter(text)
    assert all(letter in letters for letter in seen)
    reached = 0
    for one in ruby:
        assert reached <= one.span[0] < one.span[1] <= len(seen)
        assert one.reading
        reached = one.span[1]


@given(st.text("漢字かなカナaA1 、。（）「」[]\n", max_size=60))
def test_a_text_without_marks_is_not_touched(text):
    assert read_ruby(text) == (text, ())
    assert not may_hold_ruby(text)


@pytest.mark.parametrize(
    "piece",
    [
        "漢《",
        "|",
        "{a|",
        "<ruby>",
        "【",
        "《《",
        "漢《か》",
        "a(",
        "[",
        "[[rb:",
        "#a__",
        "\ufff9a",
        "[a|",
        "[灯|",
        "\\r[a,",
        "<r=a>",
    ],
)
@pytest.mark.parametrize("notation", NOTATIONS)
def test_long_texts_are_read_in_linear_time(piece, notation):
    import time

    def seconds(length):
        text = (piece * length)[:length]
        began = time.process_time()
        read_ruby(text, notation)
        return time.process_time() - began

    seconds(100)
    assert seconds(100_000) < max(2.0, 40 * seconds(10_000))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("心《こころ》", ("心", "こころ")),
        ("灰色の塔《ハイイロノトウ》", ("灰色の塔", "ハイイロノトウ")),
        ("吾輩は猫である《わがはいはねこである》", ("吾輩は猫である", "わがはいはねこである")),
        ("走れメロス《はしれめろす》", ("走れメロス", "はしれめろす")),
        ("The Tower《ザ・タワー》", ("The Tower", "ザ・タワー")),
        ("灰色の塔《とう》", None),
        ("灰色《はいいろ》の塔", None),
        ("｜灰色の塔《ハイイロノトウ》", None),
        ("心《Kokoro》", None),
        ("《こころ》", None),
    ],
)
def test_the_reading_of_a_whole_name(written, expected):
    assert whole_reading(written) == expected
