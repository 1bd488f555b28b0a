"""Pitch and intonation of a finished sound, by taking it apart and together again (WORLD).

The reference does the same with the same settings. Needs the extra `pitch`.
"""

from __future__ import annotations

from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from sbv2cli.errors import MachineError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def adjust(
    samples: NDArray[np.float32], rate: int, *, factor: float, intonation: float
) -> NDArray[np.float32]:
    """Multiply the mean F0 by `factor` and the way from it by `intonation`.

    WORLD answers in whole 5 ms frames, so the result may be a few milliseconds longer. A sound
    without a voiced frame has no pitch, and is returned unchanged.
    """
    if factor == 1 and intonation == 1:
        return samples
    pyworld = _world()
    wide = samples.astype(np.float64)
    f0, times = pyworld.harvest(wide, rate)
    voiced = f0 > 0
    if not voiced.any():
        return samples
    envelope = pyworld.cheaptrick(wide, f0, times, rate)
    aperiodicity = pyworld.d4c(wide, f0, times, rate)
    mean = f0[voiced].mean()
    f0[voiced] = factor * mean + intonation * (f0[voiced] - mean)
    return np.asarray(pyworld.synthesize(f0, envelope, aperiodicity, rate), dtype=np.float32)


def semitones(count: float) -> float:
    """Semitones -> factor on the frequency."""
    return float(2 ** (count / 12))


@cache
def _world() -> ModuleType:
    # pyworld 0.3.5 asks pkg_resources for its own version number when it is imported, and
    # setuptools 82 no longer has that module. The compiled part needs nothing of it, so it is
    # loaded from inside the package.
    package = find_spec("pyworld")
    inner = package and PathFinder.find_spec("pyworld", package.submodule_search_locations)
    if not inner or inner.loader is None:
        raise MachineError(
            "extra.missing",
            'changing pitch or intonation needs the package "pyworld", which is not installed',
            hint="pip install 'sbv2cli[pitch]'",
        )
    module = module_from_spec(inner)
    inner.loader.exec_module(module)
    return module
