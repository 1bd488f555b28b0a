"""Plain VITS learns by the same parts: from nothing, and from a published checkpoint."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny_dataset as sounds
import tiny_voice
import torch

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import UsageError
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.records import Delivery, LineId, Waveform
from sbv2cli.training.data.clips import along_symbols
from sbv2cli.training.prepare.make_clips import PrepareSettings
from sbv2cli.training.prepare.prepare import prepare
from sbv2cli.training.request import FitRequest
from sbv2cli.training.run import Watcher, fit
from sbv2cli.training.scalars import read_scalars
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.to_utterance import to_utterance

SMALL = {
    "inter_channels": 8,
    "hidden_channels": 8,
    "filter_channels": 8,
    "n_layers": 2,
    "upsample_rates": [8, 4, 4],
    "upsample_kernel_sizes": [16, 8, 8],
    "upsample_initial_channel": 32,
    "resblock": "2",
    "resblock_kernel_sizes": [3],
    "resblock_dilation_sizes": [[1, 3]],
}
DATA = {"sampling_rate": 16000, "filter_length": 512, "win_length": 512, "hop_length": 128,
        "n_mel_channels": 40}  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def base(folder, **options):
    """A voice to begin from, small and of the tests' rate."""
    network = {**SMALL, **options.pop("network", {})}
    return tiny_voice.write_vits(folder, network=network, data=DATA, **options)


def dataset(folder, start, **options):
    table = sounds.recordings(folder, durations=options.pop("durations", False))
    out = folder / "data"
    prepare(
        PrepareSettings(
            audio=folder / "audio", transcript=table, out=out, base=start, threads=2, **options
        )
    )
    return out


def run(data, out, **changes):
    options = {name: changes.pop(name) for name in ("base",) if name in changes}
    changes = {
        "log_interval": 5, "eval_interval": 1000, "batch_size": 3, "segment_size": 1536,
        "validation_clips": 1, "discriminators": "none", **changes,
    }  # fmt: skip
    notes = []
    request = FitRequest(dataset=data, out=out, device="cpu", changes=changes, **options)
    return fit(request, Watcher(note=notes.append)), notes


@pytest.mark.parametrize(
    "kind", [pytest.param("stochastic", marks=pytest.mark.slow), "deterministic"]
)
def test_it_learns_from_nothing_and_the_voice_says_a_sentence(tmp_path, kind):
    start = base(tmp_path / "start", network={"use_sdp": kind == "stochastic"})
    data = dataset(tmp_path, start, validation=1)
    assert not (data / "style_vectors.npy").exists()
    fitted, _ = run(data, tmp_path / "run", steps=40, learning_rate=4e-3, seed=1)
    rows = [row for row in read_scalars(tmp_path / "run" / "scalars.csv") if "mel" in row]
    assert np.mean([row["mel"] for row in rows[-3:]]) < 0.8 * rows[0]["mel"]
    assert rows[-1]["duration"] < rows[0]["duration"]
    assert all(np.isfinite(row["kl"]) for row in rows)
    voice = open_bundle(tmp_path / "run" / "voice")
    assert sorted(path.name for path in (tmp_path / "run" / "voice").iterdir()) == [
        "config.json",
        fitted.voice.name,
    ]
    names = read_tensors(voice.weights)
    assert not any(name.startswith(("enc_q", "emb_g")) for name in names)
    assert ("dp.flows.0.m" in names) == (kind == "stochastic")
    reading = JAPANESE.read("青い家。")
    line = to_utterance(LineId("1"), reading, voice, Delivery())
    (sound,) = Engine(voice, EngineSettings(device="cpu", threads=1)).speak([line])
    assert isinstance(sound, Waveform)
    assert np.sqrt(np.mean(sound.samples**2)) > 1e-3
    clips = sorted((tmp_path / "run" / "clips").rglob("*.wav"))
    assert len(clips) == 4


def test_the_recipe_is_the_published_configuration(tmp_path):
    table = sounds.recordings(tmp_path)
    prepare(
        PrepareSettings(
            audio=tmp_path / "audio", transcript=table, out=tmp_path / "data", recipe="vits"
        )
    )
    config = json.loads((tmp_path / "data" / "config.json").read_text("utf-8"))
    assert config["data"]["text_cleaners"] == ["japanese_cleaners2"]
    assert config["data"]["n_speakers"] == 0
    assert config["speakers"] == ["花子"]
    assert len(config["symbols"]) == 43
    assert "version" not in config
    parsed = open_config(tmp_path / "data")
    network = loading.build(parsed, where="test")
    assert network.vocoder.frame_samples == 256


def open_config(folder):
    from sbv2cli.voices.configs import voice_config as config

    return config.parse((folder / "config.json").read_text("utf-8"), where="test")


def test_several_speakers_get_a_table(tmp_path):
    start = base(tmp_path / "start")
    rows = []
    for number, (speaker, word) in enumerate(zip("花花太太", sounds.WORDS, strict=False)):
        phones = ["_", *word.split(), "_"]
        sounds.write_audio(tmp_path / "audio" / f"{number}.wav", sounds.clip(phones))
        rows.append({"audio": f"{number}.wav", "text": word, "speaker": speaker,
                     "phones": " ".join(phones), "tones": " ".join("0" * len(phones))})  # fmt: skip
    table = sounds.write_table(tmp_path / "table.csv", rows)
    out = tmp_path / "data"
    prepare(PrepareSettings(audio=tmp_path / "audio", transcript=table, out=out, base=start))
    parsed = open_config(out)
    assert parsed.network["gin_channels"] == 256
    assert dict(parsed.speakers) == {"花": 0, "太": 1}
    fitted, notes = run(out, tmp_path / "run", steps=1, base=start)
    assert any("begin at random" in note for note in notes)
    tensors = read_tensors(fitted.voice)
    assert tensors["emb_g.weight"].shape == (2, 256)
    assert "flow.flows.0.enc.cond_layer.weight_g" in tensors


def test_a_published_checkpoint_is_where_it_begins(tmp_path):
    start = base(tmp_path / "start", speakers=2)
    before = read_tensors(start / "G_1000.pth")
    data = dataset(tmp_path, start)
    fitted, notes = run(data, tmp_path / "run", steps=1, base=start, learning_rate=1e-12)
    # What the checkpoint has not: it was made without what only learning needs.
    assert len(notes) == 1
    assert "duration_posterior" in notes[0]
    assert "posterior" in notes[0]
    after = read_tensors(fitted.voice)
    assert after["emb_g.weight"].shape == (1, 6)
    for name, tensor in before.items():
        if name != "emb_g.weight" and not name.endswith("weight_v"):
            assert torch.allclose(after[name], tensor, atol=1e-6), name


def test_given_durations_are_shared_among_the_symbols_of_a_phone(tmp_path):
    start = base(tmp_path / "start")
    data = dataset(tmp_path, start, durations=True)
    fitted, _ = run(data, tmp_path / "run", steps=2)
    assert fitted.finished
    # Edge marks are no symbols: the first has the blank before all, the last has nothing.
    assert along_symbols([4, 5, 7, 3], [1, 2, 4, 0]) == [4, 3, 2, 2, 2, 2, 4]
    assert along_symbols([4, 5, 3], [0, 2, 0]) == [5, 7]


def test_phones_that_the_table_lacks_drop_their_clip(tmp_path):
    start = base(tmp_path / "start", symbols=tuple("_,.aiuo↑↓ "))
    data = dataset(tmp_path, start)
    report = json.loads((data / "report.json").read_text("utf-8"))
    assert {one["code"] for one in report["dropped"]} == {"reading.symbol"}
    assert len(report["dropped"]) == 3
    assert report["clips"] == 3


def test_what_plain_vits_has_not(tmp_path):
    start = base(tmp_path / "start")
    (tmp_path / "styles").mkdir()
    with pytest.raises(UsageError) as caught:
        dataset(tmp_path, start, style_vectors=tmp_path / "styles")
    assert caught.value.code == "train.no-styles"
    data = dataset(tmp_path, start)
    path = data / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["model"]["use_duration_discriminator"] = True
    path.write_text(json.dumps(config), "utf-8")
    with pytest.raises(UsageError, match="vits has none"):
        run(data, tmp_path / "run", steps=1)


def test_stages_and_a_resumed_run(tmp_path):
    start = base(tmp_path / "start")
    data = dataset(tmp_path, start, durations=True)
    for step, stage in enumerate(("vocoder", "text", "joint", "prior"), 1):
        fitted, _ = run(data, tmp_path / "run", steps=step, stage=stage)
        assert fitted.step == step
