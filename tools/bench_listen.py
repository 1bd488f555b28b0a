"""How well `sbv2 proof --listen` tells damaged sounds from good ones.

    python -m tools.bench_listen [--script samples/phrases.txt] [--lines 40]

Renders a script with the built-in voice, damages each file in five ways, and listens to all. Prints
the share of files with a finding, and with a warning: of good ones it should be small.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import soundfile
from click.testing import CliRunner
from numpy.typing import NDArray

from sbv2cli.cli.main import sbv2
from sbv2cli.proof.gather import finished_folder
from sbv2cli.proof.listen.listen import listen, listening

Samples = NDArray[np.float32]
SCRIPT = Path("samples/phrases.txt")


def _first_half(own: Samples, _: Samples) -> Samples:
    return own[: len(own) // 2]


def _middle_twice(own: Samples, _: Samples) -> Samples:
    start, end = len(own) // 3, 2 * len(own) // 3
    return np.concatenate([own[:end], own[start:]])


def _middle_lost(own: Samples, _: Samples) -> Samples:
    return np.concatenate([own[: len(own) // 3], own[2 * len(own) // 3 :]])


def _noise(own: Samples, _: Samples) -> Samples:
    noise = np.random.default_rng(0).standard_normal(len(own)).astype(np.float32)
    return np.clip(own + noise * np.sqrt(np.mean(own**2)) * 2, -1, 1)  # 6 dB above the voice


DAMAGE: Mapping[str, Callable[[Samples, Samples], Samples]] = {
    "as rendered": lambda own, _: own,
    "another line": lambda _, other: other,
    "first half alone": _first_half,
    "middle third twice": _middle_twice,
    "middle third lost": _middle_lost,
    "noise of +6 dB": _noise,
}


def main() -> None:
    """Print a row for each kind of damage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--script", type=Path, default=SCRIPT)
    parser.add_argument("--lines", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        _render(options.script, options.lines, out)
        rows = finished_folder(out).rows
        files = [out / str(row.file) for row in rows]
        sounds = [soundfile.read(file, dtype="float32") for file in files]
        others = islice(cycle(sounds), 1, None)
        pairs = [
            (own, rate, other) for (own, rate), (other, _) in zip(sounds, others, strict=False)
        ]
        print(f"{'damage':20s} {'files':>5s} {'finding':>8s} {'warning':>8s}")
        for name, damage in DAMAGE.items():
            for file, (own, rate, other) in zip(files, pairs, strict=True):
                soundfile.write(file, damage(own, other), rate)
            found = listen(listening(out, rows)).values()
            some = np.mean([bool(findings) for findings in found])
            bad = np.mean([any(one.severity == "warning" for one in each) for each in found])
            print(f"{name:20s} {len(rows):5d} {some:8.3f} {bad:8.3f}", flush=True)


def _render(script: Path, count: int, out: Path) -> None:
    arguments = ["render", str(script), "-o", str(out), "--select", f"n=1..{count}"]
    said = CliRunner().invoke(sbv2, arguments)
    if said.exit_code:
        raise SystemExit(f"{said.output}{said.exception}")
    summary = json.loads((out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    print(f"{summary['ok']} lines, {summary['audio_s']} s of sound")


if __name__ == "__main__":
    main()
