"""Variables of the environment that nothing reads are told, with the name that was meant."""

from __future__ import annotations

import pytest
from stage import Sbv2, script


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SBV2_VIOCE", 'did you mean "SBV2_VOICE"?'),
        ("SBV2_SDPRATIO", 'did you mean "SBV2_SDP_RATIO"?'),
        ("SBV2_LENGTH_SCALE", 'did you mean "SBV2_SPEED"?'),  # another tool's name, no variable
        ("SBV2_BERT_JP", 'did you mean "SBV2_BERT_JA"?'),
        ("SBV2_QQQ", "sbv2 doctor lists the settings"),
    ],
)
def test_one_that_nothing_reads_is_told_once(
    sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    monkeypatch.setenv(name, "0.5")
    result = sbv2("check", script("a.txt", "はい。\n"))
    assert result.status == 0
    assert result.talk.splitlines()[0] == f'warning: nothing reads the variable "{name}"; {told}'
    assert result.talk.count(name) == 1
    assert name not in sbv2("check", "a.txt", "--quiet").talk


def test_it_is_told_in_japanese_too(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SBV2_VIOCE", "hana")
    monkeypatch.setenv("SBV2_QQQ", "1")
    monkeypatch.setenv("SBV2_MESSAGES", "ja")
    talk = sbv2("check", script("a.txt", "はい。\n")).talk.splitlines()
    assert talk[:2] == [
        "警告: 環境変数「SBV2_QQQ」を読むものはありません。設定の一覧は sbv2 doctor で見られます",
        "警告: 環境変数「SBV2_VIOCE」を読むものはありません。「SBV2_VOICE」ではありませんか？",
    ]


def test_those_that_are_read_are_not(sbv2: Sbv2, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SBV2_VOICE", "SBV2_TRACEBACK", "SBV2_BERT_ZH", "SBV2_TEST_KILLS", "SBV2_LINE"):
        monkeypatch.setenv(name, "hana")
    monkeypatch.setenv("SBV2_VIOCE", "")  # as good as not set
    assert "variable" not in sbv2("check", script("a.txt", "はい。\n")).talk
