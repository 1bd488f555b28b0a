"""Replays of learning: kinds `train` and `sampler`, and the modules that learning alone uses."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import formula
import numpy as np
import reference_encoder
import torch
from torch import Tensor, nn

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.models import weights
from sbv2cli.models.layers.durations import StochasticDurations
from sbv2cli.training import alignment, losses
from sbv2cli.training.data import sampler, segments, spectrogram
from sbv2cli.training.data.batch import TrainingBatch
from sbv2cli.training.data.spectrogram import SpectrogramSettings
from sbv2cli.training.networks import discriminators, duration_discriminators, weight_norm
from sbv2cli.training.networks.posterior import DurationPosterior, PosteriorEncoder, durations_nll
from sbv2cli.training.objectives.vits_model import (
    Draws,
    ForwardPass,
    Pass,
    VitsTrainingModel,
    sample,
)
from sbv2cli.training.voice_weights import fill_model
from sbv2cli.voices.bundle import open_bundle

Row = tuple[str, str, float, float]
Entry = dict[str, Any]
Arrays = dict[str, np.ndarray]

LANGUAGES = {"JP": "ja", "EN": "en", "ZH": "zh"}

# Absolute, but for the scalars, which are relative.
STAGES = {
    "spec0": 1e-4,
    "mel0": 1e-4,
    "z": 1e-4,
    "m_q": 1e-4,
    "logs_q": 1e-4,
    "z_p": 1e-4,
    "neg_cent_noised": 1e-3,  # hundreds in size
    "durations": 0.0,
    "m_p_expanded": 1e-4,
    "logs_p_expanded": 1e-4,
    "hidden_x": 1e-4,
    "logw": 1e-4,
    "logw_target": 1e-5,
    "l_length": 1e-3,
    "ids_slice": 0.0,
    "y_hat": 1e-4,
    "y_mel0": 1e-4,
    "y_hat_mel0": 1e-3,  # logarithms of what is nearly silent
    "dur_disc_real": 1e-4,
    "dur_disc_gen": 1e-4,
}
LOSS_TOLERANCE = 1e-4
GRADIENT_TOLERANCE = 1e-3

DURATION_DISCRIMINATORS = {
    "sbv2_jp_extra": duration_discriminators.RecurrentDurationDiscriminator,
    "sbv2_multilingual": duration_discriminators.ConvolutionalDurationDiscriminator,
}


def understands(entry: Entry) -> bool:
    """Whether this entry is one of learning."""
    return entry["kind"] in ("train", "sampler") or _module(entry) is not None


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance."""
    rows: list[Row] = []
    for entry in entries:
        if entry["kind"] == "train":
            rows += _train(folder, entry)
        elif entry["kind"] == "sampler":
            rows += _sampler(folder, entry)
        else:
            found = _module(entry)
            assert found is not None
            with np.load(folder / entry["file"]) as data:
                rows += [
                    (entry["name"], stage, worst, allowed)
                    for stage, worst, allowed in found(entry, dict(data))
                ]
    return rows


# ---------------------------------------------------------------------------- weights by formula


def fill(module: nn.Module, tag: str, rows: weights.Rows) -> nn.Module:
    """Weights by the formula, under the published names; normed layers get both tensors."""
    state = weight_norm.to_names(module.state_dict())
    made: dict[str, Tensor] = {}
    for ours, tensor in state.items():
        name = weights.published_name(ours, rows)
        assert name is not None, ours
        stem, _, last = name.rpartition(".")
        if last == "weight_v":
            size, direction = formula.normed(tag, stem, tuple(tensor.shape))
            made[ours], made[ours[:-1] + "g"] = direction, size
        elif last != "weight_g":
            made[ours] = formula.weight(tag, name, tuple(tensor.shape))
    module.load_state_dict(weight_norm.from_names(module.state_dict(), made))
    return module.eval()


def _below(published: str, ours: str) -> weights.Rows:
    return tuple(
        (left.removeprefix(f"{published}."), right.removeprefix(f"{ours}."))
        for left, right in (*weights.COMMON, *weights.TRAINING_ONLY)
        if left.startswith(f"{published}.") and right.startswith(f"{ours}.")
    )


def _worst(ours: Any, theirs: Any) -> float:
    if isinstance(ours, Tensor):
        ours = ours.detach().double().cpu().numpy()
    ours = np.asarray(ours, dtype=np.float64).reshape(-1)
    theirs = np.asarray(theirs, dtype=np.float64).reshape(-1)
    if ours.shape != theirs.shape:
        return float("inf")
    return float(np.abs(ours - theirs).max(initial=0.0))


def _relative(ours: Any, theirs: Any) -> float:
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if ours.shape != theirs.shape:
        return float("inf")
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-6)).max(initial=0.0))


# --------------------------------------------------------------------------------- kind = train


def _train(folder: Path, entry: Entry) -> list[Row]:
    bundle = open_bundle(folder / entry["bundle_dir"])
    raw = json.loads((folder / entry["bundle_dir"] / "config.json").read_text("utf-8"))
    data, train = raw["data"], raw["train"]
    architecture = loading.architecture_of(bundle.config)
    with np.load(folder / entry["file"]) as stored:
        arrays = dict(stored)
    settings = SpectrogramSettings(
        rate=data["sampling_rate"],
        window=data["filter_length"],
        hop=data["hop_length"],
        mels=data["n_mel_channels"],
        lowest=data["mel_fmin"],
        highest=data["mel_fmax"],
    )
    segment = train["segment_size"]
    model = _model(bundle, entry["bundle"], settings.bins, segment // settings.hop)
    batch = _batch(entry, arrays, settings, architecture.feature_slots)
    draws = Draws(
        latent_BCF=_tensor(arrays["eps_q"]),
        alignment_BFP=_tensor(arrays["eps_mas"]) if "eps_mas" in arrays else None,
        durations_B2P=_tensor(arrays["eps_sdp"]),
        segments_B=_tensor(arrays["u_slice"]),
    )
    noise = entry["scalars"].get("mas_noise_scale", 0.0)
    learned = model(batch, draws, Pass(alignment_noise=noise))
    heard, said, sound = learned.heard, learned.said, learned.made
    assert said is not None
    assert sound is not None
    made: dict[str, Any] = {
        "z": heard.latent_BCF,
        "m_q": heard.means_BCF,
        "logs_q": heard.log_scales_BCF,
        "z_p": said.prior_BCW,
        "neg_cent_noised": said.scores_BFP,
        "durations": said.durations_BP,
        "m_p_expanded": said.means_BCW,
        "logs_p_expanded": said.log_scales_BCW,
        "hidden_x": said.hidden_BCP,
        "logw": said.log_B1P,
        "logw_target": said.target_B1P,
        "l_length": said.duration_loss_B,
        "ids_slice": sound.starts_B,
        "y_hat": sound.samples_B1S,
    }
    spec = batch.spectrogram_BCF[:1, :, : int(arrays["y_lengths"][0])]
    made["spec0"] = spec
    if arrays["spec0"].shape[0] != spec.shape[1]:
        made["spec0"] = spec[:, :: -(-spec.shape[1] // arrays["spec0"].shape[0])]
    made["mel0"] = spectrogram.mel(spec, settings)
    scalars: dict[str, Any] = {}
    _losses(model, learned, batch, settings, train, made, scalars)
    _judges(learned, batch, settings, segment, bundle.config, made, scalars)
    rows = []
    for stage, found in made.items():
        value, wanted = found, arrays[stage]
        if stage.startswith("mpd"):
            value = value[:, : wanted.shape[1]]
        elif stage == "y_hat":
            value = value[: wanted.shape[0]]
        elif stage == "neg_cent_noised":
            value, wanted = _inside(value, batch), _inside(_tensor(wanted), batch)
        rows.append((entry["bundle"], stage, _worst(value, wanted), STAGES.get(stage, 1e-4)))
    for name, value in scalars.items():
        wanted = entry["scalars"][name]
        if isinstance(wanted, dict):
            worst = _relative([value[key] for key in wanted], list(wanted.values()))
            rows.append((entry["bundle"], name, worst, GRADIENT_TOLERANCE))
        elif name == "fmap_mean_abs":
            worst = max(_relative(*pair) for pair in zip(value, wanted, strict=True))
            rows.append((entry["bundle"], name, worst, GRADIENT_TOLERANCE))
        else:
            rows.append((entry["bundle"], name, _relative(value, wanted), LOSS_TOLERANCE))
    return rows


def _inside(scores: Tensor, batch: TrainingBatch) -> Tensor:
    """Scores of real frames and phones alone."""
    return torch.cat(
        [
            scores[row, : int(batch.frames_B[row]), : int(batch.phones_B[row])].flatten()
            for row in range(len(scores))
        ]
    )


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def _model(bundle: Any, tag: str, bins: int, frames: int) -> VitsTrainingModel:
    """The bundle's weights, and a posterior encoder by the formula."""
    with torch.random.fork_rng():
        network = loading.build(bundle.config, where="here")
        model = VitsTrainingModel(network.acoustic, network.vocoder, bins, frames)
    parts = loading.parts_of(bundle.config, where="here")
    published = {
        name: tensor.float() for name, tensor in read_tensors(bundle.weights).items()
        if name != "iteration"
    }  # fmt: skip
    for ours, tensor in weight_norm.to_names(model.posterior.state_dict()).items():
        name = weights.published_name(f"posterior.{ours}", weights.TRAINING_ONLY)
        assert name is not None
        stem, _, last = name.rpartition(".")
        if last == "weight_v":
            published[f"{stem}.weight_g"], published[name] = formula.normed(
                tag, stem, tuple(tensor.shape)
            )
        elif last != "weight_g":
            published[name] = formula.weight(tag, name, tuple(tensor.shape))
    published["enc_q.pre.weight"] *= 0.1
    published["enc_q.proj.weight"] *= 0.2
    fill_model(model, published, parts, where=tag)
    return model.eval()


def _batch(entry: Entry, arrays: Arrays, settings: SpectrogramSettings, slots: Any) -> Any:
    lengths = arrays["y_lengths"].astype(int)
    count, longest = len(lengths), int(lengths.max())
    samples = torch.zeros(count, 1, longest * settings.hop)
    spec = torch.zeros(count, settings.bins, longest)
    for row, (seed, length) in enumerate(zip(entry["wav_formula_seeds"], lengths, strict=True)):
        wave = torch.from_numpy(formula.wave(seed, length * settings.hop, settings.rate))
        samples[row, 0, : len(wave)] = wave
        spec[row, :, :length] = spectrogram.linear(wave[None], settings)[0]
    bert = torch.zeros(count, 1024, arrays["x"].shape[1])
    for row, seed in enumerate(entry["bert_seeds"]):
        phones = int(arrays["x_lengths"][row])
        bert[row, :, :phones] = torch.from_numpy(formula.features(seed, phones))
    return TrainingBatch(
        phones_BP=torch.from_numpy(arrays["x"].astype(np.int64)),
        tones_BP=torch.from_numpy(arrays["tone"].astype(np.int64)),
        languages_BP=torch.from_numpy(arrays["language"].astype(np.int64)),
        phones_B=torch.from_numpy(arrays["x_lengths"].astype(np.int64)),
        speakers_B=torch.from_numpy(arrays["sid"].astype(np.int64)),
        style_BC=_tensor(arrays["style_vec"]),
        bert_BCP=bert,
        bert_slot_B=torch.tensor([slots.get(LANGUAGES[x], 0) for x in entry["languages"]]),
        spectrogram_BCF=spec,
        frames_B=torch.from_numpy(lengths),
        samples_B1S=samples,
    )


def _losses(
    model: VitsTrainingModel,
    learned: ForwardPass,
    batch: TrainingBatch,
    settings: SpectrogramSettings,
    train: dict[str, Any],
    made: dict[str, Any],
    scalars: dict[str, Any],
) -> None:
    """The losses without discriminators, and how they pull at each part."""
    said, sound = learned.said, learned.made
    assert said is not None
    assert sound is not None
    frames = train["segment_size"] // settings.hop
    real = segments.cut(spectrogram.mel(batch.spectrogram_BCF, settings), sound.starts_B, frames)
    heard = spectrogram.mel_of(sound.samples_B1S[:, 0], settings)
    made["y_mel0"], made["y_hat_mel0"] = real[:1], heard[:1]
    mel = train.get("c_mel", 45) * losses.mel(heard, real)
    kl = train.get("c_kl", 1.0) * losses.kullback_leibler(
        said.prior_BCW, said.posterior_log_scales_BCW,
        said.means_BCW, said.log_scales_BCW, said.mask_B1W,
    )  # fmt: skip
    duration = said.duration_loss_B.sum()
    scalars |= {"loss_mel": mel.item(), "loss_kl": kl.item(), "loss_dur": duration.item()}
    model.zero_grad()
    (mel + kl + duration).backward()
    parts = {
        "enc_p": [model.synthesizer.text_encoder],
        "dec": [model.vocoder],
        "enc_q": [model.posterior],
        "flow": [model.synthesizer.flow],
        "sdp": [model.synthesizer.stochastic_durations, model.duration_posterior],
        "dp": [model.synthesizer.durations],
        "emb_g": [model.synthesizer.speakers],
    }
    scalars["grad_norm_of_mel_kl_dur"] = {
        name: sum(
            float(p.grad.double().square().sum())
            for module in modules
            for p in module.parameters()
            if p.grad is not None
        )
        ** 0.5
        for name, modules in parts.items()
    }


@torch.no_grad()
def _judges(
    learned: ForwardPass,
    batch: TrainingBatch,
    settings: SpectrogramSettings,
    segment: int,
    config: Any,
    made: dict[str, Any],
    scalars: dict[str, Any],
) -> None:
    said, sound = learned.said, learned.made
    assert said is not None
    assert sound is not None
    real_slice = segments.cut(batch.samples_B1S, sound.starts_B * settings.hop, segment)
    nets = fill(discriminators.published(), "MPD", discriminators.NAMES)
    real, real_maps = nets(real_slice)
    fake, fake_maps = nets(sound.samples_B1S)
    for index, (r, f) in enumerate(zip(real, fake, strict=True)):
        made[f"mpd{index}_real"], made[f"mpd{index}_gen"] = r, f
    scalars |= {
        "loss_disc": float(losses.discriminator(real, fake)),
        "disc_real": [float(torch.mean((1 - r) ** 2)) for r in real],
        "disc_gen": [float(torch.mean(f**2)) for f in fake],
        "loss_fm": float(losses.features(real_maps, fake_maps)),
        "loss_gen": float(losses.generator(fake)),
        "gen": [float(torch.mean((1 - f) ** 2)) for f in fake],
        "fmap_mean_abs": [[float(m.abs().mean()) for m in maps] for maps in fake_maps],
    }
    channels = said.hidden_BCP.shape[1]
    discriminator = DURATION_DISCRIMINATORS[config.architecture](
        channels, learned.speaker_BG1.shape[1]
    )
    fill(discriminator, "DUR", duration_discriminators.NAMES)
    first, second = discriminator(
        said.hidden_BCP, said.phone_mask_B1P,
        said.target_B1P, said.log_B1P, learned.speaker_BG1,
    )  # fmt: skip
    made["dur_disc_real"], made["dur_disc_gen"] = first, second
    scalars |= {
        "loss_dur_disc": float(losses.discriminator(first, second)),
        "dur_disc_r": [float(torch.mean((1 - r) ** 2)) for r in first],
        "dur_disc_g": [float(torch.mean(f**2)) for f in second],
        "loss_dur_gen": float(losses.generator(second)),
    }


# ------------------------------------------------------------------------------- kind = sampler


def _sampler(folder: Path, entry: Entry) -> list[Row]:
    recorded = json.loads((folder / entry["file"]).read_text("utf-8"))
    options = {"boundaries": recorded["boundaries"]} if "boundaries" in recorded else {}
    buckets = sampler.make_buckets(
        recorded["lengths"],
        batch_size=recorded["batch_size"],
        replicas=recorded["num_replicas"],
        **options,
    )
    rows = [
        (entry["name"], name, float(ours != recorded[key]), 0.0)
        for name, key, ours in (
            ("boundaries", "boundaries_after", list(buckets.boundaries)),
            ("length", "len", buckets.batches_per_epoch),
            ("sizes", "samples_per_bucket", list(buckets.padded_sizes)),
        )
        if key in recorded
    ]
    for key, batches in recorded.items():
        if match := re.fullmatch(r"rank(\d+)_epoch(\d+)", key):
            rank, epoch = map(int, match.groups())
            ours = sampler.epoch_batches(buckets, epoch, rank)
            rows.append((entry["name"], "batches", float(ours != batches), 0.0))
    return rows


# -------------------------------------------------------------------------------- kind = module

Stage = tuple[str, float, float]


def posterior_encoder(entry: Entry, a: Arrays) -> list[Stage]:
    hidden = _number(entry, "hidden", 12)
    latent = a["m"].shape[1]
    module = PosteriorEncoder(a["x"].shape[1], latent, hidden, a["g"].shape[1])
    weight_norm.normalise(module)
    fill(module, _tag(entry), _below("enc_q", "posterior"))
    x, g = _tensor(a["x"]), _tensor(a["g"])
    from sbv2cli.models.layers.masks import length_mask

    mask = length_mask(torch.from_numpy(a["lengths"]), x.shape[2])
    means, log_scales = module(x, mask, g)
    z = sample(means, log_scales, _tensor(a["eps"]), mask)
    return [
        ("m", _worst(means, a["m"]), 1e-4),
        ("logs", _worst(log_scales, a["logs"]), 1e-4),
        ("z", _worst(z, a["z"]), 1e-4),
    ]


def reference(entry: Entry, a: Arrays) -> list[Stage]:
    module = reference_encoder.ReferenceEncoder(a["x"].shape[2], a["y"].shape[1])
    weight_norm.normalise_all(module)
    fill(module, _tag(entry), reference_encoder.NAMES)
    y = module(_tensor(a["x"]).transpose(1, 2))
    return [("y", _worst(y, a["y"]), 1e-4)]


def durations_likelihood(entry: Entry, a: Arrays) -> list[Stage]:
    if "nll" not in a:
        return []
    prior = StochasticDurations(a["x"].shape[1], a["g"].shape[1])
    posterior = DurationPosterior(a["x"].shape[1])
    tag = _tag(entry).split(" and ")[0]
    fill(prior, tag, _below("sdp", "stochastic_durations"))
    fill(posterior, tag, _below("sdp", "duration_posterior"))
    x, mask, g = _tensor(a["x"]), _tensor(a["mask"]), _tensor(a["g"])
    nll = durations_nll(prior, posterior, _tensor(a["w"]), x, mask, g, _tensor(a["eps_fwd"]))
    return [("nll", _relative(nll.detach().numpy(), a["nll"]), 1e-4)]


def mas(entry: Entry, a: Arrays) -> list[Stage]:
    mask = a["mask"].astype(bool)
    frames, phones = mask.any(axis=2).sum(axis=1), mask.any(axis=1).sum(axis=1)
    scores = np.ascontiguousarray(a["neg_cent"].astype(np.float32))
    stages = []
    for name, run in (
        ("vectorised", alignment.durations_numpy),
        ("plain", alignment.durations_plain),
        ("fastest", alignment.best_durations()),
    ):
        durations = torch.from_numpy(run(scores, frames.astype(np.int64), phones.astype(np.int64)))
        path = alignment.path(durations, scores.shape[1])
        stages.append((f"path, {name}", _worst(path, a["path"]), 0.0))
    return stages


def generate_path(entry: Entry, a: Arrays) -> list[Stage]:
    mask = _tensor(a["mask"]).squeeze(1)
    durations = torch.from_numpy(a["durations"].astype(np.int64)).squeeze(1)
    path = alignment.path(durations, mask.shape[1]) * mask
    return [("path", _worst(path, a["path"]), 0.0)]


def rand_slice(entry: Entry, a: Arrays) -> list[Stage]:
    size = a["slices"].shape[2]
    starts = segments.starts(torch.from_numpy(a["lengths"]), size, _tensor(a["u"]))
    return [
        ("ids", _worst(starts, a["ids"]), 0.0),
        ("slices", _worst(segments.cut(_tensor(a["x"]), starts, size), a["slices"]), 0.0),
    ]


def mel(entry: Entry, a: Arrays) -> list[Stage]:
    rate = int(match.group(1)) if (match := re.search(r"at (\d+)", entry["desc"])) else 44100
    frames = a["mel"].shape[1]
    hop = entry.get("hop", entry.get("hop_length", entry["n"] // frames))
    # 22050 samples in 43 frames is a hop of 512 with a rest; the hop is a power of two.
    hop = entry.get("hop", 1 << (hop.bit_length() - 1))
    window = entry.get("n_fft", entry.get("filter_length", 4 * hop))
    settings = SpectrogramSettings(
        rate=entry.get("sampling_rate", rate), window=window, hop=hop, mels=a["mel"].shape[0]
    )
    wave = torch.from_numpy(formula.wave(entry["wav_seed"], entry["n"], settings.rate))
    linear = spectrogram.linear(wave[None], settings)
    stages = [
        ("wav", _worst(wave[: len(a["wav_head"])], a["wav_head"]), 1e-6),
        ("mel", _worst(spectrogram.mel(linear, settings), a["mel"]), 1e-4),
    ]
    for name, recorded in a.items():
        if match := re.fullmatch(r"spec_every(\d+)", name):
            every = int(match.group(1))
            stages.append(("spec", _worst(linear[:, ::every], recorded), 2e-4))
    return stages


def mel_filterbank(entry: Entry, a: Arrays) -> list[Stage]:
    mels, bins, rate, window = map(
        int,
        re.search(r"(\d+)x(\d+) for (\d+)/(\d+)", entry["desc"]).groups(),  # type: ignore[union-attr]
    )
    assert bins == window // 2 + 1
    bank = spectrogram.filter_bank(
        SpectrogramSettings(rate=rate, window=window, hop=window // 4, mels=mels)
    )
    every = mels // a["fb_x1000"].shape[0]
    return [
        # Half precision stores the recorded values to about one part in two thousand.
        ("bank", _worst(bank[::every] * 1000, a["fb_x1000"]), 2e-2),
        ("sums", _relative(bank.sum(axis=1), a["row_sums"]), 1e-4),
        ("peaks", _worst(bank.argmax(axis=1), a["row_argmax"]), 0.0),
    ]


def wavlm_disc(entry: Entry, a: Arrays) -> list[Stage]:
    shape = re.search(r"standard_normal\(\((\d+),(\d+),(\d+)\)\)", entry["desc"])
    tag = re.search(r"crc32\('(\w+)'\)", entry["desc"])
    assert shape is not None
    assert tag is not None
    size = tuple(map(int, shape.groups()))
    x = np.random.RandomState(zlib.crc32(tag.group(1).encode())).standard_normal(size)
    module = fill(discriminators.WavlmHead(size[1]), _tag(entry), discriminators.WAVLM_NAMES)
    return [("y", _worst(module(_tensor(x)), a["y"]), 1e-4)]


def _tag(entry: Entry) -> str:
    return re.sub(r"^formula tags? ", "", entry.get("weights", ""))


def _number(entry: Entry, word: str, default: int) -> int:
    match = re.search(rf"\b{word}\s+(\d+)", entry.get("desc", ""))
    return int(match.group(1)) if match else default


MODULES: tuple[tuple[str, Callable[[Entry, Arrays], list[Stage]]], ...] = (
    # beginning of the name, replay
    ("posterior_encoder", posterior_encoder),
    ("reference_encoder", reference),
    ("sdp_dp", durations_likelihood),
    ("mas", mas),
    ("generate_path", generate_path),
    ("rand_slice", rand_slice),
    ("mel_filterbank", mel_filterbank),
    ("mel", mel),
    ("wavlm_disc", wavlm_disc),
)


def _module(entry: Entry) -> Callable[[Entry, Arrays], list[Stage]] | None:
    if entry["kind"] != "module":
        return None
    return next((run for name, run in MODULES if entry["name"].startswith(name)), None)
