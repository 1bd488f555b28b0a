"""Names of devices: one, or a list of them with commas between. Knows no library that computes."""

from __future__ import annotations

from collections.abc import Callable

from sbv2cli.errors import MachineError, UsageError

EVERY = "cuda:all"


def named(device: str) -> tuple[str, ...]:
    """The devices of a list, one name each, checked as far as names can tell.

    The CPU may be there twice: each time is a worker with a copy of the voice. A GPU has nothing
    to win from that, so it is taken for a typing error.
    """
    names = tuple(name.strip() for name in device.split(","))
    if len(names) == 1:
        return names
    single = next((name for name in names if name in ("auto", EVERY)), None)
    if single is not None:
        raise UsageError(
            "device.list",
            f'"{device}" has "{single}" among other devices',
            hint=f"write {single} alone, or the devices by name: cuda:0,cuda:1",
        )
    cuda = ["cuda:0" if name == "cuda" else name for name in names if name.startswith("cuda")]
    if cuda and "cpu" in names:
        raise UsageError(
            "device.list",
            f'"{device}" mixes the CPU with GPUs',
            hint="name the GPUs alone, which a CPU would only slow down: cuda:0,cuda:1",
        )
    twice = next((name for name in cuda if cuda.count(name) > 1), None)
    if twice is not None:
        raise UsageError(
            "device.list",
            f'"{device}" names {twice} twice',
            hint="one worker fills a GPU; name each one once",
        )
    return names


def present(device: str, cuda_devices: Callable[[], int]) -> tuple[str, ...]:
    """The devices of a list, "cuda:all" replaced by those that there are."""
    if device.strip() != EVERY:
        return named(device)
    count = cuda_devices()
    if count == 0:
        raise MachineError(
            "device.missing",
            f'"{EVERY}" asks for every CUDA device: 0 found',
            hint="run on the CPU with --device cpu, or see: sbv2 doctor",
        )
    return tuple(f"cuda:{index}" for index in range(count))
