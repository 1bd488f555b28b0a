"""Replays of Diff-TTS: its blocks, lines, and lines side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import made_weights
import numpy as np
import torch
from mel_stages import TOLERANCE, Arrays, Entry, compared, has_replay, replayed
from mel_training import SOUNDS, losses_of, norms_of, training_batch
from replay_grad_tts import batch_of
from replay_infer import Row, _worst, scaled
from torch import Tensor, nn

from sbv2cli.models.architecture import Plan, Spread
from sbv2cli.models.diff_tts import architecture, schedule
from sbv2cli.models.diff_tts.architecture import ARCHITECTURE
from sbv2cli.models.diff_tts.denoiser import Denoiser, StepEncoder, sinusoid
from sbv2cli.models.diff_tts.dims import DEFAULTS, read_dims
from sbv2cli.models.diff_tts.encoder import TextEncoder
from sbv2cli.models.diff_tts.model import DiffTts
from sbv2cli.records import Inventory
from sbv2cli.training.objectives.diff_tts import DiffTtsTrainingModel, Draws


def understands(entry: Entry) -> bool:
    """Whether there is a replay for it."""
    return has_replay(entry, BLOCKS, KINDS)


def replay(folder: Path, entries: list[Entry]) -> list[Row]:
    """Case, stage, worst difference and tolerance of every recorded stage."""
    return replayed(folder, entries, BLOCKS, KINDS)


def network_of(entry: Entry) -> DiffTts:
    """The network of an entry, with its weights."""
    sizes = entry["config"]
    speakers = sizes.get("n_speakers", 1)
    rows = Inventory(phones=sizes["n_vocab"], tones=1, languages=1, speakers=speakers)
    eta = entry.get("scalars", {}).get("eta", 0.0)
    network = ARCHITECTURE.build({**sizes, "eta": eta}, rows, "golden")
    assert isinstance(network, DiffTts)
    made_weights.fill(network, entry["weights"], ARCHITECTURE.names)
    return network


def spread_of(plan: Plan, starts: list[Tensor], steps: list[Tensor]) -> Spread:
    """Planned lines over their frames; noise as each line alone has it, [M, F]."""
    counts_BP = plan.frames_BP.long()
    lengths_B = counts_BP.sum(dim=1)
    size = int(lengths_B.max())

    def stacked(rows: list[Tensor]) -> Tensor:
        return torch.stack([nn.functional.pad(row, (0, size - row.shape[-1])) for row in rows])

    hidden = [
        states.repeat_interleave(counts, dim=1)
        for states, counts in zip(plan.per_phone_BKP, counts_BP, strict=True)
    ]
    return Spread(
        values_BKF=stacked(hidden),
        noise_BNF=stacked(starts),
        noise_scale_B=torch.ones(len(lengths_B)),
        frames=size,
        lengths_B=lengths_B if int(lengths_B.min()) < size else None,
        speaker_BG1=plan.speaker_BG1,
        step_noise=(lambda step: stacked([row[step] for row in steps])) if steps else None,
    )


def taus_of(entry: Entry) -> list[int]:
    """Every gamma-th step from the first, the largest first."""
    gamma, trained = entry["scalars"]["gamma"], entry["config"]["steps"]
    return list(range(1, trained + 1, gamma))[::-1]


def infer(entry: Entry, a: Arrays) -> list[Row]:
    """A line, stage by stage."""
    _, stages = speak(entry, a)
    durations = _worst(stages.pop("durations"), a["durations"].numpy())
    rows = compared(entry["name"], stages, a)
    rows.append((entry["name"], "durations", durations, 0.0))
    taus = _worst(np.array(taus_of(entry)), np.array(entry["taus"]))
    return [*rows, (entry["name"], "taus", taus, 0.0)]


def speak(entry: Entry, a: Arrays) -> tuple[Tensor, dict[str, Tensor]]:
    """The spectrogram of a line, and what it was made by."""
    network = network_of(entry)
    batch = batch_of(entry, a, [entry["sid"]])
    plan = network.plan(batch, torch.zeros(1, 2, batch.phones_BP.shape[1]))
    hidden = network.read(batch.phones_BP, None, batch.speakers_B)
    log = network.log_durations(hidden, None)
    steps = [a["eps_steps"]] if "eps_steps" in a else []
    spread = spread_of(plan, [a["eps_start"]], steps)
    given: list[Tensor] = []
    found: list[Tensor] = []

    def heard(_: nn.Module, inputs: tuple[Any, ...], noise: Tensor) -> None:
        given.append(inputs[0])
        found.append(noise)

    with network.denoiser.register_forward_hook(heard):
        mel = network.sample(spread, taus_of(entry))
    stages = {
        "durations": plan.frames_BP,
        "enc_x": hidden,
        "logw": log,
        "w": torch.exp(log) * entry["scalars"]["length_scale"],
        "mel": mel,
        **{f"step{step}_x": x for step, x in enumerate(given)},
        **{f"step{step}_noise": x for step, x in enumerate(found)},
    }
    return mel, stages


def batch(entry: Entry, a: Arrays) -> list[Row]:
    network, count = network_of(entry), len(entry["sids"])
    both = batch_of(entry, a, entry["sids"])
    plan = network.plan(both, torch.zeros(count, 2, both.phones_BP.shape[1]))
    steps = [a[name] for row in range(count) if (name := f"single{row}_eps_steps") in a]
    spread = spread_of(plan, [a[f"single{row}_eps_start"] for row in range(count)], steps)
    mels = network.sample(spread, taus_of(entry))
    rows: list[Row] = []
    for row in range(count):
        case, expected = f"{entry['name']}/line {row}", a[f"single{row}_mel"].numpy()
        durations = a[f"single{row}_durations"].numpy()
        found = plan.frames_BP[row, : len(durations)]
        rows.append((case, "durations", _worst(found, durations), 0.0))
        worst = _worst(mels[row, :, : expected.shape[1]], expected)
        rows.append((case, "mel", worst, scaled(TOLERANCE, expected)))
    return rows


def train(entry: Entry, a: Arrays) -> list[Row]:
    """Losses and gradients of a pass whose random numbers are recorded."""
    network = network_of(entry)
    offset = entry["duration_offset"]
    model = DiffTtsTrainingModel(network, SOUNDS, offset=offset, align=False).eval()
    given = training_batch(a, entry["sids"], a["durations"].long())
    draws = Draws(steps_B=a["t"].long(), noise_BMF=a["eps"])
    with torch.enable_grad():
        learned = model.learn(given, a["y"], draws)
        torch.stack(list(learned.terms.values())).sum().backward()
    stages = {
        "x_t": learned.noisy_BMF.detach(),
        "predicted": learned.found_BMF.detach(),
        "logw": learned.log_B1P.detach(),
        "logw_target": learned.target_B1P.detach(),
    }
    losses = {"loss_duration": "durations", "loss_noise": "noise"}
    return [
        *compared(entry["name"], stages, a),
        *losses_of(entry, {name: learned.terms[ours] for name, ours in losses.items()}),
        *norms_of(entry, network, ARCHITECTURE.names),
    ]


KINDS: dict[str, Callable[[Entry, Arrays], list[Row]]] = {
    "infer": infer,
    "batch": batch,
    "train": train,
}


def _dims(entry: Entry) -> Any:
    sizes = {"n_vocab": 1, **entry["config"]}
    rows = Inventory(phones=sizes["n_vocab"], tones=1, languages=1, speakers=1)
    return read_dims(sizes, rows, "golden")


def encoder(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = TextEncoder(_dims(entry))
    made_weights.fill(module, entry["weights"], architecture.ENCODER)
    return {"y": module(a["x"].long(), a["mask"])}


def denoiser(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = Denoiser(_dims(entry))
    made_weights.fill(module, entry["weights"], architecture.DENOISER)
    return {"y": module(a["x"], a["t"], module.conditions(a["cond"]), a["mask"])}


def step_encoder(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    module = StepEncoder(entry["config"]["step_channels"])
    made_weights.fill(module, entry["weights"], architecture.STEPS)
    return {"sinusoid": sinusoid(a["t"]), "y": module(a["t"])}


def process(entry: Entry, a: Arrays) -> dict[str, Tensor]:
    sizes = {**DEFAULTS, **entry["config"]}
    trained = sizes["steps"]
    bars = torch.from_numpy(schedule.alpha_bars(trained, sizes["beta_min"], sizes["beta_max"]))
    at = a["t"].long()
    made = {"beta": 1 - bars[at] / bars[at - 1], "alpha_bar": bars[at]}
    for name in a:
        gamma = int(name.removeprefix("tau_gamma")) if name.startswith("tau_gamma") else 0
        if gamma and (trained - 1) % gamma == 0:
            # Of the others the number of steps is none that a voice takes.
            leaps = schedule.taus_of(trained, len(a[name]))
            made[name] = torch.tensor(leaps[::-1])
    return made


BLOCKS: dict[str, Callable[[Entry, Arrays], dict[str, Tensor]]] = {
    "encoder": encoder,
    "denoiser": denoiser,
    "step_encoder": step_encoder,
    "schedule": process,
}
