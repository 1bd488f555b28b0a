"""One step of learning: the judges first, then the voice."""

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
from sbv2cli.training.ema import Average
from sbv2cli.training.networks import discriminators
from sbv2cli.training.networks.training_model import Draws, Learned, Learner, Pass, TrainingBatch

if TYPE_CHECKING:
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.fit_settings import FitSettings
    from sbv2cli.training.networks.wavlm import Wavlm

# So many steps in a row whose gradient is not finite mean that a run has diverged.
MOST_BAD_STEPS = 20


class Trainer:
    """Learner, judges, and their optimisers."""

    def __init__(
        self,
        learner: Learner,
        settings: FitSettings,
        sounds: SpectrogramSettings,
        *,
        slots: Mapping[str, int],
        duration_judge: nn.Module | None = None,
        with_bert: bool = True,
        device: torch.device | None = None,
        wavlm: Wavlm | None = None,
        noisy_alignment: bool = True,
        spectral_judges: bool = False,
    ) -> None:
        self.settings = settings
        self.sounds = sounds
        self.device = device or torch.device("cpu")
        self.learner = learner.to(self.device)
        learning = trainable.choose_parts(learner, settings, slots, with_bert=with_bert)
        self.judges: dict[str, nn.Module] = {}
        self._judging: dict[str, list[nn.Parameter]] = {}
        if settings.stage != "text" and settings.discriminators != "none":
            self.judges["sound"] = (
                discriminators.published(spectral=spectral_judges)
                if settings.discriminators == "published"
                else discriminators.small(settings.discriminator_width)
            )
            if wavlm is not None:
                self.judges["wavlm"] = discriminators.WavlmHead(wavlm.channels)
        if duration_judge is not None and settings.stage in ("joint", "text", "speech"):
            self.judges["durations"] = duration_judge
        self.wavlm = wavlm.to(self.device) if wavlm is not None else None
        self.optimisers = {"voice": self._optimiser(learning)}
        for name, judge in self.judges.items():
            judge.to(self.device).train()
            self._judging[name] = [p for p in judge.parameters() if p.requires_grad]
            self.optimisers[name] = self._optimiser(self._judging[name])
        self.average: Average | None = None
        self.begin_average()
        self.bad_steps = 0
        self._noisy_alignment = noisy_alignment
        self._ways: dict[str, nn.Module] = {"voice": learner, **self.judges}

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

    def begin_average(self) -> None:
        """Average the weights from now on."""
        if self.settings.ema > 0:
            self.average = Average(self.learner, self.settings.ema)

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
        if self.average is not None:
            self.average.update(self.learner)
        return total

    def _set_modes(self) -> None:
        # Parts that are kept do not drop anything out.
        self.learner.train(self.settings.stage != "prior")

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
            draws: Draws = self.learner.draw(batch, align=batch.durations_BP is None)
            learned: Learned = self._ways["voice"](batch, draws, self._pass(step))
        judged = step >= self.settings.discriminators_from
        real = self._real_slice(batch, learned)
        if judged:
            self._teach_judges(learned, real, values, share, last=last)
        loss = self._distances(batch, learned, real, values)
        if judged:
            loss = loss + self._opinions(learned, real, values)
        values["total"] = loss.detach()
        (loss * share).backward()
        return values

    def _real_slice(self, batch: TrainingBatch, learned: Learned) -> Tensor | None:
        if learned.made is None:
            return None
        size = self.learner.frames_per_slice * self.sounds.hop
        return segments.cut(batch.samples_B1S, learned.made.starts_B * self.sounds.hop, size)

    def _teach_judges(
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
            if "durations" in self.judges and learned.said is not None:
                first, second = self._durations_judged(learned, detached=True)
                terms["durations"] = losses.discriminator(list(first), list(second))
            if learned.made is not None and real is not None:
                made = learned.made.samples_B1S.detach()
                if "wavlm" in self.judges:
                    assert self.wavlm is not None
                    with torch.no_grad():
                        states = [self.wavlm.stacked(x[:, 0].float()) for x in (real, made)]
                    scores = [self._ways["wavlm"](x) for x in states]
                    terms["wavlm"] = losses.discriminator([scores[0]], [scores[1]])
                if "sound" in self.judges:
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
                    norm = self._update(name, self.settings.clip_judges)
                    if name == "sound":
                        values["judges_gradient_norm"] = norm

    def _durations_judged(self, learned: Learned, *, detached: bool) -> tuple[Tensor, Tensor]:
        said = learned.said
        assert said is not None
        assert said.log_B1P is not None
        judge = self._ways["durations"] if detached else self.judges["durations"]
        predicted = said.log_B1P.detach() if detached else said.log_B1P
        return judge(
            said.hidden_BCP.detach().float(),
            said.phone_mask_B1P,
            said.target_B1P,
            predicted,
            learned.speaker_BG1,
        )

    def _distances(
        self, batch: TrainingBatch, learned: Learned, real: Tensor | None, values: dict[str, Tensor]
    ) -> Tensor:
        """Everything that needs no judge."""
        settings = self.settings
        loss = torch.zeros((), device=self.device)
        if learned.made is not None and real is not None:
            frames = self.learner.frames_per_slice
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

    def _opinions(self, learned: Learned, real: Tensor | None, values: dict[str, Tensor]) -> Tensor:
        """What the judges make of it, after they have learned themselves."""
        settings = self.settings
        loss = torch.zeros((), device=self.device)
        self._let_judges_learn(learn=False)
        with self._autocast():
            if learned.made is not None and real is not None and "sound" in self.judges:
                # The judges themselves, not their distributed shells: nothing is reduced here.
                judge = self.judges["sound"]
                with torch.no_grad():
                    _, real_maps = judge(real)
                scores, made_maps = judge(learned.made.samples_B1S)
                generator = losses.generator(scores)
                features = settings.c_features * losses.features(real_maps, made_maps)
                loss = loss + generator + features
                values["generator"], values["features"] = generator.detach(), features.detach()
            if learned.made is not None and real is not None and "wavlm" in self.judges:
                loss = loss + self._wavlm_opinion(learned.made.samples_B1S, real, values)
            if "durations" in self.judges and learned.said is not None:
                _, second = self._durations_judged(learned, detached=False)
                opinion = losses.generator(list(second))
                loss = loss + opinion
                values["duration_generator"] = opinion.detach()
        self._let_judges_learn(learn=True)
        return loss

    def _let_judges_learn(self, *, learn: bool) -> None:
        for parameters in self._judging.values():
            for parameter in parameters:
                parameter.requires_grad_(learn)

    def _wavlm_opinion(self, made: Tensor, real: Tensor, values: dict[str, Tensor]) -> Tensor:
        assert self.wavlm is not None
        with torch.no_grad():
            real_states = self.wavlm.states(real[:, 0].float())
        states = self.wavlm.states(made[:, 0].float())
        distance = torch.stack(
            [(r - m).abs().mean() for r, m in zip(real_states, states, strict=True)]
        ).sum()
        opinion = losses.generator([self.judges["wavlm"](self.wavlm.stack(states))])
        values["wavlm"], values["wavlm_generator"] = distance.detach(), opinion.detach()
        return self.settings.c_wavlm * (distance + opinion)

    # State: everything that a stopped run needs to go on as if it had not stopped.

    def state(self) -> dict[str, Any]:
        """All tensors and counters."""
        return {
            "stage": self.settings.stage,
            "voice": self.learner.state_dict(),
            "judges": {name: judge.state_dict() for name, judge in self.judges.items()},
            "optimisers": {name: o.state_dict() for name, o in self.optimisers.items()},
            "average": None
            if self.average is None
            else {"values": self.average.values, "updates": self.average.updates},
            "bad_steps": self.bad_steps,
        }

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Take over a state; answers whether optimisers went on, or began anew (another stage)."""
        self.learner.load_state_dict(state["voice"])
        self.begin_average()
        for name, judge in self.judges.items():
            if name in state["judges"] and _alike(judge.state_dict(), state["judges"][name]):
                judge.load_state_dict(state["judges"][name])
        if state["stage"] != self.settings.stage:
            return False
        try:
            for name, optimiser in self.optimisers.items():
                if name in state["optimisers"]:
                    optimiser.load_state_dict(state["optimisers"][name])
        except ValueError:
            return False  # other parts are frozen now
        kept = state["average"]
        average = self.average
        if average is not None and kept and kept["values"].keys() == average.values.keys():
            average.values = {n: value.to(self.device) for n, value in kept["values"].items()}
            average.updates = kept["updates"]
        self.bad_steps = state["bad_steps"]
        return True


def _alike(left: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(left[k].shape == right[k].shape for k in left)
