"""How an engine works; what it says does not depend on it."""

from __future__ import annotations

from dataclasses import dataclass

from sbv2cli.engine.batching import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the work is cut. The sound does not depend on any of it."""

    device: str = "auto"  # "cpu", "cuda:1", "cuda:0,cuda:1"; see `devices`
    threads: int | None = None  # CPU only; one for each core where not given, or 0
    together: bool | None = None  # lines side by side; only where they pay: on a GPU
    budget: Budget | None = None  # frames and lines per batch; from the device's memory
    # "fp32", "tf32", "bf16" or "fp16" for flow and decoder; durations are always found in float32,
    # so that timing is the same in every precision.
    precision: str = "fp32"
    # A line alone takes one thread too, so that its last bits are those of a line among others.
    one_thread: bool = False
