"""Kin who are called with a long voice."""

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("お父さーん", "お|父さーん=トーサーン"),
        ("お母さぁん!", "お|母さぁん=カーサーン|!"),
        ("姉ちゃあああん", "姉ちゃあああん=ネーチャーーーン"),
        ("お祖母さーん", "お|祖母さーん=バーサーン"),
    ],
)
def test_kin_called(said, text, expected):
    assert said(text) == expected


@pytest.mark.parametrize("text", ["お父さん", "兄さあ行こう", "祖父さ", "父は"])
def test_nobody_is_called(said, text):
    assert said(text) == text
