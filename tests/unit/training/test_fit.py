"""Learning: it learns, goes on exactly where it stopped, and makes a voice that speaks."""

from __future__ import annotations

import csv
import json
import resource
import shutil
import signal
import struct
import zlib

import numpy as np
import pytest
import tiny_dataset as sounds
import tiny_voice
import torch
from tiny_fit import stops_after

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import MachineError, Sbv2Error, UsageError, VoiceError
from sbv2cli.records import Waveform
from sbv2cli.training import checkpoints, plot
from sbv2cli.training.ema import EMA
from sbv2cli.training.fit_settings import FitSettings, fit_settings
from sbv2cli.training.recipes.vocoder import PUBLISHED_SIZES, vocoder_section
from sbv2cli.training.request import FitRequest
from sbv2cli.training.run import Watcher, fit
from sbv2cli.training.scalars import EventFile, read_scalars
from sbv2cli.training.schedule import rate_factor
from sbv2cli.voices.bundle import open_bundle


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return sounds.dataset(tmp_path_factory.mktemp("data"), validation=1)[0]


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    """With durations given."""
    return sounds.dataset(tmp_path_factory.mktemp("timed"), durations=True)[0]


def request(dataset, out, **changes) -> FitRequest:
    named = ("base", "decoder_from", "half", "wavlm")
    options = {k: changes.pop(k) for k in named if k in changes}
    changes = {"log_interval": 1, "eval_interval": 1000, "save_minutes": 1000, **changes}
    return FitRequest(dataset=dataset, out=out, device="cpu", changes=changes, **options)


def state_of(out):
    return checkpoints.load(checkpoints.checkpoints(out / "checkpoints")[-1])


def assert_same(left, right):
    if isinstance(left, torch.Tensor):
        assert torch.equal(left, right)
    elif isinstance(left, dict):
        assert left.keys() == right.keys()
        for key in left:
            assert_same(left[key], right[key])
    elif isinstance(left, list | tuple):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)
    else:
        assert left == right


def with_source_filter(dataset, tmp_path, **train):
    """A copy of a dataset whose voice gets the source-filter vocoder."""
    other = copied(dataset, tmp_path)
    path = other / "config.json"
    config = json.loads(path.read_text("utf-8"))
    for name in PUBLISHED_SIZES:
        config["model"].pop(name, None)
    section = vocoder_section("source_filter", config["data"])
    section |= {"width": 8, "hidden": 8, "blocks": 1, "pitch_width": 8, "pitch_blocks": 1}
    config["model"]["vocoder"] = section
    config["train"] |= train
    path.write_text(json.dumps(config), "utf-8")
    return other


@pytest.mark.parametrize("stage", ["joint", "vocoder", "prior"])
def test_a_source_filter_vocoder_learns_its_pitch_beside_its_sound(timed, tmp_path, stage):
    dataset = with_source_filter(timed, tmp_path)
    wanted = {"stage": stage, "discriminators": "small", "discriminator_width": 4}
    ended = fit(request(dataset, tmp_path / "run", steps=3, learning_rate=0.01, **wanted))
    rows = read_scalars(tmp_path / "run" / "scalars.csv")
    assert all(row["pitch"] > 0 for row in rows if row["step"] < 3)
    bundle = open_bundle(tmp_path / "run" / "voice")
    assert bundle.weights == ended.voice
    engine = Engine(bundle, EngineSettings(device="cpu", threads=1))
    (sound,) = engine.speak([tiny_voice.utterance(bundle, 0, phones=5)])
    assert np.isfinite(sound.samples).all()
    # And on from that voice, under its own names.
    again = fit(request(dataset, tmp_path / "tuned", steps=1, base=tmp_path / "run" / "voice"))
    assert again.step == 1


def test_discriminators_drawn_at_random_are_the_same_after_a_stop(timed, tmp_path):
    dataset = with_source_filter(timed, tmp_path)
    wanted = {"stage": "vocoder", "discriminators": "resolutions", "steps": 3}
    wanted |= {"discriminators_from": 0}
    fit(request(dataset, tmp_path / "whole", **wanted))
    fit(request(dataset, tmp_path / "parts", **wanted), stops_after(2))
    fit(request(dataset, tmp_path / "parts", **wanted))
    whole, parts = (state_of(tmp_path / name)["trainer"] for name in ("whole", "parts"))
    assert_same(whole["voice"], parts["voice"])
    assert_same(whole["discriminators"], parts["discriminators"])
    rows = read_scalars(tmp_path / "whole" / "scalars.csv")
    assert all(row["features"] > 0 for row in rows if row["step"] < 3)


@pytest.mark.slow
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(data, tmp_path):
    wanted = {"steps": 5, "ema": 0.9, "discriminators": "small", "discriminator_width": 4}
    wanted |= {"discriminators_from": 1, "log_interval": 2}
    whole = fit(request(data, tmp_path / "whole", **wanted))
    assert whole.finished
    part = fit(request(data, tmp_path / "parts", **wanted), stops_after(3))
    assert (part.finished, part.step) == (False, 3)
    assert open_bundle(tmp_path / "parts" / "voice").weights == part.voice
    rest = fit(request(data, tmp_path / "parts", **wanted))
    assert rest.finished
    unheard = fit(
        request(data, tmp_path / "unheard", export_when_stopped=False, **wanted), stops_after(1)
    )
    assert unheard.voice is None
    assert not (tmp_path / "unheard" / "voice").exists()
    assert_same(state_of(tmp_path / "whole"), state_of(tmp_path / "parts"))
    curves = [read_scalars(tmp_path / name / "scalars.csv") for name in ("whole", "parts")]
    assert len(curves[0]) == len(curves[1]) >= 4
    for one, other in zip(*curves, strict=True):
        one.pop("steps_per_second", None)
        other.pop("steps_per_second", None)
        assert one == other


@pytest.mark.slow
def test_a_run_that_crashed_goes_on_from_its_last_checkpoint(data, tmp_path):
    wanted = {"steps": 5, "ema": 0.9}
    fit(request(data, tmp_path / "whole", **wanted))

    def crash(news):
        if news.step == 4:
            raise RuntimeError("the power is gone")

    # Evaluations on the way must leave no trace in what is learned.
    with pytest.raises(RuntimeError, match="power"):
        fit(request(data, tmp_path / "crashed", eval_interval=2, **wanted), Watcher(news=crash))
    assert state_of(tmp_path / "crashed")["step"] == 2
    fit(request(data, tmp_path / "crashed", eval_interval=2, **wanted))
    assert_same(state_of(tmp_path / "whole"), state_of(tmp_path / "crashed"))
    steps = [row["step"] for row in read_scalars(tmp_path / "crashed" / "scalars.csv")]
    assert steps == [1, 2, 2, 3, 4, 4, 5, 5]


def test_it_learns_and_the_voice_speaks(timed, tmp_path):
    changes = {"steps": 50, "learning_rate": 4e-3, "seed": 1, "log_interval": 5}
    news = []
    fitted = fit(request(timed, tmp_path / "run", **changes), Watcher(news=news.append))
    mel = [row["mel"] for row in read_scalars(tmp_path / "run" / "scalars.csv") if "mel" in row]
    assert np.mean(mel[-3:]) < 0.75 * mel[0]
    assert news[-1].step == news[-1].steps == 50
    assert news[0].seconds_left > 0
    bundle = open_bundle(fitted.voice)
    assert open_bundle(tmp_path / "run" / "voice").weights == fitted.voice
    engine = Engine(bundle, EngineSettings(device="cpu", threads=1))
    (sound,) = engine.speak(
        [tiny_voice.utterance(bundle, 0, phones=6, sdp_ratio=0.0, length_scale=1.0)]
    )
    assert isinstance(sound, Waveform)
    assert np.sqrt(np.mean(sound.samples**2)) > 1e-3
    names = read_tensors(bundle.weights)
    assert not any(name.startswith("enc_q") for name in names)
    assert names["iteration"].shape == (1,)
    assert names["iteration"].dtype == torch.int64
    assert (tmp_path / "run" / "losses.png").read_bytes().startswith(b"\x89PNG")
    spoken = sorted(p.name for p in (tmp_path / "run" / "clips").rglob("*.wav"))
    assert len(spoken) == 4


@pytest.mark.parametrize("stage", ["vocoder", "text", "prior"])
def test_stages_follow_each_other_in_one_run(timed, tmp_path, stage):
    fit(request(timed, tmp_path / "run", steps=1))
    before = state_of(tmp_path / "run")["trainer"]["voice"]
    notes = []
    fit(request(timed, tmp_path / "run", steps=3, stage=stage), Watcher(note=notes.append))
    after = state_of(tmp_path / "run")["trainer"]["voice"]
    assert any(stage in note for note in notes)
    moved = {name.split(".")[1] if name.startswith("synthesizer") else name.split(".")[0]
             for name in before if not torch.equal(before[name], after[name])}  # fmt: skip
    assert (
        moved
        == {
            "vocoder": {"vocoder", "speakers", "posterior"},
            "text": {
                "text_encoder",
                "flow",
                "durations",
                "stochastic_durations",
                "duration_posterior",
            },
            "prior": {"vocoder"},
        }[stage]
    )


def test_frozen_parts_stay(timed, tmp_path):
    changes = {"freeze_style": True, "freeze_decoder": True, "accumulate": 2}
    fit(request(timed, tmp_path / "run", steps=1, **changes))
    before = state_of(tmp_path / "run")["trainer"]["voice"]
    fit(request(timed, tmp_path / "run", steps=2, **changes))
    after = state_of(tmp_path / "run")["trainer"]["voice"]
    same = {name for name in before if torch.equal(before[name], after[name])}
    frozen = ("vocoder", "synthesizer.text_encoder.style")
    assert same >= {name for name in before if name.startswith(frozen)}
    assert "synthesizer.flow.couplings.0.conv_in.weight" not in same


def test_a_base_voice_is_where_it_begins(timed, tmp_path):
    fitted = fit(request(timed, tmp_path / "first", steps=1))
    base = read_tensors(fitted.voice)
    notes = []
    fit(
        request(
            timed, tmp_path / "second", steps=1, base=fitted.voice, learning_rate=1e-12, ema=0.9
        ),
        Watcher(note=notes.append),
    )
    assert any("posterior" in note for note in notes)
    again = read_tensors(open_bundle(tmp_path / "second" / "voice").weights)
    assert all(torch.allclose(base[name], again[name].to(base[name].dtype), atol=1e-6)
               for name in base if name != "iteration")  # fmt: skip
    third = fit(
        request(timed, tmp_path / "third", steps=1, decoder_from=fitted.voice, learning_rate=1e-12,
                seed=9, half=True)
    )  # fmt: skip
    taken = read_tensors(third.voice)
    assert taken["dec.conv_pre.weight"].dtype == torch.float16
    assert torch.allclose(
        taken["dec.conv_pre.weight"].float(), base["dec.conv_pre.weight"], atol=1e-3
    )
    assert not torch.allclose(
        taken["enc_p.emb.weight"].float(), base["enc_p.emb.weight"], atol=0.01
    )


def test_a_base_with_other_speakers_lends_its_first_and_its_mean(timed, tmp_path):
    fitted = fit(request(timed, tmp_path / "first", steps=1))
    dataset = tmp_path / "data"
    shutil.copytree(timed, dataset)
    config = json.loads((dataset / "config.json").read_text("utf-8"))
    config["data"] |= {"n_speakers": 3, "spk2id": {"花子": 0, "二": 1, "三": 2}}
    (dataset / "config.json").write_text(json.dumps(config), "utf-8")
    fit(request(dataset, tmp_path / "run", steps=1, base=fitted.voice, learning_rate=1e-12))
    table = read_tensors(open_bundle(tmp_path / "run" / "voice").weights)["emb_g.weight"]
    assert table.shape[0] == 3
    assert torch.allclose(table[0], table[2], atol=1e-6)


@pytest.mark.slow
def test_training_goes_on_elsewhere_from_small_files(timed, tmp_path):
    small = {"discriminators": "small", "discriminator_width": 4, "discriminators_from": 0}
    fit(request(timed, tmp_path / "one", steps=1, training_weights=True, **small))
    files = sorted(path.name for path in (tmp_path / "one" / "training").iterdir())
    assert files == ["D_1.safetensors", "G_1.safetensors", "config.json", "style_vectors.npy"]
    notes = []
    fit(
        request(timed, tmp_path / "two", steps=1, base=tmp_path / "one" / "training",
                learning_rate=1e-12, in_memory=True, **small),
        Watcher(note=notes.append),
    )  # fmt: skip
    assert notes == []
    one, two = (state_of(tmp_path / name)["trainer"] for name in ("one", "two"))
    for name, tensor in one["discriminators"]["sound"].items():
        assert torch.allclose(two["discriminators"]["sound"][name], tensor, atol=2e-3), name
    for name, tensor in one["voice"].items():
        assert torch.allclose(two["voice"][name], tensor, atol=1e-2), name


# What can be wrong.


def code_of(kind: type[Sbv2Error], call, *arguments) -> Sbv2Error:
    with pytest.raises(kind) as caught:
        call(*arguments)
    return caught.value


def copied(data, tmp_path):
    shutil.copytree(data, tmp_path / "data")
    return tmp_path / "data"


def test_a_folder_that_is_no_dataset(tmp_path):
    error = code_of(UsageError, fit, request(tmp_path, tmp_path / "run"))
    assert error.code == "train.dataset-missing"


def test_a_recording_of_another_rate(timed, tmp_path):
    dataset = copied(timed, tmp_path)
    for path in dataset.glob("wavs/*.wav"):
        sounds.write_audio(path, sounds.clip(["a"] * 8), 8000)
    error = code_of(UsageError, fit, request(dataset, tmp_path / "run", steps=1))
    assert error.code == "train.rate"
    assert "8000" in error.message


def test_a_recording_that_has_gone(timed, tmp_path):
    dataset = copied(timed, tmp_path)
    for path in dataset.glob("wavs/*.wav"):
        path.unlink()
    error = code_of(UsageError, fit, request(dataset, tmp_path / "run", steps=1))
    assert error.code == "train.audio"


def test_clips_that_fit_no_bucket(timed, tmp_path):
    error = code_of(UsageError, fit, request(timed, tmp_path / "run", boundaries=[500, 900]))
    assert error.code == "train.no-clips"
    assert "6 clips" in error.message


def test_a_checkpoint_of_another_shape(timed, tmp_path):
    dataset = copied(timed, tmp_path)
    fit(request(dataset, tmp_path / "run", steps=1))
    sounds.shrink(dataset, hidden_channels=12)
    error = code_of(UsageError, fit, request(dataset, tmp_path / "run", steps=2))
    assert error.code == "train.shape"
    assert "8" in error.message
    assert "12" in error.message
    wrong = code_of(
        VoiceError, fit, request(dataset, tmp_path / "new", base=tmp_path / "run" / "voice")
    )
    assert wrong.code == "train.shape"


def test_a_checkpoint_that_is_broken(timed, tmp_path):
    fit(request(timed, tmp_path / "run", steps=1))
    last = checkpoints.checkpoints(tmp_path / "run" / "checkpoints")[-1]
    last.write_bytes(last.read_bytes()[:1000])
    error = code_of(VoiceError, fit, request(timed, tmp_path / "run", steps=2))
    assert error.code == "train.checkpoint-broken"
    last.unlink()
    assert fit(request(timed, tmp_path / "run", steps=2)).step == 2


def test_a_checkpoint_of_an_older_version(timed, tmp_path):
    fit(request(timed, tmp_path / "run", steps=1))
    last = checkpoints.checkpoints(tmp_path / "run" / "checkpoints")[-1]
    state = checkpoints.load(last)
    state["chance"] = state.pop("rng_states")
    torch.save(state, last)
    error = code_of(VoiceError, fit, request(timed, tmp_path / "run", steps=2))
    assert error.code == "train.checkpoint-broken"
    assert "older version" in error.message


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path):
    good = {"step": 1, "tensor": torch.zeros(10)}
    checkpoints.save(tmp_path, 1, good, keep=1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        error = code_of(
            MachineError,
            lambda: checkpoints.save(tmp_path, 2, {"step": 2, "t": torch.zeros(10**6)}, keep=1),
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert error.code == "train.disk"
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["step_00000001.pt"]
    assert checkpoints.load(tmp_path / "step_00000001.pt")["step"] == 1


def test_only_the_last_checkpoints_are_kept(tmp_path):
    for step in range(5):
        checkpoints.save(tmp_path, step, {"step": step}, keep=2)
    assert [p.name for p in checkpoints.checkpoints(tmp_path)] == [
        "step_00000003.pt",
        "step_00000004.pt",
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"emma": 0.9}, 'there is no training setting "emma"'),
        ({"stage": "all"}, "joint, vocoder"),
        ({"batch_size": "0"}, "above 0"),
        ({"bf16_run": "perhaps"}, "true or false"),
        ({"betas": "fast"}, "2 numbers from 0 to below 1"),
        ({"learning_rate": "quick"}, "a number"),
    ],
)
def test_settings_that_cannot_be_meant(changes, says):
    with pytest.raises(UsageError, match=r"train|setting|wanted") as caught:
        fit_settings({}, changes, "config.json")
    assert says in str(caught.value)


def test_settings_of_published_configurations_are_taken():
    section = {"learning_rate": 0.0002, "betas": [0.8, 0.99], "c_commit": 100, "freeze_style": True}
    settings = fit_settings(section, {"ema": "0.99", "boundaries": "16,100"}, "config.json")
    assert settings.learning_rate == 0.0002
    assert settings.betas == (0.8, 0.99)
    assert settings.freeze_style
    assert settings.ema == 0.99
    assert settings.boundaries == (16, 100)


# Seeing it learn.


def test_learning_rates_follow_their_schedule():
    published = FitSettings(lr_decay=0.5, warmup_epochs=2)
    assert [rate_factor(published, 0, epoch, 100) for epoch in range(5)] == [0, 0.5, 1, 0.5, 0.25]
    cosine = FitSettings(schedule="cosine", warmup_steps=10, final_lr_ratio=0.1)
    rates = [rate_factor(cosine, step, 0, 110) for step in range(110)]
    assert rates[4] == 0.5
    assert max(rates) == rates[10] == 1
    assert abs(rates[60] - 0.55) < 1e-6
    assert abs(rates[109] - 0.1) < 0.01


def test_event_files_are_records_with_checksums(tmp_path):
    events = EventFile(tmp_path)
    events.add(300, {"mel": 1.5, "bad": float("nan")})
    content = events.path.read_bytes()
    records = []
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        records.append(content[12 : 12 + length])
        content = content[16 + length :]
    assert len(records) == 2
    assert records[0].endswith(b"brain.Event:2")
    assert b"mel\x15" + struct.pack("<f", 1.5) in records[1]
    assert b"\x10\xac\x02" in records[1]
    assert b"bad" not in records[1]
    # The checksum of the format's own documents: CRC-32C of "123456789" is e3069283.
    from sbv2cli.training.scalars import _checksum

    crc = 0xE3069283
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert _checksum(b"123456789") == struct.pack("<I", masked)


def test_pictures_are_pngs(tmp_path):
    rows = [{"step": float(s), "mel": 40.0 / (s + 1), "kl": 2.0} for s in range(20)]
    plot.plot_scalars(rows, tmp_path / "losses.png")
    content = (tmp_path / "losses.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    start = content.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", content[start - 8 : start - 4])
    pixels = zlib.decompress(content[start : start + length])
    assert len(pixels) == height * (1 + 3 * width)
    assert len(set(pixels)) > 3
    plot.plot_scalars([], tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_the_mean_of_the_weights_lags_and_leaves_them_alone():
    module = torch.nn.Linear(2, 2)
    average = EMA(module, 0.5)
    start = module.weight.detach().clone()
    with torch.no_grad():
        module.weight.add_(1)
    average.update(module)
    with average.in_place(module):
        assert ((module.weight - start) > 0.5).all()
        assert ((module.weight - start) < 1).all()
    assert torch.allclose(module.weight, start + 1)


def test_a_row_of_numbers_survives_a_reader(tmp_path):
    from sbv2cli.training.scalars import Scalars

    scalars = Scalars(tmp_path, 0)
    scalars.add(1, {"mel": 2.0})
    scalars.add(2, {"mel": 1.0, "kl": 3.0})
    again = Scalars(tmp_path, 1)
    again.add(2, {"mel": 1.25})
    with (tmp_path / "scalars.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["mel"] for row in rows] == ["2", "1.25"]
    assert read_scalars(tmp_path / "scalars.csv")[1] == {"step": 2.0, "mel": 1.25}


def test_an_untrained_network_is_not_touched_by_wrapping(timed):
    from sbv2cli.training.objectives.vits_model import VitsTrainingModel
    from sbv2cli.voices.configs import voice_config

    parsed = voice_config.parse((timed / "config.json").read_text("utf-8"), where="here")
    torch.manual_seed(0)
    network = loading.build(parsed, where="here")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    model = VitsTrainingModel(network.acoustic, network.vocoder, 257, 4)
    for name, tensor in before.items():
        if name.endswith("weight"):
            ours = name.replace("acoustic.", "synthesizer.").rpartition(".")[0]
            module = model.get_submodule(ours)
            assert torch.allclose(module.weight, tensor, atol=1e-6), name


@pytest.mark.parametrize("version", ["2.0", "2.0-JP-Extra"])
def test_features_and_duration_discriminators_take_part(data, tmp_path, version):
    from sbv2cli.training.data.clips import read_clips
    from sbv2cli.training.prepare.bert_features import features_path

    dataset = copied(data, tmp_path)
    config = json.loads((dataset / "config.json").read_text("utf-8"))
    config |= {"version": version, "sbv2cli": {}}
    config["model"]["use_duration_discriminator"] = True
    (dataset / "config.json").write_text(json.dumps(config), "utf-8")
    (dataset / "bert").mkdir()
    for name in ("train.jsonl", "val.jsonl"):
        for clip in read_clips(dataset / name):
            rows = np.random.default_rng(0).standard_normal((len(clip.phones_per_token), 1024))
            np.save(features_path(dataset, clip), rows.astype(np.float32))
    fit(request(dataset, tmp_path / "run", steps=2, bf16_run=True, discriminators_from=0))
    (first, *_) = read_scalars(tmp_path / "run" / "scalars.csv")
    assert first["duration_discriminator"] > 0
    assert first["duration_generator"] > 0
    bundle = open_bundle(tmp_path / "run" / "voice")
    assert bundle.config.needs_bert
    loading.load(bundle)
    saved = state_of(tmp_path / "run")["trainer"]["voice"]
    slot = 1 if version == "2.0" else 0
    assert f"synthesizer.text_encoder.bert.{slot}.weight" in saved


@pytest.mark.slow
def test_a_speech_model_discriminates(timed, tmp_path):
    from transformers import WavLMConfig, WavLMModel

    WavLMModel(
        WavLMConfig(
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=8,
            conv_dim=[4] * 7,
            num_conv_pos_embeddings=8,
            num_conv_pos_embedding_groups=2,
        )
    ).save_pretrained(tmp_path / "wavlm")
    small = {"discriminators": "small", "discriminator_width": 4, "discriminators_from": 0}
    fit(request(timed, tmp_path / "run", steps=1, wavlm=tmp_path / "wavlm", **small))
    (first, *_) = read_scalars(tmp_path / "run" / "scalars.csv")
    assert first["wavlm"] > 0
    assert first["wavlm_generator"] > 0
    assert first["wavlm_discriminator"] > 0
    error = code_of(
        VoiceError, fit, request(timed, tmp_path / "two", steps=1, wavlm=tmp_path / "none")
    )
    assert error.code == "train.wavlm"


@pytest.mark.parametrize("rate", [22050, 24000, 44100, 48000])
def test_resampling_for_the_speech_model_keeps_tones(rate):
    from sbv2cli.training.networks.wavlm import RATE, resample, resampling_kernel

    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(rate) / rate)[None]
    wanted = torch.sin(2 * torch.pi * 1000 * torch.arange(RATE) / RATE)
    kept = resample(tone, resampling_kernel(rate, RATE))
    assert kept.shape == (1, RATE)
    assert (kept[0] - wanted)[200:-200].abs().max() < 2e-3
    high = torch.sin(2 * torch.pi * 10_000 * torch.arange(rate) / rate)[None]
    assert resample(high, resampling_kernel(rate, RATE))[0, 200:-200].abs().max() < 0.05
