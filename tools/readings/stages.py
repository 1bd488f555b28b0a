"""`python -m tools.readings.stages`: where the time of a reading goes, and of `check --json`.

Times are of the processor, for a line of the corpus, the best of several passes with warm caches;
those of `sbv2 check --json` are of a process of its own, from its start to its end. Beside it, in
turn with it, other processes read the same lines and do nothing else; their start is not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

from sbv2cli.languages import assembly
from sbv2cli.languages.japanese import engine, engine_words, phrases, reader, reading_words
from sbv2cli.languages.japanese.engine_text import engine_text, prepare
from sbv2cli.languages.japanese.rules import expand
from tools.readings.corpus import lines

One = TypeVar("One")
Made = TypeVar("Made")
_CHECKED = 5000  # lines of the corpus for `check --json`


def main() -> None:
    """Print a row for each stage."""
    parser = argparse.ArgumentParser(prog="python -m tools.readings.stages", description=__doc__)
    parser.add_argument("--passes", type=int, default=4, help="of which the best counts")
    parser.add_argument("--processes", type=int, default=1, help="that check may start")
    parser.add_argument(
        "--rounds", type=int, default=5, help="of check, of which the median counts"
    )
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone is not None:
        _alone(arguments.alone.read_text("utf-8").splitlines())
        return
    texts = [line.text for line in lines()]
    for text in texts:
        reader.read_better(text)
    _stages(texts, arguments.passes)
    _check(texts[:_CHECKED], arguments.processes, arguments.rounds)


def _stages(texts: Sequence[str], passes: int) -> None:
    def timed(name: str, make: Callable[[One], Made], what: Sequence[One]) -> list[Made]:
        best = float("inf")
        for _ in range(passes):
            start = process_time()
            for one in what:  # nothing is kept: collections of garbage would count too
                make(one)
            best = min(best, process_time() - start)
        print(f"{name:26} {1e6 * best / len(what):7.1f} µs a line")
        return [make(one) for one in what]

    timed("a reading", reader.read_better, texts)
    expanded = timed("  rules", expand, texts)
    spans = [prepare(one)[0] for one in expanded]
    sources = timed(
        "  text for the engine", lambda one: engine_text(*one), list(zip(texts, spans, strict=True))
    )
    timed("  engine", engine.analyse, [source.text for source in sources])
    spoken = timed(
        "  engine and tables",
        lambda one: engine_words.speak(one[0], one[1], 0, len(one[0].text)),
        list(zip(sources, spans, strict=True)),
    )
    said = timed("  phones and tones", phrases.say, spoken)
    words = timed(
        "  words of the author",
        lambda one: reading_words.words_of(*one),
        list(zip(texts, sources, spoken, said, strict=True)),
    )
    timed(
        "  the record",
        lambda one: assembly.reading("ja", one[0], one[1].text, one[2]),
        list(zip(texts, sources, words, strict=True)),
    )


def _alone(texts: Sequence[str]) -> None:
    """Print the seconds that one pass takes, with caches that are as cold as those of check."""
    reader.read_better("あ")
    start = process_time()
    for text in texts:
        reader.read_better(text)
    print(process_time() - start)


def _check(texts: Sequence[str], processes: int, rounds: int) -> None:
    reads, checks, walls = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "lines.txt"
        script.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        check = ["sbv2cli", "check", str(script), "--json", "--quiet", "--threads", str(processes)]
        for _ in range(rounds):
            reads.append(float(_run(["tools.readings.stages", "--alone", str(script)])))
            before, start = _of_children(), perf_counter()
            _run(check)
            walls.append(perf_counter() - start)
            checks.append(_of_children() - before)
    alone, cpu, wall = map(median, (reads, checks, walls))
    print(f"reading alone: {alone:.2f} s, {len(texts) / alone:.0f} lines a processor second")
    print(f"check --json, {processes} processes: {cpu:.2f} s of processors, {wall:.2f} s in all,")
    print(f"  {len(texts) / cpu:.0f} lines a processor second, {len(texts) / wall:.0f} a second;")
    share, by_clock = alone / cpu, alone / wall
    print(f"  {share:.0%} of the rate of reading alone, by the clock {by_clock:.0%}")


def _run(module: Sequence[str]) -> bytes:
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", *module],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
    ).stdout


def _of_children() -> float:
    """Seconds of processors that they have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
