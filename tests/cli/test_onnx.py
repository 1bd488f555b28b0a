"""`--backend onnx`: voices speak without torch."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import onnx_graphs
import pytest
import soundfile
import tiny_mel_voice
from stage import Sbv2, files, rows, script, without_torch

from sbv2cli.voices.bundle import open_bundle

TEXTS = "おはようございます。\n今日はいい天気ですね。\nはい。\n"


@pytest.fixture(scope="module")
def graphs(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of the voices of the shelf, converted."""
    out = tmp_path_factory.mktemp("graphs") / "hana-graphs"
    return onnx_graphs.convert(open_bundle(shelf / "hana"), out)


def near(one: bytes, other: bytes) -> bool:
    samples, _ = soundfile.read(io.BytesIO(one), dtype="int16")
    others, _ = soundfile.read(io.BytesIO(other), dtype="int16")
    # 1e-4 of full scale, and a step of the 16 bits.
    return len(samples) == len(others) and np.abs(samples.astype(int) - others).max() <= 5


def test_say_without_torch(sbv2: Sbv2, graphs: Path) -> None:
    without_torch("say", "-m", graphs, "-o", "graph.wav", "おはようございます。はい。")
    sbv2("say", "-m", "hana", "-o", "torch.wav", "おはようございます。はい。")
    assert near(Path("graph.wav").read_bytes(), Path("torch.wav").read_bytes())


def test_render_without_torch(sbv2: Sbv2, graphs: Path) -> None:
    script("a.txt", TEXTS)
    without_torch("render", "a.txt", "-m", graphs, "-o", "graph")
    sbv2("render", "a.txt", "-m", "hana", "-o", "torch")
    sounds, expected = files("graph"), files("torch")
    assert sounds.keys() == expected.keys()
    for name, data in sounds.items():
        assert near(data, expected[name]) if name.endswith(".wav") else data == expected[name]


@pytest.mark.parametrize(
    ("write", "steps", "flags"),
    [
        (tiny_mel_voice.write_grad_tts, ["--steps", "3"], ["--temperature", "2"]),
        (tiny_mel_voice.write_diff_tts, ["--steps", "7"], []),
    ],
)
def test_a_diffusion_without_torch(sbv2: Sbv2, write, steps, flags) -> None:
    write(Path("voices/noisy"), speakers=2)
    said = sbv2("voices", "convert", "noisy", "--to", "onnx", "-o", "graphs")
    assert said.status == 0, said.talk
    script("a.txt", TEXTS)
    for name, more in {"usual": [], "other": [*steps, *flags]}.items():
        without_torch("render", "a.txt", "-m", "./graphs/話者1", "-o", name, *more)
        said = sbv2("render", "a.txt", "-m", "noisy/話者1", "-o", f"{name}-torch", *more)
        assert said.status == 0, said.talk
        sounds, expected = files(name), files(f"{name}-torch")
        assert sounds.keys() == expected.keys()
        for file, data in sounds.items():
            assert near(data, expected[file]) if file.endswith(".wav") else data == expected[file]
    assert files("usual") != files("other")
    (row, *_) = rows("other").values()
    assert (row["made"]["backend"], row["steps"]) == ("onnx", int(steps[1]))


def test_the_manifest_names_the_backend(sbv2: Sbv2, graphs: Path) -> None:
    script("a.txt", TEXTS)
    assert sbv2("render", "a.txt", "-m", graphs).status == 0
    assert {row["made"]["backend"] for row in rows().values()} == {"onnx"}
    before = Path("out/manifest.jsonl").read_bytes()
    assert sbv2("render", "a.txt", "-m", graphs).status == 0
    assert Path("out/manifest.jsonl").read_bytes() == before
    planned = sbv2("render", "a.txt", "-m", "hana", "--dry-run")
    assert "backend onnx→torch" in planned.out + planned.talk


def test_resumed_lines_have_the_bytes_of_a_run_that_was_left_alone(
    sbv2: Sbv2, graphs: Path
) -> None:
    script("a.txt", TEXTS)
    sbv2("render", "a.txt", "-m", graphs, "-o", "whole")
    for n in (1, 2, 3):
        sbv2("render", "a.txt", "-m", graphs, "-o", "pieces", "--select", f"n={n}")
    assert files("pieces") == files("whole")


def test_a_folder_with_both_takes_what_is_asked(sbv2: Sbv2, graphs: Path) -> None:
    for file in graphs.glob("*.onnx"):
        Path("voices/hana", file.name).write_bytes(file.read_bytes())
    script("a.txt", "はい。\n")
    for flags, backend in (((), "torch"), (("--backend", "onnx"), "onnx")):
        assert sbv2("render", "a.txt", "-m", "hana", *flags).status == 0
        (row,) = rows().values()
        assert row["made"]["backend"] == backend
    script("sbv2.toml", '[defaults]\nbackend = "onnx"\n')
    assert sbv2("render", "a.txt", "-m", "hana").status == 0
    (row,) = rows().values()
    assert row["made"]["backend"] == "onnx"
    refused = sbv2("say", "--backend", "tensorflow", "-m", "hana", "はい")
    assert refused.status == 2
    assert "auto, torch, onnx" in refused.talk


def test_a_published_graph_says_that_its_noise_is_its_own(sbv2: Sbv2, graphs: Path) -> None:
    script("a.txt", TEXTS)
    result = sbv2("render", "a.txt", "-m", graphs / "hana.onnx")
    assert result.status == 0
    for row in rows().values():
        assert row["made"]["noise"] == "drawn by the graph"
        (note,) = [one for one in row["warnings"] if one["code"] == "voice.noise-inside"]
        assert note["severity"] == "note"
    first = files()
    sbv2("render", "a.txt", "-m", graphs / "hana.onnx", "-o", "again", "-j", "1")
    assert files("again") == first


def test_a_graph_without_durations_leaves_no_timings(sbv2: Sbv2) -> None:
    folder = onnx_graphs.voice_folder(Path("voices/short"))
    onnx_graphs.short_graph(folder / "model.onnx", durations=False)
    script("a.txt", "はい。\n")
    assert sbv2("render", "a.txt", "-m", "short", "--lang", "ja").status == 0
    (row,) = rows().values()
    assert "timings.unknown" in {one["code"] for one in row["warnings"]}
    sidecar = json.loads(Path("out", row["timings"]).read_text(encoding="utf-8"))
    assert sidecar["durations"] == "unknown"
    assert sidecar["phones"] == sidecar["moras"] == sidecar["chars"] == []


def test_without_the_runtime_the_extra_is_named(
    sbv2: Sbv2, graphs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    result = sbv2("say", "-m", graphs, "-o", "a.wav", "はい")
    assert result.status == 4
    assert "error[extra.missing]" in result.talk
    assert "pip install 'sbv2cli[onnx]'" in result.talk


def test_a_precision_that_onnx_has_not(sbv2: Sbv2, graphs: Path) -> None:
    script("a.txt", "はい。\n")
    result = sbv2("render", "a.txt", "-m", graphs, "--precision", "bf16")
    assert result.status == 4
    assert "error[precision.missing]" in result.talk


def test_verify_and_doctor(sbv2: Sbv2, graphs: Path) -> None:
    verified = sbv2("voices", "verify", graphs, "--json")
    assert verified.status == 0
    assert verified.json["voices"][0]["backend"] == "onnx"
    names = [row["name"] for row in sbv2("doctor", "--json").json["rows"]]
    assert "onnxruntime" in names
