"""How much memory and time a long sound takes: read, join, measure, raise, limit, write.

    python -m tools.bench_long_audio --hours 10 --format flac

The sound is made up: one file of ten seconds, read again and again with a pause after each time. It
is measured first (LUFS, true peak), then read again, brought to -19 LUFS under -3 dB, and written.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sbv2cli.audio import levels
from sbv2cli.audio.join import join_blocks
from sbv2cli.audio.limiter import Limiter
from sbv2cli.audio.loudness import Meter
from sbv2cli.audio.true_peak import TruePeakMeter
from sbv2cli.writers.audio.encode import encode
from sbv2cli.writers.audio.formats import FORMATS, Encoding
from sbv2cli.writers.audio.sink import FileSink
from sbv2cli.writers.audio.source import read_blocks
from sbv2cli.writers.audio.tags import Chapter, Tags

RATE = 44100
LINE_SECONDS = 9.5
PAUSE_SECONDS = 0.5
CHAPTER_LINES = 360  # an hour
WANTED_LUFS = -19.0
CEILING_DB = -3.0


def made_up_line() -> np.ndarray:
    """A voiced hum with the rhythm of syllables, loud enough for the limiter to have work."""
    rng = np.random.default_rng(0)
    t = np.arange(round(LINE_SECONDS * RATE)) / RATE
    hum = sum(np.sin(2 * np.pi * 140 * k * t + k) / k for k in range(1, 30))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * t), 0, 1) ** 0.5
    return (0.2 * hum * syllables + rng.normal(0, 1e-4, len(t))).astype(np.float32)


def sound(line: Path, lines: int) -> Iterator[np.ndarray]:
    """The whole sound, in blocks."""
    pause = round(PAUSE_SECONDS * RATE)
    return join_blocks(part for _ in range(lines) for part in (read_blocks(line), pause))


def measure(blocks: Iterator[np.ndarray]) -> tuple[float, float]:
    """LUFS and true peak in dB."""
    loudness, peak = Meter(RATE), TruePeakMeter()
    for block in blocks:
        loudness.add(block)
        peak.add(block)
    return loudness.lufs, peak.peak_db


def write(line: Path, lines: int, gain_db: float, path: Path, encoding: Encoding) -> int:
    """Write the raised and limited sound; its size in bytes."""
    limiter = Limiter(RATE, CEILING_DB)
    samples = round((LINE_SECONDS + PAUSE_SECONDS) * RATE)
    chapters = tuple(
        Chapter(start=first * samples, title=f"第{first // CHAPTER_LINES + 1}章")
        for first in range(0, lines, CHAPTER_LINES)
    )
    with FileSink(path, RATE, encoding, tags=Tags(chapters=chapters)) as sink:
        for _ in range(lines):
            for block in sound(line, 1):
                for limited in limiter.add(levels.gain(block, gain_db)):
                    sink.write(limited)
        for limited in limiter.rest():
            sink.write(limited)
        return sink.close().bytes


def main() -> None:
    """Print one JSON record a format."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--format", choices=FORMATS, default="wav")
    parser.add_argument("--subtype", choices=("pcm16", "pcm24"), default="pcm16")
    arguments = parser.parse_args()
    lines = round(arguments.hours * 3600 / (LINE_SECONDS + PAUSE_SECONDS))
    encoding = Encoding(format=arguments.format, subtype=arguments.subtype)
    with tempfile.TemporaryDirectory() as folder:
        line = Path(folder) / "line.wav"
        line.write_bytes(encode(made_up_line(), RATE, Encoding()))
        before = peak_mib()
        started = time.perf_counter()
        lufs, peak = measure(sound(line, lines))
        measured = time.perf_counter()
        path = Path(folder) / f"book.{encoding.ext}"
        size = write(line, lines, WANTED_LUFS - lufs, path, encoding)
        record = {
            "hours": arguments.hours,
            "format": encoding.label,
            "lufs": round(lufs, 2),
            "true_peak_db": round(peak, 2),
            "measure_s": round(measured - started, 1),
            "write_s": round(time.perf_counter() - measured, 1),
            "bytes": size,
            "start_mib": round(before),
            "peak_mib": round(peak_mib()),
        }
    print(json.dumps(record))


def peak_mib() -> float:
    """The most memory this process has had in use, in MiB.

    Not `ru_maxrss`: a process that was just started has in it the peak of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    assert peak is not None
    return int(peak[1]) / 1024


if __name__ == "__main__":
    main()
