"""A worker that speaks with ONNX graphs; which runtime is behind them it does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sbv2cli.engine import collate, memory, noise, worker
from sbv2cli.engine.collate import Lines, Planned
from sbv2cli.engine.onnx import graph as onnx_graph
from sbv2cli.engine.onnx.graph import Graph
from sbv2cli.engine.worker import MemoryGate
from sbv2cli.records import BERT_CHANNELS, Inventory, LineFailure, Utterance, Waveform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.engine.batching import Budget
    from sbv2cli.engine.bert.features import Features
    from sbv2cli.engine.onnx.sampling import Sampler

Speakable = Sequence[tuple[Utterance, "NDArray[np.float32] | None"]]
"""Lines with their BERT features."""

# Frames a symbol lasts about, where a graph tells only when it is done. The longest lines go first
# by it, and nothing else hangs on it.
FRAMES_PER_ID = 3

# The generators of a runtime take 32 bits, to which it adds the number of a node.
SEED_BITS = 31

# [B, 1, F, P]: which phone each frame belongs to. Files of Style-Bert-VITS2 have it as an output
# without a name of its own.
PATH_AXES = 4


class Threads(Protocol):
    """How many cores a run may take."""

    def enter(self) -> None:
        """From now on this thread is one of several."""
        ...

    def one(self) -> AbstractContextManager[None]:
        """Take one core also where a line is alone."""
        ...


class Speaker(Protocol):
    """The graphs of a voice."""

    @property
    def together(self) -> bool:
        """Whether lines may go side by side."""
        ...

    def plan(self, lines: Speakable) -> list[Planned | LineFailure]:
        """Durations, as far as they can be known before the sound."""
        ...

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """The sounds."""
        ...


@dataclass(slots=True, kw_only=True)
class OnnxWorker:
    """The graphs of a voice in one place; see `engine.worker.Worker`."""

    speaker: Speaker
    features: Features | None
    inventory: Inventory
    threads: Threads
    side_by_side: bool
    is_small: bool
    budget: Budget
    plan_lines: int
    streams: int = 1  # a session has one stream: a second batch would only take its memory
    gate: MemoryGate = field(default_factory=MemoryGate)

    def plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        """Durations of lines that go together well."""
        run = partial(
            worker.each,
            self._plan,
            utterance_of=lambda u: u,
            is_memory=memory.is_full,
            free=memory.give_back,
            gate=self.gate,
        )
        return worker.checked(run, utterances, self.inventory)

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """The sounds of planned lines."""
        return worker.each(
            self.speaker.render,
            list(lines),
            lambda line: line.utterance,
            is_memory=memory.is_full,
            free=memory.give_back,
            gate=self.gate,
        )

    def enter_thread(self) -> None:
        """Each thread of the scheduler renders a line on the core that it has."""
        self.threads.enter()

    def one_thread(self) -> AbstractContextManager[None]:
        """Compute on one core also where a line is alone."""
        return self.threads.one()

    def tidy(self) -> None:
        """Give back what memory can be given back."""
        memory.give_back()

    def _plan(self, utterances: Sequence[Utterance]) -> list[Planned | LineFailure]:
        found: Sequence[Any] = [None] * len(utterances)
        if self.features is not None:
            found = self.features.of(utterances)
        speakable = [
            (utterance, feature)
            for utterance, feature in zip(utterances, found, strict=True)
            if not isinstance(feature, LineFailure)
        ]
        lines = self.plan_lines if self.speaker.together else 1
        planned = (
            result
            for start in range(0, len(speakable), lines)
            for result in self.speaker.plan(speakable[start : start + lines])
        )
        return [f if isinstance(f, LineFailure) else next(planned) for f in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnGraphs:
    """Our own graphs: durations first, noise from outside, lines side by side."""

    plan_graph: Graph
    render_graph: Graph
    sampler: Sampler | None  # of a voice whose frames are made of noise, step by step
    slots: Mapping[str, int]
    rate: int
    frame_samples: int
    frame_multiple: int = 1
    together: bool = True

    def plan(self, lines: Speakable) -> list[Planned | LineFailure]:
        """Text encoder and durations."""
        utterances = [utterance for utterance, _ in lines]
        batch = collate.collate(utterances, self.slots)
        feeds = plan_feeds(self.plan_graph, batch, [feature for _, feature in lines])
        # A voice of one speaker may have no vector for it.
        names = [name for name in onnx_graph.PLAN_OUTPUTS if name in self.plan_graph.outputs]
        frames_BP, per_phone_BKP, *speaker = self.plan_graph.run(names, feeds)
        results: list[Planned | LineFailure] = []
        for row, utterance in enumerate(utterances):
            length = len(utterance.phones)
            frames_P = frames_BP[row, :length].astype(np.float64)
            failure = worker.unspeakable(utterance, frames_P)
            results.append(
                failure
                or Planned(
                    utterance=utterance,
                    frames_P=frames_P.astype(np.int64),
                    per_phone_KP=per_phone_BKP[row, :, :length],
                    speaker_G=speaker[0][row] if speaker else None,
                )
            )
        return results

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """Flow and decoder; lines that take as many steps go together."""
        sounds: dict[int, Waveform | LineFailure] = {}
        for alike in collate.by_steps(lines):
            made = self._render_together([lines[position] for position in alike])
            sounds |= zip(alike, made, strict=True)
        return [sounds[position] for position in range(len(lines))]

    def _render_together(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        graph = self.render_graph
        noisy = graph if self.sampler is None else self.sampler.begin_graph
        spoken = collate.frames(lines, noisy.channels("noise"), self.frame_multiple)
        values_BKF = collate.spread(lines, spoken)
        feeds: dict[str, NDArray[Any]] = {"lengths": spoken.lengths_B}
        if self.sampler is None:
            feeds |= {
                "values": values_BKF,
                "noise": spoken.noise_BNF,
                "noise_scale": spoken.noise_scale_B,
            }
        else:
            feeds["mel"] = self.sampler.mel(lines, spoken, values_BKF, self.frame_multiple)
        own_BNF = collate.vocoder_noise(lines, graph.channels("vocoder_noise"))
        if own_BNF is not None:
            feeds["vocoder_noise"] = own_BNF
        if "speaker" in graph.inputs:
            feeds["speaker"] = np.stack([line.speaker_G for line in lines])
        (samples_BS,) = graph.run(onnx_graph.RENDER_OUTPUTS, feeds)
        return [
            worker.sound(
                line.utterance,
                samples_BS[row, : line.frames * self.frame_samples],
                line.frames_P,
                rate=self.rate,
                frame_samples=self.frame_samples,
            )
            for row, line in enumerate(lines)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneGraph:
    """A published graph: everything at once, one line at a time, its own noise."""

    graph: Graph
    scheme: Mapping[str, str]  # role -> name of the input
    rate: int
    frame_samples: int
    together: bool = False

    def plan(self, lines: Speakable) -> list[Planned | LineFailure]:
        """A guess; the graph tells how long a line is when it has spoken it."""
        return [
            Planned(
                utterance=utterance,
                frames_P=np.full(len(utterance.phones), FRAMES_PER_ID, dtype=np.int64),
                features_CP=feature,
            )
            for utterance, feature in lines
        ]

    def render(self, lines: Sequence[Planned]) -> list[Waveform | LineFailure]:
        """Everything."""
        return [self._speak(line) for line in lines]

    def _speak(self, line: Planned) -> Waveform | LineFailure:
        utterance = line.utterance
        run = self.graph.run
        if utterance.noise_scale > 0 or utterance.noise_scale_w > 0:
            key = noise.line_key(utterance.seed, utterance.noise_name, utterance.take)
            run = self.graph.run_seeded(key % 2**SEED_BITS)
        sound, told = self._outputs()
        answers = run([sound, *told], self._feeds(line))
        samples_S = answers[0].reshape(-1).astype(np.float32, copy=False)
        frames_P = _frames(answers[1]) if told else None
        if frames_P is not None and (
            len(frames_P) != len(utterance.phones)
            or frames_P.sum() * self.frame_samples != len(samples_S)
        ):
            frames_P = None
        return worker.sound(
            utterance, samples_S, frames_P, rate=self.rate, frame_samples=self.frame_samples
        )

    def _outputs(self) -> tuple[str, list[str]]:
        """The output that is the sound, and the one that tells durations, if there is one."""
        names = list(self.graph.outputs)
        told = [
            name
            for name in names[1:]
            if name == onnx_graph.DURATIONS or len(self.graph.outputs[name]) == PATH_AXES
        ]
        return names[0], told[:1]

    def _feeds(self, line: Planned) -> dict[str, NDArray[Any]]:
        batch = collate.collate([line.utterance], onnx_graph.SLOTS)
        by_role: dict[str, NDArray[Any]] = {
            "phones": batch.phones_BP,
            "lengths": batch.lengths_B,
            "speakers": batch.speakers_B,
            "tones": batch.tones_BP,
            "languages": batch.languages_BP,
            "style": batch.style_BC,
        }
        for role, number in (
            ("length_scale", line.utterance.length_scale),
            ("sdp_ratio", line.utterance.sdp_ratio),
            ("noise_scale", line.utterance.noise_scale),
            ("noise_scale_w", line.utterance.noise_scale_w),
        ):
            if role in self.scheme:
                shape = onnx_graph.scalar_shape(self.graph.inputs[self.scheme[role]])
                by_role[role] = np.full(shape, number, dtype=np.float32)
        if "scales" in self.scheme:
            numbers = [getattr(line.utterance, name) for name in onnx_graph.SCALES]
            by_role["scales"] = np.array(numbers, dtype=np.float32)
        by_role |= self._bert(line, batch)
        return {name: by_role[role] for role, name in self.scheme.items()}

    def _bert(self, line: Planned, batch: Lines) -> dict[str, NDArray[Any]]:
        """Features for the slot of the line's language, zeros for the others."""
        roles = [role for role in self.scheme if role.partition(":")[0] == "bert"]
        if not roles:
            return {}
        feature = line.features_CP
        empty = _no_features(self.graph, self.scheme[roles[0]], batch)
        feeds: dict[str, NDArray[Any]] = dict.fromkeys(roles, empty)
        if feature is not None:
            own = f"bert:{line.utterance.text_language}"
            feeds[own if own in feeds else "bert"] = np.ascontiguousarray(feature[None])
        return feeds


def plan_feeds(
    graph: Graph, lines: Lines, features: Sequence[NDArray[np.float32] | None]
) -> dict[str, NDArray[Any]]:
    """What the plan half of a voice is given, as far as it asks for it."""
    feeds: dict[str, NDArray[Any]] = {
        "phones": lines.phones_BP,
        "tones": lines.tones_BP,
        "languages": lines.languages_BP,
        "lengths": lines.lengths_B,
        "speakers": lines.speakers_B,
        "style": lines.style_BC,
        "bert_slot": lines.bert_slot_B,
        "length_scale": lines.length_scale_B,
        "sdp_ratio": lines.sdp_ratio_B,
        "noise_scale_w": lines.noise_scale_w_B,
        "noise": lines.noise_B2P,
    }
    if "bert" in graph.inputs:
        stacked = collate.stack(features, lines.phones_BP.shape[1])
        feeds["bert"] = _no_features(graph, "bert", lines) if stacked is None else stacked
    return {name: array for name, array in feeds.items() if name in graph.inputs}


def _no_features(graph: Graph, name: str, lines: Lines) -> NDArray[np.float32]:
    """Zeros [B, C, P], for a voice without its BERT."""
    shape = graph.inputs[name]
    channels = shape[1] if len(shape) > 1 and isinstance(shape[1], int) else BERT_CHANNELS
    count, longest = lines.phones_BP.shape
    return np.zeros((count, channels, longest), dtype=np.float32)


def _frames(told: NDArray[Any]) -> NDArray[np.int64] | None:
    """Frames per phone, from what a graph tells: the numbers themselves, or the path."""
    frames_P = told[0].sum(axis=(0, 1)) if told.ndim == PATH_AXES else told.reshape(-1)
    if not np.isfinite(frames_P).all():
        return None
    return np.rint(frames_P).astype(np.int64)
