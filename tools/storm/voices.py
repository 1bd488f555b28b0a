"""Voices that lie: configurations, headers, sizes and files that are not what they say."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from tools.storm import made, samples
from tools.storm.cases import around, warm
from tools.storm.command import run
from tools.storm.mutate import VALUES, json_bytes, mutated, mutated_json
from tools.storm.outcome import Outcome, Tries

_COMMANDS = (
    ("voices", "show", "v"),
    ("voices", "verify", "v"),
    ("say", "-m", "v", "山と川。", "-o", "out.wav", "-q"),
    ("render", "s.txt", "-m", "v", "-o", "out", "-q"),
)
_HUGE = (10**6, 10**9, 10**12, 2**31, 2**63, -1, 0, 1.5, 1e300)
_OURS = ("out/", "out.wav")


def begin(ground: Path, seed: int, _: tuple[str, ...]) -> Tries:
    """Write a voice of each family; each try makes one of them lie, and gives it to a command."""
    warm()
    families = {
        name: made.snapshot(path) for name, path in samples.voices(ground / "families").items()
    }

    def tries(numbers: range) -> Iterator[tuple[int, Outcome]]:
        for number in numbers:
            pick = Random(f"voices {seed} {number}")
            yield number, _one(families, ground, pick)

    return tries


def _one(families: dict[str, dict[str, bytes]], ground: Path, pick: Random) -> Outcome:
    family = pick.choice(sorted(families))
    files = dict(families[family])
    name = pick.choice(sorted(files))
    way, lie = pick.choice([one for one in _LIES if name.endswith(one[2])])[:2]
    changed = lie(files[name], pick)
    if changed is None:
        del files[name]
    else:
        files[name] = changed
    before = {f"v/{place}": data for place, data in files.items()}
    before["s.txt"] = "山と川。\n海。\n".encode()
    work = ground / "work"
    made.restored(before, work)
    ended = run(pick.choice(_COMMANDS), around(ground))
    found = {
        place: data for place, data in made.snapshot(work).items() if not place.startswith(_OURS)
    }
    problem = ended.problem(frozenset({0, 2, 3, 4}))
    if problem is None and found != before:
        problem = "a file of the voice or beside it has changed"
    return Outcome(f"{family}: {way}", ended.status != 0, problem)


def _values(data: bytes, pick: Random) -> bytes:
    return json_bytes(mutated_json(json.loads(data), pick), pick)


def _huge(data: bytes, pick: Random) -> bytes:
    """One number of a configuration is absurd."""
    document = json.loads(data)
    places: list[tuple[Any, Any]] = []
    todo: list[Any] = [document]
    while todo:
        holder = todo.pop()
        keys = range(len(holder)) if isinstance(holder, list) else holder
        for key in keys:
            value = holder[key]
            if isinstance(value, dict | list):
                todo.append(value)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                places.append((holder, key))
    holder, key = pick.choice(places)
    holder[key] = pick.choice(_HUGE)
    return json_bytes(document, pick)


def _bytes(data: bytes, pick: Random) -> bytes:
    return mutated(data, pick)


def _cut(data: bytes, pick: Random) -> bytes:
    return data[: pick.randrange(len(data) + 1)]


def _gone(data: bytes, pick: Random) -> None:
    del data, pick


def _noise(data: bytes, pick: Random) -> bytes:
    return pick.randbytes(min(len(data), 5000))


def _header(data: bytes, pick: Random) -> bytes:
    """A header of safetensors that names other shapes, types or places."""
    size = int.from_bytes(data[:8], "little")
    said = json.loads(data[8 : 8 + size])
    name = pick.choice([key for key in said if key != "__metadata__"])
    key = pick.choice(("shape", "dtype", "data_offsets"))
    if key == "dtype":
        said[name][key] = pick.choice(("F64", "BF16", "I64", "BOOL", "F8_E4M3", "X"))
    elif key == "shape" and said[name][key]:
        said[name][key][pick.randrange(len(said[name][key]))] = pick.choice(
            (0, 1, 10**6, 10**12, -1)
        )
    else:
        said[name][key] = pick.choice(([0, 0], [0, 10**12], [5, 1], [], VALUES[0]()))
    text = json.dumps(said).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


def _weights(data: bytes, pick: Random) -> bytes:
    """Weights that are no numbers."""
    size = int.from_bytes(data[:8], "little")
    values = np.frombuffer(data[8 + size :], dtype=np.uint8).copy()
    whole = values[: len(values) // 4 * 4].view(np.float32)
    share = pick.random()
    chosen = np.random.default_rng(pick.randrange(2**32)).random(len(whole)) < share
    whole[chosen] = pick.choice((np.nan, np.inf, 1e30, 0.0, -1e4))
    return data[: 8 + size] + values.tobytes()


def _rows(data: bytes, pick: Random) -> bytes:
    """Style vectors of another size, or a header that promises 10^12 of them."""
    if pick.random() < 0.5:
        shape = pick.choice(((0, 256), (3, 0), (3, 255), (256,), (1, 1, 256), (2000, 256)))
        type_ = pick.choice((np.float32, np.float64, np.int64, np.bool_))
        out = io.BytesIO()
        np.save(out, np.zeros(shape, type_))
        return out.getvalue()
    if pick.random() < 0.3:
        out = io.BytesIO()
        np.savez(out, np.zeros((3, 256), np.float32))
        return out.getvalue()
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({10**12}, 256), }}"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data[128:]


Lie = Callable[[bytes, Random], bytes | None]
_LIES: tuple[tuple[str, Lie, tuple[str, ...]], ...] = (
    ("values of the configuration", _values, (".json",)),
    ("absurd sizes", _huge, ("config.json",)),
    ("mutated", _bytes, ("",)),
    ("cut", _cut, ("",)),
    ("gone", _gone, ("",)),
    ("noise", _noise, ("",)),
    ("header of weights", _header, (".safetensors",)),
    ("weights without numbers", _weights, (".safetensors",)),
    ("style vectors", _rows, (".npy",)),
)
