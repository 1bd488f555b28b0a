"""BERT features: the baseline against the engine, on one full-size random model.

The baseline is the transformers model with all its layers and its head, one line at
a time. Both sides hold the same weights and see the same lines; times alternate, medians count.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sbv2cli.engine.bert.encoder import Encoder
from sbv2cli.engine.bert.encoder_weights import Weights, build_encoder

# What the published Japanese model (ku-nlp/deberta-v2-large-japanese-char-wwm) says of itself.
FULL_SIZE: dict[str, Any] = {
    "model_type": "deberta-v2",
    "vocab_size": 22012,
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "attention_head_size": 64,
    "intermediate_size": 4096,
    "hidden_act": "gelu",
    "max_position_embeddings": 512,
    "max_relative_positions": -1,
    "position_biased_input": False,
    "pos_att_type": ["p2c", "c2p"],
    "relative_attention": True,
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
    "position_buckets": 256,
    "conv_kernel_size": 3,
    "conv_act": "gelu",
    "layer_norm_eps": 1e-7,
    "type_vocab_size": 0,
    "pad_token_id": 0,
}

# Tokens per line: 12 lines, 6 to 53 tokens, as in the measurements of the specification.
LENGTHS = (6, 9, 12, 15, 18, 21, 24, 27, 32, 38, 45, 53)

SEED = 20240


@dataclass(frozen=True, slots=True, kw_only=True)
class BertFigures:
    """Milliseconds per line, the ratio, and the largest relative difference of the features."""

    baseline_ms: float
    packed_ms: float  # all lines in one batch, all threads on each product
    single_ms: float  # one line at a time, all threads on each product
    workers_ms: float  # a batch for each thread, one thread on each product
    difference: float

    @property
    def ratio(self) -> float:
        """How many times faster the engine's way is than the baseline."""
        return self.baseline_ms / min(self.packed_ms, self.workers_ms)


def random_lines(lengths: Sequence[int] = LENGTHS, vocabulary: int = 22012) -> list[list[int]]:
    """Lines of random ids between the marks, shuffled as a script would be."""
    generator = torch.Generator().manual_seed(SEED)
    order = torch.randperm(len(lengths), generator=generator).tolist()
    return [
        [1, *torch.randint(5, vocabulary, (lengths[i] - 2,), generator=generator).tolist(), 2]
        for i in order
    ]


def random_baseline_model(config: dict[str, Any]) -> Any:
    """A transformers model with seeded random weights of the published scale, in float32."""
    from transformers import DebertaV2Config, DebertaV2ForMaskedLM  # noqa: PLC0415 - slow to import

    torch.manual_seed(SEED)
    baseline = DebertaV2Config(**{k: v for k, v in config.items() if k != "model_type"})
    model: Any = DebertaV2ForMaskedLM(baseline)
    return model.to(torch.float32).eval()


def encoder_of(
    baseline: Any, config: dict[str, Any], dtype: torch.dtype = torch.float32
) -> Encoder:
    """Our encoder with the weights of a transformers model."""
    state: dict[str, Tensor] = baseline.state_dict()
    device = next(iter(state.values())).device
    readers = {k.removeprefix("deberta."): partial(_same, v) for k, v in state.items()}
    return build_encoder(
        config, Weights(path=Path("random"), readers=readers, device=device, dtype=dtype)
    )


def _same(tensor: Tensor) -> Tensor:
    return tensor


@torch.no_grad()
def baseline_features(baseline: Any, lines: Sequence[Sequence[int]]) -> list[Tensor]:
    """One line at a time, every layer and the head; the third-from-last hidden state."""
    device = next(baseline.parameters()).device
    return [
        baseline(torch.tensor([line], device=device), output_hidden_states=True).hidden_states[-3][
            0
        ]
        for line in lines
    ]


def by_workers(encoder: Encoder, lines: Sequence[Sequence[int]], count: int) -> list[Tensor]:
    """One batch for each worker thread, each computing alone, as the engine works on a CPU."""
    longest_first = sorted(lines, key=len, reverse=True)
    batches = [longest_first[start::count] for start in range(min(count, len(lines)))]
    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return [rows for batch in pool.map(encoder.encode, batches) for rows in batch]
    finally:
        torch.set_num_threads(before)


def measure(
    *, repeats: int = 3, dtype: torch.dtype = torch.float32, device: str = "cpu"
) -> BertFigures:
    """Build the model, then time both ways in turn on the same lines."""
    baseline = random_baseline_model(FULL_SIZE).to(device)
    encoder = encoder_of(baseline, FULL_SIZE, dtype)
    lines = random_lines()
    expected, packed = baseline_features(baseline, lines), encoder.encode(lines)  # warm both up
    ways: dict[str, Callable[[], object]] = {
        "baseline": lambda: baseline_features(baseline, lines),
        "packed": lambda: encoder.encode(lines),
        "single": lambda: [encoder.encode([line]) for line in lines],
        "workers": lambda: by_workers(encoder, lines, torch.get_num_threads()),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            gc.collect()
            times[name].append(_milliseconds(way, device) / len(lines))
    return BertFigures(
        baseline_ms=statistics.median(times["baseline"]),
        packed_ms=statistics.median(times["packed"]),
        single_ms=statistics.median(times["single"]),
        workers_ms=statistics.median(times["workers"]),
        difference=max(
            float((a - b).norm() / a.norm()) for a, b in zip(expected, packed, strict=True)
        ),
    )


def _milliseconds(work: Callable[[], object], device: str) -> float:
    def now() -> float:
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.perf_counter()

    start = now()
    work()
    return (now() - start) * 1000
