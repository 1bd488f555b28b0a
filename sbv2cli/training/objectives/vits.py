"""VITS and its family: alignment, prior against posterior, durations, sound (Kim et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sbv2cli.training import alignment, losses
from sbv2cli.training.data import segments, spectrogram
from sbv2cli.training.networks import discriminators, duration_discriminators
from sbv2cli.training.objectives import vits_stages, vits_validation
from sbv2cli.training.objectives.adversarial import ADVERSARIAL, Adversarial
from sbv2cli.training.objectives.objective import VOICE, DiscriminatorRow
from sbv2cli.training.objectives.vits_model import ForwardPass, Pass, VitsTrainingModel

if TYPE_CHECKING:
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.data.spectrogram import SpectrogramSettings
    from sbv2cli.training.fit_settings import FitSettings
    from sbv2cli.training.networks.wavlm import Wavlm

DISCRIMINATORS: Mapping[str, DiscriminatorRow] = {
    "durations": DiscriminatorRow(
        column="duration_discriminator", file="DUR_", names=duration_discriminators.NAMES
    ),
    "wavlm": DiscriminatorRow(
        column="wavlm_discriminator", file="WD_", names=discriminators.WAVLM_NAMES
    ),
    "sound": DiscriminatorRow(
        column="discriminator",
        file="D_",
        names=discriminators.NAMES,
        norm_column="discriminator_gradient_norm",
    ),
}

# What a base voice calls its table of speakers.
SPEAKERS = "emb_g.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an objective needs to know of a voice beside its settings."""

    slots: Mapping[str, int]
    with_bert: bool = True
    noisy_alignment: bool = True
    spectral_norm: bool = False
    duration_discriminator: nn.Module | None = None
    wavlm: Wavlm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A batch, what the model made of it, and the recordings of its segments."""

    batch: TrainingBatch
    learned: ForwardPass
    real_B1S: Tensor | None
    adversarial: bool
    asked: list[int] | None = None  # places of the discriminators of sound; `None`: all


class VitsObjective:
    """See `Objective`."""

    discriminator_rows = DISCRIMINATORS

    def __init__(
        self,
        model: VitsTrainingModel,
        settings: FitSettings,
        sounds: SpectrogramSettings,
        device: torch.device,
        options: Options,
    ) -> None:
        self.model, self.settings, self.sounds = model, settings, sounds
        self.device, self.options = device, options
        self.wavlm = None if options.wavlm is None else options.wavlm.to(device)
        self.adversarial = ADVERSARIAL.get(settings.discriminators)
        self.discriminators = _discriminators(settings, options, self.adversarial)
        # One of them has a part that never learns.
        self._learning = [
            parameter
            for discriminator in self.discriminators.values()
            for parameter in discriminator.parameters()
            if parameter.requires_grad
        ]
        self.networks: dict[str, nn.Module] = {VOICE: model, **self.discriminators}

    def trainable(self) -> list[nn.Parameter]:
        """See `Objective.trainable`."""
        options = self.options
        return vits_stages.choose_parts(
            self.model, self.settings, options.slots, with_bert=options.with_bert
        )

    def clip(self, limit: float) -> Tensor:
        """All of the voice together."""
        norm: Tensor = nn.utils.clip_grad_norm_(self.model.parameters(), limit)
        return norm

    def set_modes(self) -> None:
        """Parts that are kept do not drop anything out."""
        self.model.train(self.settings.stage != "prior")

    def forward(self, batch: TrainingBatch, step: int) -> Made:
        """See `Objective.forward`."""
        with self._autocast():
            draws = self.model.draw(batch, align=batch.durations_BP is None)
            learned: ForwardPass = self.networks[VOICE](batch, draws, self._pass(step))
        real_B1S = None
        if learned.made is not None:
            size = self.model.frames_per_segment * self.sounds.hop
            real_B1S = segments.cut(
                batch.samples_B1S, learned.made.starts_B * self.sounds.hop, size
            )
        return Made(
            batch=batch,
            learned=learned,
            real_B1S=real_B1S,
            adversarial=step >= self.settings.discriminators_from,
            asked=self._asked(),
        )

    def _asked(self) -> list[int] | None:
        """All where several processes learn as one: each parameter must have its gradient."""
        alone = self.networks.get("sound") is self.discriminators.get("sound")
        return self.adversarial.asked() if self.adversarial is not None and alone else None

    def _autocast(self) -> Any:
        if self.settings.bf16_run:
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()

    def _pass(self, step: int) -> Pass:
        settings = self.settings
        return Pass(
            stage=settings.stage,
            alignment_noise=(alignment.noise_scale(step) if self.options.noisy_alignment else 0.0),
            flow_window=settings.flow_window,
            prior_noise=settings.prior_noise,
            forward=settings.c_kl > 0,
            stochastic=settings.stochastic_durations,
            speak=settings.stage == "speech" or settings.c_latent > 0,
            duration_offset=settings.duration_offset,
        )

    def discriminator_losses(self, made: Made) -> Mapping[str, Tensor]:
        """Durations, then the speech model's head, then the sound: the published order."""
        learned, real_B1S = made.learned, made.real_B1S
        terms: dict[str, Tensor] = {}
        if not made.adversarial:
            return terms
        with self._autocast():
            if "durations" in self.discriminators and learned.said is not None:
                first, second = self._score_durations(learned, detached=True)
                terms["durations"] = losses.discriminator(list(first), list(second))
            if learned.made is not None and real_B1S is not None:
                sound_B1S = learned.made.samples_B1S.detach()
                if "wavlm" in self.discriminators:
                    assert self.wavlm is not None
                    with torch.no_grad():
                        states = [
                            self.wavlm.stacked(x[:, 0].float()) for x in (real_B1S, sound_B1S)
                        ]
                    scores = [self.networks["wavlm"](x) for x in states]
                    terms["wavlm"] = losses.discriminator([scores[0]], [scores[1]])
                if "sound" in self.discriminators:
                    assert self.adversarial is not None
                    # One pass for both: real ones first.
                    scores, _ = self.networks["sound"](torch.cat([real_B1S, sound_B1S]), made.asked)
                    halves = [score.chunk(2) for score in scores]
                    terms["sound"] = self.adversarial.discriminator(
                        [half[0] for half in halves], [half[1] for half in halves]
                    )
        return terms

    def _score_durations(self, learned: ForwardPass, *, detached: bool) -> tuple[Tensor, Tensor]:
        said = learned.said
        assert said is not None
        assert said.log_B1P is not None
        networks = self.networks if detached else self.discriminators
        predicted = said.log_B1P.detach() if detached else said.log_B1P
        found: tuple[Tensor, Tensor] = networks["durations"](
            said.hidden_BCP.detach().float(),
            said.phone_mask_B1P,
            said.target_B1P,
            predicted,
            learned.speaker_BG1,
        )
        return found

    def losses(self, made: Made, values: dict[str, Tensor]) -> Tensor:
        """See `Objective.losses`."""
        terms = self._sound_distances(made) | self._text_distances(made)
        if made.adversarial:
            terms |= self._adversarial(made)
        for name, term in terms.items():
            values[name] = term.detach()
        return torch.stack([term.float() for term in terms.values()]).sum()

    def _sound_distances(self, made: Made) -> dict[str, Tensor]:
        settings, sounds, found = self.settings, self.sounds, made.learned.made
        if found is None or made.real_B1S is None:
            return {}
        wanted = segments.cut(
            spectrogram.mel(made.batch.spectrogram_BCF, sounds),
            found.starts_B,
            self.model.frames_per_segment,
        )
        samples_BS, real_BS = found.samples_B1S[:, 0].float(), made.real_B1S[:, 0]
        terms = {"mel": settings.c_mel * losses.mel(spectrogram.mel_of(samples_BS, sounds), wanted)}
        if settings.c_stft > 0:
            terms["stft"] = settings.c_stft * losses.spectral_distance(samples_BS, real_BS)
        own = self.model.vocoder_terms.losses(found.vocoded, real_BS, sounds.rate, sounds.hop)
        return {**terms, **own}

    def _text_distances(self, made: Made) -> dict[str, Tensor]:
        settings, said, heard = self.settings, made.learned.said, made.learned.heard
        if said is None:
            if settings.stage == "vocoder" and settings.c_vocoder_kl > 0:
                pull = losses.standard_normal(heard.means_BCF, heard.log_scales_BCF, heard.mask_B1F)
                return {"kl": settings.c_vocoder_kl * pull}
            return {}
        terms = {}
        if said.prior_BCW is not None and settings.c_kl > 0:
            terms["kl"] = settings.c_kl * losses.kullback_leibler(
                said.prior_BCW,
                said.posterior_log_scales_BCW,
                said.means_BCW,
                said.log_scales_BCW,
                said.mask_B1W,
            )
        if said.spoken_BCW is not None and settings.c_latent > 0:
            terms["latent"] = settings.c_latent * losses.latent(
                said.spoken_BCW, said.posterior_means_BCW, said.mask_B1W
            )
        terms["duration"] = settings.c_duration * said.duration_loss_B.sum()
        return terms

    def _adversarial(self, made: Made) -> dict[str, Tensor]:
        """What the discriminators make of it; they do not learn from this."""
        terms: dict[str, Tensor] = {}
        learned, real_B1S = made.learned, made.real_B1S
        self._let_discriminators_learn(learn=False)
        with self._autocast():
            if learned.made is not None and real_B1S is not None and "sound" in self.discriminators:
                assert self.adversarial is not None
                # Not the distributed shell: nothing is reduced here.
                discriminator = self.discriminators["sound"]
                with torch.no_grad():
                    _, real_maps = discriminator(real_B1S, made.asked)
                scores, made_maps = discriminator(learned.made.samples_B1S, made.asked)
                distance = self.adversarial.features(real_maps, made_maps)
                terms["generator"] = self.adversarial.generator(scores)
                terms["features"] = self.settings.c_features * distance
            if learned.made is not None and real_B1S is not None and "wavlm" in self.discriminators:
                terms |= self._wavlm_terms(learned.made.samples_B1S, real_B1S)
            if "durations" in self.discriminators and learned.said is not None:
                _, second = self._score_durations(learned, detached=False)
                terms["duration_generator"] = losses.generator(list(second))
        self._let_discriminators_learn(learn=True)
        return terms

    def _let_discriminators_learn(self, *, learn: bool) -> None:
        for parameter in self._learning:
            parameter.requires_grad_(learn)

    def _wavlm_terms(self, made_B1S: Tensor, real_B1S: Tensor) -> dict[str, Tensor]:
        assert self.wavlm is not None
        with torch.no_grad():
            real_states = self.wavlm.states(real_B1S[:, 0].float())
        states = self.wavlm.states(made_B1S[:, 0].float())
        distance = torch.stack(
            [(r - m).abs().mean() for r, m in zip(real_states, states, strict=True)]
        ).sum()
        scores = self.discriminators["wavlm"](self.wavlm.stack(states))
        weight = self.settings.c_wavlm
        return {
            "wavlm": weight * distance,
            "wavlm_generator": weight * losses.generator([scores]),
        }

    # Beside learning.

    def validate(self, batch: TrainingBatch) -> Mapping[str, float]:
        """See `Objective.validate`."""
        return vits_validation.validate(self.model, self.settings, self.sounds, batch)

    def copied(self, batch: TrainingBatch, most_frames: int) -> Tensor:
        """See `Objective.copied`."""
        return vits_validation.copied(self.model, batch, most_frames)

    def fitting(self, published: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `Objective.fitting`."""
        return _with_speakers(published, self.model.synthesizer.speakers)


def _with_speakers(
    published: Mapping[str, Tensor], own: nn.Embedding | None
) -> Mapping[str, Tensor]:
    """A speaker table of our size: the base's first rows, the mean of all for further ones.

    The base's speakers are other people; a mean voice is a better beginning than noise.
    """
    table = published.get(SPEAKERS)
    if own is None:
        return published
    wanted = own.weight.shape
    if table is None or table.shape == wanted or table.shape[1:] != wanted[1:]:
        return published
    rows = table.float()[: wanted[0]]
    more = table.float().mean(dim=0, keepdim=True).expand(wanted[0] - len(rows), -1)
    return {**published, SPEAKERS: torch.cat([rows, more])}


def _discriminators(
    settings: FitSettings, options: Options, adversarial: Adversarial | None
) -> dict[str, nn.Module]:
    found: dict[str, nn.Module] = {}
    if settings.stage != "text" and adversarial is not None:
        found["sound"] = adversarial.build(settings, options.spectral_norm)
        if options.wavlm is not None:
            found["wavlm"] = discriminators.WavlmHead(options.wavlm.channels)
    if options.duration_discriminator is not None and settings.stage in ("joint", "text", "speech"):
        found["durations"] = options.duration_discriminator
    return found
