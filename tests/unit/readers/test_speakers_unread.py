"""Texts that say who speaks, where nobody asked to read it so."""

from __future__ import annotations

import pytest

from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script


def told(tmp_path, text, name="a.txt", **options):
    script = tmp_path / name
    script.write_text(text, encoding="utf-8")
    lines = list(read_script(script, ReaderOptions(**options)))
    return [
        (one.at.row, one.hint)
        for line in lines
        for one in line.findings
        if one.code == "script.speakers-unread"
    ]


NAMES, COLON = "to read who speaks: --speakers names", "to read who speaks: --speakers colon"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("太郎「やあ」\n花子「うん」\n地の文。\n太郎「では」\n太郎「また」\n", [(4, NAMES)]),
        ("【太郎】「やあ」\n【花子】うん。\n【太郎】では。\n", [(3, NAMES)]),
        ("太郎：やあ。\n花子：うん。\n太郎：では。\n", [(3, COLON)]),
        ("【太郎】\nやあ。\n\n【花子】\nうん。\n\n【太郎】\nでは。\n", [(7, NAMES)]),
        ("太郎：\nやあ。\n花子：\nうん。\n太郎：\nでは。\n", [(5, COLON)]),
        ("太郎「やあ」\n太郎「うん」\n", []),
        ("日時：三日\n場所：駅\n持ち物：弁当\n注意：走らない\n", []),
        ("「やあ」と太郎。\n「うん」\n彼は「では」と言った。\n", []),
        ("【速報】晴れ。\n【速報】雨。\n【速報】雪。\n", []),
    ],
)
def test_it_is_told_once_where_there_is_no_doubt(tmp_path, text, expected):
    assert told(tmp_path, text) == expected


def test_a_bare_name_above_a_quotation(tmp_path):
    bare = "太郎\n「やあ」\n\n花子\n「うん」\n\n太郎\n「では」\n"
    hint = "to read who speaks, write 【太郎】 in its row, and give --speakers names"
    assert told(tmp_path, bare) == told(tmp_path, bare, speakers="names") == [(8, hint)]
    framed = bare.replace("太郎", "【太郎】").replace("花子", "【花子】")
    assert told(tmp_path, framed, speakers="names") == []
    assert told(tmp_path, "沈黙\n「やあ」\n夕暮れ\n「うん」\n朝\n「では」\n") == []


def test_a_novel_with_a_few_such_rows_is_one(tmp_path):
    speech = "太郎「やあ」\n花子「うん」\n太郎「では」\n"
    assert told(tmp_path, "灯台には誰もいなかった。\n" * 20 + speech) == []


def test_sheets_and_who_asked(tmp_path):
    sheet = "id,text\na,太郎「やあ」\nb,花子「うん」\nc,太郎「では」\n"
    assert told(tmp_path, sheet, "a.csv") == [(4, NAMES)]
    assert told(tmp_path, sheet, "a.csv", speakers="names") == []
    named = "id,character,text\na,x,太郎「やあ」\nb,x,花子「うん」\nc,x,太郎「では」\n"
    assert told(tmp_path, named, "a.csv") == []
