"""The table of names is a bijection on the published key lists."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sbv2cli import tables
from sbv2cli.models import ARCHITECTURES, weights
from sbv2cli.models.vocoder.hifigan.vocoder import VOCODER

FOLDER = Path(__file__).parents[2] / "golden" / "model"
LISTS = {
    "sbv2_jp_extra": "state_dict_jp_extra.tsv",
    "sbv2_multilingual": "state_dict_multilingual.tsv",
}


def published(architecture):
    """Key -> (shape, kept in inference files)."""
    keys = {}
    for row in (FOLDER / LISTS[architecture]).read_text(encoding="utf-8").splitlines():
        if not row.startswith(("#", "key\t")):
            key, shape, _, kept = row.split("\t")
            keys[key] = (tuple(map(int, shape.split("x"))) if shape else (), kept)
    return keys


@pytest.mark.parametrize("architecture", LISTS)
def test_names_are_a_bijection(architecture):
    rows = tables.resolve(ARCHITECTURES, architecture, kind="architecture").names
    rows += weights.under("dec", "vocoder", VOCODER.names)
    keys = [key for key in published(architecture) if key not in weights.NOT_PARAMETERS]
    assert len(keys) > 1100
    seen = {}
    for key in keys:
        table = rows if weights.our_name(key, rows) else weights.TRAINING_ONLY
        ours = weights.our_name(key, table)
        assert ours is not None, key
        assert weights.published_name(ours, table) == key
        assert ours not in seen, (key, seen.get(ours))
        seen[ours] = key


@pytest.mark.parametrize("architecture", LISTS)
def test_shapes_fit_the_network(architecture):
    """Folded, the published list is exactly the parameters of the network of the default sizes."""
    from sbv2cli.engine.torch import loading
    from sbv2cli.voices.configs import voice_config as config

    keys = published(architecture)
    speakers = keys["emb_g.weight"][0][0]
    gin = keys["emb_g.weight"][0][1]
    version = "2.0-JP-Extra" if architecture == "sbv2_jp_extra" else "2.0"
    text = f'{{"version": "{version}", "data": {{"n_speakers": {speakers}}}, '
    text += f'"model": {{"gin_channels": {gin}}}}}'
    network = loading.build_empty(config.parse(text, where="test"), where="test")
    tensors = {key: torch.empty(shape, device="meta") for key, (shape, _) in keys.items()}
    names = loading.parts_of(config.parse(text, where="test"), where="test").names
    speaking, learning, unknown = weights.sort_tensors(tensors, names, weights.TRAINING_ONLY)
    folded = {}
    for name, tensor in speaking.items():
        if not name.endswith("weight_g"):
            folded[name.replace("weight_v", "weight")] = tensor
    assert unknown == []
    assert weights.mismatches(network.state_dict(), folded, names) == ([], [], [])
    # What may be absent from an inference file is exactly what only learning needs.
    for key, (_, kept) in keys.items():
        if kept != "yes" and key not in weights.NOT_PARAMETERS:
            assert weights.our_name(key, names) is None
    assert learning


def test_weight_norm_runs_over_all_but_the_first_axis():
    v = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(1))
    g = torch.rand(3, 1, 1, generator=torch.Generator().manual_seed(2))
    folded = weights.fold_weight_norm({"a.weight_v": v, "a.weight_g": g, "a.bias": g})
    assert set(folded) == {"a.weight", "a.bias"}
    norms = folded["a.weight"].flatten(1).norm(dim=1)
    torch.testing.assert_close(norms, g.flatten())


def test_an_unknown_name_has_none_of_ours():
    assert weights.our_name("enc_p.something.weight", weights.COMMON) is None
    assert weights.our_name("dec.ups.x.weight", weights.COMMON) is None


def test_guesses_by_what_is_in_the_file():
    assert weights.guess_architecture(["enc_p.emb.weight"]) == "vits"
    assert weights.guess_architecture(["enc_p.bert_proj.weight"]) == "sbv2_jp_extra"
    names = ["enc_p.bert_proj.weight", "enc_p.ja_bert_proj.weight"]
    assert weights.guess_architecture(names) == "sbv2_multilingual"
    assert weights.guess_architecture(["encoder.layer.0"]) is None
