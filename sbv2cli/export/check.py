"""Runs exported graphs beside the network they came from, before they get their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from sbv2cli.engine.collate import rounded
from sbv2cli.errors import VoiceError
from sbv2cli.export.plan_inputs import PUBLISHED_FEATURES
from sbv2cli.models.architecture import Batch, DiffusionModel, Spread
from sbv2cli.records import BERT_CHANNELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.engine.torch.network import Network
    from sbv2cli.models.architecture import AcousticModel, Plan

TOLERANCE = 1e-4
"""Of values up to one, as samples are; beyond, of their size."""

# Phones of the lines of a batch, length scale, and share of the duration predictor that draws.
BATCHES: Sequence[tuple[Sequence[int], float, float]] = (
    ((23,), 1.0, 0.2),
    ((1,), 0.7, 1.0),
    ((61, 2), 0.9, 0.0),
    ((7, 24, 1, 40), 1.6, 0.6),
)
NOISE_SCALE, NOISE_SCALE_W, TEMPERATURE = 0.6, 0.8, 1.5

# Where a duration is this near to a whole number of frames, rounding may take it either way, which
# is no fault of a graph: another line is drawn.
NEAR = 1e-3
TRIES = 100

Arrays = dict[str, "NDArray[Any]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSound:
    """What the network makes of a line by itself."""

    frames_P: Tensor
    per_phone_KP: Tensor
    speaker_G: Tensor
    spread: Spread
    steps: Sequence[Tensor]  # of a diffusion: what it begins with, and what each step makes
    own_NF: Tensor | None  # noise of the vocoder, scaled
    samples_S: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line and how it sounds, with noise and without; a diffusion is nothing without noise."""

    batch: Batch
    noise_12P: Tensor
    loud: ExpectedSound
    quiet: ExpectedSound


class Session:
    """A file, opened by the runtime; inputs that it does not ask for are left out."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        options.intra_op_num_threads = torch.get_num_threads()
        # Threads that wait by counting are in the way of the network's own.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        given = [*self._session.get_inputs(), *self._session.get_overridable_initializers()]
        self._wanted = [one.name for one in given]
        self._names = [given.name for given in self._session.get_outputs()]

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
        """All outputs by name."""
        results = self._session.run(None, {name: inputs[name] for name in self._wanted})
        return dict(zip(self._names, results, strict=True))


def draw_lines(
    network: Network,
    styles: NDArray[np.float32],
    *,
    slots: int,
    with_features: bool,
    steps: int = 0,
) -> list[list[Line]]:
    """The lines of BATCHES; for networks of the same sizes always the same.

    A diffusion takes so many steps.
    """
    generator = torch.Generator().manual_seed(7)
    numbers = slots if with_features else 0
    draw = _Draw(network, torch.from_numpy(styles), numbers, steps, generator)
    with torch.inference_mode():
        return [[draw.line(phones, *scales) for phones in line] for line, *scales in BATCHES]


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws lines for a network until their durations are clear."""

    network: Network
    styles: Tensor
    slots: int  # 0: no features
    steps: int
    generator: torch.Generator

    def line(self, phones: int, length_scale: float, sdp_ratio: float) -> Line:
        batch, noise_12P = self._line(phones, length_scale, sdp_ratio)
        for _ in range(TRIES):
            if self._clear(batch, noise_12P) and self._clear(batch, 0 * noise_12P):
                break
            batch, noise_12P = self._line(phones, length_scale, sdp_ratio)
        return Line(
            batch=batch,
            noise_12P=noise_12P,
            loud=self._speak(batch, noise_12P, NOISE_SCALE),
            quiet=self._speak(batch, 0 * noise_12P, 0.0),
        )

    def _line(self, phones: int, length_scale: float, sdp_ratio: float) -> tuple[Batch, Tensor]:
        inventory = self.network.acoustic.inventory
        features = self._normals(1, BERT_CHANNELS, phones) if self.slots else None
        style = int(self._below(len(self.styles), 1))
        batch = Batch(
            phones_BP=self._below(inventory.phones, 1, phones),
            tones_BP=self._below(inventory.tones, 1, phones),
            languages_BP=self._below(inventory.languages, 1, phones),
            style_BC=self.styles[style : style + 1],
            bert_BCP=features,
            bert_slot_B=self._below(max(1, self.slots), 1),
            lengths_B=None,
            speakers_B=self._below(inventory.speakers, 1),
            length_scale_B=torch.tensor([length_scale]),
            sdp_ratio_B=torch.tensor([sdp_ratio]),
            noise_scale_w_B=torch.tensor([NOISE_SCALE_W]),
        )
        return batch, self._normals(1, 2, phones)

    def _clear(self, batch: Batch, noise_12P: Tensor) -> bool:
        """Whether a little more or less of length changes no duration."""
        around = [
            self.network.plan(_changed(batch, length_scale_B=batch.length_scale_B * factor), noise)
            for factor, noise in ((1 - NEAR, noise_12P), (1 + NEAR, noise_12P))
        ]
        return torch.equal(around[0].frames_BP, around[1].frames_BP)

    def _speak(self, batch: Batch, noise_12P: Tensor, noise_scale: float) -> ExpectedSound:
        network = self.network
        plan = network.plan(batch, noise_12P)
        spread = self._spread(plan, noise_scale)
        channels = network.vocoder.noise_channels
        own_1NF = None
        if channels:
            own_1NF = self._normals(1, channels, spread.frames) * (noise_scale > 0)
        steps = _stepped(network.acoustic, spread)
        x_1CF = steps[-1] if steps else network.acoustic.decode(spread)
        return ExpectedSound(
            frames_P=plan.frames_BP[0],
            per_phone_KP=plan.per_phone_BKP[0],
            speaker_G=plan.speaker_BG1[0, :, 0],
            spread=spread,
            steps=[x_1CF[0] for x_1CF in steps],
            own_NF=None if own_1NF is None else own_1NF[0],
            samples_S=network.vocode(x_1CF, spread, own_1NF, spread.frames)[0],
        )

    def _spread(self, plan: Plan, noise_scale: float) -> Spread:
        acoustic = self.network.acoustic
        values_1KF = plan.per_phone_BKP.repeat_interleave(plan.frames_BP[0].long(), dim=2)
        frames = values_1KF.shape[2]
        whole = rounded(frames, acoustic.frame_multiple)
        noise = [self._normals(1, acoustic.noise_channels, whole) for _ in range(1 + self.steps)]
        return Spread(
            values_BKF=torch.nn.functional.pad(values_1KF, (0, whole - frames)),
            noise_BNF=noise[0],
            noise_scale_B=torch.tensor([noise_scale]),
            frames=frames,
            lengths_B=None if whole == frames else torch.tensor([frames]),
            speaker_BG1=plan.speaker_BG1,
            steps=self.steps,
            temperature_B=torch.tensor([TEMPERATURE]),
            step_noise=lambda step: noise[1 + step],
        )

    def _below(self, bound: int, *shape: int) -> Tensor:
        return torch.randint(0, max(1, bound), shape, generator=self.generator)

    def _normals(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)


def plan_difference(session: Session, lines: Sequence[Line]) -> float:
    """How far durations, prior and speakers of a batch are off; infinite for other durations."""
    batches = [line.batch for line in lines]
    found = session(
        {
            "phones": _side_by_side([batch.phones_BP[0] for batch in batches]),
            "tones": _side_by_side([batch.tones_BP[0] for batch in batches]),
            "languages": _side_by_side([batch.languages_BP[0] for batch in batches]),
            "lengths": _lengths(batches),
            "speakers": _rows([batch.speakers_B for batch in batches]),
            "style": _rows([batch.style_BC for batch in batches]),
            "bert": _side_by_side([_features(batch, None) for batch in batches]),
            "bert_slot": _rows([batch.bert_slot_B for batch in batches]),
            "length_scale": _rows([batch.length_scale_B for batch in batches]),
            "sdp_ratio": _rows([batch.sdp_ratio_B for batch in batches]),
            "noise_scale_w": _rows([batch.noise_scale_w_B for batch in batches]),
            "noise": _side_by_side([line.noise_12P[0] for line in lines]),
        }
    )
    worst = 0.0
    for row, line in enumerate(lines):
        phones = slice(len(line.loud.frames_P))
        worst = max(
            worst,
            _unequal(found["frames"][row], line.loud.frames_P),
            _apart(found["per_phone"][row, :, phones], line.loud.per_phone_KP),
            _apart(found["speaker"][row], line.loud.speaker_G) if "speaker" in found else 0.0,
        )
    return worst


def begin_difference(session: Session, lines: Sequence[Line]) -> float:
    """How far that is off which the steps of a diffusion begin with."""
    found = session(_spread_inputs(lines))
    return max(
        _apart(x_CF[:, : line.loud.spread.frames], _real(line, 0))
        for x_CF, line in zip(found["x"], lines, strict=True)
    )


def step_difference(session: Session, begin: Session, lines: Sequence[Line]) -> float:
    """How far each step is off that is given what the network's own steps are given."""
    inputs = _spread_inputs(lines)
    inputs["conditions"] = begin(inputs)["conditions"]
    steps = lines[0].loud.spread.steps
    worst = 0.0
    for step in range(steps):
        inputs |= {
            "x": _side_by_side([line.loud.steps[step] for line in lines]),
            "noise": _side_by_side([_step_noise(line, step) for line in lines]),
            "step": np.array(step),
            "steps": np.array(steps),
        }
        found = session(inputs)["next"]
        for x_CF, line in zip(found, lines, strict=True):
            apart = _apart(x_CF[:, : line.loud.spread.frames], _real(line, step + 1))
            worst = max(worst, apart)
    return worst


def render_difference(session: Session, lines: Sequence[Line]) -> float:
    """How far the sound of given frames is off."""
    inputs = _spread_inputs(lines)
    if lines[0].loud.steps:
        inputs["mel"] = _side_by_side([line.loud.steps[-1] for line in lines])
    own = [line.loud.own_NF for line in lines if line.loud.own_NF is not None]
    if own:
        inputs["vocoder_noise"] = _side_by_side(own)
    sounds = session(inputs)["samples"]
    return max(_sound(sound, line.loud) for sound, line in zip(sounds, lines, strict=True))


def _spread_inputs(lines: Sequence[Line]) -> Arrays:
    """What frames are made from, under the names of all graphs."""
    spreads = [line.loud.spread for line in lines]
    return {
        "values": _side_by_side([spread.values_BKF[0] for spread in spreads]),
        "noise": _side_by_side([spread.noise_BNF[0] for spread in spreads]),
        "noise_scale": _rows([spread.noise_scale_B for spread in spreads]),
        "temperature": np.full(len(lines), TEMPERATURE, dtype=np.float32),
        "lengths": np.array([spread.frames for spread in spreads]),
        "speaker": _rows([line.loud.speaker_G[None] for line in lines]),
    }


def _step_noise(line: Line, step: int) -> Tensor:
    draw = line.loud.spread.step_noise
    assert draw is not None
    return draw(step)[0]


def _real(line: Line, step: int) -> Tensor:
    """What a step is given, without the frames that fill it up."""
    return line.loud.steps[step][:, : line.loud.spread.frames]


def published_difference(session: Session, lines: Sequence[Line], *, slots: int) -> float:
    """How far the sound of texts without noise is off; infinite for other durations."""
    batches = [line.batch for line in lines]
    # As numbers and as rows of one number: both are found in other programs.
    shape = () if len(lines) == 1 else (1,)
    inputs = {
        "x_tst": _side_by_side([batch.phones_BP[0] for batch in batches]),
        "x_tst_lengths": _lengths(batches),
        "sid": _rows([batch.speakers_B for batch in batches]),
        "tones": _side_by_side([batch.tones_BP[0] for batch in batches]),
        "language": _side_by_side([batch.languages_BP[0] for batch in batches]),
        "style_vec": _rows([batch.style_BC for batch in batches]),
        "length_scale": batches[0].length_scale_B.numpy().reshape(shape),
        "sdp_ratio": batches[0].sdp_ratio_B.numpy().reshape(shape),
        "noise_scale": np.zeros(shape, dtype=np.float32),
        "noise_scale_w": np.zeros(shape, dtype=np.float32),
    }
    for slot, name in enumerate(PUBLISHED_FEATURES[slots]):
        inputs[name] = _side_by_side([_features(batch, slot) for batch in batches])
    found = session(inputs)
    return max(
        max(_unequal(frames, line.quiet.frames_P), _sound(sound[0], line.quiet))
        for frames, sound, line in zip(found["durations"], found["output"], lines, strict=True)
    )


def symbols_difference(session: Session, lines: Sequence[Line]) -> float:
    """The same of a graph that hears symbols alone."""
    batches = [line.batch for line in lines]
    length_scale = float(batches[0].length_scale_B)
    found = session(
        {
            "input": _side_by_side([batch.phones_BP[0] for batch in batches]),
            "input_lengths": _lengths(batches),
            "scales": np.array([0.0, length_scale, 0.0], dtype=np.float32),
            "sid": _rows([batch.speakers_B for batch in batches]),
        }
    )
    return max(
        max(_unequal(frames, line.quiet.frames_P), _sound(sound[0, 0], line.quiet))
        for frames, sound, line in zip(found["durations"], found["output"], lines, strict=True)
    )


def must_be_near(worst: Mapping[str, float], *, tolerance: float = TOLERANCE) -> None:
    """Refuse what differs by more than rounding."""
    # Written so that what is not a number is refused as well.
    far = {name: value for name, value in worst.items() if not value <= tolerance}
    if far:
        listed = ", ".join(f"{name} by {value:.1e}" for name, value in far.items())
        raise VoiceError(
            "export.differs",
            f"what was made differs from the network: {listed}; {tolerance:.0e} is allowed, and"
            " nothing was written",
            hint="report this, with what sbv2 doctor prints",
        )


def _stepped(acoustic: AcousticModel, spread: Spread) -> list[Tensor]:
    """What a diffusion begins with, and what each step makes of it; nothing of other models."""
    if not isinstance(acoustic, DiffusionModel):
        return []
    x_BCF, conditions = acoustic.begin(spread)
    found = [x_BCF]
    for index in range(spread.steps):
        found.append(acoustic.step(found[-1], conditions, index, spread))
    return found


def _changed(batch: Batch, **changes: Tensor) -> Batch:
    # `dataclasses.replace` would copy all tensors' fields as well, and has no better types.
    return Batch(**{f.name: getattr(batch, f.name) for f in fields(batch)} | changes)


def _features(batch: Batch, slot: int | None) -> Tensor:
    """Features of a line as one slot sees them; of any slot where it is not given."""
    if batch.bert_BCP is None:
        # A voice without BERT must not listen to what is given nevertheless.
        return torch.ones(BERT_CHANNELS, batch.phones_BP.shape[1])
    return batch.bert_BCP[0] * (slot is None or int(batch.bert_slot_B) == slot)


def _lengths(batches: Sequence[Batch]) -> NDArray[np.int64]:
    return np.array([batch.phones_BP.shape[1] for batch in batches])


def _rows(parts: Sequence[Tensor]) -> NDArray[Any]:
    return torch.cat(list(parts)).numpy()


def _side_by_side(parts: Sequence[Tensor]) -> NDArray[Any]:
    """Padded at the end with ones: a graph that looks at its padding is found out."""
    longest = max(part.shape[-1] for part in parts)
    padded = [
        torch.nn.functional.pad(part, (0, longest - part.shape[-1]), value=1) for part in parts
    ]
    return torch.stack(padded).numpy()


def _unequal(frames: NDArray[Any], expected_P: Tensor) -> float:
    """Zero where all durations are equal and the padding has none."""
    phones = len(expected_P)
    same = np.array_equal(frames[:phones], expected_P.numpy()) and not frames[phones:].any()
    return 0.0 if same else float("inf")


def _sound(samples: NDArray[Any], expected: ExpectedSound) -> float:
    length = len(expected.samples_S)
    if len(samples) < length:
        return float("inf")
    return max(
        _apart(samples[:length], expected.samples_S), float(np.abs(samples[length:]).max(initial=0))
    )


def _apart(found: NDArray[Any], expected: Tensor) -> float:
    wanted = expected.numpy()
    if found.shape != wanted.shape:
        return float("inf")
    scale = max(1.0, float(np.abs(wanted).max(initial=0)))
    worst = float(np.abs(found - wanted).max(initial=0)) / scale
    return worst if np.isfinite(worst) else float("inf")
