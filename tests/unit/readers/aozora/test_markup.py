"""Rows of Aozora texts: ruby, gaiji, accents, notes and headings."""

from __future__ import annotations

import pytest
from growth import assert_linear

from sbv2cli.readers.aozora.markup import has_open_note, read_row


def shown(written):
    """The text with each reading in brackets behind its base."""
    row = read_row(written)
    text = row.text
    for one in reversed(row.ruby):
        start, end = one.span
        text = f"{text[:start]}{{{text[start:end]}|{one.reading}}}{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("私は 青空文庫《あおぞらぶんこ》", "私は {青空文庫|あおぞらぶんこ}"),
        ("お伽話《フェアリーテイル》", "お{伽話|フェアリーテイル}"),
        ("｜お伽話《フェアリーテイル》", "{お伽話|フェアリーテイル}"),
        ("霞ヶ関《かすみがせき》一ヵ月《つき》", "{霞ヶ関|かすみがせき}一ヵ{月|つき}"),
        ("取《と》寄《よ》せ", "{取|と}{寄|よ}せ"),
        ("etc.《など》 A&B《x》 (PDF)《x》", "{etc.|など} A&{B|x} ({PDF)|x}"),
        ("○○《まるまる》", "○{○|まるまる}"),
        ("研究されたので《花がたみ》", "研究{されたので|花がたみ}"),
        ("《花がたみ》", "《花がたみ》"),
        # Behind a blank or a stop they are brackets of the text, which is not lost.
        (
            "\u3000《花がたみ》を読む。《海》と「《空》」",
            "\u3000《花がたみ》を読む。《海》と「《空》」",
        ),
        ("｜、《てん》", "{、|てん}"),
        ("｜\u3000《海》", "\u3000《海》"),
        ("※［＃始め二重山括弧］海※［＃終わり二重山括弧］", "《海》"),
        ("東京［＃「東京」に「とうきょう」のルビ］へ", "{東京|とうきょう}へ"),
        ("京《きょう》［＃「京」に「みやこ」のルビ］へ", "{京|きょう}へ"),
        ("《》と≪引用≫", "《》と≪引用≫"),
        ("a｜b《び》｜c｜d", "a{b|び}｜c｜d"),
        ("開く《まま", "開く《まま"),
        # A note stops a run; directly before a reading it belongs to the base.
        ("［＃割り注］下［＃割り注終わり］雪垂《ゆきだれ》", "（下）{雪垂|ゆきだれ}"),
        ("青［＃「青」に傍点］空《そら》", "青{空|そら}"),
        ("鈍［＃「鈍」は底本では「鋭」］《にぶ》い", "{鈍|にぶ}い"),
        ("高季迪［＃一］《こうきてき》", "{高季迪|こうきてき}"),
        ("大空文庫［＃「文庫」に傍点］《ぶんこ》", "大空{文庫|ぶんこ}"),
        ("｜化［＃レ］人《ヒトニナリテ》", "{化人|ヒトニナリテ}"),
        # A reading may hold marks that repeat, gaiji and anything else, at any length.
        ("胡蝶《てふ／＼》散々《さん／″＼》", "{胡蝶|てふてふ}{散々|さんざん}"),
        ("曲《ヂヰナ、コメヂア》", "{曲|ヂヰナ、コメヂア}"),
        ("益《ます※［＃二の字点、1-2-22］》", "{益|ます〻}"),
        ("長文《" + "あ" * 300 + "》", "{長文|" + "あ" * 300 + "}"),
    ],
)
def test_ruby(written, expected):
    assert shown(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("※［＃「口＋喬」、第3水準1-15-26］", "嚙"),
        ("※［＃「てへん＋丑」、第4水準2-12-93］《ね》", "{扭|ね}"),
        ("愈※［＃二の字点、1-2-22］《いよいよ》", "{愈〻|いよいよ}"),
        ("※［＃「口＋世」、U+546D、12-3］", "呭"),
        ("丹※［＃「土へん＋犀」、61-11］《たんち》", "{丹※|たんち}"),
        ("※［＃「土へん＋竒」、317-12-3］", "※"),
        ("※［＃「丂」、U+D800、1-1］※［＃「丂」、U+110000］", "※※"),
        ("※［＃第3水準1-99-1］", "※"),
        ("※［＃濁点付き片仮名ワ、1-7-82］島《たう》", "ヷ{島|たう}"),
        ("于※［＃もんがまえに真の正字。読みは「タン」］大寺", "于{※|タン}大寺"),
        ("汲※［＃「※」は「手偏＋黨」、第3水準1-85-7、111-16］《くみたも》", "{汲攩|くみたも}"),
        ("※《たも》［＃「※」は「手偏＋黨」、第3水準1-85-7］を", "{攩|たも}を"),
        ("ヰ゛［＃1-7-83］ルモ", "ヸルモ"),
        ("※印", "※印"),
        # Accents combine in their brackets alone, and only as the official table says.
        ("繁雑な 〔e'tiquette〕 も", "繁雑な étiquette も"),
        (
            "〔La pense'e doit remplir toute l'existence.〕",
            "La pensée doit remplir toute l'existence.",
        ),
        ("〔Hamlet〕と〔本全集第一巻所収〕参照", "〔Hamlet〕と〔本全集第一巻所収〕参照"),
        ("それが彼の 〔E'tude〕《エチュード》", "それが彼の {Étude|エチュード}"),
        ("〔AE& oe& s& c,a ?@〕", "Æ œ ß ça ¿"),
    ],
)
def test_characters(written, expected):
    assert shown(written) == expected


@pytest.mark.parametrize(
    "note",
    [
        "［＃３字下げ］", "［＃地から１字上げ］", "［＃「あ」に傍点］", "［＃傍線］", "［＃レ］",
        "［＃（ノ）］", "［＃「あ」に「ママ」の注記］", "［＃「あ」の左に「い」のルビ］",
        "［＃「［あ］」は太字］", "［＃「あ」は底本では「※［＃「口＋世」、U+546D］」］", "［※１］",
        "［＊「あ」に傍点］", "［３６字下げ、地より２字あきで］",
        "［＃「軌［＃「軌」に「（ママ）」の注記］り」は底本では「軌《きし》り」］",
        "［＃コンドル博士の図（fig47728_06.png、横320×縦322）入る］",
        "［＃一つ目の「e」は「｀」付き］",
    ],
)  # fmt: skip
def test_a_note_is_never_shown(note):
    row = read_row(f"日本あ{note}の")
    assert row.text == "日本あの"
    assert row.noted
    assert row.ruby == ()


@pytest.mark.parametrize(
    ("written", "titles"),
    [
        ("独《ひと》り寝《ね》［＃「独り寝」は大見出し］", [("独り寝", 1, False)]),
        ("［＃３字下げ］第一章［＃「第一章」は中見出し］", [("第一章", 2, False)]),
        ("一　午後《ごご》［＃「一　午後《ごご》」は中見出し］", [("一　午後", 2, False)]),
        ("［＃小見出し］※［＃ローマ数字1、1-13-21］［＃小見出し終わり］", [("Ⅰ", 3, False)]),
        ("龍王岬［＃「龍王岬」は窓中見出し］　峨々たる", [("龍王岬", 2, True)]),
        ("［＃同行大見出し］序［＃同行大見出し終わり］本文", [("序", 1, True)]),
        (
            "第一編［＃「第一編」は大見出し］　序［＃「序」は中見出し］",
            [("第一編", 1, False), ("序", 2, False)],
        ),
        ("他の語［＃「題」は中見出し］", []),
    ],
)
def test_headings(written, titles):
    row = read_row(written)
    found = [(row.text[start:end], title.size, title.run_in) for start, end, title in row.titles]
    assert found == titles


def test_a_heading_of_several_rows_opens_and_closes():
    assert read_row("［＃ここから中見出し］").opens.size == 2
    assert read_row("［＃ここから２字下げ、大見出し］").opens.size == 1
    assert read_row("［＃ここで中見出し終わり］").closes
    assert not read_row("［＃ここで字下げ終わり］").closes


def test_brackets_of_an_aside_come_once():
    assert read_row("説と［＃割り注］甲［＃改行］乙［＃割り注終わり］と").text == "説と（甲乙）と"
    assert read_row("説（［＃割り注］甲［＃割り注終わり］）").text == "説（甲）"


def test_a_note_without_an_end_is_told():
    assert read_row("始め［＃注").open_note == 2
    assert has_open_note("始め［＃注")
    assert not has_open_note("始め［＃注］")


def test_places_lead_back_to_what_is_written():
    written = "前｜東京《とうきょう》［＃「東京」に傍点］の※［＃二の字点、1-2-22］〔e'te〕《x》後"
    row = read_row(written)
    places = dict(row.places)
    assert places[0] == 0
    for shown_at, written_at in row.places:
        if row.text[shown_at] in written:
            assert written[written_at] == row.text[shown_at], (shown_at, written_at)
    assert row.text == "前東京の〻éte後"


@pytest.mark.parametrize(
    "unit",
    ["｜", "《", "［＃", "〔e", "※［＃", "漢字《かな》", "｜漢《か》", "※《", "［＃「「",
     "※［＃「※」は］", "あ［＃「い」は中見出し］",
     "※［＃「あ」、1-2］｜い《う》", "a'〔", "］", "［＃［］"],
)  # fmt: skip
def test_a_row_takes_time_in_proportion_to_its_length(unit):
    assert_linear(lambda size: read_row(unit * size), 1500, 10)
