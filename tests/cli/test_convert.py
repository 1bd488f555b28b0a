"""`sbv2 voices convert --to onnx`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stage import Sbv2

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

BERT = Path(__file__).parents[1] / "golden" / "model" / "dev" / "bert" / "tiny-chinese-roberta"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "convert-a-voice.md"


def test_a_voice(sbv2: Sbv2) -> None:
    result = sbv2("voices", "convert", "hana", "--to", "onnx", "-o", "graphs", "-v")
    assert result.status == 0, result.talk
    assert "plan: differs from the network by" in result.talk
    names = ["config.json", "hana.onnx", "hana.plan.onnx", "hana.render.onnx", "style_vectors.npy"]
    assert [path.name for path in sorted(Path("graphs").iterdir())] == names
    again = sbv2("voices", "convert", "hana", "--to", "onnx", "-o", "graphs")
    assert again.status == 2
    assert "export.exists" in again.talk
    forced = sbv2("voices", "convert", "hana", "--to", "onnx", "-o", "graphs", "--force", "--json")
    assert forced.status == 0
    assert [Path(file["path"]).name for file in forced.json["files"]] == names
    assert set(forced.json["worst"]) == {"voice", "plan", "render"}
    assert max(forced.json["worst"].values()) < 1e-4


def test_a_language_model(sbv2: Sbv2) -> None:
    result = sbv2("voices", "convert", "--bert", BERT, "--to", "onnx", "-o", "bert", "--json")
    assert result.status == 0, result.talk
    assert set(result.json["worst"]) == {"model.onnx", "model_fp16.onnx"}
    assert Path("bert/vocab.txt").read_bytes() == (BERT / "vocab.txt").read_bytes()


def weights(folder: Path) -> Path:
    (file,) = folder.glob("*.safetensors")
    return file


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("config.json", "voice.config-missing"),
        ("style_vectors.npy", "voice.styles-missing"),
        ("weights", "voice.weights-missing"),
    ],
)
def test_each_of_the_three_files_is_missed_by_name(sbv2: Sbv2, name: str, code: str) -> None:
    folder = Path("voices/hana")
    (weights(folder) if name == "weights" else folder / name).unlink()
    result = sbv2("voices", "convert", folder, "--to", "onnx", "-o", "graphs")
    assert result.status == 4
    assert f"error[{code}]" in result.talk
    assert not Path("graphs").exists()


@pytest.mark.parametrize("arguments", [(), ("hana", "--bert", BERT)])
def test_one_thing_is_converted(sbv2: Sbv2, arguments: tuple[object, ...]) -> None:
    result = sbv2("voices", "convert", *arguments, "--to", "onnx", "-o", "graphs")
    assert result.status == 2
    assert "error[export.what]" in result.talk


def test_the_script_of_the_page_speaks(sbv2: Sbv2) -> None:
    """It uses nothing of ours, and no torch."""
    import soundfile

    assert sbv2("voices", "convert", "hana", "--to", "onnx", "-o", "graphs").status == 0
    code = PAGE.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    assert len(code.splitlines()) <= 24
    assert "sbv2" not in code
    wall = "import sys\nsys.modules['torch'] = sys.modules['sbv2cli'] = None\n"
    command = [sys.executable, "-W", "error", "-c", wall + code, "graphs/hana.onnx", "out.wav"]
    subprocess.run(command, check=True)
    samples, rate = soundfile.read("out.wav")
    assert rate == 16000
    assert len(samples) > 100
    assert abs(samples).max() > 0.01
