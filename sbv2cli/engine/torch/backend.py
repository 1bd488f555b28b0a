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
from sbv2cli.engine.bert.loading import load_bert
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.torch import cuda, loading
from sbv2cli.engine.torch.cpu import convolution, packing
from sbv2cli.engine.worker import MemoryGate
from sbv2cli.errors import MachineError, UsageError, did_you_mean
from sbv2cli.models.architecture import Batch, Spread
from sbv2cli.records import LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from sbv2cli.engine.bert.features import Bert, Features
    from sbv2cli.engine.settings import EngineSettings
    from sbv2cli.engine.torch.loading import Parts
    from sbv2cli.engine.torch.network import Network
    from sbv2cli.models.architecture import AcousticModel, Vocoder
    from sbv2cli.voices.bundle import Bundle

# Here, not where a worker is made: once torch's own threads have computed anything they have their
# heaps, and the limit comes too late.
memory.one_heap()
memory.keep_programs()

# A long line is decoded in pieces of this many frames: the samples are the same, and the buffers
# of a piece stay in the cache of a CPU.
PIECE_FRAMES = 1024

# Batches that a device renders at a time: while one waits for its copy, another is computed.
STREAMS = 2

# Share of the free memory of a device that the batches of all streams may plan for.
MEMORY_SHARE = 0.4

# Weights from which on a line alone gains by a second thread: with 9 and 10 million two take longer
# than one, with 62 million three quarters of its time (docs/reference/performance.md).
WEIGHTS_OF_A_SMALL_VOICE = 30_000_000

# What flow and decoder are kept in; "tf32" is a way to multiply float32.
DTYPES = {
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
    budget = settings.budget or _budget(network.bytes_per_frame, device)
    together = settings.together
    side_by_side = device.type != "cpu" if together is None else together
    weights = sum(parameter.numel() for parameter in network.parameters())
    parts = loading.parts_of(bundle.config, where=str(bundle.path))
    with loading.voice_errors(bundle):
        _prepare(
            network,
            parts,
            settings.precision,
            device,
            voice=bundle.name,
            side_by_side=side_by_side,
        )
    return TorchWorker(
        network,
        device=device,
        rate=bundle.config.rate,
        slots=parts.architecture.feature_slots,
        features=features,
        budget=budget,
        plan_lines=budget.lines if side_by_side else 1,
        is_small=weights < WEIGHTS_OF_A_SMALL_VOICE,
        tf32=settings.precision == "tf32",
    )


def _open_bert(folder: Path, settings: EngineSettings) -> Bert:
    device = choose_device(settings.device)
    model = load_bert(folder, device)
    cuda.settle(device)
    return model


BACKEND = Backend(
    open_worker=open_worker,
    open_bert=_open_bert,
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
        is_small: bool,
        tf32: bool = False,
        piece_frames: int = PIECE_FRAMES,
    ) -> None:
        self.network = network
        # Planning is exact whatever rendering is, though torch's switches hold for both.
        self.planning = cuda.exact_products if tf32 else nullcontext
        self.rendering = cuda.tf32_products if tf32 else nullcontext
        self.streams = STREAMS
        self.gate = MemoryGate()
        self.device = device
        self.rate = rate
        self.slots = slots
        self.features = features
        self.budget = budget
        self.plan_lines, self.is_small = plan_lines, is_small
        self.piece_frames = piece_frames
        self.plan_stream = cuda.stream_of(device)

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
            gate=self.gate,
        )
        return worker.checked(run, utterances, self.network.acoustic.inventory)

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """Flow and decoder of planned lines."""
        return worker.each(
            self._render,
            list(lines),
            lambda line: line.utterance,
            is_memory=_is_memory,
            free=cuda.free,
            gate=self.gate,
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
                    per_phone_KP=plan.per_phone_BKP[row, :, :length],
                    speaker_G=plan.speaker_BG1[row, :, 0],
                )
            )
        return results

    @torch.inference_mode()
    def _render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        if self.plan_lines == 1:
            # Also where several were given: a packed network speaks one at a time.
            return [self._render_together([line])[0] for line in lines]
        sounds: dict[int, Waveform | LineFailure] = {}
        for alike in collate.by_steps(lines):
            made = self._render_together([lines[position] for position in alike])
            sounds |= zip(alike, made, strict=True)
        return [sounds[position] for position in range(len(lines))]

    def _render_together(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        network = self.network
        lines_spread = spread(lines, network.acoustic, self.device)
        noise_BNF = vocoder_noise(lines, network.vocoder, self.device)
        with self.rendering():
            samples_BS = network.render(lines_spread, noise_BNF, self.piece_frames)
        sounds_BS = cuda.to_host(samples_BS.float()).numpy()
        return [
            self._sound(line, sounds_BS[row, : network.vocoder.output_length(line.frames)])
            for row, line in enumerate(lines)
        ]

    def _sound(self, line: Planned, samples_S: np.ndarray) -> Waveform | LineFailure:
        return worker.sound(
            line.utterance,
            samples_S,
            line.frames_P,
            rate=self.rate,
            frame_samples=self.network.vocoder.frame_samples,
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


def spread(lines: Sequence[Planned], acoustic: AcousticModel, device: torch.device) -> Spread:
    """Planned lines side by side, frame by frame; nothing is padded where one is alone."""
    found = collate.frames(lines, acoustic.noise_channels, acoustic.frame_multiple)
    index_BF = torch.from_numpy(found.index_BF).to(device)

    def step_noise(step: int) -> Tensor:
        noise_BNF = collate.step_noise(
            lines, step, acoustic.noise_channels, acoustic.frame_multiple
        )
        return torch.from_numpy(noise_BNF).to(device)

    return Spread(
        values_BKF=torch.stack(
            [line.per_phone_KP[:, index_BF[row]] for row, line in enumerate(lines)]
        ),
        noise_BNF=torch.from_numpy(found.noise_BNF).to(device),
        noise_scale_B=torch.from_numpy(found.noise_scale_B).to(device),
        frames=int(found.lengths_B.max()),
        lengths_B=torch.from_numpy(found.lengths_B).to(device) if found.padded else None,
        speaker_BG1=torch.stack([line.speaker_G for line in lines])[:, :, None],
        steps=lines[0].utterance.steps,
        temperature_B=torch.from_numpy(collate.temperatures(lines)).to(device),
        step_noise=step_noise,
    )


def vocoder_noise(
    lines: Sequence[Planned], vocoder: Vocoder, device: torch.device
) -> Tensor | None:
    """The noise that the vocoder wants for these lines."""
    noise_BNF = collate.vocoder_noise(lines, vocoder.noise_channels)
    return None if noise_BNF is None else torch.from_numpy(noise_BNF).to(device)


def _is_memory(error: Exception) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or memory.is_full(error)


def _prepare(
    network: Network,
    parts: Parts,
    precision: str,
    device: torch.device,
    *,
    voice: str,
    side_by_side: bool,
) -> None:
    """Make the network compute there as it is asked to; refused where that would only be slower.

    On a CPU where lines go alone, parts for which there is something faster are replaced by it.
    """
    if precision not in DTYPES:
        raise UsageError(
            "precision.unknown",
            f'there is no precision "{precision}"',
            hint=did_you_mean(precision, DTYPES),
        )
    dtype = DTYPES[precision]
    network.to(device)
    if device.type != "cpu":
        fast = precision != "tf32" or cuda.has_tf32(device)
        network.lower(dtype)
    elif dtype is torch.float32:
        fast = precision != "tf32"
        if not side_by_side:
            packing.pack(network, parts, dtype)
    else:
        fast = dtype is torch.bfloat16 and not side_by_side and packing.pack(network, parts, dtype)
    if not fast:
        raise _no_fast_way(voice, precision, device, side_by_side=side_by_side)


def _no_fast_way(
    voice: str, precision: str, device: torch.device, *, side_by_side: bool
) -> MachineError:
    """The refusal of a precision, by the name of the one that has no fast way: device or voice."""
    hint = "use --precision fp32"
    packs = device.type == "cpu" and precision == "bf16" and convolution.can_pack(torch.bfloat16)
    if not packs:
        who = f'device "{device}"'
        hint += ", bf16 on a processor with AVX512-BF16, or tf32 on a GPU from Ampere on"
    elif side_by_side:
        who = "a CPU that speaks lines side by side"
    else:
        who = f'voice "{voice}"'
    return MachineError(
        "precision.missing", f"{who} has no fast way to compute in {precision}", hint=hint
    )


def _budget(bytes_per_frame: int, device: torch.device) -> batching.Budget:
    """Frames per batch that surely fit, in every stream."""
    if device.type != "cuda":
        return batching.CPU_BUDGET
    free, _ = torch.cuda.mem_get_info(device)
    length = max(1_024, int(MEMORY_SHARE / STREAMS * free / bytes_per_frame))
    return batching.Budget(length=length, lines=512)
