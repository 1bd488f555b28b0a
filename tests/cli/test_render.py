"""`sbv2 render` as a user sees it: files, manifest, what is said, every option."""

from __future__ import annotations

import csv
import io
import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from stage import Sbv2, files, rows, script

STORY = "おはようございます。\nこんにちは、世界。\n……\n\n今日は晴れだ。\nおはようございます。\n"
SHEET = (
    "id,character,text,voice,speaker,style,speed,volume,note\n"
    "a1,太郎,おはようございます。,hana,花子,Happy,1.1,-6dB,朝\n"
    "a2,花子,こんにちは。,ken,,Happy:0.5+Sad:0.5,,,\n"
    "a3,太郎,さようなら。,hana,Taro,,,,\n"
)


def test_one_file_per_line_and_a_manifest(sbv2: Sbv2) -> None:
    script("story.txt", STORY)
    result = sbv2("render", "story.txt", "-m", "hana", "-o", "out")
    assert result.status == 0, result.talk
    assert result.data == b""
    assert [name for name in files() if name.endswith(".wav")] == [
        f"000{n}.wav" for n in (1, 2, 3, 4, 5)
    ]
    found = rows()
    first = found["story-0001"]
    assert first["text"] == "おはようございます。"
    assert first["spoken"].startswith("オハヨー")
    assert (first["status"], first["voice"], first["speaker"]) == ("ok", "hana", "花子")
    assert first["source"] == {"path": "story.txt", "line": 1, "col": 1}
    with soundfile.SoundFile("out/0001.wav") as audio:
        assert (audio.samplerate, audio.subtype) == (16000, "PCM_16")
        assert len(audio) == first["samples"]
    assert first["duration"] == pytest.approx(first["samples"] / 16000)
    assert first["bytes"] == Path("out/0001.wav").stat().st_size
    assert found["story-0005"]["status"] == "aliased"
    assert found["story-0005"]["alias_of"] == "story-0001"
    assert Path("out/0005.wav").read_bytes() == Path("out/0001.wav").read_bytes()
    # Pauses for whoever joins the lines: in a paragraph, between paragraphs, at the end.
    assert [row["pause_after"] for row in found.values()] == [0.4, 0.4, 0.8, 0.4, 2.0]


def test_the_manifest_begins_with_the_job_and_ends_with_the_summary(sbv2: Sbv2) -> None:
    script("story.txt", STORY)
    sbv2("render", "story.txt", "-m", "hana")
    records = [json.loads(row) for row in Path("out/manifest.jsonl").read_text().splitlines()]
    assert records[0]["schema"] == "sbv2.manifest/1"
    assert records[0]["script"][0]["path"] == "story.txt"
    assert records[0]["voices"]["hana"]["rate"] == 16000
    assert [record["n"] for record in records[1:-1]] == [1, 2, 3, 4, 5]
    assert records[-1]["type"] == "summary"
    assert (records[-1]["ok"], records[-1]["reused"], records[-1]["exit"]) == (4, 1, 0)


def test_lines_have_voices_speakers_and_styles_of_their_own(sbv2: Sbv2) -> None:
    script("sheet.csv", SHEET)
    result = sbv2("render", "sheet.csv", "-m", "hana")
    assert result.status == 0, result.talk
    found = rows()
    assert [found[name]["voice"] for name in ("a1", "a2", "a3")] == ["hana", "ken", "hana"]
    assert [found[name]["speaker"] for name in ("a1", "a2", "a3")] == ["花子", "花子", "Taro"]
    assert found["a2"]["style"] == {"Happy": 0.5, "Sad": 0.5}
    assert (found["a1"]["speed"], found["a1"]["volume"]) == (1.1, -6.0)
    assert found["a1"]["meta"] == {"note": "朝"}
    assert sorted(name for name in files() if name.endswith("wav")) == [
        "a1.wav",
        "a2.wav",
        "a3.wav",
    ]


def test_volume_and_lead_are_exact(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    sbv2("render", "a.txt", "-m", "hana", "-o", "plain", "--subtype", "float")
    sbv2("render", "a.txt", "-m", "hana", "-o", "soft", "--subtype", "float", "--volume", "-6dB")
    options = ("--subtype", "float", "--lead", "100ms", "--tail", "0.05")
    sbv2("render", "a.txt", "-m", "hana", "-o", "led", *options)
    plain, soft, led = (soundfile.read(f"{name}/0001.wav")[0] for name in ("plain", "soft", "led"))
    assert np.allclose(soft, plain * 10 ** (-6 / 20), atol=1e-6)
    assert np.array_equal(led[1600:-800], plain)
    assert not led[:1600].any()
    sidecars = [
        json.loads(Path(f"{name}/timings/0001.json").read_text()) for name in ("plain", "led")
    ]
    first, moved = (sidecar["phones"][1] for sidecar in sidecars)
    assert moved[1] == pytest.approx(first[1] + 0.1, abs=1e-5)


def test_trim_cuts_silence_and_timings_follow(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    sbv2("render", "a.txt", "-m", "hana", "--trim", "--tail", "10ms")
    assert rows()["a-0001"]["made"]["trim"] is True


@pytest.mark.parametrize(
    ("format_name", "container"),
    [("flac", "FLAC"), ("ogg", "OGG"), ("opus", "OGG"), ("mp3", "MP3")],
)
def test_other_formats(sbv2: Sbv2, format_name: str, container: str) -> None:
    script("a.txt", "おはようございます。\n")
    assert sbv2("render", "a.txt", "-m", "hana", "-f", format_name).status == 0
    with soundfile.SoundFile(f"out/0001.{format_name}") as audio:
        assert audio.format == container
    assert rows()["a-0001"]["format"].startswith(format_name)


def test_another_rate(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    assert sbv2("render", "a.txt", "-m", "hana", "--rate", "48000").status == 0
    with soundfile.SoundFile("out/0001.wav") as audio:
        assert audio.samplerate == 48000
        assert len(audio) == rows()["a-0001"]["samples"]


def test_full_scale_as_the_reference_writes_it(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    sbv2("render", "a.txt", "-m", "hana", "--gain", "reference")
    samples, _ = soundfile.read("out/0001.wav", dtype="int16")
    assert np.abs(samples.astype(int)).max() == 32767


def test_one_gain_for_a_speaker_from_fixed_sentences(sbv2: Sbv2) -> None:
    script(
        "l.csv",
        "id,text,voice,volume\na,おはよう。,hana,\nb,こんにちは。,hana,-3dB\nc,やあ。,ken,\n",
    )
    command = ("render", "l.csv", "-m", "hana", "--subtype", "float")
    assert sbv2(*command, "-o", "plain").status == 0
    assert sbv2(*command, "--gain", "peak:-12dB").status == 0
    gain = {name: rows()[name]["made"]["gain_db"] for name in "abc"}
    assert gain["b"] == pytest.approx(gain["a"] - 3)
    assert gain["a"] != gain["c"]
    plain, loud = (soundfile.read(f"{name}/a.wav")[0] for name in ("plain", "out"))
    limited = plain * 10 ** (gain["a"] / 20)
    quiet = np.abs(limited) < 0.9 * 10 ** (-12 / 20)
    assert np.abs(loud).max() <= 10 ** (-11.9 / 20)
    assert np.abs(loud[quiet]).max() <= np.abs(limited[quiet]).max() + 1e-6
    assert "3 fresh" in sbv2(*command, "--gain", "PEAK: -12.0").talk
    assert "3 stale: gain" in sbv2(*command, "--gain", "lufs:-20", "-n").talk


def test_no_line_exceeds_the_peak_that_was_asked_for(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,volume\na,おはよう。,+9dB\nb,こんにちは。,+6dB\nc,やあ。,\n")
    command = ("render", "l.csv", "-m", "hana", "--subtype", "float")
    assert sbv2(*command, "--gain", "peak:-6dB").status == 0
    for name in "abc":
        samples, _ = soundfile.read(f"out/{name}.wav")
        assert np.abs(samples).max() <= 10 ** (-5.9 / 20)


def test_names_from_a_template(sbv2: Sbv2) -> None:
    script("sheet.csv", SHEET)
    template = "{character}/{n:02d}_{text:.3}.{ext}"
    assert sbv2("render", "sheet.csv", "-m", "hana", "--name", template).status == 0
    names = [name for name in files() if name.endswith(".wav")]
    assert sorted(names) == ["太郎/01_おはよ.wav", "太郎/03_さよう.wav", "花子/02_こんに.wav"]
    assert "timings/太郎/01_おはよ.json" in files()


def test_chapters_become_folders(sbv2: Sbv2) -> None:
    script("book.txt", "# 一\nあ。\nい。\n# 二\nう。\n")
    sbv2("render", "book.txt", "-m", "hana")
    names = [name for name in files() if name.endswith(".wav")]
    assert names == ["01/0001.wav", "01/0002.wav", "01/0003.wav", "02/0004.wav", "02/0005.wav"]
    assert rows()["book-0003"]["pause_after"] == 2.0
    assert rows()["book-0004"]["chapter_title"] == "二"


def test_a_cast_says_who_speaks(sbv2: Sbv2) -> None:
    script("lines.csv", "id,character,text\n1,太郎,やあ。\n2,Hana,はい。\n3,誰か,おい。\n")
    script(
        "cast.toml",
        '[cast."太郎"]\nvoice = "ken"\nspeed = 1.2\n'
        '[cast."花"]\nvoice = "hana"\nstyle = "Happy"\naliases = ["HANA"]\n',
    )
    refused = sbv2("render", "lines.csv", "--cast", "cast.toml")
    assert refused.status == 2
    assert 'error[cast.unknown]: the cast has no character "誰か"' in refused.talk
    assert "lines.csv:4" in refused.talk
    with Path("cast.toml").open("a") as file:
        file.write('[cast."*"]\nvoice = "poly"\n')
    assert sbv2("render", "lines.csv", "--cast", "cast.toml").status == 0
    assert [rows()[name]["voice"] for name in "123"] == ["ken", "hana", "poly"]
    assert rows()["1"]["speed"] == 1.2


def test_flags_are_weaker_than_columns_and_stronger_than_files(sbv2: Sbv2) -> None:
    script("sbv2.toml", '[defaults]\nvoice = "hana"\nspeed = 1.5\nsdp_ratio = 0.5\n')
    script("lines.csv", "id,text,speed\na,やあ。,\nb,はい。,2.0\n")
    assert sbv2("render", "lines.csv", "--speed", "1.2").status == 0
    assert [rows()[name]["speed"] for name in "ab"] == [1.2, 2.0]
    assert rows()["a"]["sdp_ratio"] == 0.5


def test_selecting_lines(sbv2: Sbv2) -> None:
    script("sheet.csv", SHEET)
    sbv2("render", "sheet.csv", "-m", "hana", "--select", "character=太*", "--select", "n=2..")
    assert list(rows()) == ["a3"]
    script("ids.txt", "a1\n")
    sbv2("render", "sheet.csv", "-m", "hana", "--select", "id=@ids.txt")
    assert sorted(rows()) == ["a1", "a3"]
    sbv2("render", "sheet.csv", "-m", "hana", "--select", "id!=a2", "--limit", "1", "-o", "one")
    assert list(rows("one")) == ["a1"]


def test_a_dry_run_writes_nothing_and_says_why(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text,speed\na,やあ。,\nb,はい。,\n")
    first = sbv2("render", "lines.csv", "-m", "hana", "-n")
    assert first.status == 0
    assert first.out == "new\ta\ta.wav\t\nnew\tb\tb.wav\t\n"
    assert not Path("out").exists()
    sbv2("render", "lines.csv", "-m", "hana")
    before = files()
    script("lines.csv", "id,text,speed\na,やあ。,1.1\nb,はいはい。,\nc,やあ。,\n")
    again = sbv2("render", "lines.csv", "-m", "hana", "-n")
    assert again.out == (
        "stale\ta\ta.wav\tspeed 1→1.1\nstale\tb\tb.wav\ttext\nreuse\tc\tc.wav\tsame as a\n"
    )
    stale, reuse = again.talk.splitlines()[:2]
    assert stale == "2 stale: speed 1→1.1 (1), text (1)"
    assert reuse == "1 reuse: same as another line (1)"
    assert files() == before
    plan = sbv2("render", "lines.csv", "-m", "hana", "-n", "--json").json
    assert [item["state"] for item in plan["plan"]] == ["stale", "stale", "reuse"]


def test_what_is_printed(sbv2: Sbv2) -> None:
    script("lines.csv", "id,text\nb,やあ。\na,はい、そうです、ね。\n")
    one = ("render", "lines.csv", "-m", "hana", "--ordered")
    assert sbv2(*one, "--print", "path", "-o", "x").out == "x/b.wav\nx/a.wav\n"
    assert sbv2(*one, "--print", "id", "-o", "y").out == "b\na\n"
    printed = sbv2(*one, "--print", "json", "-o", "z").out.splitlines()
    assert [json.loads(row)["id"] for row in printed] == ["b", "a"]
    assert sbv2(*one, "--print", "path", "-o", "x").out == ""


def test_json_result_and_json_progress(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    result = sbv2("render", "a.txt", "-m", "hana", "--json", "--progress", "json")
    assert result.json["ok"] is True
    assert result.json["command"] == "render"
    assert result.json["summary"]["ok"] == 1
    assert result.json["manifest"] == "out/manifest.jsonl"
    events = [json.loads(row) for row in result.talk.splitlines() if row.startswith("{")]
    # How often progress is told depends on how long the run takes; stages, notes and warnings are
    # what a person reads beside it.
    talk = {"progress", "stage", "note", "warning"}
    told = [event["type"] for event in events if event["type"] not in talk]
    assert told == ["start", "line", "summary"]


def test_quiet_says_nothing_when_all_is_well(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    result = sbv2("render", "a.txt", "-m", "hana", "-q")
    assert (result.status, result.data, result.talk) == (0, b"", "")


def test_given_readings_and_languages(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,reading,lang\na,大人気,オトナゲ,\nb,Hello there.,,en\nc,你好。,,zh\n")
    result = sbv2("render", "l.csv", "-m", "poly")
    assert result.status == 0, result.talk
    assert rows()["a"]["spoken"] == "オトナゲ"
    assert [rows()[name]["lang"] for name in "abc"] == ["ja", "en", "zh"]


def test_the_reading_of_a_row_can_be_given_back_and_says_the_same(sbv2: Sbv2) -> None:
    long = "そう、東京に行きました。" * 30  # read in several parts
    script("l.csv", f'id,text,lang\na,橋を渡った？,\nb,"やあ\nはい。",\nc,Hello.,en\nd,{long},\n')
    assert sbv2("render", "l.csv", "-m", "poly").status == 0
    made = rows()
    assert made["a"]["kana"] == "ハシ'ヲ/ワタッタ？"
    assert made["b"]["kana"] == "ヤ'ー。ハ'イ。"
    assert "kana" not in made["c"]
    table = "".join(f'{name},"{made[name]["text"]}",{made[name]["kana"]}\n' for name in "abd")
    script("given.csv", f"id,text,reading\n{table}")
    assert sbv2("render", "given.csv", "-m", "poly", "-o", "given").status == 0
    given = rows("given")
    assert [given[name]["kana"] for name in "abd"] == [made[name]["kana"] for name in "abd"]
    assert given["a"]["sha256"] == made["a"]["sha256"]


def test_a_manifest_without_kana_stays_fresh_and_kana_gives_no_reading(sbv2: Sbv2) -> None:
    script("l.csv", "id,text\na,橋を渡る。\n")
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    path = Path("out/manifest.jsonl")
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace('"kana":"ハシ\'ヲ/ワタル。",', ""), encoding="utf-8")
    assert "kana" not in rows()["a"]
    assert "1 fresh" in sbv2("render", "l.csv", "-m", "hana").talk
    script("m.jsonl", whole.replace("ハシ'ヲ/ワタル。", "カ'エル。"))
    assert sbv2("render", "m.jsonl", "-m", "hana", "-o", "again").status == 0
    assert "reading" not in rows("again")["a"]
    assert rows("again")["a"]["kana"] == "ハシ'ヲ/ワタル。"


def test_a_line_that_cannot_be_read_harms_no_other(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,reading\na,大人気,xyz!?漢字\nb,やあ。,\n")
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 3
    assert rows()["a"]["status"] == "failed"
    assert rows()["a"]["error"]["at"].startswith("l.csv:2")
    assert rows()["b"]["status"] == "ok"
    assert "1 of 2 lines failed; run the same command again" in result.talk


def test_lines_that_are_skipped(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,skip\na,やあ。,yes\nb,,\nc,はい。,\n")
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    assert [rows()[name]["status"] for name in "abc"] == ["skipped", "skipped", "ok"]
    assert rows()["a"]["reason"] == "the script says so"


def test_a_line_with_line_breaks_is_one_file(sbv2: Sbv2) -> None:
    text = "おはよう。\nこんにちは。"
    table = io.StringIO()
    csv.writer(table).writerows(
        [["id", "text"], ["a", text], ["b", "おはよう。"], ["c", "こんにちは。"]]
    )
    script("l.csv", table.getvalue())
    options = ("--subtype", "float", "--pause", "sentence=500ms")
    assert sbv2("render", "l.csv", "-m", "hana", *options).status == 0
    whole, first, second = (soundfile.read(f"out/{name}.wav", dtype="float32")[0] for name in "abc")
    assert np.array_equal(whole, np.concatenate([first, np.zeros(8000, np.float32), second]))
    chars = json.loads(Path("out/timings/a.json").read_text())["chars"]
    assert chars[-1][1] == len(text)


def test_strict_makes_failures_of_warnings(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    # So loud that it must clip.
    result = sbv2("render", "a.txt", "-m", "hana", "--volume", "40dB")
    assert result.status == 0
    codes = [warned["code"] for warned in rows()["a-0001"]["warnings"]]
    assert "audio.clipped" in codes
    strict = sbv2("render", "a.txt", "-m", "hana", "--volume", "40dB", "--strict", "-o", "strict")
    assert strict.status == 3
    assert not Path("strict/0001.wav").exists()


@pytest.mark.parametrize(
    ("option", "made"),
    [(("--on-error", "stop"), 0), (("--max-failures", "0"), 0), (("--max-failures", "50%"), 2)],
)
def test_giving_up(sbv2: Sbv2, option: tuple[str, str], made: int) -> None:
    script("l.csv", "id,text,reading\na,大人気,漢字\nb,やあ。,\nc,はい。,\n")
    result = sbv2("render", "l.csv", "-m", "hana", *option, "--sort", "script")
    assert result.status == 3
    assert sum(row["status"] == "ok" for row in rows().values()) == made


@pytest.mark.skipif(find_spec("pyworld") is None, reason="the extra `pitch` is not installed")
def test_pitch_keeps_the_length(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    sbv2("render", "a.txt", "-m", "hana", "-o", "plain", "--subtype", "float")
    assert sbv2("render", "a.txt", "-m", "hana", "--pitch", "2st", "--subtype", "float").status == 0
    plain, high = (soundfile.read(f"{name}/0001.wav")[0] for name in ("plain", "out"))
    assert len(plain) == len(high)
    assert rows()["a-0001"]["pitch"] == 2.0


def test_a_seed_that_was_drawn_can_be_used_again(sbv2: Sbv2) -> None:
    script("a.txt", "おはようございます。\n")
    sbv2("render", "a.txt", "-m", "hana", "--seed", "random", "-o", "one")
    seed = rows("one")["a-0001"]["seed"]
    assert sbv2("render", "a.txt", "-m", "hana", "--seed", seed, "-o", "two").status == 0
    assert files("one") == files("two")
    sbv2("render", "a.txt", "-m", "hana", "--seed", seed, "--take", "2", "-o", "three")
    assert files("three")["0001.wav"] != files("one")["0001.wav"]


def test_sound_does_not_depend_on_how_the_work_is_cut(sbv2: Sbv2) -> None:
    script("story.txt", STORY)
    ways = {"a": ("-j", "1"), "b": ("-j", "3"), "c": ("--sort", "script"), "d": ("--no-reuse",)}
    for folder, way in ways.items():
        assert sbv2("render", "story.txt", "-m", "hana", "-o", folder, *way).status == 0
    assert files("a") == files("b") == files("c") == files("d")


def test_a_line_alone_is_the_same_to_the_last_bit(sbv2: Sbv2, golden: Path) -> None:
    # A network of published size, and more than one thread for whoever takes them.
    bundle = golden / "model/dev/bundles/tiny-jp-extra"
    shutil.copytree(bundle, "voices/published")
    config = json.loads((bundle / "config.json").read_text())
    script("voices/published/config.json", json.dumps({**config, "sbv2cli": {"bert": "none"}}))
    script("s.txt", "吾輩は猫である。\n名前はまだ無い。\n")
    command = ("render", "s.txt", "-m", "published", "--subtype", "float")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert sbv2(*command, "-o", "both", "-j", "2").status == 0
        assert sbv2(*command, "-o", "one", "--select", "n=1").status == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert files("one")["0001.wav"] == files("both")["0001.wav"]


def test_stdin_and_piper_lines(sbv2: Sbv2) -> None:
    lines = b'{"text": "Hello", "output_file": "greet/hi.wav"}\n{"text": "Bye", "speaker_id": 1}\n'
    result = sbv2("render", "-", "-m", "poly", "--lang", "en", "--print", "path", stdin=lines)
    assert result.status == 0, result.talk
    assert "out/greet/hi.wav" in result.out.splitlines()
    assert len(result.out.splitlines()) == 2
    assert rows()["line-0002"]["speaker"] == "Taro"


def test_help_begins_with_examples(sbv2: Sbv2) -> None:
    for command in ("render", "say", "doctor", "voices"):
        text = sbv2(command, "--help").out
        assert text.index("Examples:") < text.lower().index("options:\n")


def test_a_broken_voice_harms_the_lines_of_no_other(sbv2: Sbv2) -> None:
    weights = next(Path("voices/ken").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-100])
    script("sheet.csv", SHEET)
    result = sbv2("render", "sheet.csv")
    assert result.status == 3, result.talk
    found = rows()
    assert [found[name]["status"] for name in ("a1", "a2", "a3")] == ["ok", "failed", "ok"]
    assert found["a2"]["error"]["code"] == "voice.weights-broken"
    # Alone, it ends the run: nothing can be spoken.
    assert sbv2("render", "sheet.csv", "--select", "id=a2").status == 4


def test_half_precision_moves_no_duration(sbv2: Sbv2) -> None:
    from sbv2cli.engine.torch.cpu import convolution

    script("story.txt", STORY)
    sbv2("render", "story.txt", "-m", "hana")
    exact = {name: row["duration"] for name, row in rows().items() if row["status"] == "ok"}
    result = sbv2("render", "story.txt", "-m", "hana", "-o", "half", "--precision", "bf16")
    if not convolution.can_pack(torch.bfloat16):
        assert result.status == 4
        assert "error[precision.missing]" in result.talk
        return
    assert result.status == 0, result.talk
    records = [json.loads(row) for row in Path("half/manifest.jsonl").read_text().splitlines()]
    half = {row["id"]: row["duration"] for row in records[1:-1] if row["status"] == "ok"}
    assert half == exact
    assert records[1]["made"]["precision"] == "bf16"
    assert Path("half/0001.wav").read_bytes() != Path("out/0001.wav").read_bytes()


def test_ruby_is_read_and_not_shown(sbv2: Sbv2) -> None:
    script("story.txt", "岬《みさき》の灯台《とうだい》と、もじ《x》。\n")
    assert sbv2("render", "story.txt", "-m", "hana").status == 0
    (row,) = rows().values()
    assert row["text"] == "岬の灯台と、もじ《x》。"
    assert row["spoken"].startswith("ミサキノトーダイ")
    assert row["ruby"] == [
        {"start": 0, "end": 1, "reading": "みさき"},
        {"start": 2, "end": 4, "reading": "とうだい"},
    ]
    timings = json.loads(Path("out", row["timings"]).read_text(encoding="utf-8"))
    assert timings["chars"][-1][1] == len(row["text"])
    # The manifest is a script in which nothing is taken for ruby a second time.
    checked = json.loads(sbv2("check", "--json", "out/manifest.jsonl").data)
    (line,) = checked["lines"]
    assert (line["text"], line["ruby"]) == (row["text"], row["ruby"])
    plain = sbv2("render", "story.txt", "-m", "hana", "-o", "plain", "--ruby", "base")
    assert plain.status == 0
    (base,) = rows(Path("plain")).values()
    assert (base["text"], base["ruby"]) == (row["text"], [])


def test_a_manifest_whose_texts_hold_ruby_still_resumes(sbv2: Sbv2) -> None:
    script("story.txt", "岬《みさき》の灯台。\n")
    assert sbv2("render", "story.txt", "-m", "hana").status == 0
    path = Path("out/manifest.jsonl")
    records = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    records[1]["text"] = "岬《みさき》の灯台。"
    del records[1]["ruby"], records[1]["frontend_key"]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    again = sbv2("render", "story.txt", "-m", "hana")
    assert again.status == 0
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["ok"] == 0
    (row,) = rows().values()
    assert row["text"] == "岬の灯台。"


def test_an_aozora_text_says_how_it_is_read_and_speaks_no_note(sbv2: Sbv2) -> None:
    script("melos.txt", "題\n著者\n\n［＃３字下げ］一［＃「一」は中見出し］\n岬《みさき》へ。\n")
    result = sbv2("render", "melos.txt", "-m", "hana", "-o", "out")
    assert result.status == 0, result.talk
    assert "melos.txt: read as an Aozora text, UTF-8" in result.talk
    assert "warning: script" not in result.talk
    found = rows()
    assert [row["text"] for row in found.values()] == ["一", "岬へ。"]
    assert found["melos-0002"]["spoken"].startswith("ミサキ")
    assert found["melos-0001"]["heading"]


def test_a_line_with_a_value_of_the_game_is_skipped_and_told(sbv2, stage):
    script("lines.csv", "id,text\na,{name}さん。\nb,はい。\n")
    result = sbv2("render", "lines.csv", "-m", "hana", "-o", "out", "--no-fsync")
    assert result.status == 0
    assert "script.interpolation in 1 lines" in result.talk
    row = rows()["a"]
    assert row["status"] == "skipped"
    assert row["reason"].startswith("{name} is filled in by the game")
    assert [one["code"] for one in row["warnings"]] == ["script.interpolation"]
    assert sbv2("render", "lines.csv", "-m", "hana", "-o", "out", "--strict").status == 3
    script("values.toml", 'name = "太郎"\n')
    filled = sbv2("render", "lines.csv", "-m", "hana", "-o", "out", "--fill", "values.toml")
    assert filled.status == 0
    row = rows()["a"]
    assert (row["status"], row["text"]) == ("ok", "太郎さん。")
