"""A run by processes leaves the files of a run by threads."""

from __future__ import annotations

import pytest
from stage import Sbv2, files, rows, script

SHEET = "id,text,voice\n" + "".join(
    f"{number},{text},{voice}\n"
    for number, (text, voice) in enumerate(
        [
            ("おはようございます。", "hana"),
            ("今日はいい天気ですね。散歩に行きましょう。", "ken"),
            ("はい。", "hana"),
            ("漢字の読みを確かめます。", "hana"),
            ("また明日。", "ken"),
        ]
    )
)


@pytest.mark.parametrize("threads", [1, 2])
def test_files_are_equal_byte_for_byte(sbv2: Sbv2, stage, threads) -> None:
    script("lines.csv", SHEET)
    for executor in ("local", "processes"):
        options = ("--executor", executor, "--threads", threads, "-o", executor)
        result = sbv2("render", "lines.csv", *options)
        assert result.status == 0, result.talk
    assert files("local") == files("processes")
    assert rows("local") == rows("processes")
    again = sbv2("render", "lines.csv", "--executor", "processes", "-o", "local")
    assert again.status == 0
    assert files("local") == files("processes")


def test_a_broken_voice_harms_no_other(sbv2: Sbv2, stage) -> None:
    script("lines.csv", SHEET)
    (weights,) = (stage / "voices" / "ken").glob("*.safetensors")
    weights.write_bytes(b"nothing")
    outcomes = []
    for executor in ("local", "processes"):
        result = sbv2("render", "lines.csv", "--executor", executor, "-o", executor)
        errors = {
            name: (row.get("error") or {}).get("code") for name, row in rows(executor).items()
        }
        outcomes.append((result.status, errors, files(executor)))
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0][1].values()) == {None, "voice.weights-broken"}


def test_processes_are_of_the_cpu(sbv2: Sbv2) -> None:
    script("lines.csv", SHEET)
    result = sbv2("render", "lines.csv", "--executor", "processes", "--device", "cuda:0")
    assert result.status == 2
    assert "executor.device" in result.talk
