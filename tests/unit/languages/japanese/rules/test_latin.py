"""Latin words."""

import pytest

CASES = [
    ("Python", "パイソン=パイソン"),
    ("API", "エーピーアイ=エーピーアイ"),
    ("GitHub", "ギットハブ=ギットハブ"),
    ("ChatGPT", "チャットジーピーティー=チャットジーピーティー"),
    ("MyAPIKey", "マイ=マイ|エーピーアイ=エーピーアイ|キー=キー"),
    ("I love you", "アイ=アイ| |ラブ=ラブ| |ユー=ユー"),
    ("café", "カフェ=カフェ"),
    ("ｉＰｈｏｎｅ", "アイフォーン=アイフォーン"),
    ("C++", "シープラスプラス=シープラスプラス"),
    ("DVDs", "ディーブイディーズ=ディーブイディーズ"),
    ("IT", "アイティー=アイティー"),
    ("it", "イット=イット"),
    ("𝓗𝓮𝓵𝓵𝓸", "ハロー=ハロー"),
    ("α", "アルファ"),
    ("U.S.A.", "ユー=ユー||エス=エス||エー=エー|"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
