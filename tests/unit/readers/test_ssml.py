"""The SSML subset, and that everything else is said with its place."""

from __future__ import annotations

import io
import json

import pytest
from growth import assert_linear

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.ssml import read


def lines(body, *, wrap=True, **options):
    text = f"<speak>{body}</speak>" if wrap else body
    return list(read(io.BytesIO(text.encode()), "a.ssml", ReaderOptions(**options)))


def findings(body):
    return [(f.code, f.severity, str(f.at)) for line in lines(body) for f in line.findings]


def test_sentences_paragraphs_and_ids():
    found = lines(
        '<p><s xml:id="one">一つ目。まだ一つ目。</s><mark name="two"/><s>二つ目。</s></p>'
        "<p>三つ目。四つ目。</p>外。"
    )
    assert [(line.id, line.id_given, line.text) for line in found] == [
        ("one", True, "一つ目。まだ一つ目。"),
        ("two", True, "二つ目。"),
        ("a-0003", False, "三つ目。"),
        ("a-0004", False, "四つ目。"),
        ("a-0005", False, "外。"),
    ]
    assert [line.paragraph for line in found] == [1, 1, 2, 2, 2]


def test_places_count_characters_from_one():
    found = lines("<s>一</s>\n  <s>二</s>\n<s>\n    三<foo/></s>")
    assert [str(line.source) for line in found] == ["a.ssml:1:11", "a.ssml:2:6", "a.ssml:4:5"]
    assert str(found[2].findings[0].at) == "a.ssml:4:6"


def test_a_break_is_silence_between_lines():
    one, two = lines('<s>今日は<break time="300ms"/>晴れ。</s>')
    assert (one.text, one.pause_after, two.text, two.pause_before) == (
        "今日は",
        0.3,
        "晴れ。",
        None,
    )
    (first,) = lines('<break time="1s"/><break time="0.5s"/><s>はい</s>')
    assert first.pause_before == 1.5
    pauses = {"comma": 0.1, "sentence": 0.2, "paragraph": 0.3, "chapter": 1.0}
    for strength, length in [
        ("none", 0.0), ("x-weak", 0.025), ("weak", 0.1), ("medium", 0.1), ("strong", 0.2),
        ("x-strong", 0.3),
    ]:  # fmt: skip
        (line,) = lines(f'<s>はい</s><break strength="{strength}"/>', pauses=pauses)
        assert line.pause_after == pytest.approx(length)
    (line,) = lines('<s>はい</s><break time="90s"/>')
    assert line.pause_after == 60.0
    assert line.findings[0].code == "ssml.value"


@pytest.mark.parametrize(
    ("attribute", "key", "value"),
    [
        ('rate="150%"', "speed", 1.5),
        ('rate="+20%"', "speed", 1.2),
        ('rate="-20%"', "speed", 0.8),
        ('rate="1.5"', "speed", 1.5),
        ('rate="x-fast"', "speed", 1.5),
        ('pitch="+2st"', "pitch", 2.0),
        ('pitch="-50%"', "pitch", -12.0),
        ('pitch="high"', "pitch", 2.0),
        ('volume="+6dB"', "volume", 6.0),
        ('volume="50"', "volume", -6.0206),
        ('volume="soft"', "volume", -6.0),
    ],
)
def test_prosody(attribute, key, value):
    (line,) = lines(f"<s><prosody {attribute}>はい</prosody></s>")
    assert getattr(line.delivery, key) == pytest.approx(value, abs=1e-4)


def test_prosody_inside_prosody_replaces():
    found = lines('<prosody rate="200%">一<prosody rate="50%">二</prosody>三</prosody>')
    assert [(line.text, line.delivery.speed) for line in found] == [
        ("一", 2.0), ("二", 0.5), ("三", 2.0),
    ]  # fmt: skip


def test_a_voice_resets_prosody_and_names_a_speaker():
    (line,) = lines('<prosody rate="2"><voice name="amitaro/two">やあ</voice></prosody>')
    assert (line.delivery.voice, line.delivery.speaker, line.delivery.speed) == (
        "amitaro", "two", None,
    )  # fmt: skip


def test_azure_styles():
    (line,) = lines(
        '<mstts:express-as style="Happy" styledegree="1.5" role="太郎">やった</mstts:express-as>'
    )
    assert (line.delivery.style, line.delivery.style_weight, line.character) == (
        "Happy", 1.5, "太郎",
    )  # fmt: skip


def over(line):
    return [(line.text[slice(*one.span)], one.reading) for one in line.ruby]


def test_readings_within_a_line_are_ruby_and_of_a_whole_line_are_given():
    (line,) = lines('<s>次は<sub alias="しおかぜ">汐風</sub>です。</s>')
    assert (line.text, over(line)) == ("次は汐風です。", [("汐風", "しおかぜ")])
    (line,) = lines('<s><phoneme alphabet="x-sbv2-kana" ph="ハ\'シ">箸</phoneme></s>')
    assert (line.text, line.reading) == ("箸", "ハ'シ")
    (line,) = lines('<s><phoneme alphabet="yomigana" ph="^は!し">箸</phoneme>です</s>')
    assert (line.text, over(line), line.reading) == ("箸です", [("箸", "は'し")], None)
    (line,) = lines('<s><phoneme alphabet="x-sbv2-kana" ph="ハシ">端</phoneme>です</s>')
    assert (line.text, over(line), line.findings) == ("端です", [("端", "'ハシ")], ())
    (line,) = lines('<s><phoneme alphabet="x-amazon-yomigana" ph="はし">端</phoneme>です</s>')
    assert (line.text, over(line), line.findings) == ("端です", [("端", "はし")], ())
    (line,) = lines('<s><phoneme alphabet="x-sbv2-kana" ph="ア\'カ/イ\'ケ">赤池</phoneme>へ</s>')
    assert (line.text, line.findings[0].code) == ("赤池へ", "ssml.phoneme")
    assert over(line) == [("赤池", "アカイケ")]
    (line,) = lines('<s><phoneme alphabet="x-sbv2-kana" ph="ア\'カ/イ\'ケ">赤池</phoneme></s>')
    assert (line.reading, line.findings) == ("ア'カ/イ'ケ", ())
    (line,) = lines('<s><phoneme alphabet="yomigana" ph="^は!し">箸</phoneme></s>')
    assert line.reading == "は'し"
    (line,) = lines('<s><sub alias="World Wide Web">WWW</sub></s>')
    assert (line.text, line.findings[0].code) == ("World Wide Web", "ssml.sub")
    (line,) = lines('<s><say-as interpret-as="telephone">０9</say-as></s>')
    assert (line.text, over(line)) == ("09", [("09", "ゼロキュー")])


def test_ruby_in_the_text_is_read_and_marks_count_what_is_seen():
    (line,) = lines('<s>岬《みさき》の<mark name="here"/>灯台</s>')
    assert (line.text, over(line)) == ("岬の灯台", [("岬", "みさき")])
    assert json.loads(line.meta["marks"]) == [{"name": "here", "at": 2}]


@pytest.mark.parametrize(
    ("inside", "places"),
    [
        ("一{0}二{1}三{2}", [1, 2, 3]),
        ("一 {0} 二\n{1}\n  三{2}", [2, 3, 4]),
        ("漢{0}字《かんじ》{1}を｜読{2}む《よむ》", [1, 2, 5]),
        ("a{0} b\n{1} c 〔{2}〕", [1, 4, 7]),
        ("（{0}かっこ）{1}" + "長" * 600 + "{2}おわり", [1, 5, 605]),
        ("\n {0}  あ{1}{2}い", [1, 1]),  # the first is before the line, whose name it is
    ],
)
def test_a_mark_stands_behind_what_is_seen_before_it(inside, places):
    marks = [f'<mark name="m{number}"/>' for number in range(3)]
    (line,) = lines(f"<s>{inside.format(*marks)}</s>")
    assert [mark["at"] for mark in json.loads(line.meta["marks"])] == places


@pytest.mark.parametrize("between", ["あ", "（", " \n", "漢字《かんじ》"])
def test_many_marks_take_time_as_they_are_many(between):
    assert_linear(
        lambda size: lines("<s>" + f'{between}<mark name="m"/>' * size + "終</s>"),
        300,
        10,
    )


def test_languages_marks_and_chapters():
    found = lines(
        '<mark name="chapter:朝"/><s>一<mark name="here"/>二</s>'
        '<s><lang xml:lang="en-US">Hi</lang></s>'
    )
    assert (found[0].chapter, found[0].chapter_title) == (1, "朝")
    assert json.loads(found[0].meta["marks"]) == [{"name": "here", "at": 1}]
    assert found[1].language == "en"


def test_what_is_not_followed_is_said_with_its_place():
    assert findings("<s>\n<emphasis>あ</emphasis><emphasis>い</emphasis></s>") == [
        ("ssml.emphasis", "note", "a.ssml:2:1")
    ]
    assert findings('<s><audio src="x.wav">あ</audio></s>') == [
        ("ssml.audio", "warning", "a.ssml:1:11")
    ]
    for body, code in [
        ("<s><blink>あ</blink></s>", "ssml.element-unknown"),
        ('<s><prosody range="high">あ</prosody></s>', "ssml.prosody"),
        ('<s><prosody pitch="200Hz">あ</prosody></s>', "ssml.value"),
        ('<s><prosody rate="30%">あ</prosody></s>', "ssml.value"),
        ('<s><prosody rate="900">あ</prosody></s>', "ssml.value"),
        ('<s>あ<break time="-1s"/></s>', "ssml.value"),
        ('<s>あ<break strength="huge"/></s>', "ssml.value"),
        ('<lexicon uri="x.pls"/><s>あ</s>', "ssml.lexicon"),
        ('<s><say-as interpret-as="net">あ</say-as></s>', "ssml.say-as"),
        ('<s><phoneme alphabet="ipa" ph="a">あ</phoneme></s>', "ssml.phoneme"),
        ('<voice gender="female">あ</voice>', "ssml.voice"),
    ]:
        assert [found[0] for found in findings(body)] == [code], body


def test_text_is_never_lost():
    body = "<p>あ<blink>い<metadata>x</metadata>う</blink></p>え<s>お<w>か</w></s>"
    assert "".join(line.text for line in lines(body)) == "あいうえおか"


def test_indents_are_not_spoken():
    (line,) = lines("<s>\n    今日は\n    晴れ。\n  It is\n  fine.\n</s>")
    assert line.text == "今日は晴れ。It is fine."


def test_several_documents_in_one_file():
    text = '<?xml version="1.0"?>\n<speak>一</speak>\n<?xml version="1.0"?><speak>二</speak>'
    assert [(line.text, line.source.row) for line in lines(text, wrap=False)] == [
        ("一", 2), ("二", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("<speak><s>あ</speak>", "script.xml", "a.ssml:1:14"),
        ("<speak>\nA & B</speak>", "script.xml", "a.ssml:2:4"),
        ("<speak>&nbsp;</speak>", "script.xml", "a.ssml:1:8"),
        ('<!DOCTYPE s [<!ENTITY a "b">]>\n<speak>&a;</speak>', "script.xml-doctype", "a.ssml:1:3"),
        ("<speak>" + "<p>" * 100 + "</p>" * 100 + "</speak>", "script.xml-deep", "a.ssml:1:197"),
        ("<speak>", "script.xml", "a.ssml:1:10"),
    ],
)
def test_malformed_documents_are_errors_with_their_place(text, code, at):
    with pytest.raises(ScriptError) as caught:
        lines(text, wrap=False)
    assert (caught.value.code, caught.value.at) == (code, at)


def test_an_entity_bomb_is_refused_at_once():
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE lolz [<!ENTITY l0 "lol">{levels}]><speak>&l9;</speak>'
    with pytest.raises(ScriptError, match="DOCTYPE"):
        lines(bomb, wrap=False)
