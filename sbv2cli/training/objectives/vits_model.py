"""VITS as it learns: the network that speaks, with what only learning needs beside it.

All randomness comes in as `Draws`, so that a forward pass is a function of its arguments (dropout
apart). Shape suffixes as in `models/`; W is a frame of a window.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sbv2cli.models.layers.durations import DurationPredictor
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.training import alignment, losses
from sbv2cli.training.data import segments
from sbv2cli.training.networks import weight_norm
from sbv2cli.training.networks.posterior import DurationPosterior, PosteriorEncoder, durations_nll
from sbv2cli.training.objectives.hifigan import HifiganTerms
from sbv2cli.training.objectives.objective import TrainingModel

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Vocoder
    from sbv2cli.models.vits.model import Latent
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.fit_settings import Stage
    from sbv2cli.training.objectives.objective import Vocoded, VocoderTerms

# Keeps the logarithm of a phone without frames finite; published.
NO_FRAMES = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """All random numbers of a forward pass, in the order in which it is drawn."""

    latent_BCF: Tensor
    alignment_BFP: Tensor | None
    durations_B2P: Tensor
    segments_B: Tensor  # uniform
    windows_B: Tensor | None = None  # uniform


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """How a forward pass is to be done."""

    stage: Stage = "joint"
    alignment_noise: float = 0.0
    flow_window: int | None = None  # frames of each line that go through the flow; None: all
    prior_noise: float = 0.6  # strength of the noise when text is spoken
    forward: bool = True  # carry the latent through the flow, for the KL term
    stochastic: bool = True  # teach the stochastic predictor of durations
    speak: bool = False  # carry the text through the reversed flow, to meet the latent
    duration_offset: float = 0.0  # taken from whole frames before the deterministic predictor


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorLatent:
    """What the posterior encoder makes of the spectrogram."""

    latent_BCF: Tensor
    means_BCF: Tensor
    log_scales_BCF: Tensor
    mask_B1F: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPrior:
    """What the text makes of it: the prior along the frames, and the durations."""

    hidden_BCP: Tensor
    phone_mask_B1P: Tensor
    scores_BFP: Tensor | None  # where the alignment was searched
    durations_BP: Tensor
    log_B1P: Tensor | None  # predicted, where the network has the predictor that is sure
    target_B1P: Tensor
    duration_loss_B: Tensor
    # From here on in the window that went through the flow.
    starts_B: Tensor  # first frame of the window
    frames_B: Tensor  # frames of the line that lie in it
    prior_BCW: Tensor | None  # the latent, through the flow
    means_BCW: Tensor
    log_scales_BCW: Tensor
    posterior_means_BCW: Tensor
    posterior_log_scales_BCW: Tensor
    mask_B1W: Tensor
    spoken_BCW: Tensor | None  # the text, through the reversed flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A segment of sound."""

    samples_B1S: Tensor
    starts_B: Tensor  # first frame of the segment
    vocoded: Vocoded  # the same, with what the vocoder's own losses need


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardPass:
    """What a forward pass found, for losses and discriminators. A stage may leave parts out."""

    speaker_BG1: Tensor
    heard: PosteriorLatent
    said: TextPrior | None
    made: Made | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The text encoder's answer."""

    hidden_BCP: Tensor
    means_BCP: Tensor
    log_scales_BCP: Tensor
    mask_B1P: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Along:
    """Frame by frame, of whole lines or of a window of each."""

    latent_BCW: Tensor
    means_BCW: Tensor
    log_scales_BCW: Tensor
    posterior_means_BCW: Tensor
    posterior_log_scales_BCW: Tensor
    mask_B1W: Tensor

    def window(self, starts_B: Tensor, size: int) -> _Along:
        """So many frames from these on."""
        cut = {
            field.name: segments.cut(getattr(self, field.name), starts_B, size)
            for field in fields(self)
        }
        return _Along(**cut)


class VitsTrainingModel(TrainingModel):
    """Acoustic model, vocoder, posterior encoder, posterior of the durations; weight-normed."""

    synthesizer: Latent
    vocoder: Vocoder

    def __init__(
        self,
        synthesizer: Latent,
        vocoder: Vocoder,
        bins: int,
        frames_per_segment: int,
        posterior: nn.Module | None = None,
        vocoder_terms: VocoderTerms | None = None,
    ) -> None:
        """`posterior` takes the place of one that learns."""
        super().__init__()
        dims = synthesizer.dims
        self.frames_per_segment = frames_per_segment
        self.synthesizer = synthesizer
        self.vocoder = vocoder
        self.vocoder_terms = vocoder_terms or HifiganTerms()
        self.posterior = posterior or PosteriorEncoder(
            bins, dims.latent, dims.hidden, dims.speaker_channels
        )
        self.duration_posterior = (
            None if synthesizer.stochastic_durations is None else DurationPosterior(dims.hidden)
        )
        weight_norm.normalise(self)

    def draw(self, batch: TrainingBatch, *, align: bool = True) -> Draws:
        """Chance for a batch, from the generator of its device."""
        count, phones = batch.phones_BP.shape
        frames = batch.spectrogram_BCF.shape[2]
        device = batch.spectrogram_BCF.device
        latent = self.synthesizer.dims.latent
        return Draws(
            latent_BCF=torch.randn(count, latent, frames, device=device),
            alignment_BFP=torch.randn(count, frames, phones, device=device) if align else None,
            durations_B2P=torch.randn(count, 2, phones, device=device),
            segments_B=torch.rand(count, device=device),
            windows_B=torch.rand(count, device=device),
        )

    def forward(self, batch: TrainingBatch, draws: Draws, how: Pass | None = None) -> ForwardPass:
        how = how or Pass()
        speaker_BG1 = self.synthesizer.speaker(batch.speakers_B)
        if how.stage == "prior":
            return self._on_the_prior(batch, draws, how, speaker_BG1)
        hears = how.stage not in ("text", "speech")
        with torch.set_grad_enabled(torch.is_grad_enabled() and hears):
            heard = self._listen(batch, draws, speaker_BG1)
        said = made = None
        if how.stage != "vocoder":
            said = self._say(batch, draws, how, heard, speaker_BG1)
        if how.stage == "speech":
            assert said is not None
            assert said.spoken_BCW is not None
            made = self._make(said.spoken_BCW, said.frames_B, said.starts_B, draws, speaker_BG1)
        elif how.stage != "text":
            made = self._make(heard.latent_BCF, batch.frames_B, None, draws, speaker_BG1)
        return ForwardPass(speaker_BG1=speaker_BG1, heard=heard, said=said, made=made)

    def _listen(self, batch: TrainingBatch, draws: Draws, speaker_BG1: Tensor) -> PosteriorLatent:
        mask_B1F = length_mask(batch.frames_B, batch.spectrogram_BCF.shape[2])
        means_BCF, log_scales_BCF = self.posterior(batch.spectrogram_BCF, mask_B1F, speaker_BG1)
        return PosteriorLatent(
            latent_BCF=sample(means_BCF, log_scales_BCF, draws.latent_BCF, mask_B1F),
            means_BCF=means_BCF,
            log_scales_BCF=log_scales_BCF,
            mask_B1F=mask_B1F,
        )

    def _read(self, batch: TrainingBatch, speaker_BG1: Tensor) -> _Read:
        mask_B1P = length_mask(batch.phones_B, batch.phones_BP.shape[1])
        hidden_BCP, means_BCP, log_scales_BCP = self.synthesizer.read(batch, mask_B1P, speaker_BG1)
        return _Read(
            hidden_BCP=hidden_BCP,
            means_BCP=means_BCP,
            log_scales_BCP=log_scales_BCP,
            mask_B1P=mask_B1P,
        )

    def _say(
        self,
        batch: TrainingBatch,
        draws: Draws,
        how: Pass,
        heard: PosteriorLatent,
        speaker_BG1: Tensor,
    ) -> TextPrior:
        text = self._read(batch, speaker_BG1)
        latent_BCF, mask_B1F = heard.latent_BCF, heard.mask_B1F
        scores_BFP: Tensor | None = None
        prior_BCF: Tensor | None = None
        durations_BP = batch.durations_BP
        if durations_BP is None:
            # The search needs every frame in the prior's space.
            prior_BCF = self.synthesizer.flow(latent_BCF, mask_B1F, speaker_BG1)
            scores_BFP = alignment_scores(
                prior_BCF,
                text.means_BCP,
                text.log_scales_BCP,
                draws.alignment_BFP,
                how.alignment_noise,
            )
            durations_BP = alignment.search(scores_BFP, batch.frames_B, batch.phones_B)
        log_B1P, target_B1P, loss_B = self._durations(durations_BP, text, speaker_BG1, draws, how)
        along = _along(heard, text, durations_BP)
        starts_B, frames_B = torch.zeros_like(batch.frames_B), batch.frames_B
        window = how.flow_window
        if prior_BCF is None and window is not None and window < latent_BCF.shape[2]:
            assert draws.windows_B is not None
            starts_B = segments.starts(batch.frames_B, window, draws.windows_B)
            frames_B = (batch.frames_B - starts_B).clamp_max(window)
            along = along.window(starts_B, window)
        if prior_BCF is None and how.forward:
            prior_BCF = self.synthesizer.flow(along.latent_BCW, along.mask_B1W, speaker_BG1)
        return TextPrior(
            hidden_BCP=text.hidden_BCP,
            phone_mask_B1P=text.mask_B1P,
            scores_BFP=scores_BFP,
            durations_BP=durations_BP,
            log_B1P=log_B1P,
            target_B1P=target_B1P,
            duration_loss_B=loss_B,
            starts_B=starts_B,
            frames_B=frames_B,
            prior_BCW=prior_BCF,
            means_BCW=along.means_BCW,
            log_scales_BCW=along.log_scales_BCW,
            posterior_means_BCW=along.posterior_means_BCW,
            posterior_log_scales_BCW=along.posterior_log_scales_BCW,
            mask_B1W=along.mask_B1W,
            spoken_BCW=self._spoken(along, draws, how, speaker_BG1) if how.speak else None,
        )

    def _spoken(self, along: _Along, draws: Draws, how: Pass, speaker_BG1: Tensor) -> Tensor:
        """The text, through the reversed flow."""
        noise_BCW = draws.latent_BCF[:, :, : along.means_BCW.shape[2]] * how.prior_noise
        return self.synthesizer.flow.reverse(
            sample(along.means_BCW, along.log_scales_BCW, noise_BCW, along.mask_B1W),
            along.mask_B1W,
            speaker_BG1,
        )

    def _durations(
        self, durations_BP: Tensor, text: _Read, speaker_BG1: Tensor, draws: Draws, how: Pass
    ) -> tuple[Tensor | None, Tensor, Tensor]:
        """Predicted and true log durations, and per line the loss of the predictors that there are.

        No predictor moves the text encoder: it serves the sound.
        """
        net, mask_B1P = self.synthesizer, text.mask_B1P
        with torch.autocast(mask_B1P.device.type, enabled=False):
            hidden_BCP = text.hidden_BCP.detach().float()
            speaker_BG1 = speaker_BG1.detach().float()
            # Speaking gives every phone one frame at least, so that is what is to be learned.
            frames_B1P = durations_BP[:, None].clamp_min(1).to(torch.float32) * mask_B1P
            target_B1P = torch.log(
                (frames_B1P - how.duration_offset).clamp_min(0) + NO_FRAMES
            ) * mask_B1P  # fmt: skip
            log_B1P: Tensor | None = None
            loss_B = hidden_BCP.new_zeros(len(hidden_BCP))
            if isinstance(net.durations, DurationPredictor):
                log_B1P = net.durations(hidden_BCP, mask_B1P, speaker_BG1)
                loss_B = loss_B + losses.durations(log_B1P, target_B1P, mask_B1P)
            if (
                how.stochastic
                and net.stochastic_durations is not None
                and self.duration_posterior is not None
            ):
                drawn_B = durations_nll(
                    net.stochastic_durations,
                    self.duration_posterior,
                    frames_B1P,
                    hidden_BCP,
                    mask_B1P,
                    speaker_BG1,
                    draws.durations_B2P,
                )
                loss_B = loss_B + drawn_B / mask_B1P.sum()
        return log_B1P, target_B1P, loss_B

    def _make(
        self,
        latent_BCF: Tensor,
        frames_B: Tensor,
        offsets_B: Tensor | None,
        draws: Draws,
        speaker_BG1: Tensor,
    ) -> Made:
        """Sound of a slice of a latent, which begins at a frame of the line."""
        starts_B = segments.starts(frames_B, self.frames_per_segment, draws.segments_B)
        segment_BCW = segments.cut(latent_BCF, starts_B, self.frames_per_segment)
        vocoded = self.vocoder_terms.run(self.vocoder, segment_BCW, speaker_BG1)
        return Made(
            samples_B1S=vocoded.samples_B1S,
            vocoded=vocoded,
            starts_B=starts_B if offsets_B is None else starts_B + offsets_B,
        )

    def _on_the_prior(
        self, batch: TrainingBatch, draws: Draws, how: Pass, speaker_BG1: Tensor
    ) -> ForwardPass:
        """Teach the decoder on what it will hear when speaking: text, flow reversed, decoder."""
        with torch.no_grad():
            heard = self._listen(batch, draws, speaker_BG1)
            text = self._read(batch, speaker_BG1)
            durations_BP = batch.durations_BP
            if durations_BP is None:
                prior_BCF = self.synthesizer.flow(heard.latent_BCF, heard.mask_B1F, speaker_BG1)
                scores_BFP = alignment_scores(
                    prior_BCF, text.means_BCP, text.log_scales_BCP, None, 0.0
                )
                durations_BP = alignment.search(scores_BFP, batch.frames_B, batch.phones_B)
            path_BFP = alignment.path(durations_BP, heard.latent_BCF.shape[2])
            prior_BCF = sample(
                alignment.spread(text.means_BCP, path_BFP),
                alignment.spread(text.log_scales_BCP, path_BFP),
                draws.latent_BCF * how.prior_noise,
                heard.mask_B1F,
            )
            latent_BCF = self.synthesizer.flow.reverse(prior_BCF, heard.mask_B1F, speaker_BG1)
        made = self._make(latent_BCF, batch.frames_B, None, draws, speaker_BG1.detach())
        return ForwardPass(speaker_BG1=speaker_BG1, heard=heard, said=None, made=made)


def _along(heard: PosteriorLatent, text: _Read, durations_BP: Tensor) -> _Along:
    """The text spread over the frames, beside what was heard."""
    path_BFP = alignment.path(durations_BP, heard.latent_BCF.shape[2])
    return _Along(
        latent_BCW=heard.latent_BCF,
        means_BCW=alignment.spread(text.means_BCP, path_BFP),
        log_scales_BCW=alignment.spread(text.log_scales_BCP, path_BFP),
        posterior_means_BCW=heard.means_BCF,
        posterior_log_scales_BCW=heard.log_scales_BCF,
        mask_B1W=heard.mask_B1F,
    )


def sample(
    means_BCF: Tensor, log_scales_BCF: Tensor, noise_BCF: Tensor, mask_B1F: Tensor
) -> Tensor:
    """A draw from a normal distribution per frame and channel."""
    return (means_BCF + noise_BCF * torch.exp(log_scales_BCF)) * mask_B1F


@torch.no_grad()
def alignment_scores(
    prior_BCF: Tensor,
    means_BCP: Tensor,
    log_scales_BCP: Tensor,
    noise_BFP: Tensor | None,
    scale: float,
) -> Tensor:
    """[B, F, P] scores for the search in float32, blurred where noise is given."""
    with torch.autocast(prior_BCF.device.type, enabled=False):
        scores_BFP = alignment.scores(prior_BCF.float(), means_BCP.float(), log_scales_BCP.float())
        if noise_BFP is None:
            return scores_BFP
        return alignment.with_noise(scores_BFP, noise_BFP, scale)
