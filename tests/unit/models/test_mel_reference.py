"""Networks of odd sizes, from file to spectrogram or sound, against a second, plain writing."""

from __future__ import annotations

import json
from typing import Any

import mel_reference as reference
import pytest
import tiny_glow
import tiny_mel_voice
import torch
from mel_reference import Weights
from safetensors.torch import save_file
from torch import Tensor

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.models.architecture import Batch, Spread
from sbv2cli.voices.bundle import open_bundle

LENGTHS = (1, 2, 7, 12)
TOLERANCE = 2e-5


def batch_of(ids: Tensor, speaker: int, scale: float) -> Batch:
    one = torch.zeros(1)
    return Batch(
        phones_BP=ids[None],
        tones_BP=torch.zeros_like(ids)[None],
        languages_BP=torch.zeros_like(ids)[None],
        lengths_B=None,
        speakers_B=torch.tensor([speaker]),
        style_BC=torch.zeros(1, 256),
        bert_BCP=None,
        bert_slot_B=one.long(),
        length_scale_B=torch.tensor([scale]),
        sdp_ratio_B=one,
        noise_scale_w_B=one,
    )


def spread_of(plan: Any, noise: list[Tensor], frames: int, steps: int = 0) -> Spread:
    counts = plan.frames_BP[0].long()
    values = plan.per_phone_BKP.repeat_interleave(counts, dim=2)
    size = noise[0].shape[1]
    return Spread(
        values_BKF=torch.nn.functional.pad(values, (0, size - frames), value=3.0),
        noise_BNF=noise[0][None],
        noise_scale_B=torch.tensor([0.7]),
        frames=frames,
        lengths_B=None if size == frames else torch.tensor([frames]),
        speaker_BG1=plan.speaker_BG1,
        steps=steps,
        temperature_B=torch.tensor([1.3]),
        step_noise=lambda step: noise[1 + step][None],
    )


def near(found: Tensor, expected: Tensor) -> None:
    size = max(1.0, float(expected.abs().max()))
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=TOLERANCE * size)


def opened(folder: Any, parts: str = "") -> tuple[Any, Weights, dict[str, Any]]:
    bundle = open_bundle(folder)
    config = json.loads((folder / parts / "config.json").read_text("utf-8"))
    path = bundle.parts["vocoder"] if parts else bundle.weights
    return loading.load(bundle), Weights(read_tensors(path)), config


GLOW = {
    "no squeeze, one group of channels": {"n_sqz": 1, "n_split": 8, "n_blocks_dec": 3},
    "three frames": {"n_sqz": 3, "n_split": 6, "mean_only": False, "sigmoid_scale": True},
    "four frames, dilated": {"n_sqz": 4, "n_split": 2, "dilation_rate": 3, "kernel_size_dec": 3},
    "no prenet, no window": {"prenet": False, "window_size": None, "kernel_size": 5},
    "wide window, four heads": {"window_size": 9, "n_heads": 4, "n_layers_enc": 3},
    "one layer in blocks": {"n_block_layers": 1, "kernel_size_dec": 7, "hidden_channels_dec": 20},
    "speakers": {"gin_channels": 9, "filter_channels_dp": 7, "kernel_size": 1},
}


@pytest.mark.parametrize("name", GLOW)
def test_glow_tts(tmp_path, name):
    speakers = 3 if name == "speakers" else 0
    network, w, config = opened(
        tiny_glow.write(tmp_path / "v", model=GLOW[name], speakers=speakers)
    )
    model = {**tiny_glow.MODEL, **config["model"]}
    generator = torch.Generator().manual_seed(1)
    squeeze = model["n_sqz"]
    for length in LENGTHS:
        ids = torch.randint(0, 149, (length,), generator=generator)
        speaker = length % max(1, speakers)
        frames, means, scales = reference.glow_plan(ids, speaker, w, model, 1.3)
        with torch.inference_mode():
            plan = network.acoustic.plan(batch_of(ids, speaker, 1.3), torch.zeros(1, 2, length))
        counts = plan.frames_BP[0].double()
        total = int(counts.sum())
        assert total == max(squeeze, int(frames.sum()) // squeeze * squeeze)
        if frames.sum() >= squeeze:  # else the last one goes on, so that there is anything
            ends = frames.cumsum(0).clamp_max(total)
            assert torch.equal(counts.cumsum(0), ends)
        noise = torch.randn(tiny_glow.BANDS, total, generator=generator)
        z = reference.spread(means, counts)
        z = z + noise * reference.spread(scales, counts).exp() * 0.7
        expected = reference.glow_reverse(
            z.double(), speaker, w,
            squeeze=squeeze, rate=model["dilation_rate"],
            sigmoid_scale=bool(model.get("sigmoid_scale")),
        )  # fmt: skip
        with torch.inference_mode():
            near(network.acoustic.decode(spread_of(plan, [noise], total))[0], expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_squeeze": 4, "num_splits": 4, "mean_only": False, "sigmoid_scale": True},
        {
            "use_encoder_prenet": False,
            "dilation_rate": 2,
            "use_speaker_embedding": True,
            "num_speakers": 3,
            "encoder_params": {
                "kernel_size": 5, "num_layers": 1, "num_heads": 4,
                "hidden_channels_ffn": 10, "rel_attn_window_size": 2,
            },
        },
    ],
)  # fmt: skip
def test_glow_tts_of_coqui(tmp_path, changes):
    network, w, config = opened(tiny_glow.write_coqui(tmp_path / "v", **changes))
    said = {"n_heads": config["encoder_params"]["num_heads"]}
    generator = torch.Generator().manual_seed(2)
    squeeze = changes.get("num_squeeze", 2)
    for length in LENGTHS:
        ids = torch.randint(0, 30, (length,), generator=generator)
        speaker = length % changes.get("num_speakers", 1)
        frames, means, scales = reference.glow_plan(ids, speaker, w, said, 0.9)
        with torch.inference_mode():
            plan = network.acoustic.plan(batch_of(ids, speaker, 0.9), torch.zeros(1, 2, length))
        counts = plan.frames_BP[0].double()
        total = int(counts.sum())
        assert total == max(squeeze, int(frames.sum()) // squeeze * squeeze)
        noise = torch.randn(tiny_glow.BANDS, total, generator=generator)
        z = reference.spread(means, counts)
        z = z + noise * reference.spread(scales, counts).exp() * 0.7
        expected = reference.glow_reverse(
            z.double(), speaker, w,
            squeeze=squeeze, rate=changes.get("dilation_rate", 1),
            sigmoid_scale=changes.get("sigmoid_scale", False),
        )  # fmt: skip
        with torch.inference_mode():
            near(network.acoustic.decode(spread_of(plan, [noise], total))[0], expected)


GRAD = {
    "as small as can be": {"dec_dim": 8, "window_size": 1, "n_heads": 1},
    "three eights wide": {"dec_dim": 24, "enc_kernel": 5, "n_heads": 4, "filter_channels_dp": 9},
    "old scale of time, sde": {"pe_scale": 1, "stoc": True, "n_enc_layers": 1, "beta_min": 0.2},
    "speakers": {"spk_emb_dim": 5, "dec_dim": 16},
}


@pytest.mark.parametrize("name", GRAD)
def test_grad_tts(tmp_path, name):
    speakers = 4 if name == "speakers" else 1
    network, w, config = opened(
        tiny_mel_voice.write_grad_tts(tmp_path / "v", model=GRAD[name], speakers=speakers)
    )
    sizes = {"n_heads": 2, "beta_min": 0.05, "pe_scale": 1000, **config["model"], **GRAD[name]}
    low, high = sizes["beta_min"], config["model"]["beta_max"]
    generator = torch.Generator().manual_seed(3)
    encoder = w.below("encoder")
    for length in LENGTHS:
        ids = torch.randint(0, 40, (length,), generator=generator)
        speaker, steps = length % speakers, 1 + length % 3
        hidden = reference.text_encoder(ids, encoder, sizes["n_heads"], "prenet", 1e-4)
        log = reference.log_durations(hidden, encoder.below("proj_w"), 1e-4)
        ends = (log.exp().ceil().float() * 1.3).cumsum(0)
        total = max(1, int(ends[-1]))
        owner = [int((ends <= f).sum()) for f in range(total)]
        with torch.inference_mode():
            plan = network.acoustic.plan(batch_of(ids, speaker, 1.3), torch.zeros(1, 2, length))
        assert plan.frames_BP[0].long().tolist() == [owner.count(n) for n in range(length)]
        size = -(-total // 4) * 4
        noise = [torch.randn(8, size, generator=generator) for _ in range(steps + 1)]
        mask = (torch.arange(size) < total).double()
        mu = torch.zeros(8, size).double()
        mu[:, :total] = reference.conv(hidden, encoder.below("proj_m"))[:, owner]
        row = w["spk_emb.weight"][speaker] if speakers > 1 else None
        x = (mu + noise[0] / 1.3) * mask
        for step in range(steps):
            t = 1 - (step + 0.5) / steps
            score = reference.estimator(
                x, mu, total, t, row, w.below("decoder.estimator"), sizes["pe_scale"]
            )
            rate = (low + (high - low) * t) / steps
            if sizes.get("stoc"):
                change = (0.5 * (mu - x) - score) * rate + noise[1 + step] * rate**0.5
            else:
                change = 0.5 * (mu - x - score) * rate
            x = (x - change) * mask
        with torch.inference_mode():
            found = network.acoustic.decode(spread_of(plan, noise, total, steps))
        near(found[0, :, :total], x[:, :total])


DIFF = {
    "dilations of five, other steps": {
        "encoder_dilations": [1, 5], "encoder_kernel": 5, "steps": 22, "eta": 0.5,
    },
    "one layer, wide": {"residual_layers": 1, "residual_channels": 30, "encoder_blocks": 1},
    "duration kernel of one": {"duration_kernel": 1, "step_channels": 3, "mel_std": 0.7},
}  # fmt: skip


@pytest.mark.parametrize("name", DIFF)
def test_diff_tts(tmp_path, name):
    model = {"n_timesteps": 4, **DIFF[name]}
    network, w, config = opened(
        tiny_mel_voice.write_diff_tts(tmp_path / "v", model=model, speakers=2)
    )
    said = config["model"]
    trained, steps = said["steps"], 4
    betas = torch.linspace(1e-4, said["beta_max"], trained, dtype=torch.double)
    bars = torch.cat([torch.ones(1).double(), (1 - betas).cumprod(0)])
    taus = [1 + (trained - 1) // (steps - 1) * n for n in range(steps)][::-1]
    generator = torch.Generator().manual_seed(4)
    eta, mean, deviation = said.get("eta", 0), said.get("mel_mean", -5.5), said.get("mel_std", 2)
    for length in LENGTHS:
        ids = torch.randint(0, 40, (length,), generator=generator)
        dilations = said.get("encoder_dilations", [1, 2, 4])
        hidden = reference.diff_encoder(ids, length % 2, w, dilations)
        log = reference.log_durations(hidden, w.below("duration_predictor"), 1e-5)
        counts = torch.ceil(log.exp() * 1.1)
        with torch.inference_mode():
            plan = network.acoustic.plan(batch_of(ids, length % 2, 1.1), torch.zeros(1, 2, length))
        assert torch.equal(plan.frames_BP[0].double(), counts)
        total = int(counts.sum())
        noise = [torch.randn(8, total, generator=generator) for _ in range(steps + 1)]
        given = reference.spread(hidden, counts)
        x = noise[0].double()
        for index, tau in enumerate(taus):
            e = reference.denoiser(x, given, tau, w.below("decoder"))
            a, p = bars[tau], bars[taus[index + 1]] if index + 1 < steps else bars[0]
            clean = (x - (1 - a).sqrt() * e) / a.sqrt()
            s = eta * ((1 - p) / (1 - a) * (1 - a / p)).sqrt()
            x = p.sqrt() * clean + (1 - p - s**2).sqrt() * e + s * noise[1 + index]
        with torch.inference_mode():
            found = network.acoustic.decode(spread_of(plan, noise, total, steps))
        near(found[0], clean * deviation + mean)


VOCODERS = {
    "three odd rates": {
        "upsample_rates": [5, 3, 2], "upsample_kernel_sizes": [11, 7, 4],
        "upsample_initial_channel": 24, "hop_size": 30,
    },
    "one rate, kernel as long": {
        "upsample_rates": [6], "upsample_kernel_sizes": [6], "upsample_initial_channel": 6,
        "resblock_kernel_sizes": [9], "resblock_dilation_sizes": [[1, 7]], "hop_size": 6,
    },
    "pairs": {
        "resblock": "1", "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5], [1, 2, 9], [2, 1, 1]],
    },
    "a number for the kind of block, dilations of the other kind": {
        "resblock": 1, "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5]],
    },
}  # fmt: skip


@pytest.mark.parametrize("spelling", ["weight_g", "original0", "folded"])
@pytest.mark.parametrize("name", VOCODERS)
def test_hifigan(tmp_path, name, spelling):
    change = VOCODERS[name]
    hop = change.get("hop_size", tiny_glow.HOP)
    folder = tiny_glow.write(tmp_path / "v", vocoder=change, data={"hop_length": hop})
    spell(folder / "vocoder", spelling)
    network, w, config = opened(folder, "vocoder")
    generator = torch.Generator().manual_seed(5)
    for frames in (1, 2, 9):
        mel = torch.randn(tiny_glow.BANDS, frames, generator=generator)
        expected = reference.hifigan(mel.double(), w, config)
        with torch.inference_mode():
            found = network.vocoder(mel[None], None, torch.zeros(1, 0, 1))[0, 0]
        near(found, expected)


def spell(folder: Any, spelling: str) -> None:
    """Write the weights anew, with weight norm in this spelling."""
    path = folder / "generator_v3"
    tensors = read_tensors(path)
    if spelling == "weight_g":
        return
    made = {}
    for key, tensor in tensors.items():
        stem = key.removesuffix("weight_v").removesuffix("weight_g")
        if spelling == "original0" and stem != key:
            number = 0 if key.endswith("_g") else 1
            made[f"{stem}parametrizations.weight.original{number}"] = tensor.contiguous()
        elif key.endswith("weight_v"):
            plain = Weights(tensors, stem).weight()
            made[f"{stem}weight"] = plain.float().contiguous()
        elif not key.endswith("weight_g"):
            made[key] = tensor.contiguous()
    path.unlink()
    save_file(made, folder / "generator.safetensors")
