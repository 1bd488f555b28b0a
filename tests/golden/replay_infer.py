"""Replays of whole lines: kinds `infer`, `batch` and `null_model`; on torch's default device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import formula
import numpy as np
import torch
from torch import Tensor

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.network import Network
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.models.architecture import Batch, Spread
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.models.layers.synthesizer import Synthesizer, frame_counts, prior_of
from sbv2cli.voices.bundle import open_bundle

# Of values up to one; beyond, of their size, as float32 rounds. Durations are compared exactly.
TOLERANCES = {
    "enc_x": 1e-5,
    "m_p": 1e-5,
    "logs_p": 1e-5,
    "logw_sdp": 2e-4,
    "logw_dp": 1e-5,
    "logw": 2e-4,
    "w": 2e-3,
    "w_ceil": 0.0,
    "z_p": 1e-5,
    "z": 1e-5,
    "wav": 1e-4,
}
SLOTS = {"bert": 0, "ja_bert": 1, "en_bert": 2}

Row = tuple[str, str, float, float]


def replay(folder: Path, entries: list[dict[str, Any]]) -> list[Row]:
    """Case, stage, worst difference and tolerance of every recorded stage."""
    networks: dict[Path, Synthesizer] = {}
    rows: list[Row] = []
    for entry in entries:
        bundle_dir = folder / entry["bundle_dir"]
        if bundle_dir not in networks:
            networks[bundle_dir] = _placed(loading.load(open_bundle(bundle_dir)))
        with np.load(folder / entry["file"]) as data:
            arrays = dict(data)
        run = {"infer": _infer, "batch": _batch, "null_model": _null_model}[entry["kind"]]
        with torch.inference_mode():
            rows.extend(run(networks[bundle_dir], entry, arrays, bundle_dir))
    return rows


def _placed(network: Network) -> Network:
    return network.to(torch.get_default_device())


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).to(torch.get_default_device())


def _worst(ours: Tensor | np.ndarray, theirs: np.ndarray) -> float:
    if isinstance(ours, Tensor):
        ours = ours.cpu()
    ours = np.asarray(ours, dtype=np.float64).reshape(-1)
    theirs = np.asarray(theirs, dtype=np.float64).reshape(-1)
    if ours.shape != theirs.shape:
        return float("inf")
    return float(np.abs(ours - theirs).max(initial=0.0))


def scaled(tolerance: float, expected: np.ndarray) -> float:
    """A tolerance for values of the size of `expected`."""
    return tolerance * max(1.0, float(np.abs(expected).max(initial=0.0)))


def _rows(case: str, stages: dict[str, Tensor], arrays: dict[str, np.ndarray]) -> list[Row]:
    return [
        (case, stage, _worst(value, arrays[stage]), scaled(TOLERANCES[stage], arrays[stage]))
        for stage, value in stages.items()
        if stage in arrays
    ]


def _make_batch(  # the recorded inputs under our names
    arrays: dict[str, np.ndarray],
    features: list[np.ndarray],
    slots: list[int],
    scales: dict[str, float],
    lengths: np.ndarray | None,
) -> Batch:
    phones = _tensor(np.atleast_2d(arrays["x"]).astype(np.int64))
    count, longest = phones.shape
    bert = torch.zeros(count, 1024, longest)
    for row, feature in enumerate(features):
        bert[row, :, : feature.shape[1]] = _tensor(feature)
    return Batch(
        phones_BP=phones,
        tones_BP=_tensor(np.atleast_2d(arrays["tone"]).astype(np.int64)),
        languages_BP=_tensor(np.atleast_2d(arrays["language"]).astype(np.int64)),
        lengths_B=None if lengths is None else _tensor(lengths.astype(np.int64)),
        speakers_B=_tensor(arrays["sid"].reshape(-1).astype(np.int64)),
        style_BC=_tensor(np.atleast_2d(arrays["style_vec"]).astype(np.float32)),
        bert_BCP=bert,
        bert_slot_B=torch.tensor(slots),
        length_scale_B=torch.full((count,), float(scales["length_scale"])),
        sdp_ratio_B=torch.full((count,), float(scales["sdp_ratio"])),
        noise_scale_w_B=torch.full((count,), float(scales["noise_scale_w"])),
    )


def _infer(
    network: Network, entry: dict[str, Any], arrays: dict[str, np.ndarray], where: Path
) -> list[Row]:
    case = f"{where.name}/{entry['name']}"
    bert, scales = entry["bert"], entry["scales"]
    phones = arrays["x"].shape[-1]
    batch = _make_batch(
        arrays, [formula.features(bert["seed"], phones)], [SLOTS[bert["slot"]]], scales, None
    )
    draws = _tensor(arrays["eps_w"]).float() if "eps_w" in arrays else torch.zeros(2, phones)
    draws = draws.reshape(1, 2, phones)
    plan = network.plan(batch, draws)
    # The stages inside `plan`, once more and one by one.
    acoustic = network.acoustic
    assert isinstance(acoustic, Synthesizer)
    embedded = acoustic.text_encoder.embed(
        batch.phones_BP, batch.tones_BP, batch.languages_BP,
        batch.style_BC, batch.bert_BCP, batch.bert_slot_B,
    )  # fmt: skip
    hidden, means, log_scales = acoustic.text_encoder(embedded, None, plan.speaker_BG1)
    drawn = acoustic.stochastic_durations.reverse(
        hidden, None, plan.speaker_BG1, draws * scales["noise_scale_w"]
    )
    fixed = acoustic.durations(hidden, None, plan.speaker_BG1)
    mixed = acoustic.log_durations(batch, hidden, None, plan.speaker_BG1, draws)
    counts = frame_counts(mixed, None, batch.length_scale_B)
    assert torch.equal(counts, plan.frames_BP)
    repeats = counts[0].long()
    means_F = means.repeat_interleave(repeats, dim=2)
    noise = torch.zeros_like(means_F)
    if "eps_z" in arrays:
        noise = _tensor(arrays["eps_z"]).float().reshape(means_F.shape)
    spread = Spread(
        values_BKF=plan.per_phone_BKP.repeat_interleave(repeats, dim=2),
        noise_BNF=noise,
        noise_scale_B=torch.tensor([float(scales["noise_scale"])]),
        frames=means_F.shape[2],
        lengths_B=None,
        speaker_BG1=plan.speaker_BG1,
    )
    prior, latent = prior_of(spread), acoustic.decode(spread)
    wave = network.vocoder(latent[:, :, : scales.get("max_len")], None, plan.speaker_BG1)
    return _rows(
        case,
        {
            "enc_x": hidden,
            "m_p": means,
            "logs_p": log_scales,
            "logw_sdp": drawn,
            "logw_dp": fixed,
            "logw": mixed,
            "w": torch.exp(mixed) * scales["length_scale"],
            "w_ceil": counts,
            "z_p": prior,
            "z": latent,
            "wav": wave,
        },
        arrays,
    )


def _batch(
    network: Network, entry: dict[str, Any], arrays: dict[str, np.ndarray], where: Path
) -> list[Row]:
    lengths, scales = arrays["x_lengths"], entry["scales"]
    features = [
        formula.features(bert["seed"], int(length))
        for bert, length in zip(entry["bert"], lengths, strict=True)
    ]
    batch = _make_batch(
        arrays, features, [SLOTS[bert["slot"]] for bert in entry["bert"]], scales, lengths
    )
    plan = network.plan(batch, _tensor(arrays["eps_w"]).float())
    frames = plan.frames_BP.long()
    rows = [(where.name, "batch_w_ceil", _worst(frames, arrays["batch_w_ceil"]), 0.0)]
    totals = frames.sum(dim=1)
    values = torch.zeros(len(totals), plan.per_phone_BKP.shape[1], int(totals.max()))
    for row, counts in enumerate(frames):
        span = slice(0, int(totals[row]))
        values[row, :, span] = plan.per_phone_BKP[row].repeat_interleave(counts, dim=1)
    latent = network.acoustic.decode(
        Spread(
            values_BKF=values,
            noise_BNF=_tensor(arrays["eps_z"]).float(),
            noise_scale_B=torch.full((len(totals),), float(scales["noise_scale"])),
            frames=values.shape[2],
            lengths_B=totals,
            speaker_BG1=plan.speaker_BG1,
        )
    )
    waves = network.vocoder(latent, totals, plan.speaker_BG1)
    inside = length_mask(totals, latent.shape[2])
    padded = _worst(latent * inside, arrays["batch_z"] * inside.cpu().numpy())
    rows.append((where.name, "batch_z", padded, scaled(1e-5, arrays["batch_z"])))
    for row, total in enumerate(totals.tolist()):
        case = f"{where.name}/line {row}"
        expected_z = arrays[f"single{row}_z"]
        samples = network.vocoder.output_length(total)
        wave, z = waves[row, 0, :samples], latent[row, :, :total]
        length = int(lengths[row])
        rows += [
            (case, "w_ceil", _worst(frames[row, :length], arrays[f"single{row}_w_ceil"]), 0.0),
            (case, "z", _worst(z, expected_z), scaled(1e-5, expected_z)),
            (case, "wav", _worst(wave, arrays[f"single{row}_wav"]), 1e-4),
            (case, "silence after", _worst(waves[row, 0, samples:], np.zeros(
                waves.shape[2] - samples)), 0.0),
        ]  # fmt: skip
    return rows


def _null_model(
    network: Network, entry: dict[str, Any], arrays: dict[str, np.ndarray], where: Path
) -> list[Row]:
    from sbv2cli.mixing.null_models import add_null_model

    bundle = open_bundle(where)
    published = read_tensors(bundle.weights)
    changed = add_null_model(published, published, **entry["weights"])
    network = loading.build_empty(bundle.config, where=str(where))
    loading.fill(network, changed, bundle.config, where=str(bundle.weights))
    network = _placed(network)
    named = {**entry, "name": entry["name"]}
    return _infer(network, named, arrays, where)
