"""Merging voices: the recorded merges, and what the formulas promise."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.mixing.merge import (
    Blend,
    Merged,
    NamedStyles,
    Parts,
    add_null_model,
    merge_config,
    merge_named_styles,
    merge_neutral,
    merge_weights,
    recipe,
    save,
)

KEYS = {
    "dec.ups.0.weight_g": (4, 1, 1),
    "dec.ups.0.weight_v": (4, 2, 3),
    "flow.flows.0.pre.weight": (3, 2),
    "enc_p.emb.weight": (5, 3),
    "sdp.pre.bias": (4,),
    "dp.proj.weight": (1, 4),
    "emb_g.weight": (2, 3),
}


def state(seed: int, dtype=torch.float32) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    tensors = {k: torch.randn(s, generator=generator).to(dtype) for k, s in KEYS.items()}
    return tensors | {"iteration": torch.tensor([seed])}


def parts(voice=0.3, pitch=0.6, style=0.25, tempo=0.9) -> Parts:
    return Parts(voice=voice, pitch=pitch, style=style, tempo=tempo)


def test_every_recorded_merge(golden):
    path = golden / "replay_merge.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    root = golden / "model"
    entries = json.loads((root / "dev" / "index.json").read_text(encoding="utf-8"))
    results = module.replay(root, entries)
    assert len({name for name, *_ in results}) == 8
    for name, stage, worst, _ in results:
        assert worst <= 2e-6, (name, stage)


@settings(max_examples=25, deadline=None)
@given(
    method=st.sampled_from(["usual", "slerp"]),
    weights=st.tuples(*[st.sampled_from([0.0, 1.0])] * 4),
)
def test_at_the_ends_each_part_is_one_of_the_two(method, weights):
    a, b = state(1), state(2)
    merged = merge_weights(
        Blend(
            method=method,
            parts=Parts(**dict(zip(("voice", "pitch", "style", "tempo"), weights, strict=True))),
        ),
        a,
        b,
    )
    wanted = dict(zip(("dec", "flow", "enc_p", "sdp"), weights, strict=True))
    wanted["dp"] = wanted["sdp"]
    for key, tensor in merged.items():
        source = b if wanted.get(key.split(".")[0]) else a
        torch.testing.assert_close(tensor, source[key], atol=1e-6, rtol=0)


def test_tensors_of_no_part_are_those_of_the_first():
    for method, others in (("usual", 1), ("add_diff", 2), ("add_null", 1)):
        voices = [state(number) for number in range(1, others + 2)]
        merged = merge_weights(Blend(method=method, parts=parts()), *voices)
        assert merged["emb_g.weight"] is voices[0]["emb_g.weight"]
        assert merged["iteration"].tolist() == [1]


def test_a_weighted_sum_takes_every_tensor():
    merged = merge_weights(
        Blend(method="weighted_sum", coefficients=(0.5, 0.7, -0.2)), state(1), state(2), state(3)
    )
    expected = 0.5 * state(1)["emb_g.weight"] + 0.7 * state(2)["emb_g.weight"]
    expected -= 0.2 * state(3)["emb_g.weight"]
    torch.testing.assert_close(merged["emb_g.weight"], expected)
    assert merged["iteration"].dtype == torch.float32
    assert merged["iteration"].item() == pytest.approx(1.3)


def test_half_precision_is_kept_and_the_wider_type_wins():
    half, full = state(1, torch.float16), state(2)
    blend = Blend(method="usual", parts=parts())
    assert merge_weights(blend, half, half)["sdp.pre.bias"].dtype == torch.float16
    assert merge_weights(blend, half, full)["sdp.pre.bias"].dtype == torch.float32


def test_a_tensor_of_zeros_has_no_direction():
    a, b = state(1), state(2)
    a["sdp.pre.bias"] = torch.zeros(4)
    merged = merge_weights(Blend(method="slerp", parts=parts()), a, b)
    torch.testing.assert_close(merged["sdp.pre.bias"], 0.9 * b["sdp.pre.bias"])


def test_a_null_model_adds_to_the_four_parts():
    voice, null = state(1, torch.float16), state(2)
    changed = add_null_model(voice, null, weight=0.1, pitch=0.2, style=0.3, tempo=0.4)
    shares = {"dec": 0.1, "flow": 0.2, "enc_p": 0.3, "sdp": 0.4, "dp": 0.4}
    for key, tensor in changed.items():
        if key.split(".")[0] in shares:
            expected = voice[key].float() + shares[key.split(".")[0]] * null[key]
            torch.testing.assert_close(tensor, expected, atol=0, rtol=0)
        else:
            assert tensor is voice[key]


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_null_weight_beyond_its_range(weight):
    with pytest.raises(UsageError) as raised:
        add_null_model(state(1), state(2), tempo=weight)
    assert raised.value.code == "voice.null-weight"
    assert "tempo" in raised.value.message


def test_voices_that_do_not_fit_together():
    blend = Blend(method="usual", parts=parts())
    lacking = {key: value for key, value in state(2).items() if not key.startswith("dec")}
    with pytest.raises(VoiceError, match='voice B lacks 2 of 6 tensors, first "dec'):
        merge_weights(blend, state(1), lacking)
    reshaped = state(2) | {"dp.proj.weight": torch.zeros(1, 5)}
    with pytest.raises(VoiceError, match=r'"dp.proj.weight": \[1, 4\] and \[1, 5\]'):
        merge_weights(blend, state(1), reshaped)
    # What is copied from the first need not be in the second.
    others = {key: value for key, value in state(2).items() if not key.startswith("emb_g")}
    merge_weights(blend, state(1), others)


def test_a_blend_has_the_numbers_of_its_method():
    for wrong in (
        {"method": "usual"},
        {"method": "usual", "parts": parts(), "coefficients": (1.0, 2.0)},
        {"method": "weighted_sum", "parts": parts()},
    ):
        with pytest.raises(UsageError) as raised:
            Blend(**wrong)
        assert raised.value.code == "merge.weights"
    with pytest.raises(UsageError, match="mixes 3 voices, 2 are given"):
        merge_weights(Blend(method="add_diff", parts=parts()), state(1), state(2))
    with pytest.raises(UsageError, match="with 2 coefficients"):
        merge_weights(
            Blend(method="weighted_sum", coefficients=(1.0, 2.0)), state(1), state(2), state(3)
        )


def styles(seed: int) -> NamedStyles:
    vectors = np.random.default_rng(seed).standard_normal((3, 256)).astype(np.float32)
    return NamedStyles(vectors=vectors, names={"Neutral": 0, "Happy": 1, "Sad": 2})


def test_named_styles_are_mixed_by_the_weight_of_style():
    a, b = styles(1), styles(2)
    for method in ("usual", "slerp"):
        made = merge_named_styles(
            Blend(method=method, parts=parts(style=0.25)),
            [("Neutral", "Neutral", "Neutral"), ("Happy", "Sad", "Bitter")],
            a,
            b,
        )
        assert made.names == {"Neutral": 0, "Bitter": 1}
        np.testing.assert_allclose(
            made.vectors[1], 0.75 * a.vectors[1] + 0.25 * b.vectors[2], atol=1e-6
        )
    neutral = merge_neutral(Blend(method="slerp", parts=parts(style=0.25)), a.vectors, b.vectors)
    np.testing.assert_array_equal(neutral, made.vectors[:1])


def test_style_recipes_that_cannot_be_meant():
    blend = Blend(method="usual", parts=parts())
    with pytest.raises(VoiceError, match='voice B has no style "Hapy"') as raised:
        merge_named_styles(blend, [("Happy", "Hapy", "New")], styles(1), styles(2))
    assert raised.value.hint == 'did you mean "Happy"?'
    with pytest.raises(UsageError, match="more than once"):
        merge_named_styles(blend, [("Sad", "Sad", "X"), ("Sad", "Sad", "X")], styles(1), styles(2))
    with pytest.raises(UsageError, match="from 2 names and gets one, here are 2"):
        merge_named_styles(blend, [("Sad", "Sad")], styles(1), styles(2))


def test_the_configuration_is_the_first_ones_under_a_new_name():
    config = {
        "model_name": "a",
        "version": "2.7.0-JP-Extra",
        "data": {"n_speakers": 1, "spk2id": {"a": 0}, "num_styles": 3, "sampling_rate": 44100},
    }
    merged = merge_config(config, "new", ("Neutral", "Mix"))
    assert merged == {
        "model_name": "new",
        "version": "2.7.0-JP-Extra",
        "data": {
            "n_speakers": 1,
            "spk2id": {"new": 0},
            "num_styles": 2,
            "style2id": {"Neutral": 0, "Mix": 1},
            "sampling_rate": 44100,
        },
    }
    assert config["data"]["spk2id"] == {"a": 0}
    several = {"data": {"n_speakers": 2, "spk2id": {"x": 0, "y": 1}}}
    assert merge_config(several, "new")["data"]["spk2id"] == {"x": 0, "y": 1}


def test_a_merged_voice_is_written_once(tmp_path):
    from safetensors.torch import load_file

    blend = Blend(method="usual", parts=parts())
    weights = merge_weights(blend, state(1), state(2))
    merged = Merged(
        name="新しい声",
        weights=weights,
        styles=merge_neutral(blend, styles(1).vectors, styles(2).vectors),
        config=merge_config({}, "新しい声"),
        recipe=recipe(blend, "a", "b"),
    )
    folder = tmp_path / "新しい声"
    save(merged, folder)
    read = load_file(folder / "新しい声.safetensors")
    assert all(torch.equal(read[key], weights[key]) for key in weights)
    assert np.load(folder / "style_vectors.npy").shape == (1, 256)
    assert json.loads((folder / "recipe.json").read_text(encoding="utf-8")) == {
        "method": "usual",
        "model_a": "a",
        "model_b": "b",
        "voice_weight": 0.3,
        "voice_pitch_weight": 0.6,
        "speech_style_weight": 0.25,
        "tempo_weight": 0.9,
        "use_slerp_instead_of_lerp": False,
    }
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_name"]
    with pytest.raises(UsageError) as raised:
        save(merged, folder)
    assert raised.value.code == "merge.exists"
