"""One step of learning: the discriminators first, then the voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from sbv2cli.errors import MachineError
from sbv2cli.training import alignment, losses, trainable
from sbv2cli.training.data import segments, spectrogram
from sbv2cli.training.ema import EMA
from sbv2cli.training.networks import discriminators
from sbv2cli.training.networks.training_model import (
    Draws,
    Learned,
    Pass,
    TrainingBatch,
    TrainingModel,
)

if TYPE_CHECKING:
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.fit_settings import FitSettings
    from sbv2cli.training.networks.wavlm import Wavlm

# So many steps in a row whose gradient is not finite mean that a run has diverged.
MOST_BAD_STEPS = 20


class Trainer:
    """TrainingModel, discriminators, and their optimisers."""

    def __init__(
        self,
        model: TrainingModel,
        settings: FitSettings,
        sounds: SpectrogramSettings,
        *,
        slots: Mapping[str, int],
        duration_discriminator: nn.Module | None = None,
        with_bert: bool = True,
        device: torch.device | None = None,
        wavlm: Wavlm | None = None,
        noisy_alignment: bool = True,
        spectral_norm: bool = False,
    ) -> None:
        self.settings = settings
        self.sounds = sounds
        self.device = device or torch.device("cpu")
        self.model = model.to(self.device)
        learning = trainable.choose_parts(model, settings, slots, with_bert=with_bert)
        self.discriminators: dict[str, nn.Module] = {}
        self._discriminator_parameters: dict[str, list[nn.Parameter]] = {}
        if settings.stage != "text" and settings.discriminators != "none":
            self.discriminators["sound"] = (
                discriminators.published(spectral=spectral_norm)
                if settings.discriminators == "published"
                else discriminators.small(settings.discriminator_width)
            )
            if wavlm is not None:
                self.discriminators["wavlm"] = discriminators.WavlmHead(wavlm.channels)
        if duration_discriminator is not None and settings.stage in ("joint", "text", "speech"):
            self.discriminators["durations"] = duration_discriminator
        self.wavlm = wavlm.to(self.device) if wavlm is not None else None
        self.optimisers = {"voice": self._optimiser(learning)}
        for name, discriminator in self.discriminators.items():
            discriminator.to(self.device).train()
            self._discriminator_parameters[name] = [
                p for p in discriminator.parameters() if p.requires_grad
            ]
            self.optimisers[name] = self._optimiser(self._discriminator_parameters[name])
        self.ema: EMA | None = None
        self.start_ema()
        self.bad_steps = 0
        self._noisy_alignment = noisy_alignment
        self._ways: dict[str, nn.Module] = {"voice": model, **self.discriminators}

    def _optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.AdamW:
        settings = self.settings
        return torch.optim.AdamW(
            list(parameters),
            lr=settings.learning_rate,
            betas=(settings.betas[0], settings.betas[1]),
            eps=settings.eps,
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def start_ema(self) -> None:
        """EMA the weights from now on."""
        if self.settings.ema > 0:
            self.ema = EMA(self.model, self.settings.ema)

    def distribute(self) -> None:
        """Let several processes learn as one; each net answers for its own gradients."""
        ids = [self.device] if self.device.type == "cuda" else None
        for name, net in list(self._ways.items()):
            if any(p.requires_grad for p in net.parameters()):
                self._ways[name] = DistributedDataParallel(net, device_ids=ids)

    def set_rate(self, factor: float) -> float:
        """Set the learning rate of all nets."""
        rate = self.settings.learning_rate * factor
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = rate
        return rate

    def step(self, batches: Sequence[TrainingBatch], step: int) -> dict[str, Tensor]:
        """Learn from some batches at once; answers what the losses were."""
        self._set_modes()
        for optimiser in self.optimisers.values():
            optimiser.zero_grad(set_to_none=True)
        total: dict[str, Tensor] = {}
        for index, batch in enumerate(batches):
            last = index == len(batches) - 1
            with ExitStack() as stack:
                if not last:
                    for net in self._ways.values():
                        if isinstance(net, DistributedDataParallel):
                            stack.enter_context(net.no_sync())
                values = self._learn(batch.to(self.device), step, 1 / len(batches), last=last)
            for name, value in values.items():
                total[name] = total.get(name, torch.zeros((), device=self.device)) + value
        total = {name: value / len(batches) for name, value in total.items()}
        norm = self._update("voice", self.settings.clip_gradient)
        total["gradient_norm"] = norm
        self._watch(norm)
        if self.ema is not None:
            self.ema.update(self.model)
        return total

    def _set_modes(self) -> None:
        # Parts that are kept do not drop anything out.
        self.model.train(self.settings.stage != "prior")

    def _watch(self, norm: Tensor) -> None:
        if bool(torch.isfinite(norm)):
            self.bad_steps = 0
            return
        self.bad_steps += 1
        if self.bad_steps >= MOST_BAD_STEPS:
            raise MachineError(
                "train.diverged",
                f"the gradient of {self.bad_steps} steps in a row is not a finite number",
                hint="go on from the last checkpoint with a lower learning_rate",
            )

    def _update(self, name: str, limit: float) -> Tensor:
        """Clip and apply a net's gradients; a gradient that is not finite is left out."""
        optimiser = self.optimisers[name]
        parameters = [p for group in optimiser.param_groups for p in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
        if bool(torch.isfinite(norm)):
            optimiser.step()
        return norm

    def _autocast(self) -> Any:
        if self.settings.bf16_run:
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()

    def _pass(self, step: int) -> Pass:
        settings = self.settings
        return Pass(
            stage=settings.stage,
            alignment_noise=alignment.noise_scale(step) if self._noisy_alignment else 0.0,
            flow_window=settings.flow_window,
            prior_noise=settings.prior_noise,
            forward=settings.c_kl > 0,
            stochastic=settings.stochastic_durations,
            speak=settings.stage == "speech" or settings.c_latent > 0,
            duration_offset=settings.duration_offset,
        )

    def _learn(
        self, batch: TrainingBatch, step: int, share: float, *, last: bool
    ) -> dict[str, Tensor]:
        values: dict[str, Tensor] = {}
        with self._autocast():
            draws: Draws = self.model.draw(batch, align=batch.durations_BP is None)
            learned: Learned = self._ways["voice"](batch, draws, self._pass(step))
        adversarial = step >= self.settings.discriminators_from
        real = self._real_segment(batch, learned)
        if adversarial:
            self._train_discriminators(learned, real, values, share, last=last)
        loss = self._distances(batch, learned, real, values)
        if adversarial:
            loss = loss + self._adversarial_losses(learned, real, values)
        values["total"] = loss.detach()
        (loss * share).backward()
        return values

    def _real_segment(self, batch: TrainingBatch, learned: Learned) -> Tensor | None:
        if learned.made is None:
            return None
        size = self.model.frames_per_segment * self.sounds.hop
        return segments.cut(batch.samples_B1S, learned.made.starts_B * self.sounds.hop, size)

    def _train_discriminators(
        self,
        learned: Learned,
        real: Tensor | None,
        values: dict[str, Tensor],
        share: float,
        *,
        last: bool,
    ) -> None:
        """Durations, then the speech model's head, then the sound: the published order."""
        terms: dict[str, Tensor] = {}
        with self._autocast():
            if "durations" in self.discriminators and learned.said is not None:
                first, second = self._score_durations(learned, detached=True)
                terms["durations"] = losses.discriminator(list(first), list(second))
            if learned.made is not None and real is not None:
                made = learned.made.samples_B1S.detach()
                if "wavlm" in self.discriminators:
                    assert self.wavlm is not None
                    with torch.no_grad():
                        states = [self.wavlm.stacked(x[:, 0].float()) for x in (real, made)]
                    scores = [self._ways["wavlm"](x) for x in states]
                    terms["wavlm"] = losses.discriminator([scores[0]], [scores[1]])
                if "sound" in self.discriminators:
                    # One pass for both: real ones first.
                    scores, _ = self._ways["sound"](torch.cat([real, made]))
                    halves = [score.chunk(2) for score in scores]
                    terms["sound"] = losses.discriminator(
                        [half[0] for half in halves], [half[1] for half in halves]
                    )
        for name, column in (
            ("durations", "duration_discriminator"),
            ("wavlm", "wavlm_discriminator"),
            ("sound", "discriminator"),
        ):
            if name in terms:
                values[column] = terms[name].detach()
                (terms[name] * share).backward()
                if last:
                    norm = self._update(name, self.settings.clip_discriminators)
                    if name == "sound":
                        values["discriminator_gradient_norm"] = norm

    def _score_durations(self, learned: Learned, *, detached: bool) -> tuple[Tensor, Tensor]:
        said = learned.said
        assert said is not None
        assert said.log_B1P is not None
        discriminator = self._ways["durations"] if detached else self.discriminators["durations"]
        predicted = said.log_B1P.detach() if detached else said.log_B1P
        return discriminator(
            said.hidden_BCP.detach().float(),
            said.phone_mask_B1P,
            said.target_B1P,
            predicted,
            learned.speaker_BG1,
        )

    def _distances(
        self, batch: TrainingBatch, learned: Learned, real: Tensor | None, values: dict[str, Tensor]
    ) -> Tensor:
        """Everything that needs no discriminator."""
        settings = self.settings
        loss = torch.zeros((), device=self.device)
        if learned.made is not None and real is not None:
            frames = self.model.frames_per_segment
            wanted = segments.cut(
                spectrogram.mel(batch.spectrogram_BCF, self.sounds), learned.made.starts_B, frames
            )
            made = learned.made.samples_B1S[:, 0].float()
            values["mel"] = settings.c_mel * losses.mel(
                spectrogram.mel_of(made, self.sounds), wanted
            )
            loss = loss + values["mel"]
            if settings.c_stft > 0:
                values["stft"] = settings.c_stft * losses.spectral_distance(made, real[:, 0])
                loss = loss + values["stft"]
        if learned.said is not None:
            said = learned.said
            if said.prior_BCW is not None and settings.c_kl > 0:
                values["kl"] = settings.c_kl * losses.kullback_leibler(
                    said.prior_BCW,
                    said.posterior_log_scales_BCW,
                    said.means_BCW,
                    said.log_scales_BCW,
                    said.mask_B1W,
                )
                loss = loss + values["kl"]
            if said.spoken_BCW is not None and settings.c_latent > 0:
                values["latent"] = settings.c_latent * losses.latent(
                    said.spoken_BCW, said.posterior_means_BCW, said.mask_B1W
                )
                loss = loss + values["latent"]
            values["duration"] = settings.c_duration * said.duration_loss_B.sum()
            loss = loss + values["duration"]
        elif settings.stage == "vocoder" and settings.c_vocoder_kl > 0:
            heard = learned.heard
            values["kl"] = settings.c_vocoder_kl * losses.standard_normal(
                heard.means_BCF, heard.log_scales_BCF, heard.mask_B1F
            )
            loss = loss + values["kl"]
        for name in ("mel", "stft", "kl", "latent", "duration"):
            if name in values:
                values[name] = values[name].detach()
        return loss

    def _adversarial_losses(
        self, learned: Learned, real: Tensor | None, values: dict[str, Tensor]
    ) -> Tensor:
        """What the discriminators make of it, after they have learned themselves."""
        settings = self.settings
        loss = torch.zeros((), device=self.device)
        self._set_discriminators_trainable(learn=False)
        with self._autocast():
            if learned.made is not None and real is not None and "sound" in self.discriminators:
                # Not the distributed shell: nothing is reduced here.
                discriminator = self.discriminators["sound"]
                with torch.no_grad():
                    _, real_maps = discriminator(real)
                scores, made_maps = discriminator(learned.made.samples_B1S)
                generator = losses.generator(scores)
                features = settings.c_features * losses.features(real_maps, made_maps)
                loss = loss + generator + features
                values["generator"], values["features"] = generator.detach(), features.detach()
            if learned.made is not None and real is not None and "wavlm" in self.discriminators:
                loss = loss + self._wavlm_losses(learned.made.samples_B1S, real, values)
            if "durations" in self.discriminators and learned.said is not None:
                _, second = self._score_durations(learned, detached=False)
                adversarial = losses.generator(list(second))
                loss = loss + adversarial
                values["duration_generator"] = adversarial.detach()
        self._set_discriminators_trainable(learn=True)
        return loss

    def _set_discriminators_trainable(self, *, learn: bool) -> None:
        for parameters in self._discriminator_parameters.values():
            for parameter in parameters:
                parameter.requires_grad_(learn)

    def _wavlm_losses(self, made: Tensor, real: Tensor, values: dict[str, Tensor]) -> Tensor:
        assert self.wavlm is not None
        with torch.no_grad():
            real_states = self.wavlm.states(real[:, 0].float())
        states = self.wavlm.states(made[:, 0].float())
        distance = torch.stack(
            [(r - m).abs().mean() for r, m in zip(real_states, states, strict=True)]
        ).sum()
        adversarial = losses.generator([self.discriminators["wavlm"](self.wavlm.stack(states))])
        values["wavlm"], values["wavlm_generator"] = distance.detach(), adversarial.detach()
        return self.settings.c_wavlm * (distance + adversarial)

    # State: everything that a stopped run needs to go on as if it had not stopped.

    def state(self) -> dict[str, Any]:
        """All tensors and counters."""
        return {
            "stage": self.settings.stage,
            "voice": self.model.state_dict(),
            "discriminators": {
                name: discriminator.state_dict()
                for name, discriminator in self.discriminators.items()
            },
            "optimisers": {name: o.state_dict() for name, o in self.optimisers.items()},
            "ema": None
            if self.ema is None
            else {"values": self.ema.values, "updates": self.ema.updates},
            "bad_steps": self.bad_steps,
        }

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Take over a state; answers whether optimisers went on, or began anew (another stage)."""
        self.model.load_state_dict(state["voice"])
        self.start_ema()
        for name, discriminator in self.discriminators.items():
            if name in state["discriminators"] and _alike(
                discriminator.state_dict(), state["discriminators"][name]
            ):
                discriminator.load_state_dict(state["discriminators"][name])
        if state["stage"] != self.settings.stage:
            return False
        try:
            for name, optimiser in self.optimisers.items():
                if name in state["optimisers"]:
                    optimiser.load_state_dict(state["optimisers"][name])
        except ValueError:
            return False  # other parts are frozen now
        kept = state["ema"]
        average = self.ema
        if average is not None and kept and kept["values"].keys() == average.values.keys():
            average.values = {n: value.to(self.device) for n, value in kept["values"].items()}
            average.updates = kept["updates"]
        self.bad_steps = state["bad_steps"]
        return True


def _alike(left: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(left[k].shape == right[k].shape for k in left)
