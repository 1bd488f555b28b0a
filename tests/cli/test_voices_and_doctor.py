"""`sbv2 voices` and `sbv2 doctor`."""

from __future__ import annotations

from pathlib import Path

from stage import Sbv2, script

from sbv2cli.voices import search_path


def test_list(sbv2: Sbv2) -> None:
    result = sbv2("voices", "list")
    assert result.out == (
        "hana\tja\t2\t3\t16000\tvoices/hana\n"
        "ken\tja\t2\t3\t16000\tvoices/ken\n"
        "poly\tja, en, zh\t2\t3\t16000\tvoices/poly\n"
        f"sbv2-f01\tja\t1\t4\t24000\t{search_path.BUILT_IN / 'sbv2-f01'}\n"
    )
    found = sbv2("voices", "list", "--json").json["voices"]
    assert [voice["name"] for voice in found] == ["hana", "ken", "poly", "sbv2-f01"]


def test_list_names_a_broken_voice_and_goes_on(sbv2: Sbv2) -> None:
    Path("voices/broken").mkdir()
    Path("voices/broken/config.json").write_text("{")
    result = sbv2("voices", "list")
    assert result.status == 0
    assert result.out.startswith("broken\tbroken\t")
    assert "poly" in result.out


def test_show(sbv2: Sbv2) -> None:
    out = sbv2("voices", "show", "hana").out
    assert "speakers\t花子, Taro\n" in out
    assert "rate\t16000\n" in out
    assert "Neutral\t0\t0.000\n" in out
    shown = sbv2("voices", "show", "voices/hana", "--json").json
    assert shown["command"] == "voices show"  # as it is typed, and not `show` alone
    facts = shown["voice"]
    assert len(facts["sha256"]) == 64
    assert facts["style_distances"]["Happy"] > 0


def test_verify(sbv2: Sbv2) -> None:
    result = sbv2("voices", "verify", "hana", "--json")
    assert result.status == 0
    assert result.json["voices"][0]["peak_db"] < 1
    weights = next(Path("voices/hana").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-100])
    broken = sbv2("voices", "verify", "hana", "ken", "--json")
    assert broken.status == 4
    assert [voice["ok"] for voice in broken.json["voices"]] == [False, True]


def test_doctor(sbv2: Sbv2) -> None:
    result = sbv2("doctor")
    assert result.status == 0, result.talk
    assert "voices in\tvoices\t4 found\n" in result.out
    rows = {row["name"]: row for row in sbv2("doctor", "--probe", "--json").json["rows"]}
    assert rows["device"]["state"] == "ok"
    assert rows["torch"]["state"] == "ok"


def test_doctor_says_who_set_what(sbv2: Sbv2) -> None:
    script("sbv2.toml", "[defaults]\nspeed = 1.2\n")
    out = sbv2("doctor", "--settings").out
    assert "speed\t1.2\t" in out
    assert "sbv2.toml:2" in next(row for row in out.splitlines() if row.startswith("speed\t"))
    assert "sdp_ratio\t0.2\tbuilt in" in out
