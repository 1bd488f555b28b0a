"""Replays of how HiFi-GAN learns: its discriminators of full size, losses and gradients."""

from __future__ import annotations

from typing import Any

import formula
import torch
from mel_stages import Arrays, compared
from mel_training import GRADIENT_TOLERANCE, losses_of, norm_of
from replay_infer import Row, _worst, scaled
from torch import Tensor, nn

from sbv2cli.models import weights
from sbv2cli.models.vocoder.hifigan.vocoder import NAMES, VOCODER
from sbv2cli.training import losses
from sbv2cli.training.data import spectrogram
from sbv2cli.training.data.spectrogram import SpectrogramSettings
from sbv2cli.training.networks import discriminators, weight_norm
from sbv2cli.training.voice_weights import fill_module
from sbv2cli.voices.configs import hifigan

PERIODS = len(discriminators.PERIODS)
SCORES = 64  # recorded of each line and discriminator

Entry = dict[str, Any]


def train(entry: Entry, a: Arrays) -> list[Row]:
    """One step: discriminators on detached sound, then the generator."""
    network, judges = generator_of(entry), discriminators_of(entry, a)
    sounds = settings_of(entry, "fmax")
    waves = [formula.wave(seed, entry["samples"], sounds.rate) for seed in entry["wav_seeds"]]
    real = torch.stack([torch.from_numpy(wave) for wave in waves])[:, None]
    heard = spectrogram.mel_of(real[:, 0], sounds)
    made = network(heard, None, heard.new_empty(len(heard), 0, 1))
    for_loss = settings_of(entry, "fmax_for_loss")
    real_mel, made_mel = (spectrogram.mel_of(x[:, 0], for_loss) for x in (real, made))
    stages = {"x": heard, "y_mel": real_mel, "y_hat": made[:, 0], "y_hat_mel": made_mel}
    rows = compared(entry["name"], {k: v.detach() for k, v in stages.items()}, a)
    rows += _discriminators(entry, judges, real, made.detach(), a)
    return rows + _generator(entry, network, judges, (real, made), (real_mel, made_mel))


def generator_of(entry: Entry) -> nn.Module:
    """The generator, whose weights are learned as directions and sizes."""
    import made_weights

    config = hifigan.parse(entry["config"], "golden")
    network = VOCODER.build(config.section, config.mel.bands, 0, "golden")
    shapes = {
        weights.published_name(ours, NAMES) or ours: tuple(tensor.shape)
        for ours, tensor in network.state_dict().items()
    }
    made = made_weights.published(shapes, entry["weights"], ".*")
    weight_norm.normalise_all(network)
    speaking, _, _ = weights.sort_tensors(made, NAMES, ())
    assert not fill_module(network, speaking, where="golden")
    return network.eval()


def discriminators_of(entry: Entry, a: Arrays) -> discriminators.Discriminators:
    """The official ones; the vectors of the spectral norm are recorded."""
    judges = discriminators.scales()
    wanted, state = judges.state_dict(), {}
    for name, tensor in wanted.items():
        _, place, rest = name.split(".", 2)
        family, index = _family(int(place))
        tag = entry["judge_weights"][family]
        own = f"discriminators.{index}.{rest}".replace("conv_out", "conv_post")
        stem, _, kind = own.partition(".parametrizations.weight.")
        if not kind:
            state[name] = formula.weight(tag, own, tuple(tensor.shape))
        elif kind.startswith("0._"):
            state[name] = a[f"{family}_{stem}.weight{kind.removeprefix('0.')}"]
        elif kind == "original":
            state[name] = formula.weight(tag, f"{stem}.weight_orig", tuple(tensor.shape))
        else:
            direction = wanted[name.replace("original0", "original1")]
            pair = formula.normed(tag, stem, tuple(direction.shape))
            state[name] = pair[int(kind.removeprefix("original"))]
    judges.load_state_dict(state)
    return judges.eval()


def settings_of(entry: Entry, highest: str) -> SpectrogramSettings:
    """Of what the generator hears, or of what its loss does."""
    sizes = entry["config"]
    return SpectrogramSettings(
        rate=sizes["sampling_rate"],
        window=sizes["n_fft"],
        hop=sizes["hop_size"],
        mels=sizes["num_mels"],
        lowest=float(sizes["fmin"]),
        highest=None if sizes[highest] is None else float(sizes[highest]),
        power_floor=1e-9,
    )


def _discriminators(
    entry: Entry, judges: nn.Module, real: Tensor, made: Tensor, a: Arrays
) -> list[Row]:
    """Scores, losses and gradients of their own step."""
    real_scores, real_maps = judges(real)
    made_scores, _ = judges(made)
    rows: list[Row] = []
    for place in range(len(real_scores)):
        family, index = _family(place)
        for kind, scores in (("real", real_scores[place]), ("made", made_scores[place])):
            expected = a[f"{family}{index}_{kind}"].numpy()
            found = scores[:, :SCORES].detach()
            stage = f"{family} scores"
            rows.append((entry["name"], stage, _worst(found, expected), scaled(1e-5, expected)))
        means = [float(m.detach().abs().mean()) for m in real_maps[place]]
        recorded = entry["scalars"][f"mean_feature_{family}"][index]
        away = max(abs(x / y - 1) for x, y in zip(means, recorded, strict=True))
        rows.append((entry["name"], f"{family} features", away, 1e-4))
    parts = {"mpd": slice(PERIODS), "msd": slice(PERIODS, None)}
    terms = {
        f"loss_disc_{family}": losses.discriminator(real_scores[part], made_scores[part])
        for family, part in parts.items()
    }
    torch.stack(list(terms.values())).sum().backward()
    rows += losses_of(entry, {name: term.detach() for name, term in terms.items()})
    assert isinstance(judges.discriminators, nn.ModuleList)
    for place, judge in enumerate(judges.discriminators):
        family, index = _family(place)
        expected = entry["scalars"]["disc_grad_norms"][f"{family}_each"][f"discriminators.{index}"]
        away = abs(norm_of(judge.parameters()) / expected - 1)
        rows.append((entry["name"], f"gradient of {family}", away, GRADIENT_TOLERANCE))
    return rows


def _generator(
    entry: Entry,
    network: nn.Module,
    judges: nn.Module,
    sounds: tuple[Tensor, Tensor],
    mels: tuple[Tensor, Tensor],
) -> list[Row]:
    """Losses and gradients of the generator."""
    _, real_maps = judges(sounds[0])
    made_scores, made_maps = judges(sounds[1])
    terms = {"loss_mel": 45 * torch.nn.functional.l1_loss(mels[1], mels[0])}
    for family, part in (("mpd", slice(PERIODS)), ("msd", slice(PERIODS, None))):
        terms[f"loss_fm_{family}"] = losses.features(real_maps[part], made_maps[part])
        terms[f"loss_gen_{family}"] = losses.generator(made_scores[part])
    terms["loss_gen_all"] = torch.stack(list(terms.values())).sum()
    terms["loss_gen_all"].backward()
    rows = losses_of(entry, {name: term.detach() for name, term in terms.items()})
    for group, expected in entry["scalars"]["grad_norms"].items():
        parameters = [
            parameter
            for ours, parameter in network.named_parameters()
            if _published(ours).startswith(f"{group}.")
        ]
        away = abs(norm_of(parameters) / expected - 1)
        rows.append((entry["name"], f"gradient of {group}", away, GRADIENT_TOLERANCE))
    return rows


def _published(ours: str) -> str:
    (name,) = weight_norm.to_names({ours: torch.empty(0)})
    return weights.published_name(name, NAMES) or name


def _family(place: int) -> tuple[str, int]:
    return ("mpd", place) if place < PERIODS else ("msd", place - PERIODS)
