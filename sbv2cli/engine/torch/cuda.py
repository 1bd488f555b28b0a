"""What CUDA needs besides tensors: streams, copies that do not wait, exact products.

Every function leaves a CPU alone. Nothing here computes.

Memory and streams: the allocator gives a freed block to the next who asks in the stream that the
block was made in, at once. So that nobody reads what is already another's, all that planning makes
(rows that are kept, plans) belongs to one stream of the worker, and a line's plan is referred to
until the stream that rendered it has been waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

# TF32 came with Ampere.
TF32_CAPABILITY = (8, 0)

# torch's switches hold for the whole process, and are read when an operation is launched. Whoever
# needs them in another state than the one they were left in launches alone.
# This covers workers of one precision, which is what a command opens; an fp32 worker that speaks at
# the same time as a tf32 worker of the same process is not protected.
_SWITCHES = Lock()


def count() -> int:
    """How many CUDA devices there are."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def stream_of(device: torch.device) -> torch.cuda.Stream | None:
    """A new stream, when the device is done with what came before."""
    if device.type != "cuda":
        return None
    torch.cuda.synchronize(device)
    return torch.cuda.Stream(device)


def within(stream: torch.cuda.Stream | None) -> AbstractContextManager[object]:
    """What is launched here goes into this stream."""
    return nullcontext() if stream is None else torch.cuda.stream(stream)


def enter(device: torch.device) -> None:
    """From now on, what this thread launches goes into a stream of its own."""
    stream = stream_of(device)
    if stream is not None:
        torch.cuda.set_stream(stream)


def settle(device: torch.device) -> None:
    """Wait until the device has done all that was begun, in any stream."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def to_host(tensor: Tensor) -> Tensor:
    """The tensor in memory of the host; waits for this thread's stream, and for no other."""
    if tensor.device.type != "cuda":
        return tensor
    # Into pinned memory, so that the copy is the device's own work and other streams go on.
    host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    host.copy_(tensor, non_blocking=True)
    torch.cuda.current_stream(tensor.device).synchronize()
    return host


def free() -> None:
    """Give back memory that is kept for later, of all devices: torch has no narrower way."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def has_tf32(device: torch.device) -> bool:
    """Whether the device multiplies in TF32."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= TF32_CAPABILITY


def use_exact_products() -> None:
    """Products and convolutions in float32 proper; torch's own choice is TF32 for convolutions."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


@contextmanager
def exact_products() -> Iterator[None]:
    """What is launched here is exact, though others launch in TF32 beside it."""
    with _SWITCHES:
        yield


@contextmanager
def tf32_products() -> Iterator[None]:
    """What is launched here rounds factors to ten bits; one thread at a time."""
    with _SWITCHES:
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cuda.matmul.allow_tf32 = True
        try:
            yield
        finally:
            use_exact_products()
