"""One network on one device: utterances in, sounds or failures out, never an exception.

Knows devices and batches. Knows nothing about text, files or the order of a script.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch

from sbv2cli.engine import collate, packed
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.packed import PackedVoice
from sbv2cli.errors import Sbv2Error
from sbv2cli.records import LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from sbv2cli.engine.bert import Features
    from sbv2cli.models.layers.synthesizer import Synthesizer

In = TypeVar("In", Utterance, Planned)
Out = TypeVar("Out")

# Three minutes of one phone, or half an hour of one line, is a network gone wrong.
PHONE_FRAMES_LIMIT = 20_000
LINE_FRAMES_LIMIT = 200_000

# A long line is decoded in pieces of this many frames: the samples are the same, and the buffers
# of a piece stay in the cache of a CPU.
PIECE_FRAMES = 512


class Worker:
    """Plans and renders lines with one network.

    `plan_lines` lines at once go through the text encoder. One at a time is right for a CPU: their
    durations then cannot depend on a neighbour even in the last bit.
    """

    def __init__(
        self,
        network: Synthesizer,
        *,
        device: torch.device,
        rate: int,
        slots: Mapping[str, int],
        features: Features | None,
        plan_lines: int,
        precision: torch.dtype = torch.float32,
        piece_frames: int = PIECE_FRAMES,
    ) -> None:
        self.network = network.to(device)
        self.precision = precision
        self.packed: PackedVoice | None = None
        if device.type == "cpu" and plan_lines == 1 and packed.can_pack(network, precision):
            self.packed = PackedVoice(network, precision)
            # The packed weights take their place.
            network.flow.to("meta")
            network.decoder.to("meta")
        else:
            network.decoder.to(precision)
        self.device = device
        self.rate = rate
        self.slots = slots
        self.features = features
        self.plan_lines = plan_lines
        self.piece_frames = piece_frames

    def plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        """Text encoder and durations of lines that go together well."""
        wrong = [self._impossible(utterance) for utterance in utterances]
        good = [u for u, failure in zip(utterances, wrong, strict=True) if failure is None]
        done = iter(_each(self._plan, good, lambda u: u))
        return [failure if failure is not None else next(done) for failure in wrong]

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """Flow and decoder of planned lines."""
        return _each(self._render, list(lines), lambda line: line.utterance)

    def _impossible(self, utterance: Utterance) -> LineFailure | None:
        """Why a line cannot even be looked up, if so."""
        dims = self.network.dims
        for what, ids, count in (
            ("phone", utterance.phones, dims.symbols),
            ("tone", utterance.tones, dims.tones),
            ("language", utterance.languages, dims.languages),
            ("speaker", np.array([utterance.speaker]), dims.speakers),
        ):
            if len(ids) == 0 or ids.min() < 0 or ids.max() >= count:
                shown = "none" if len(ids) == 0 else f"{ids.min()} to {ids.max()}"
                return LineFailure(
                    id=utterance.id,
                    code="engine.ids",
                    message=f"{what} ids are {shown}, the voice knows 0 to {count - 1}",
                    hint="check the reading and the speaker of this line",
                )
        if len(utterance.tones) != len(utterance.phones) or len(utterance.languages) != len(
            utterance.phones
        ):
            return LineFailure(
                id=utterance.id,
                code="engine.ids",
                message=f"{len(utterance.phones)} phones have {len(utterance.tones)} tones"
                f" and {len(utterance.languages)} languages",
                hint="every phone has one of each",
            )
        return None

    @torch.inference_mode()
    def _plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        found: Sequence[Tensor | LineFailure | None] = [None] * len(utterances)
        if self.features is not None:
            found = self.features.of(utterances)
        speakable = [
            (utterance, feature)
            for utterance, feature in zip(utterances, found, strict=True)
            if not isinstance(feature, LineFailure)
        ]
        planned = chain.from_iterable(
            self._plan_speakable(speakable[start : start + self.plan_lines])
            for start in range(0, len(speakable), self.plan_lines)
        )
        return [f if isinstance(f, LineFailure) else next(planned) for f in found]

    def _plan_speakable(
        self, lines: Sequence[tuple[Utterance, Tensor | None]]
    ) -> list[Planned | LineFailure]:
        utterances = [utterance for utterance, _ in lines]
        batch, noise_B2P = collate.collate(
            utterances, [feature for _, feature in lines], self.slots, self.device
        )
        plan = self.network.plan(batch, noise_B2P)
        # One copy to the host for the whole batch: the only point where planning waits.
        frames_BP = plan.frames_BP.cpu().double().numpy()
        results: list[Planned | LineFailure] = []
        for row, utterance in enumerate(utterances):
            length = len(utterance.phones)
            frames_P = frames_BP[row, :length]
            failure = _unspeakable(utterance, frames_P)
            results.append(
                failure
                or Planned(
                    utterance=utterance,
                    frames_P=frames_P.astype(np.int64),
                    means_CP=plan.means_BCP[row, :, :length],
                    log_scales_CP=plan.log_scales_BCP[row, :, :length],
                    speaker_G1=plan.speaker_BG1[row],
                )
            )
        return results

    @torch.inference_mode()
    def _render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        decoder = self.network.decoder
        prior_BCF, lengths_B, speaker_BG1 = collate.prior(lines, self.device)
        if self.packed is not None and len(lines) == 1:
            samples_S = self.packed(prior_BCF[0], speaker_BG1[0, :, 0], self.piece_frames)
            return [self._sound(lines[0], samples_S.numpy())]
        latent_BCF = self.network.latents(prior_BCF, lengths_B, speaker_BG1).to(self.precision)
        speaker_BG1 = speaker_BG1.to(self.precision)
        if len(lines) == 1:
            samples_B1S = decoder.forward_in_pieces(latent_BCF, speaker_BG1, self.piece_frames)
        else:
            samples_B1S = decoder(latent_BCF, lengths_B, speaker_BG1)
        samples_BS = samples_B1S[:, 0].float().cpu().numpy()
        return [
            self._sound(line, samples_BS[row, : decoder.output_length(line.frames)])
            for row, line in enumerate(lines)
        ]

    def _sound(self, line: Planned, samples_S: np.ndarray) -> Waveform | LineFailure:
        if not np.isfinite(samples_S).all():
            return LineFailure(
                id=line.utterance.id,
                code="engine.not-finite",
                message="the voice answered with samples that are not finite numbers",
                hint="try other settings for this line, or check the voice: sbv2 voices verify",
            )
        return Waveform(
            id=line.utterance.id,
            samples=samples_S.copy(),
            rate=self.rate,
            phone_frames=line.frames_P,
            frame_samples=self.network.dims.frame_samples,
        )


def _unspeakable(utterance: Utterance, frames_P: np.ndarray) -> LineFailure | None:
    """Durations that no voice means: not finite, or hours of one sound."""
    if not np.isfinite(frames_P).all():
        said = "durations that are not finite numbers"
    elif frames_P.max() > PHONE_FRAMES_LIMIT or frames_P.sum() > LINE_FRAMES_LIMIT:
        said = f"{frames_P.sum():.0f} frames for {len(frames_P)} phones"
    else:
        return None
    return LineFailure(
        id=utterance.id,
        code="engine.durations",
        message=f"the voice answered with {said}",
        hint="use a smaller noise-w, a speed nearer to 1, or a shorter line",
    )


def _each(
    run: Callable[[Sequence[In]], list[Out | LineFailure]],
    lines: Sequence[In],
    utterance_of: Callable[[In], Utterance],
) -> list[Out | LineFailure]:
    """Run a batch; what breaks it is halved until the one line at fault stands alone."""
    if not lines:
        return []
    try:
        return run(lines)
    except Exception as error:  # noqa: BLE001 - whatever one line does, the others go on
        if len(lines) == 1:
            return [_failure(utterance_of(lines[0]), error)]
        reason = error
    if _is_memory(reason) and torch.cuda.is_available():
        torch.cuda.empty_cache()
    middle: int = len(lines) // 2
    return [
        *_each(run, lines[:middle], utterance_of),
        *_each(run, lines[middle:], utterance_of),
    ]


def _is_memory(error: Exception) -> bool:
    # The CPU allocator has no exception class of its own.
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "memory" in str(error)


def _failure(utterance: Utterance, error: Exception) -> LineFailure:
    if isinstance(error, Sbv2Error):
        return LineFailure(
            id=utterance.id,
            code=error.code,
            message=error.message,
            at=error.at,
            hint=error.hint,
        )
    if _is_memory(error):
        return LineFailure(
            id=utterance.id,
            code="device.memory",
            message=f"a line of {len(utterance.phones)} phones does not fit into memory",
            hint="split the line, or run on a device with more memory",
        )
    first = str(error).strip().partition("\n")[0][:200]
    return LineFailure(
        id=utterance.id,
        code="engine.internal",
        message=f"the network could not run: {first}",
        hint="report this line together with the voice's config.json",
    )
