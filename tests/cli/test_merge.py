"""`sbv2 voices merge`: a new voice that speaks, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tiny_voice
import torch
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from stage import Result, Sbv2

PARTS = {"dec": "voice", "flow": "pitch", "enc_p": "style", "sdp": "tempo", "dp": "tempo"}


def tensors(name: str) -> dict[str, torch.Tensor]:
    return load_file(next(Path("voices", name).glob("*.safetensors")))


def config(name: str) -> dict[str, Any]:
    return json.loads(Path("voices", name, "config.json").read_text(encoding="utf-8"))


def vectors(name: str) -> np.ndarray:
    return np.load(Path("voices", name, "style_vectors.npy"))


def merge(sbv2: Sbv2, *arguments: str) -> Result:
    return sbv2("voices", "merge", *arguments, "-o", "voices/mix")


def test_parts_are_mixed_by_their_weights(sbv2: Sbv2) -> None:
    result = merge(sbv2, "hana", "ken", "--weights", "voice=1, pitch=0.25,tempo=0.5")
    assert result.status == 0, result.talk
    a, b, mix = tensors("hana"), tensors("ken"), tensors("mix")
    weights = {"voice": 1.0, "pitch": 0.25, "style": 0.0, "tempo": 0.5, None: 0.0}
    assert mix.keys() == a.keys()
    for key in a:
        t = weights[PARTS.get(key.partition(".")[0])]
        wanted = a[key] if t == 0 else (1 - t) * a[key] + t * b[key]
        torch.testing.assert_close(mix[key], wanted)
    # Styles that both have under one name come along; the weight of style is 0: those of A.
    assert config("mix")["data"]["style2id"] == {"Neutral": 0, "Happy": 1, "Sad": 2}
    assert config("mix")["model_name"] == "mix"
    np.testing.assert_array_equal(vectors("mix"), vectors("hana"))
    assert json.loads(Path("voices/mix/recipe.json").read_text())["voice_weight"] == 1
    assert sbv2("voices", "verify", "mix").status == 0
    assert [path.name for path in Path("voices").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("arguments", "formula"),
    [
        (["hana", "ken"], lambda a, b: (a + b) / 2),
        (["hana", "ken", "hana", "--method", "add-diff"], lambda a, b: a + (b - a) / 2),
        (["hana", "ken", "--method", "add-null", "--weights", "0.1"], lambda a, b: a + 0.1 * b),
        (
            ["hana", "ken", "hana", "--method", "weighted-sum", "--weights", "1,0.5,-0.5"],
            lambda a, b: a + 0.5 * b - 0.5 * a,
        ),
    ],
)
def test_methods(sbv2: Sbv2, arguments: list[str], formula: Callable[[Any, Any], Any]) -> None:
    assert merge(sbv2, *arguments).status == 0
    key = "dec.conv_pre.weight"
    torch.testing.assert_close(
        tensors("mix")[key], formula(tensors("hana")[key], tensors("ken")[key])
    )
    np.testing.assert_allclose(vectors("mix"), formula(vectors("hana"), vectors("ken")), atol=1e-6)


def test_an_arc_is_no_line(sbv2: Sbv2) -> None:
    assert merge(sbv2, "hana", "ken", "--method", "slerp").status == 0
    key = "dec.conv_pre.weight"
    a, b, mix = (tensors(name)[key] for name in ("hana", "ken", "mix"))
    assert mix.norm() > ((a + b) / 2).norm() * 1.1


def test_named_styles(sbv2: Sbv2) -> None:
    result = merge(sbv2, "hana", "ken", "--style", "Happy,Sad=Wry", "--style", "Sad")
    assert result.status == 0
    assert config("mix")["data"]["style2id"] == {"Neutral": 0, "Wry": 1, "Sad": 2}
    a, b = vectors("hana"), vectors("ken")
    wanted = np.stack([a[0] + b[0], a[1] + b[2], a[2] + b[2]]) / 2
    np.testing.assert_allclose(vectors("mix"), wanted, atol=1e-6)


def test_a_mean_of_ones_own_stays_first(sbv2: Sbv2) -> None:
    arguments = ["--style", "Happy", "--style", "Sad,Neutral=Neutral"]
    assert merge(sbv2, "hana", "ken", *arguments).status == 0
    assert config("mix")["data"]["style2id"] == {"Neutral": 0, "Happy": 1}
    wanted = (vectors("hana")[2] + vectors("ken")[0]) / 2
    np.testing.assert_allclose(vectors("mix")[0], wanted, atol=1e-6)


def test_an_aivm_file_is_mixed_as_its_folder(sbv2: Sbv2) -> None:
    assert sbv2("voices", "convert", "ken", "--to", "aivm", "-o", "ken.aivm").status == 0
    assert merge(sbv2, "hana", "ken.aivm").status == 0
    assert sbv2("voices", "merge", "hana", "ken", "-o", "voices/mix2").status == 0
    one, other = tensors("mix"), tensors("mix2")
    # Of a voice without BERT an .aivm has zeros where features of others would be heard.
    unheard = {"enc_p.bert_proj.weight"}
    assert all(torch.equal(one[key], other[key]) for key in other.keys() - unheard)
    assert sbv2("voices", "merge", "ken.aivm", "hana", "-o", "voices/mix3").status == 0


def test_licences_of_all_are_named(sbv2: Sbv2) -> None:
    for name, licence in (("hana", "CC0"), ("ken", None)):
        content = config(name)
        content["sbv2cli"] |= {"licence": licence} if licence else {}
        Path("voices", name, "config.json").write_text(json.dumps(content), encoding="utf-8")
    assert merge(sbv2, "hana", "ken").status == 0
    assert "licence\tCC0 + unknown\n" in sbv2("voices", "show", "mix").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["hana"], "merge.voices"),
        (["hana", "ken", "ken"], "merge.voices"),
        (["hana", "ken", "--method", "add-diff"], "merge.voices"),
        (["hana", "ken", "--weights", "much"], "merge.weights"),
        (["hana", "ken", "--weights", "nan"], "merge.weights"),
        (["hana", "ken", "--weights", "voice=1,pich=2"], "merge.weights"),
        (["hana", "ken", "ken", "--method", "weighted-sum"], "merge.weights"),
        (["hana", "ken", "--style", "Hapy"], "merge.style-unknown"),
        (["hana", "ken", "--style", "a,b,c=d"], "merge.style-recipe"),
        (["hana", "ken", "--style", "Happy,Sad"], "merge.style-recipe"),
        (["hana", "ken", "--style", "Happy="], "merge.style-recipe"),
        (["hana", "ken", "--style", "Happy", "--style", "Sad=Happy"], "merge.style-twice"),
        (["hana", "poly"], "merge.tensors"),
        (["hana", "plain"], "merge.kind"),
        (["hana", "other"], "merge.unlike"),
        (["hana", "nobody"], "voice.missing"),
    ],
)
def test_what_cannot_be_mixed_leaves_nothing(sbv2: Sbv2, arguments: list[str], code: str) -> None:
    if "plain" in arguments:
        tiny_voice.write_vits(Path("voices/plain"))
    if "other" in arguments:
        tiny_voice.write(Path("voices/other"), bert=True)
    result = merge(sbv2, *arguments)
    assert result.status in (2, 4)
    assert f"error[{code}]" in result.talk
    assert [p.name for p in Path("voices").iterdir() if "mix" in p.name] == []


def test_what_is_there_stays(sbv2: Sbv2) -> None:
    Path("voices/mix").mkdir()
    result = merge(sbv2, "hana", "ken")
    assert (result.status, "error[merge.exists]" in result.talk) == (2, True)


def test_a_mix_that_cannot_speak_gets_no_name(sbv2: Sbv2) -> None:
    broken = tensors("ken")
    broken["dec.conv_pre.bias"][0] = float("inf")
    save_file(broken, next(Path("voices/ken").glob("*.safetensors")))
    result = merge(sbv2, "hana", "ken")
    assert (result.status, "error[voice.weights-values]" in result.talk) == (4, True)
    assert sorted(path.name for path in Path("voices").iterdir()) == ["hana", "ken", "poly"]
