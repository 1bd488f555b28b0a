"""`sbv2 voices verify` and the width of a BERT: what is wrong is told, by a status too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny_bert
import tiny_voice
import torch
from safetensors.torch import load_file, save_file
from stage import Sbv2, script

import sbv2cli
from sbv2cli.errors import MachineError
from sbv2cli.files import sha256_of
from sbv2cli.voices import receipt


@pytest.fixture
def needs(stage: Path) -> Path:
    """A voice that needs a BERT."""
    return tiny_voice.write(stage / "voices/needs", seed=4, bert=True)


@pytest.fixture
def bert(stage: Path) -> Path:
    """A BERT that fits it, beside the voices."""
    return tiny_bert.write(stage / "bert/deberta-v2-large-japanese-char-wwm")


def checks(result) -> dict[str, str | None]:
    (voice,) = result.json["voices"]
    return {row["check"]: row.get("code") for row in voice["checks"]}


def test_a_whole_voice_speaks_with_its_features(sbv2: Sbv2, needs: Path, bert: Path) -> None:
    told = sbv2("voices", "verify", "needs")
    assert told.status == 0, told.talk
    assert f"BERT ja: {bert.relative_to(Path.cwd())}" in told.talk.replace(f"{Path.cwd()}/", "")
    assert "1024 numbers of each token" in told.talk
    result = sbv2("voices", "verify", "needs", "--json")
    assert checks(result) == {"BERT ja": None, "speech ja": None}
    assert sbv2("say", "-m", "needs", "-o", "a.wav", "おはよう").status == 0


def test_long_work_is_named_before_it_begins(sbv2: Sbv2, needs: Path, bert: Path) -> None:
    talk = sbv2("voices", "verify", "needs").talk.splitlines()
    assert talk[:3] == [
        "needs: reading the files",
        "needs: loading the weights and the BERT",
        "needs: speaking (ja)",
    ]
    assert "loading" not in sbv2("voices", "verify", "needs", "--no-load").talk
    assert "loading" not in sbv2("voices", "verify", "needs", "--progress", "off").talk
    assert sbv2("voices", "verify", "needs", "-q").talk == ""


def test_a_missing_bert_is_a_failed_check(sbv2: Sbv2, needs: Path) -> None:
    result = sbv2("voices", "verify", "needs", "--json")
    assert result.status == 4
    assert checks(result) == {"BERT ja": "bert.missing", "speech": None}
    assert result.json["voices"][0]["ok"] is False


def test_each_language_is_a_check(sbv2: Sbv2, stage: Path, bert: Path) -> None:
    tiny_voice.write(stage / "voices/many", seed=4, bert=True, version="2.0")
    result = sbv2("voices", "verify", "many", "--json")
    assert result.status == 4
    assert checks(result) == {
        "BERT ja": None,
        "BERT en": "bert.missing",
        "BERT zh": "bert.missing",
        "speech ja": None,
    }
    assert sbv2("voices", "verify", "many", "--language", "ja").status == 0
    assert "voice.language" in sbv2("voices", "verify", "many", "--language", "fr").talk


def test_a_wrong_width_is_told_with_both_numbers_everywhere(
    sbv2: Sbv2, needs: Path, stage: Path
) -> None:
    tiny_bert.write(stage / "bert/deberta-v2-large-japanese-char-wwm", width=768)
    script("l.csv", "id,text\na,おはよう\nb,こんにちは\n")
    for command in (
        ("voices", "verify", "needs"),
        ("say", "-m", "needs", "-o", "a.wav", "おはよう"),
        ("render", "l.csv", "-m", "needs"),
    ):
        result = sbv2(*command)
        assert result.status == 4, command
        assert "error[bert.width]" in result.talk, command
        assert all(width in result.talk for width in ("1024", "768")), command
        assert "engine.internal" not in result.talk, command
    assert not Path("out").exists()
    with pytest.raises(MachineError) as caught:
        sbv2cli.load_voice("voices/needs")
    assert caught.value.code == "bert.width"


def test_a_language_model_without_weights_is_found_before(
    sbv2: Sbv2, needs: Path, bert: Path
) -> None:
    (bert / "model.safetensors").unlink()
    for command in (
        ("voices", "verify", "needs", "--no-load"),
        ("say", "-m", "needs", "-o", "a.wav", "あ"),
    ):
        result = sbv2(*command)
        assert result.status == 4, command
        assert "error[bert.weights]" in result.talk, command


def test_files_are_held_against_the_receipt(sbv2: Sbv2) -> None:
    folder = Path("voices/hana")
    files = tuple(
        receipt.InstalledFile(path=path.name, size=path.stat().st_size, sha256=sha256_of(path))
        for path in sorted(folder.iterdir())
    )
    receipt.write(
        folder,
        receipt.Receipt(
            source="someone/hana",
            revision=None,
            commit="0" * 40,
            files=files,
            licence="CC0",
            installed="2026-01-01T00:00:00Z",
        ),
    )
    good = sbv2("voices", "verify", "hana")
    assert good.status == 0, good.talk
    assert "3 as they were installed from someone/hana" in good.talk
    styles = folder / "style_vectors.npy"
    data = bytearray(styles.read_bytes())
    data[-2] ^= 1
    styles.write_bytes(data)
    changed = sbv2("voices", "verify", "hana", "--json")
    assert changed.status == 4
    assert checks(changed) == {"files": "voice.changed", "speech ja": None}
    assert "style_vectors.npy" in changed.json["voices"][0]["error"]
    hints = [row.get("hint") for row in changed.json["voices"][0]["checks"]]
    assert "fetch it again: sbv2 voices update hana --force" in hints


def damaged(change) -> None:
    (path,) = Path("voices/hana").glob("*.safetensors")
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def test_a_silent_voice_is_told(sbv2: Sbv2) -> None:
    damaged(lambda tensors: tensors["dec.conv_post.weight"].zero_())
    result = sbv2("voices", "verify", "hana", "--json")
    assert result.status == 4
    assert checks(result) == {"speech ja": "voice.silent"}


def test_weights_that_are_no_numbers_are_told(sbv2: Sbv2) -> None:
    damaged(lambda tensors: tensors["dec.conv_post.weight"].fill_(torch.nan))
    result = sbv2("voices", "verify", "hana", "--json")
    assert result.status == 4
    assert checks(result) == {"speech": "voice.weights-values"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n_layers", 10**9),
        ("n_layers", 100_000),
        ("hidden_channels", 10**12),
        ("upsample_initial_channel", 10**9),
        ("upsample_kernel_sizes", [8, 10**9]),
    ],
)
def test_absurd_sizes_are_told_before_anything_is_built(
    sbv2: Sbv2, key: str, value: object
) -> None:
    path = Path("voices/hana/config.json")
    config = json.loads(path.read_text(encoding="utf-8"))
    config["model"][key] = value
    path.write_text(json.dumps(config), encoding="utf-8")
    for command in (("voices", "verify", "hana"), ("say", "-m", "hana", "-o", "a.wav", "あ")):
        result = sbv2(*command)
        assert result.status == 4, result.talk
        assert key in result.talk


def test_a_header_that_promises_more_than_a_machine_holds_is_told(sbv2: Sbv2) -> None:
    path = Path("voices/hana/style_vectors.npy")
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (10**12, 256)}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(bytes(1024))
    result = sbv2("voices", "verify", "hana")
    assert result.status == 4
    assert "error[voice.styles-file]" in result.talk


def test_a_graph_is_verified_with_its_language_model(sbv2: Sbv2, needs: Path, bert: Path) -> None:
    assert sbv2("voices", "convert", "needs", "--to", "onnx", "-o", "voices/graph").status == 0
    missing = sbv2("voices", "verify", "graph", "--json")
    assert missing.status == 4
    assert checks(missing)["BERT ja"] == "bert.onnx-missing"
    assert sbv2("voices", "convert", "--bert", bert, "--to", "onnx", "-o", "made").status == 0
    shutil.copy("made/model.onnx", bert)
    result = sbv2("voices", "verify", "graph")
    assert result.status == 0, result.talk
