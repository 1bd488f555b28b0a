"""Unity Localization's string tables."""

from __future__ import annotations

import io

import pytest

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.unity import FORMAT

TABLE = (
    "Key,Id,Shared Comments,English(en),Japanese(ja),Chinese (Simplified)(zh-Hans)\n"
    "hello,124598307618816,朝,Hello!,こんにちは！,你好！\n"
    "price,124598307618817,,{0} yen,,{price}元\n"
)


def lines(table=TABLE, **options):
    return list(FORMAT.read(io.BytesIO(table.encode()), "table.csv", ReaderOptions(**options)))


def test_the_language_chooses_the_column_and_the_key_is_the_id():
    first, second = lines()
    assert (first.id, first.text, first.meta["Id"]) == ("hello", "こんにちは！", "124598307618816")
    assert first.meta["English(en)"] == "Hello!"
    assert (second.skip, [one.code for one in second.findings]) == (True, ["script.not-voiceable"])
    assert [line.text for line in lines(language="en")] == ["Hello!", "{0} yen"]
    assert [line.text for line in lines(language="zh")] == ["你好！", "{price}元"]


def test_values_that_the_game_fills_in_are_found():
    assert [one.code for one in lines(language="en")[1].findings] == ["script.interpolation"]
    assert [one.code for one in lines(language="zh")[1].findings] == ["script.interpolation"]


def test_a_value_with_texts_to_choose_from_is_one():
    (line,) = lines("Key,Japanese(ja)\na,{0:plural:一個|{}個}\n")
    assert (line.skip, line.text, line.ruby) == (True, "{0:plural:一個|{}個}", ())
    (line,) = lines("Key,Japanese(ja)\na,{0:plural:一個|{}個}\n", fill={(None, "0"): "三個"})
    assert line.text == "三個"


def test_a_column_can_be_named():
    assert next(iter(lines(columns={"text": "English(en)"}))).text == "Hello!"


def test_a_language_that_is_not_there_is_an_error():
    with pytest.raises(ScriptError, match="no column has the language ko") as caught:
        lines(language="ko")
    assert caught.value.code == "script.text-column"
    with pytest.raises(ScriptError, match="several columns have the language en"):
        lines("Key,English(en),British(en-GB)\na,b,c\n", language="en")


def test_tags_of_unitys_text_are_not_said():
    table = "Key,Japanese(ja)\na,<color=#f00>危ない</color>、<b>太郎</b>！<br>逃げろ <3\\n走れ\\n\n"
    table += 'b,<ruby=とうだい>灯台</ruby>と<sprite name="x">\n'
    first, second = lines(table)
    assert first.text == "危ない、太郎！\n逃げろ <3\n走れ"
    assert (second.text, second.ruby[0].reading) == ("灯台と", "とうだい")
