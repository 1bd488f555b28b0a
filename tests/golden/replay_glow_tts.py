"""Replays of Glow-TTS: its blocks, lines and batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_weights
import numpy as np
import torch
from mel_stages import Arrays, Entry, Row, compared, has_replay, replayed
from torch import Tensor

from sbv2cli.models import weights
from sbv2cli.models.architecture import Batch, Plan, Spread
from sbv2cli.models.glow_tts import flow
from sbv2cli.models.glow_tts.architecture import ARCHITECTURE, FLOW
from sbv2cli.models.glow_tts.flow import ActNorm, AffineCoupling, InvertibleConv
from sbv2cli.models.glow_tts.model import GlowTts
from sbv2cli.models.layers import prenet_encoder
from sbv2cli.models.layers.attention import AttentionEncoder
from sbv2cli.models.layers.durations import DurationPredictor
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.models.layers.prenet_encoder import Prenet
from sbv2cli.models.layers.wavenet import WaveNet
from sbv2cli.records import Inventory
from sbv2cli.training import alignment
from sbv2cli.voices.configs.glow_tts import NETWORK_DEFAULTS


def understands(entry: Entry) -> bool:
    """Whether there is a replay for it."""
    return has_replay(entry, BLOCKS, KINDS)


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance of every recorded stage."""
    return replayed(folder, entries, BLOCKS, KINDS)


def prenet(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    module = Prenet(sizes["in_channels"], sizes["kernel_size"], sizes["n_layers"])
    made_weights.fill(module, entry["weights"], prenet_encoder.PRENET)
    return {"y": module(a["x"], a["mask"])}


def encoder(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    module = AttentionEncoder(
        sizes["hidden_channels"],
        sizes["filter_channels"],
        sizes["n_heads"],
        sizes["n_layers"],
        sizes["kernel_size"],
        0,
        window=sizes["window_size"],
        epsilon=prenet_encoder.EPSILON,
    )
    made_weights.fill(module, entry["weights"], weights.ENCODER)
    return {"y": module(a["x"], a["mask"], a["x"].new_empty(len(a["x"]), 0, 1))}


def durations(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    module = DurationPredictor(
        sizes["in_channels"],
        sizes["filter_channels"],
        sizes["kernel_size"],
        0,
        epsilon=prenet_encoder.EPSILON,
    )
    made_weights.fill(module, entry["weights"], weights.DETERMINISTIC_DURATIONS)
    return {"y": module(a["x"], a["mask"], a["x"].new_empty(len(a["x"]), 0, 1))}


def _step(module: Any, a: Arrays) -> dict[str, Tensor]:
    """A step of the flow in both directions."""
    speaker = a.get("g", a["x"].new_empty(len(a["x"]), 0, 1))
    x, mask = a["x"] * a["mask"], a["mask"]
    y, determinant = module(x, mask, speaker)
    return {"y": y, "logdet": determinant, "reverse": module.reverse(y, mask, speaker)}


def actnorm(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = ActNorm(entry["config"]["channels"])
    rows = (("logs", "log_scale"), ("bias", "bias"))
    made_weights.fill(module, entry["weights"], rows)
    made = _step(module, a)
    if "init_y" in a:
        fresh = ActNorm(entry["config"]["channels"])
        first = 2 * a["x"] + 1
        fresh.start(first, a["mask"])
        made |= {"init_logs": fresh.log_scale, "init_bias": fresh.bias}
        made["init_y"] = fresh(first, a["mask"], first)[0]
    return made


def invconv(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = InvertibleConv(entry["config"]["channels"], entry["config"]["n_split"])
    made_weights.fill(module, entry["weights"], (("weight", "weight"),))
    return {**_step(module, a), "weight": module.weight}


def coupling(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    network = WaveNet(
        sizes["hidden_channels"],
        sizes["kernel_size"],
        sizes["dilation_rate"],
        sizes["n_layers"],
        sizes["gin_channels"],
    )
    module = AffineCoupling(
        sizes["in_channels"],
        sizes["hidden_channels"],
        network,
        sigmoid_scale=sizes["sigmoid_scale"],
    )
    beginnings = ("decoder.flows.{i}.", "flow.steps.{i}.")
    rows = tuple(
        (
            left.removeprefix(beginnings[0]).replace("{j}", "{i}"),
            right.removeprefix(beginnings[1]).replace("{j}", "{i}"),
        )
        for left, right in FLOW
    )
    made_weights.fill(module, entry["weights"], rows, r"start|wn\..*")
    return _step(module, a)


def squeezing(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    count = entry["config"]["n_sqz"]
    mask = flow.squeezed_mask(a["mask"], count)
    assert mask is not None
    squeezed = flow.squeeze(a["x"], count) * mask
    wide = mask.repeat_interleave(count, dim=2)
    return {
        "squeezed": squeezed,
        "squeezed_mask": mask,
        "unsqueezed": flow.unsqueeze(squeezed, count),
        "unsqueezed_mask": wide,
    }


def mas(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    phones, frames = (np.array(each) for each in zip(*entry["config"]["lens"], strict=True))
    scores = np.ascontiguousarray(a["logp"].transpose(1, 2).numpy())
    made = {}
    for run in (alignment.durations_numpy, alignment.durations_plain, alignment.best_durations()):
        found = torch.from_numpy(run(scores, frames, phones))
        path = alignment.path(found, scores.shape[1]).transpose(1, 2)
        made = {"durations": found, "path": path}
        for stage, value in made.items():
            assert torch.equal(value.long(), a[stage].long()), run.__name__
    return made


def noam(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    from sbv2cli.training import schedule

    sizes = entry["config"]
    warmup = sizes["warmup_steps"]
    # Ours is told the highest rate.
    highest = sizes["lr"] * sizes["dim_model"] ** -0.5 * warmup**-0.5
    return {"rate": torch.tensor([highest * schedule.noam(int(n) - 1, warmup) for n in a["step"]])}


def network_of(entry: Entry) -> GlowTts:
    """The network of an entry, filled."""
    sizes = {**NETWORK_DEFAULTS, **entry["config"], "durations": "log"}
    inventory = Inventory(
        phones=sizes["n_vocab"], tones=1, languages=1, speakers=max(1, sizes["n_speakers"])
    )
    network = ARCHITECTURE.build(sizes, inventory, "golden")
    assert isinstance(network, GlowTts)
    made_weights.fill(network, entry["weights"], ARCHITECTURE.names, NORMED)
    return network


def _planned(
    network: GlowTts, entry: Entry, symbols_BP: Tensor, lengths_B: Tensor | None, sids: list[int]
) -> tuple[Plan, dict[str, Tensor]]:
    """The plan of lines, and the stages on the way to it."""
    count, phones = symbols_BP.shape
    scale = torch.full((count,), float(entry["scalars"]["length_scale"]))
    nothing = symbols_BP.new_zeros(count)
    batch = Batch(
        phones_BP=symbols_BP,
        tones_BP=torch.zeros_like(symbols_BP),
        languages_BP=torch.zeros_like(symbols_BP),
        style_BC=torch.zeros(count, 1),
        bert_BCP=None,
        bert_slot_B=nothing,
        lengths_B=lengths_B,
        speakers_B=torch.tensor(sids),
        length_scale_B=scale,
        sdp_ratio_B=scale,
        noise_scale_w_B=scale,
    )
    plan = network.plan(batch, torch.zeros(count, 2, phones))
    mask = None if lengths_B is None else length_mask(lengths_B, phones)
    hidden, means, log_scales = network.text_encoder(symbols_BP, mask)
    speaker = network.speaker(batch.speakers_B)
    log = network.text_encoder.log_durations(hidden, mask, speaker)
    stages = {
        "enc_x": hidden,
        "x_m": means,
        "x_logs": torch.zeros_like(means) if log_scales is None else log_scales,
        "logw": log,
        "w": torch.exp(log) * scale[:, None, None],
        "w_ceil": network.frame_counts(log, mask, scale),
        "speaker": speaker,
    }
    return plan, stages


def _spread(plan: Plan, noise_BMF: Tensor, scale: float, lengths_B: Tensor | None) -> Spread:
    frames_BP = plan.frames_BP.long()
    longest = int(frames_BP.sum(dim=1).max())
    values = plan.per_phone_BKP.new_zeros(len(frames_BP), plan.per_phone_BKP.shape[1], longest)
    for row, counts in enumerate(frames_BP):
        spoken = plan.per_phone_BKP[row].repeat_interleave(counts, dim=1)
        values[row, :, : spoken.shape[1]] = spoken
    return Spread(
        values_BKF=values,
        noise_BNF=noise_BMF[:, :, :longest],
        noise_scale_B=torch.full((len(frames_BP),), scale),
        frames=longest,
        lengths_B=lengths_B,
        speaker_BG1=plan.speaker_BG1,
    )


def speak(entry: Entry, a: Arrays) -> tuple[Tensor, dict[str, Tensor]]:
    """The mel spectrogram of a line, and the stages on the way."""
    network = network_of(entry)
    plan, stages = _planned(network, entry, a["x"].long()[None], None, [entry.get("sid", 0)])
    frames = int(plan.frames_BP.sum())
    noise = a.get("eps_z", torch.zeros(network.channels, frames))[None]
    spread = _spread(plan, noise, float(entry["scalars"]["noise_scale"]), None)
    mel = network.decode(spread)
    return mel, {**stages, "z": network.latent(spread)[0], "mel": mel}


def infer(entry: Entry, a: Arrays) -> list[Row]:
    _, stages = speak(entry, a)
    return compared(entry["name"], stages, a)


def batch(entry: Entry, a: Arrays) -> list[Row]:
    network, lengths = network_of(entry), a["x_lengths"].long()
    plan, stages = _planned(network, entry, a["x"].long(), lengths, entry["sids"])
    totals = plan.frames_BP.sum(dim=1).long()
    spread = _spread(plan, a["eps_z"], float(entry["scalars"]["noise_scale"]), totals)
    mel = network.decode(spread)
    rows = compared(entry["name"], {"batch_mel": mel, "batch_logw": stages["logw"]}, a)
    for row, total in enumerate(totals.tolist()):
        ours = {
            f"single{row}_mel": mel[row, :, :total],
            f"single{row}_w_ceil": stages["w_ceil"][row, : int(lengths[row])],
        }
        rows += compared(f"{entry['name']}/line {row}", ours, a)
    return rows


@torch.enable_grad()
def train(entry: Entry, a: Arrays) -> list[Row]:
    """Losses and gradients of a pass without dropout."""
    import mel_training

    from sbv2cli.training.networks import weight_norm
    from sbv2cli.training.objectives.glow_tts import GlowTtsTrainingModel
    from sbv2cli.training.voice_weights import fill_module

    network = network_of(entry)
    # Weights are learned as directions and sizes.
    made = made_weights.published(
        {
            weights.published_name(ours, ARCHITECTURE.names) or ours: tuple(tensor.shape)
            for ours, tensor in network.state_dict().items()
        },
        entry["weights"],
        NORMED,
    )
    weight_norm.normalise(network)
    speaking, _, _ = weights.sort_tensors(made, ARCHITECTURE.names, ())
    assert not fill_module(network, speaking, where="golden")
    model = GlowTtsTrainingModel(network, mel_training.SOUNDS).eval()
    given = mel_training.training_batch(a, entry["sids"], None)
    multiple = network.dims.squeeze
    given = replace(given, frames_B=given.frames_B // multiple * multiple)
    found = model.learn(given, a["y"])
    torch.stack(list(found.terms.values())).sum().backward()
    stages = {
        "z": found.latent_BMF,
        "logdet": found.log_determinant_B,
        "logp": found.scores_BFP.transpose(1, 2),
        "durations": found.durations_BP,
        "logw": found.log_durations_B1P,
        "logw_target": found.target_B1P,
        "z_m": found.means_BMF,
        "z_logs": found.log_scales_BMF,
    }
    symbols = a["x"].long()
    mask = length_mask(given.phones_B, symbols.shape[1])
    _, stages["x_m"], log_scales = network.text_encoder(symbols, mask)
    stages["x_logs"] = torch.zeros_like(stages["x_m"]) if log_scales is None else log_scales
    # Scores beyond a line, which nobody looks at, are masked in the recording.
    inside = length_mask(given.phones_B, a["x"].shape[1]).transpose(1, 2)
    inside = inside * length_mask(given.frames_B, a["y"].shape[2])
    stages["logp"] = stages["logp"] * inside
    a["logp"] = a["logp"] * inside
    stages = {name: value.detach() for name, value in stages.items()}
    rows = compared(entry["name"], stages, a)
    terms = {name: term.detach() for name, term in found.terms.items()}
    losses = {"loss_mle": terms["likelihood"], "loss_length": terms["durations"]}
    rows += mel_training.losses_of(entry, losses)
    return rows + _gradients(entry, network)


def _gradients(entry: Entry, network: GlowTts) -> list[Row]:
    """Norms by groups and by flows, under the published names of directions and sizes."""
    import mel_training

    from sbv2cli.training.networks.weight_norm import to_names

    squares = {}
    for ours, parameter in network.named_parameters():
        (name,) = to_names({ours: parameter})
        published = weights.published_name(name, ARCHITECTURE.names)
        assert published is not None
        squares[published] = mel_training.norm_of([parameter]) ** 2
    rows: list[Row] = []
    for kind in ("grad_norms", "flow_grad_norms"):
        for group, expected in entry["scalars"].get(kind, {}).items():
            found = sum(
                square
                for name, square in squares.items()
                if name == group or name.startswith(f"{group}.")
            )
            away = abs(found**0.5 - expected) / max(abs(expected), 1e-6)
            tolerance = mel_training.GRADIENT_TOLERANCE
            rows.append((entry["name"], f"gradient of {group}", away, tolerance))
    return rows


NORMED = r"decoder\.flows\.\d+\.(start|wn\..*)"
KINDS = {"infer": infer, "batch": batch, "train": train}
BLOCKS: dict[str, Callable[[Entry, Arrays], dict[str, Tensor]]] = {
    "prenet": prenet,
    "encoder": encoder,
    "durations": durations,
    "actnorm": actnorm,
    "invconv": invconv,
    "coupling": coupling,
    "squeeze": squeezing,
    "mas": mas,
    "noam": noam,
}
