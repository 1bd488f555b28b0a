"""A voice run by onnxruntime, without torch. The only package of ours that imports it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnxruntime

from sbv2cli import cpu_count
from sbv2cli.engine import BACKENDS, batching
from sbv2cli.engine.backend import Backend
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.bert.features import Bert
from sbv2cli.engine.bert.folders import graph_file, read_config, width_of
from sbv2cli.engine.bert.tokenisers import open_tokeniser
from sbv2cli.engine.onnx import encoder as onnx_encoder
from sbv2cli.engine.onnx import graph as onnx_graph
from sbv2cli.engine.onnx.encoder import OnnxEncoder
from sbv2cli.engine.onnx.graph import BEGIN, PARTS, PLAN, RENDER, STEP, Graph, Run
from sbv2cli.engine.onnx.sampling import Sampler
from sbv2cli.engine.onnx.worker import OneGraph, OnnxWorker, OwnGraphs, Speaker
from sbv2cli.errors import MachineError, Sbv2Error, VoiceError
from sbv2cli.records import Inventory
from sbv2cli.voices import files
from sbv2cli.voices.aivm import onnx_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.engine.bert.features import Features
    from sbv2cli.engine.settings import EngineSettings
    from sbv2cli.voices.bundle import Bundle
    from sbv2cli.voices.configs.voice_config import VoiceConfig

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

# onnxruntime does not tell how much memory a GPU has free. This much fits into 8 GB; where it does
# not, the batch is halved.
CUDA_BUDGET = Budget(length=16_384, lines=64)

# Below this size a line alone is spoken sooner by one thread than by two: the voice in the package
# (30 MB in float32) in 1.15 of 1.40 seconds of a processor (docs/reference/performance.md).
BYTES_OF_A_SMALL_VOICE = 120_000_000

UNKNOWN_COUNT = 1 << 31

# Whether this thread is one of several; the same for the sessions of a voice and of its language
# models.
_THREAD = threading.local()

ERRORS_ONLY = 3
"""onnxruntime's log level; its warnings speak of how it optimises, to nobody who could act."""

# What onnxruntime says -> the code, what that means, and what can be done. Its exceptions are told
# apart by little else than their words.
REFUSALS: Sequence[tuple[str, str, str, str]] = (
    (
        "under development",
        "voice.onnx-opset",
        "the graph is in a newer dialect of ONNX than the installed onnxruntime knows",
        "pip install -U onnxruntime",
    ),
    (
        "unsupported model ir version",
        "voice.onnx-opset",
        "the file is of a newer kind of ONNX than the installed onnxruntime reads",
        "pip install -U onnxruntime",
    ),
    (
        "external",
        "voice.onnx-data",
        "the weights of the graph are in a second file that is not beside it",
        "copy all files of the folder from where the voice came from",
    ),
)


class Runtime:
    """Sessions of onnxruntime on one device, and how many threads each may take.

    A session's threads are fixed when it is made, so a file that is run both ways is opened twice.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self.wished = settings.device
        self.providers = choose_providers(settings.device)
        self.alone = 1 if settings.one_thread else settings.threads or cpu_count.cores()
        self._sessions: dict[tuple[Path, int], Any] = {}
        self._lock = threading.Lock()

    @property
    def cuda(self) -> bool:
        """Whether a GPU computes; known for sure when a file is open."""
        return self.providers[0][0] == CUDA

    def open(self, path: Path) -> Graph:
        """Open a file; what is wrong with it is said now."""
        onnx_file.must_stay_inside(path)
        session = self._session(path)
        metadata = session.get_modelmeta().custom_metadata_map
        return Graph(
            path=path,
            inputs={
                one.name: tuple(one.shape) for one in (*session.get_inputs(), *_optional(session))
            },
            outputs={one.name: tuple(one.shape) for one in session.get_outputs()},
            facts=onnx_graph.facts_of(metadata, where=path),
            run=partial(self._run, path),
            run_seeded=partial(self._seeded, path),
        )

    def enter(self) -> None:
        """From now on this thread is one of several, and takes one core."""
        _THREAD.one = True

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take one core in this thread."""
        before = getattr(_THREAD, "one", False)
        _THREAD.one = True
        try:
            yield
        finally:
            _THREAD.one = before

    @property
    def threads(self) -> int:
        """How many cores a run in this thread takes."""
        return 1 if self.cuda or getattr(_THREAD, "one", False) else self.alone

    def _session(self, path: Path) -> Any:
        key = path, self.threads
        with self._lock:
            if key not in self._sessions:
                self._sessions[key] = self._open(*key)
            return self._sessions[key]

    def _run(
        self, path: Path, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]
    ) -> list[NDArray[Any]]:
        answers: list[NDArray[Any]] = self._session(path).run(list(outputs), dict(feeds))
        return answers

    def _seeded(self, path: Path, seed: int) -> Run:
        """A run whose noise is that of the seed.

        Random nodes take the seed when a session is made, and go on from there with every run: so
        each line has a session of its own, and is then batch-invariant.
        """
        with self._lock:
            onnxruntime.set_seed(seed)
            session = self._open(path, self.threads)

        def run(outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
            answers: list[NDArray[Any]] = session.run(list(outputs), dict(feeds))
            return answers

        return run

    def _open(self, path: Path, threads: int) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        # Lengths differ from line to line: patterns of memory would be kept for each of them.
        options.enable_mem_pattern = False
        # Finding buffers that can share their memory takes longer than all else when a file is
        # opened (0.5 of 0.6 s), and saves 3 % of it: what is no longer needed is freed anyhow.
        options.enable_mem_reuse = False
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=self.providers)
        except Exception as error:
            # Whatever the runtime's parsers met first; it has a class for hardly any of it.
            raise _refused(path, str(error)) from error
        if self.cuda and session.get_providers()[0] != CUDA:
            # It could have used one, and there is none, or none that it can use.
            if self.wished == "auto":
                self.providers = choose_providers("cpu")
                return session
            raise MachineError(
                "device.missing",
                f'onnxruntime cannot use the device "{self.wished}"',
                hint="run on the CPU with --device cpu, or see: sbv2 doctor",
            )
        return session


def _optional(session: Any) -> Iterator[Any]:
    """Inputs that may be left out. Some exporters list every weight as one; those are not meant."""
    for one in session.get_overridable_initializers():
        if one.name in onnx_graph.INPUTS:
            yield one


def describe() -> str:
    """The version of onnxruntime, and what it can compute with."""
    names = [
        name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()
    ]
    return f"{onnxruntime.__version__}: {', '.join(names)}"


def choose_providers(device: str) -> list[tuple[str, dict[str, Any]]]:
    """What onnxruntime computes with; "auto" takes a GPU where this onnxruntime can."""
    name, _, index = device.partition(":")
    if name not in ("auto", "cpu", "cuda") or (index and not index.isdecimal()):
        raise MachineError(
            "device.unknown",
            f'there is no device "{device}"',
            hint="use auto, cpu, cuda or cuda:0",
        )
    there = CUDA in onnxruntime.get_available_providers()
    if name == "cuda" and not there:
        raise MachineError(
            "device.missing",
            f'device "{device}" is not here: this onnxruntime computes on the CPU alone',
            hint="pip install onnxruntime-gpu in its place, or run with --device cpu",
        )
    cpu: tuple[str, dict[str, Any]] = (CPU, {})
    if name == "cpu" or not there:
        return [cpu]
    # Without TF32, which would round every product to ten bits.
    return [(CUDA, {"device_id": int(index or 0), "use_tf32": 0}), cpu]


def open_worker(bundle: Bundle, settings: EngineSettings, features: Features | None) -> OnnxWorker:
    """The worker of a voice."""
    _check_precision(settings.precision)
    size = sum(file.stat().st_size for file in files.all_of(bundle.parts))
    is_small = size < BYTES_OF_A_SMALL_VOICE
    runtime = Runtime(replace(settings, one_thread=settings.one_thread or is_small))
    speaker = _open_speaker(bundle, runtime)
    budget = settings.budget or (CUDA_BUDGET if runtime.cuda else batching.CPU_BUDGET)
    side_by_side = runtime.cuda if settings.together is None else settings.together
    return OnnxWorker(
        speaker=speaker,
        features=features,
        inventory=_inventory(bundle.config),
        threads=runtime,
        side_by_side=runtime.cuda,
        is_small=is_small,
        budget=budget,
        plan_lines=budget.lines if side_by_side else 1,
    )


def open_bert(folder: Path, settings: EngineSettings) -> Bert:
    """BERT of a folder."""
    config = read_config(folder)
    path = graph_file(folder)
    try:
        graph = Runtime(settings).open(path)
    except VoiceError as error:
        raise MachineError("bert.onnx-file", error.message, at=error.at, hint=error.hint) from error
    onnx_encoder.check(graph, width_of(folder))
    # Relative positions know no end; the other models have a row for each position.
    limit = None if config.get("relative_attention") else config.get("max_position_embeddings")
    return Bert(
        path=folder,
        tokeniser=open_tokeniser(folder, str(config.get("model_type", ""))),
        encoder=OnnxEncoder(graph=graph, longest_line=limit if isinstance(limit, int) else None),
    )


def _cuda_devices() -> int:
    raise MachineError(
        "device.missing",
        "onnxruntime does not tell how many CUDA devices there are",
        hint="name them: --device cuda:0,cuda:1",
    )


BACKEND = Backend(
    open_worker=open_worker,
    open_bert=open_bert,
    cuda_devices=_cuda_devices,
)


def _open_speaker(bundle: Bundle, runtime: Runtime) -> Speaker:
    rate, frame_samples = bundle.config.rate, bundle.config.frame_samples
    if "render" not in bundle.parts:
        graph = runtime.open(bundle.weights)
        return OneGraph(
            graph=graph,
            scheme=onnx_graph.scheme_of(graph),
            rate=rate,
            frame_samples=frame_samples,
        )
    parts = {kind: runtime.open(bundle.parts[kind]) for kind in PARTS if kind in bundle.parts}
    for kind, graph in parts.items():
        onnx_graph.check_part(graph, kind)
    onnx_graph.check_alike(parts, rate=rate, frame_samples=frame_samples)
    plan, sampler = parts[PLAN], None
    if BEGIN in parts:
        sampler = Sampler(begin_graph=parts[BEGIN], step_graph=parts[STEP])
    slots = plan.facts.get("bert_slots")
    return OwnGraphs(
        plan_graph=plan,
        render_graph=parts[RENDER],
        sampler=sampler,
        slots=slots if isinstance(slots, dict) else onnx_graph.SLOTS,
        rate=rate,
        frame_samples=frame_samples,
        frame_multiple=plan.facts.get("frame_multiple", 1),
    )


def _inventory(config: VoiceConfig) -> Inventory:
    """How much the network can be asked for, by the voice's configuration."""
    speakers = max(1, config.speaker_count)
    # Where the voice's own symbols are not known, the graph refuses what is too much.
    unknown = Inventory(phones=UNKNOWN_COUNT, tones=1, languages=1, speakers=speakers)
    return config.phonology.inventory(speakers) or unknown


def _check_precision(precision: str) -> None:
    if precision not in BACKENDS["onnx"].precisions:
        raise MachineError(
            "precision.missing",
            f"the backend onnx does not compute in {precision}",
            hint="leave out --precision, or use --backend torch",
        )


def _refused(path: Path, said: str) -> Sbv2Error:
    folded = said.casefold()
    for words, code, message, hint in REFUSALS:
        if words in folded:
            return VoiceError(code, f'"{path.name}": {message}', at=str(path), hint=hint)
    first = said.strip().partition("\n")[0][:200]
    return VoiceError(
        "voice.weights-broken",
        f'"{path.name}" cannot be opened as an ONNX graph: {first}',
        at=str(path),
        hint="copy the file again from where the voice came from",
    )
