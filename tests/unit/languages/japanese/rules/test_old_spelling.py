"""Spelling of before 1946: what is said for it, and what of today must stay."""

import pytest

from sbv2cli.languages.japanese import rules


def _said(text):
    return "".join(span.text for span in rules.expand(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("さう云つた", "さう云った"),
        ("従つて笑つた", "従って笑った"),
        ("待つてゐた", "待ってゐた"),
        ("彼は立つた", "彼は立った"),
        ("入つたのは", "入ったのは"),
        ("美しかつた", "美しかった"),
        ("のであつた", "のであった"),
        ("なくなつてしまつた", "なくなってしまった"),
        ("と言ふのだ", "と言うのだ"),
        ("さういふもの", "さういうもの"),
        ("思ひを言はれ", "思いを言われ"),
        ("言はう", "言おう"),
        ("行かうか", "行こうか"),
        ("話さう", "話そう"),
        ("だらうと思ふ", "だろうと思う"),
        ("でせう", "でしょう"),
        ("参りませうか", "参りましょうか"),
        ("でしようか", "でしょうか"),
        ("ちよつと", "ちょっと"),
        ("すつかり", "すっかり"),
        ("これぢやねえ", "これぢゃねえ"),
        ("聲を聽く", "声を聴く"),
        ("居る處を", "居る所を"),
        ("其處の處分", "其処の処分"),
        ("雨が來た,と云つた", "雨が来た,と云った"),
        ("眞白い髮", "真白い髪"),
    ],
)
def test_old_spelling_is_said_as_today(text, expected):
    assert _said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "二言はない",
        "持つため",
        "立つたび",
        "打つたった一人",
        "一つたりとも",
        "彼がつてを頼る",
        "おやつたべる",
        "味ふりかけ",
        "歌ふたつ",
        "会うはずだ",
        "向かう先",
        "かつてのかつらがいつか",
        "でせっかち",
        "感じやすい",
        "同じやり方",
        "使うからうまい",
        "惠さんと來夢",
        "眞白",
        "語らう二人",
        "岩を穿つたび",
        "光をはなつたび",
        "たもとをわかつため",
        "城に住まう",
    ],
)
def test_the_spelling_of_today_stays(text):
    assert _said(text) == text
