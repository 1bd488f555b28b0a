"""Messages found again by their templates."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.translations.catalogues import translator
from sbv2cli.translations.templates import Catalogue

CATALOGUE = Catalogue(
    {
        'there is no line "{id}"': "「{id}」という行はありません",
        "cannot read {path}: {reason}": "{path} を読めません: {reason}",
        "no such file": "ファイルがありません",
        "hint: {hint}": "対処: {hint}",
        "{number} lines": "{number} 行",
        "{number} skipped": "{number} 行を飛ばしました",
        "write {{id}} there": "そこに {{id}} と書いてください",
        "{a} before {b} and {a2}": "{b} の前に {a}、次に {a2}",
    }
)


def test_a_value_is_put_where_the_other_language_has_it():
    assert CATALOGUE.translate('there is no line "l05"') == "「l05」という行はありません"
    assert CATALOGUE.translate("x before y and z") == "y の前に x、次に z"


def test_a_value_may_be_a_message_but_not_in_quotation_marks():
    assert CATALOGUE.translate("cannot read a.csv: no such file") == (
        "a.csv を読めません: ファイルがありません"
    )
    assert CATALOGUE.translate('there is no line "no such file"') == (
        "「no such file」という行はありません"
    )


def test_lines_and_blanks_stay():
    assert (
        CATALOGUE.translate("3 lines\n  hint: no such file") == "3 行\n  対処: ファイルがありません"
    )


def test_no_blank_stands_beside_a_value_that_is_translated():
    known = Catalogue(
        {"{name} is {value}, too long": "{name} は {value} で長すぎます", "speed": "話速"}
    )
    assert known.translate("speed is 100, too long") == "話速は 100 で長すぎます"
    assert known.translate("sdp_ratio is speed, too long") == "sdp_ratio は話速で長すぎます"
    assert known.translate("花子 is 声, too long") == "花子 は 声 で長すぎます"


def test_parts_are_translated_where_all_are_known():
    assert CATALOGUE.translate("3 lines, 1 skipped") == "3 行、1 行を飛ばしました"
    assert CATALOGUE.translate("3 lines, 1 lost") == "3 lines, 1 lost"


def test_a_paragraph_that_keeps_its_lines_may_begin_with_blanks():
    known = Catalogue({"  a  one\n  b  two": "  a  一\n  b  二"})
    assert known.translate("  a  one\n  b  two") == "  a  一\n  b  二"


def test_braces_of_the_text_are_braces():
    assert CATALOGUE.translate("write {id} there") == "そこに {id} と書いてください"
    known = Catalogue({"there is no {{{name}}} here": "{{{name}}} はここにありません"})
    assert known.translate("there is no {id} here") == "{id} はここにありません"


@given(st.text())
def test_what_is_no_message_stays_as_it_is(text):
    assert Catalogue({"a known message": "既知"}).translate(text) == text


@given(st.text(st.characters(exclude_characters='\n"'), min_size=1))
def test_any_value_arrives_whole(value):
    assert CATALOGUE.translate(f'there is no line "{value}"') == f"「{value}」という行はありません"


@pytest.mark.parametrize(
    "piece", [" is ", "error[a]: ", "warning: ", "hint: ", " lines", ", ", "; ", ': "', " of "]
)
def test_a_text_of_nothing_but_messages_has_an_end(piece):
    text = f"cannot read the script: {piece * 3000}"
    began = time.process_time()
    assert isinstance(translator("ja")(text), str)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        (
            "7 files wanted, 9 there (0:09): 4 errors, 2 warnings",
            "求めるもの 7 ファイル、あるもの 9（0:09）: エラー 4 件、警告 2 件",
        ),
        (
            "about 0:01 of audio to make, 0:08 at the last run's speed",
            "作る音声は約 0:01、前回の速さで 0:08",
        ),
        ('speed is "abc", which is not a number', '話速: "abc" は数ではありません'),
        (
            "write a factor, such as 1.2, 120% or +20%",
            "指定するもの: 倍率（1.2、120%、+20% など）",
        ),
        ("speed is 100, outside 0.1 to 10", "話速の 100 は 0.1 から 10 の外です"),
        (
            "1 stale: text (1), style Happy:1→Sad:1 (1)",
            "変更 1: 本文 (1)、スタイル Happy:1→Sad:1 (1)",
        ),
        ("sdp_ratio 0.2→0.5, text", "sdp_ratio 0.2→0.5、本文"),
        # What holds a separator itself is one message and not two.
        (
            "hint: save the file as UTF-8, or name its encoding: --encoding cp932",
            "対処: UTF-8 で保存するか、文字コードを指定してください: --encoding cp932",
        ),
        (
            "the book is protected against copying (DRM) and cannot be read: a is encrypted",
            "この本はコピー防止（DRM）がかかっていて読めません: a が暗号化されています",
        ),
        ("descriptions of pictures that are not spoken: 10", "読み上げない画像の説明: 10"),
        (
            'the weight "9x" of style "Happy" is not a number',
            "スタイル「Happy」の重み「9x」が数ではありません",
        ),
        ('known: "a", "b" and 12 more', '使えるもの: "a", "b" ほか 12'),
        (
            'line "a1": character 1 of the reading is "a": kana is expected',
            '行「a1」: 読みの 1 文字目が "a" です: 仮名が要ります',
        ),
        (
            "since the earlier import: 5 known by their ids, 1 moved",
            "前の取り込みから: id で分かったもの 5、動いたもの 1",
        ),
        ("h.wav, 1.0 s", "h.wav: 1.0 秒"),
        (
            "Missing option '--to'. Choose from:\n\tonnx,",
            "オプション '--to' がありません。次から選んでください:\n\tonnx,",
        ),
        ("'x' is not a valid integer range.", "'x' は整数として正しくありません。"),
        # A training leaves its voice in a folder of this name.
        ("voice: good, sha256 0af1…", "voice: 良好、sha256 0af1…"),
        ("none: removed, 1 MB free", "none: 取り除きました。1 MB 空きました"),
        ("stays: voice", "残るもの: voice"),
        ("step 3: the voice is in audio", "ステップ 3: 声は audio にあります"),
        ("small.m4b, nothing to do", "small.m4b: することはありません"),
        (
            'lang is "jp", which is none of its values',
            "lang が「jp」です。そのような値はありません",
        ),
        ("mine_e1_s3.safetensors (latest of 2)", "mine_e1_s3.safetensors（2 個のうち最新）"),
        ("3: 1 new, 2 stale", "3（新規 1、変更 2）"),
        (
            '"あ" is one kana and changes every word that has it',
            "「あ」は仮名一文字で、それを含むすべての語が変わります",
        ),
        (
            '"源蔵" is given again at names.csv:6; ゲンゾウ is used, not ゲンゾー',
            "「源蔵」が names.csv:6 にもあります。ゲンゾー ではなく ゲンゾウ を使います",
        ),
        (
            '"x" has no vocoder that could be given to another voice',
            "「x」には、ほかの声に渡せるボコーダーがありません",
        ),
        ("Speaking rate; larger is faster. [default: 1.0]", "話速。大きいほど速い。 [既定: 1.0]"),
        ("901 of 3458 sounds and texts, 0:29 left", "音声と本文 901/3458、残り 0:29"),
        ("372 reuse: same as another line (372)", "使い回し 372: ほかの行と同じ (372)"),
        ("3 stale: file missing (3), text (1)", "変更 3: ファイルなし (3)、本文 (1)"),
        ("Two lines with one file name. [default: error]", None),
    ],
)
def test_sentences_that_other_templates_would_take(english: str, japanese: str | None) -> None:
    shown = translator("ja")(english)
    assert shown == japanese or (japanese is None and shown.endswith("[既定: error]"))
