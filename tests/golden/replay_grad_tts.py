"""Replays of Grad-TTS: its blocks, lines, and lines side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import made_weights
import torch
from mel_stages import TOLERANCE, Arrays, Entry, compared, has_replay, replayed
from mel_training import (
    GRADIENT_TOLERANCE,
    SOUNDS,
    losses_of,
    norm_of,
    norms_of,
    training_batch,
)
from replay_infer import Row, _worst, scaled
from torch import Tensor, nn

from sbv2cli.models.architecture import Batch, Plan, Spread
from sbv2cli.models.grad_tts import architecture
from sbv2cli.models.grad_tts.architecture import ARCHITECTURE
from sbv2cli.models.grad_tts.dims import LEVELS, read_dims
from sbv2cli.models.grad_tts.estimator import (
    Attended,
    Block,
    Estimator,
    LinearAttention,
    TimedBlock,
    time_embedding,
)
from sbv2cli.models.grad_tts.model import GradTts
from sbv2cli.models.grad_tts.windows import Windows, at_levels
from sbv2cli.records import Inventory
from sbv2cli.training.objectives.grad_tts import Draws, GradTtsTrainingModel


def understands(entry: Entry) -> bool:
    """Whether there is a replay for it."""
    return has_replay(entry, BLOCKS, KINDS)


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance of every recorded stage."""
    return replayed(folder, entries, BLOCKS, KINDS)


def network_of(entry: Entry) -> GradTts:
    """The network of an entry, with its weights."""
    sizes = entry["config"]
    rows = Inventory(phones=sizes["n_vocab"], tones=1, languages=1, speakers=sizes["n_spks"])
    network = ARCHITECTURE.build(
        {**sizes, "stoc": entry["scalars"].get("stoc", False)}, rows, "golden"
    )
    assert isinstance(network, GradTts)
    made_weights.fill(network, entry["weights"], ARCHITECTURE.names)
    return network


def batch_of(entry: Entry, a: Arrays, speakers: list[int]) -> Batch:
    """The recorded symbols under our names."""
    phones = a["x"].reshape(len(speakers), -1).long()
    zeros = torch.zeros(len(speakers))
    return Batch(
        phones_BP=phones,
        tones_BP=torch.zeros_like(phones),
        languages_BP=torch.zeros_like(phones),
        lengths_B=a["x_lengths"].long() if "x_lengths" in a else None,
        speakers_B=torch.tensor(speakers),
        style_BC=torch.zeros(len(speakers), 256),
        bert_BCP=None,
        bert_slot_B=zeros.long(),
        length_scale_B=torch.full((len(speakers),), float(entry["scalars"]["length_scale"])),
        sdp_ratio_B=zeros,
        noise_scale_w_B=zeros,
    )


def spread_of(
    plan: Plan, noise_BNF: Tensor, steps: Tensor | None, scalars: Entry, multiple: int
) -> Spread:
    """Planned lines over their frames; `noise_BNF` has as many as are wanted."""
    counts_BP = plan.frames_BP.long()
    lengths_B = counts_BP.sum(dim=1)
    size = -(-int(lengths_B.max()) // multiple) * multiple
    rows = [
        means.repeat_interleave(counts, dim=1)
        for means, counts in zip(plan.per_phone_BKP, counts_BP, strict=True)
    ]
    # As the engine does it: what is beyond a line is the first phone's.
    values = [torch.cat([row, row[:, :1].expand(-1, size - row.shape[1])], dim=1) for row in rows]
    return Spread(
        values_BKF=torch.stack(values),
        noise_BNF=noise_BNF,
        noise_scale_B=torch.ones(len(lengths_B)),
        frames=int(lengths_B.max()),
        lengths_B=lengths_B if int(lengths_B.min()) < size else None,
        speaker_BG1=plan.speaker_BG1,
        steps=scalars["n_timesteps"],
        temperature_B=torch.full((len(lengths_B),), float(scalars["temperature"])),
        step_noise=None if steps is None else lambda step: steps[step],
    )


def infer(entry: Entry, a: Arrays) -> list[Row]:
    """A line, stage by stage."""
    _, stages = speak(entry, a)
    durations = _worst(stages.pop("durations"), a["durations"].numpy())
    return [(entry["name"], "durations", durations, 0.0), *compared(entry["name"], stages, a)]


def speak(entry: Entry, a: Arrays) -> tuple[Tensor, dict[str, Tensor]]:
    """The spectrogram of a line, and what it was made by."""
    network, scalars = network_of(entry), entry["scalars"]
    batch = batch_of(entry, a, [entry["sid"]])
    plan = network.plan(batch, torch.zeros(1, 2, batch.phones_BP.shape[1]))
    hidden, means, _ = network.text_encoder(batch.phones_BP, None)
    log = network.text_encoder.log_durations(hidden, None, hidden[:, :0, :1])
    steps = a["eps_steps"][:, None] if "eps_steps" in a else None
    spread = spread_of(plan, a["eps_z"][None], steps, scalars, network.frame_multiple)
    given: list[Tensor] = []
    scores: list[Tensor] = []
    times: list[Tensor] = []

    def heard(_: nn.Module, inputs: tuple[Any, ...], score: Tensor) -> None:
        given.append(inputs[0])
        times.append(inputs[3])
        scores.append(score)

    with network.estimator.register_forward_hook(heard):
        mel = network.decode(spread)
    frames = entry["frames"]
    stages = {
        "durations": plan.frames_BP,
        "enc_x": hidden,
        "mu_x": means,
        "logw": log,
        "mu_y": spread.values_BKF[:, :, :frames],
        "mel": mel[:, :, :frames],
        "step_t": torch.cat(times),
        **{f"step{step}_x": x for step, x in enumerate(given)},
        **{f"step{step}_score": x for step, x in enumerate(scores)},
    }
    return mel[:, :, :frames], stages


def batch(entry: Entry, a: Arrays) -> list[Row]:
    network = network_of(entry)
    both = batch_of(entry, a, entry["sids"])
    plan = network.plan(both, torch.zeros(len(entry["sids"]), 2, both.phones_BP.shape[1]))
    spread = spread_of(
        plan, a["eps_z"], a.get("eps_steps"), entry["scalars"], network.frame_multiple
    )
    mels = network.decode(spread)
    rows: list[Row] = []
    for row, frames in enumerate(entry["frames"]):
        case, expected = f"{entry['name']}/line {row}", a[f"single{row}_mel"].numpy()
        durations = a[f"single{row}_durations"].numpy()
        found = plan.frames_BP[row, : len(durations)]
        rows.append((case, "durations", _worst(found, durations), 0.0))
        rows.append(
            (
                case,
                "mel",
                _worst(mels[row, :, :frames], expected),
                scaled(TOLERANCE, expected),
            )
        )
    return rows


def train(entry: Entry, a: Arrays) -> list[Row]:
    """Losses and gradients of a pass whose random numbers are recorded."""
    network = network_of(entry)
    model = GradTtsTrainingModel(network, SOUNDS, entry["out_size"] or 0).eval()
    frames_B = a["y_lengths"].long()
    given = training_batch(a, entry["sids"], None)
    # The recorded places are of lines that are longer than a segment; a share in them is drawn.
    left_B = (frames_B - (entry["out_size"] or 10**9)).clamp_min(0)
    places = iter(a["offsets"].tolist() if "offsets" in a else [])
    shares = [(next(places) + 0.5) / left if left else 0.0 for left in left_B.tolist()]
    draws = Draws(time_B=a["t"], noise_BMF=a["eps"], places_B=torch.tensor(shares))
    with torch.enable_grad():
        learned = model.learn(given, a["y"], draws)
        torch.stack(list(learned.terms.values())).sum().backward()
    stages = {"mu_y": learned.means_BMF.detach(), "x_t": learned.noisy_BMF.detach()}
    rows = compared(entry["name"], stages, a)
    rows.append((entry["name"], "paths", _worst(learned.durations_BP, a["durations"].numpy()), 0.0))
    losses = {"loss_duration": "durations", "loss_prior": "prior", "loss_diffusion": "diffusion"}
    rows += losses_of(entry, {name: learned.terms[ours] for name, ours in losses.items()})
    text, rest = model.clipped_apart()
    clipped = {"clip_norm_encoder": norm_of(text), "clip_norm_decoder": norm_of(rest)}
    return (
        rows
        + norms_of(entry, network, ARCHITECTURE.names)
        + [
            (entry["name"], name, abs(norm / entry["scalars"][name] - 1), GRADIENT_TOLERANCE)
            for name, norm in clipped.items()
            if name in entry["scalars"]
        ]
    )


KINDS: dict[str, Callable[[Entry, Arrays], list[Row]]] = {
    "infer": infer,
    "batch": batch,
    "train": train,
}

WHOLE = Windows(real=None, inside=None, counts_B111=None)


def masked_at(mask: Tensor) -> Windows:
    """As the reference has it: statistics over all frames."""
    return Windows(real=mask.reshape(len(mask), 1, 1, -1), inside=None, counts_B111=None)


def block(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = Block(entry["config"]["dim"], entry["config"]["dim_out"])
    made_weights.fill(module, entry["weights"], architecture.BLOCK)
    return {"y": module(a["x"], masked_at(a["mask"]))}


def resnet(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    module = TimedBlock(sizes["dim"], sizes["dim_out"], sizes["time_emb_dim"])
    made_weights.fill(module, entry["weights"], architecture.TIMED_BLOCK)
    return {"y": module(a["x"], masked_at(a["mask"]), a["time"])}


def linear_attention(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = LinearAttention(entry["config"]["dim"])
    made_weights.fill(module, entry["weights"], architecture.ATTENTION)
    return {"y": module(a["x"], WHOLE)}


def attended(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = Attended(entry["config"]["dim"])
    made_weights.fill(module, entry["weights"], architecture.ATTENDED)
    return {"y": module(a["x"], WHOLE)}


def _resized(entry: Entry, a: Arrays, part: str, place: int) -> dict[str, Tensor]:
    """The convolution of the U-Net whose channels are as many as recorded: its outermost."""
    width = entry["config"]["dim"]
    module = getattr(Estimator(width, bands=4, speaker_channels=0, time_scale=1.0), part)[place]
    made_weights.fill(module, entry["weights"], (("conv.*", "*"),))
    return {"y": module(a["x"])}


def downsample(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    return _resized(entry, a, "shrink", 0)


def upsample(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    return _resized(entry, a, "grow", -1)


def embedding(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    return {"y": time_embedding(a["t"] * entry["config"]["pe_scale"], entry["config"]["dim"])}


def schedule(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    one = Inventory(phones=1, tones=1, languages=1, speakers=1)
    small = {"n_enc_channels": 2, "n_heads": 1, "dec_dim": 8, "n_feats": 4, "n_enc_layers": 1}
    network = GradTts(read_dims({**small, **entry["config"]}, one, "golden"))
    cumulative = network.noise_until(a["t"])
    return {
        "beta": network.beta(a["t"]),
        "cumulative": cumulative,
        "keep": torch.exp(-cumulative / 2),
        "deviation": torch.sqrt(1 - torch.exp(-cumulative)),
    }


def estimator(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = entry["config"]
    speaker = a.get("speaker", torch.empty(len(a["x"]), 0))
    module = Estimator(sizes["dim"], sizes["n_feats"], speaker.shape[1], sizes["pe_scale"])
    made_weights.fill(module, entry["weights"], architecture.ESTIMATOR)
    images = module.images(a["mu"], speaker[:, :, None])
    return {"y": module(a["x"], images, at_levels(masked_at(a["mask"]), LEVELS), a["t"])}


BLOCKS: dict[str, Callable[[Entry, Arrays], dict[str, Tensor]]] = {
    "block": block,
    "resnet": resnet,
    "linear_attention": linear_attention,
    "residual_rezero_attention": attended,
    "downsample": downsample,
    "upsample": upsample,
    "time_embedding": embedding,
    "schedule": schedule,
    "estimator": estimator,
}
