"""A flow with fewer layers: what is kept speaks, in the order in which it was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

import sbv2cli
from tools import shorten_flow

BUILT_IN = Path(sbv2cli.__file__).parent / "voices" / "builtin" / "sbv2-f01"


def _shorter(out: Path, keep: str, voice: Path = BUILT_IN) -> Path:
    arguments = [str(voice), "--keep", keep, "--out", str(out)]
    done = CliRunner().invoke(shorten_flow.main, arguments)
    assert done.exit_code == 0, done.output
    return out


def _samples(voice: Path) -> np.ndarray:
    loaded = sbv2cli.load_voice(voice, device="cpu")
    (sound,) = loaded.speak([sbv2cli.Line(text="雨が降る。")])
    assert sound.failure is None
    return sound.samples


def test_all_layers_kept_are_the_same_voice(tmp_path: Path) -> None:
    count = shorten_flow.layer_count(load_file(next(BUILT_IN.glob("*.safetensors"))))
    same = _shorter(tmp_path / "same", ",".join(map(str, range(count))))
    assert np.array_equal(_samples(same), _samples(BUILT_IN))


def test_layers_that_are_left_are_numbered_anew() -> None:
    weights = {
        f"flow.flows.{step}.enc.{kind}.{layer}.bias": torch.tensor(float(layer))
        for step in (0, 2)
        for kind in ("attn_layers", "norm_layers_1", "ffn_layers")
        for layer in range(4)
    } | {"enc_p.encoder.attn_layers.3.bias": torch.tensor(7.0)}
    found = shorten_flow.shorten(weights, [0, 3])
    assert found["enc_p.encoder.attn_layers.3.bias"] == 7
    assert found["flow.flows.2.enc.norm_layers_1.1.bias"] == 3
    assert len(found) == 2 * 3 * 2 + 1
    assert shorten_flow.layer_count(found) == 2


def test_a_short_voice_speaks_and_refuses_weights_of_another_depth(tmp_path: Path) -> None:
    short = _shorter(tmp_path / "short", "0,1,3")
    config = json.loads((short / "config.json").read_text(encoding="utf-8"))
    assert config["model"]["flow_layers"] == 3
    assert np.isfinite(_samples(short)).all()
    (file,) = short.glob("*.safetensors")
    weights = load_file(file)
    save_file(shorten_flow.shorten(weights, [0, 1]), file)
    with pytest.raises(sbv2cli.Sbv2Error):
        sbv2cli.load_voice(short, device="cpu")


@pytest.mark.parametrize("keep", ["", "1,0", "0,9", "0,x", "1,1"])
def test_layers_that_are_not_there_are_refused(tmp_path: Path, keep: str) -> None:
    arguments = [str(BUILT_IN), "--keep", keep, "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(shorten_flow.main, arguments)
    assert done.exit_code == 1
    assert "wanted some of 0 to" in done.output
    assert not (tmp_path / "out").exists()
