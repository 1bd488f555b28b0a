"""A voice run by torch: the worker that plans and renders with a network of `models/`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import torch

from sbv2cli.engine import batching, collate, memory, worker
from sbv2cli.engine.backend import Backend
from sbv2cli.engine.bert.loading import load_language_model
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.torch import cuda, loading
from sbv2cli.engine.torch.cpu import flow
from sbv2cli.engine.torch.cpu.flow import PackedVoice
from sbv2cli.engine.worker import Inventory, Room
from sbv2cli.errors import MachineError, UsageError, did_you_mean
from sbv2cli.models.layers.synthesizer import Batch, sample_prior
from sbv2cli.records import LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from sbv2cli.engine.bert.features import Features, LanguageModel
    from sbv2cli.engine.settings import EngineSettings
    from sbv2cli.models.architecture import Network
    from sbv2cli.models.dims import Dims
    from sbv2cli.voices.bundle import Bundle

# Here, not where a worker is made: once torch's own threads have computed anything they have their
# heaps, and the limit comes too late.
memory.one_heap()
memory.keep_programs()

# A long line is decoded in pieces of this many frames: the samples are the same, and the buffers
# of a piece stay in the cache of a CPU.
PIECE_FRAMES = 1024

# Batches that a device renders at a time: while one waits for its copy, another is computed.
LANES = 2

# Share of the free memory of a device that the batches of all lanes may plan for.
MEMORY_SHARE = 0.4

# What flow and decoder are kept in; "tf32" is a way to multiply float32.
PRECISIONS = {
    "fp32": torch.float32,
    "tf32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" takes a GPU where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise MachineError(
            "device.unknown", f'there is no device "{name}"', hint="use auto, cpu, cuda or cuda:0"
        )
    count = cuda.count()
    if device.type == "cuda" and (device.index or 0) >= count:
        raise MachineError(
            "device.missing",
            f'device "{name}" is not here: {count} CUDA devices found',
            hint="run on the CPU with --device cpu, or see: sbv2 doctor",
        )
    return device


def open_worker(
    bundle: Bundle,
    settings: EngineSettings,
    features: Features | None,
    network: Network | None = None,
) -> TorchWorker:
    """The worker of a voice; `network` is the voice's, read from the bundle where not given."""
    device = choose_device(settings.device)
    if device.type == "cuda":
        cuda.use_exact_products()
    network = network or loading.load(bundle)
    precision = _precision(settings.precision, network, device)
    budget = settings.budget or _budget(network.dims, device)
    together = settings.together
    side_by_side = device.type != "cpu" if together is None else together
    return TorchWorker(
        network,
        device=device,
        rate=bundle.config.rate,
        slots=loading.architecture_of(bundle.config).bert_slots,
        features=features,
        budget=budget,
        plan_lines=budget.lines if side_by_side else 1,
        precision=precision,
        tf32=settings.precision == "tf32",
    )


def _open_language_model(folder: Path, settings: EngineSettings) -> LanguageModel:
    device = choose_device(settings.device)
    model = load_language_model(folder, device)
    cuda.settle(device)
    return model


BACKEND = Backend(
    open_worker=open_worker,
    open_language_model=_open_language_model,
    cuda_devices=cuda.count,
)


class TorchWorker:
    """One network on one device; see `engine.worker.Worker`."""

    def __init__(
        self,
        network: Network,
        *,
        device: torch.device,
        rate: int,
        slots: Mapping[str, int],
        features: Features | None,
        budget: batching.Budget,
        plan_lines: int,
        precision: torch.dtype = torch.float32,
        tf32: bool = False,
        piece_frames: int = PIECE_FRAMES,
    ) -> None:
        self.network = network.to(device)
        self.precision = precision
        # Planning is exact whatever rendering is, though torch's switches hold for both.
        self.planning = cuda.exact_products if tf32 else nullcontext
        self.rendering = cuda.tf32_products if tf32 else nullcontext
        self.lanes = LANES
        self.room = Room()
        self.packed: PackedVoice | None = None
        if device.type == "cpu" and plan_lines == 1 and flow.can_pack(network, precision):
            self.packed = PackedVoice(network, precision)
            flow.pack_planning(network)
            # The packed weights take their place.
            network.flow.to("meta")
            network.decoder.to("meta")
        else:
            network.decoder.to(precision)
        self.device = device
        self.rate = rate
        self.slots = slots
        self.features = features
        self.budget = budget
        self.plan_lines = plan_lines
        self.piece_frames = piece_frames
        self.plan_stream = cuda.stream_of(device)
        dims = network.dims
        self.inventory = Inventory(
            phones=dims.symbols,
            tones=dims.tones,
            languages=dims.languages,
            speakers=dims.speakers,
        )

    @property
    def side_by_side(self) -> bool:
        """On a GPU; on a CPU padding costs more than it saves."""
        return self.device.type != "cpu"

    def plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        """Text encoder and durations of lines that go together well."""
        with cuda.within(self.plan_stream):
            return self._plan_each(utterances)

    def _plan_each(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        run = partial(
            worker.each,
            self._plan,
            utterance_of=lambda u: u,
            is_memory=_is_memory,
            free=cuda.free,
            room=self.room,
        )
        return worker.checked(run, utterances, self.inventory)

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """Flow and decoder of planned lines."""
        return worker.each(
            self._render,
            list(lines),
            lambda line: line.utterance,
            is_memory=_is_memory,
            free=cuda.free,
            room=self.room,
        )

    def enter_thread(self) -> None:
        """Each thread of the scheduler computes on the core, or in the stream, that it has."""
        torch.set_num_threads(1)
        cuda.enter(self.device)

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """Compute on one thread, as the scheduler's own threads do, also where a line is alone.

        Several threads add up in another order: 1 sample in 200 of a 16-bit file then differs in
        its last bit, and a resumed run would not end with the bytes of one that was left alone.
        """
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def tidy(self) -> None:
        """Give back what memory can be given back."""
        memory.give_back()

    @torch.inference_mode()
    def _plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        found: Sequence[Tensor | LineFailure | None] = [None] * len(utterances)
        if self.features is not None:
            with self.planning():
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
        batch, noise_B2P = tensors(
            utterances, [feature for _, feature in lines], self.slots, self.device
        )
        with self.planning():
            plan = self.network.plan(batch, noise_B2P)
        # One copy to the host for the whole batch: the only point where planning waits. All of the
        # plan is there then, for any stream.
        frames_BP = cuda.to_host(plan.frames_BP).double().numpy()
        results: list[Planned | LineFailure] = []
        for row, utterance in enumerate(utterances):
            length = len(utterance.phones)
            frames_P = frames_BP[row, :length]
            failure = worker.unspeakable(utterance, frames_P)
            results.append(
                failure
                or Planned(
                    utterance=utterance,
                    frames_P=frames_P.astype(np.int64),
                    means_CP=plan.means_BCP[row, :, :length],
                    log_scales_CP=plan.log_scales_BCP[row, :, :length],
                    speaker_G=plan.speaker_BG1[row, :, 0],
                )
            )
        return results

    @torch.inference_mode()
    def _render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        decoder = self.network.decoder
        prior_BCF, lengths_B, speaker_BG1 = prior(lines, self.device)
        if self.packed is not None and len(lines) == 1:
            samples_S = self.packed(prior_BCF[0], speaker_BG1[0, :, 0], self.piece_frames)
            return [self._sound(lines[0], samples_S.numpy())]
        with self.rendering():
            latent_BCF = self.network.latents(prior_BCF, lengths_B, speaker_BG1).to(self.precision)
            speaker_BG1 = speaker_BG1.to(self.precision)
            if len(lines) == 1:
                samples_B1S = decoder.forward_in_pieces(latent_BCF, speaker_BG1, self.piece_frames)
            else:
                samples_B1S = decoder(latent_BCF, lengths_B, speaker_BG1)
        samples_BS = cuda.to_host(samples_B1S[:, 0].float()).numpy()
        return [
            self._sound(line, samples_BS[row, : decoder.output_length(line.frames)])
            for row, line in enumerate(lines)
        ]

    def _sound(self, line: Planned, samples_S: np.ndarray) -> Waveform | LineFailure:
        return worker.sound(
            line.utterance,
            samples_S,
            line.frames_P,
            rate=self.rate,
            frame_samples=self.network.dims.frame_samples,
        )


def tensors(
    utterances: Sequence[Utterance],
    features: Sequence[Tensor | None],
    slots: Mapping[str, int],
    device: torch.device,
) -> tuple[Batch, Tensor]:
    """The lines side by side, and their duration noise; one line alone needs no mask.

    On a CPU the tensors are the arrays of `collate`, not copies.
    """
    lines = collate.collate(utterances, slots)

    def tensor(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device)

    batch = Batch(
        phones_BP=tensor(lines.phones_BP),
        tones_BP=tensor(lines.tones_BP),
        languages_BP=tensor(lines.languages_BP),
        lengths_B=tensor(lines.lengths_B) if lines.padded else None,
        speakers_B=tensor(lines.speakers_B),
        style_BC=tensor(lines.style_BC),
        bert_BCP=_stack(features, lines.phones_BP.shape[1], device),
        bert_slot_B=tensor(lines.bert_slot_B),
        length_scale_B=tensor(lines.length_scale_B),
        sdp_ratio_B=tensor(lines.sdp_ratio_B),
        noise_scale_w_B=tensor(lines.noise_scale_w_B),
    )
    return batch, tensor(lines.noise_B2P)


def _stack(features: Sequence[Tensor | None], longest: int, device: torch.device) -> Tensor | None:
    """`collate.stack` of tensors, on the device where they are."""
    known = next((f for f in features if f is not None), None)
    if known is None:
        return None
    stacked = torch.zeros((len(features), known.shape[0], longest), device=device)
    for row, feature in enumerate(features):
        if feature is not None:
            stacked[row, :, : feature.shape[1]] = feature
    return stacked


def prior(lines: Sequence[Planned], device: torch.device) -> tuple[Tensor, Tensor | None, Tensor]:
    """Prior samples [B, C, F], lengths (`None` where nothing is padded) and speakers."""
    spoken = collate.frames(lines)
    index_BF = torch.from_numpy(spoken.index_BF).to(device)
    means_BCF, log_scales_BCF = (
        torch.stack([table[:, index_BF[row]] for row, table in enumerate(rows)])
        for rows in ([x.means_CP for x in lines], [x.log_scales_CP for x in lines])
    )
    prior_BCF = sample_prior(
        means_BCF,
        log_scales_BCF,
        torch.from_numpy(spoken.noise_BCF).to(device),
        torch.from_numpy(spoken.noise_scale_B).to(device),
    )
    lengths_B = torch.from_numpy(spoken.lengths_B).to(device) if spoken.padded else None
    return prior_BCF, lengths_B, torch.stack([line.speaker_G for line in lines])[:, :, None]


def _is_memory(error: Exception) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or memory.is_full(error)


def _precision(name: str, network: Network, device: torch.device) -> torch.dtype:
    """The type that flow and decoder compute in, refused where it would only be slower."""
    if name not in PRECISIONS:
        raise UsageError(
            "precision.unknown",
            f'there is no precision "{name}"',
            hint=did_you_mean(name, PRECISIONS),
        )
    precision = PRECISIONS[name]
    if name == "tf32":
        fast = cuda.has_tf32(device)
    elif device.type != "cpu" or precision is torch.float32:
        fast = True
    else:
        fast = precision is torch.bfloat16 and flow.can_pack(network, precision)
    if not fast:
        raise MachineError(
            "precision.missing",
            f"{device}, or this voice, has no fast way to compute in {name}",
            hint="use --precision fp32, bf16 on a processor with AVX512-BF16, or tf32 on a GPU from"
            " Ampere on",
        )
    return precision


def _budget(dims: Dims, device: torch.device) -> batching.Budget:
    """Frames per batch that surely fit, in every lane: from the widest stage of the decoder."""
    if device.type != "cuda":
        return batching.CPU_BUDGET
    width, samples, widest = dims.upsample_initial, 1, 0
    for stage, rate in enumerate(dims.upsample_rates):
        samples *= rate
        widest = max(widest, (width >> (stage + 1)) * samples)
    # Six tensors of the widest stage live at once in float32: input, total, branch and the
    # convolution's own.
    bytes_per_frame = 6 * 4 * widest
    free, _ = torch.cuda.mem_get_info(device)
    length = max(1_024, int(MEMORY_SHARE / LANES * free / bytes_per_frame))
    return batching.Budget(length=length, lines=512)
