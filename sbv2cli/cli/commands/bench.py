"""`sbv2 bench`: speed claims that anybody can repeat."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from sbv2cli.cli.guard import json_text

AT_LEAST_ONE = click.IntRange(min=1)


@click.group(no_args_is_help=True)
def bench() -> None:
    """Measure speed, always against the baseline and in one run.

    \b
    Example:
      sbv2 bench engine --lines 12 --repeats 1
      sbv2 bench engine --json > engine.json
      sbv2 bench frontend
      sbv2 bench render --lines 10000
      sbv2 bench resume --lines 100000
      sbv2 bench startup
    """


def _say(text: str) -> None:
    click.echo(text, err=True)


@bench.command(short_help="Lines of a voice a second, engine and baseline.")
@click.option(
    "--size",
    type=click.Choice(["full", "small", "builtin"]),
    default="full",
    show_default=True,
    help="A random voice of that size, or the one that ships; full has a BERT.",
)
@click.option(
    "--lines",
    metavar="N",
    type=AT_LEAST_ONE,
    default=60,
    show_default=True,
    help="Lines of the script.",
)
@click.option(
    "--repeats",
    metavar="N",
    type=AT_LEAST_ONE,
    default=3,
    show_default=True,
    help="Counted rounds; medians are shown.",
)
@click.option(
    "--backend",
    type=click.Choice(["torch", "onnx"]),
    default="torch",
    show_default=True,
    help="onnx: measure that beside torch, without BERT.",
)
@click.option(
    "--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda or cuda:0."
)
@click.option("--bert/--no-bert", default=True, help="With BERT, or without.")
@click.option(
    "--executor",
    metavar="NAME,...",
    help="Only compare executors, as in local,processes,ray; without BERT.",
)
@click.option(
    "--soak", metavar="N", type=AT_LEAST_ONE, help="Only watch the memory over that many lines."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def engine(
    size: str,
    lines: int,
    repeats: int,
    backend: str,
    device: str,
    bert: bool,
    executor: str | None,
    soak: int | None,
    as_json: bool,
) -> None:
    """Speak a script with a random voice of the published size, or with the one that ships.

    The baseline takes one line at a time through unfolded weights and every layer of BERT; the
    engine speaks the same lines with the same noise. A full run takes about a quarter of an hour on
    two cores.

    Afterwards each stage of the engine is timed alone, and so is what this machine can multiply at
    most. Operations are counted as the direct formulas have them, so a stage that comes with fewer
    may be above the ceiling.

    \b
    Example:
      sbv2 bench engine --lines 12 --repeats 1
      sbv2 bench engine --size builtin
      sbv2 bench engine --backend onnx
      sbv2 bench engine --size builtin --executor local,processes,ray
      sbv2 bench engine --size small --soak 2000
    """
    if soak is not None:
        from sbv2cli.bench import soak as memory

        _show(memory.measure(soak, size, device, _say), as_json=as_json)
        return
    if executor is not None:
        from sbv2cli.bench import executors

        names = [name.strip() for name in executor.split(",")]
        figures = executors.measure(
            names, size=size, lines=lines, repeats=repeats, device=device, say=_say
        )
        _show_executors(figures, as_json=as_json)
        return
    from sbv2cli.bench import engine as measurements

    plan = measurements.Plan(
        size=size,
        lines=lines,
        repeats=repeats,
        backend=backend,
        device=device,
        bert=bert,
    )
    figures = measurements.measure(plan, _say)
    if as_json:
        _show(figures, as_json=True)
    else:
        _show_engine(figures)


@bench.command(short_help="Readings a second, on one core and on all.")
@click.option(
    "--lines",
    metavar="N",
    type=AT_LEAST_ONE,
    default=2000,
    show_default=True,
    help="Lines to read.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def frontend(lines: int, as_json: bool) -> None:
    """Read Japanese lines of twenty characters: on one process and on all cores.

    \b
    Example:
      sbv2 bench frontend --lines 5000
    """
    from sbv2cli.bench import frontend as measurements

    _show(measurements.measure(lines, _say), as_json=as_json)


@bench.command(short_help="Sheets rendered, again, and with a cell changed.")
@click.option(
    "--lines",
    metavar="N",
    type=click.IntRange(min=2),
    default=1000,
    show_default=True,
    help="Rows of the sheet.",
)
@click.option(
    "--executor",
    metavar="NAME,...",
    help="Only what the run itself does for a line, with each of them: processes,ray.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def render(lines: int, executor: str | None, as_json: bool) -> None:
    """Render sheets of 1, 100, 1,000 and more rows; again; and once more with one cell changed.

    \b
    Example:
      sbv2 bench render --lines 10000
      sbv2 bench render --lines 3000 --executor processes,ray
    """
    if executor is not None:
        from sbv2cli.bench import run_cost

        names = [name.strip() for name in executor.split(",")]
        _show_executors(run_cost.measure(names, lines, _say), as_json=as_json)
        return
    from sbv2cli.bench import render as measurements

    _show(measurements.measure(lines, _say), as_json=as_json)


@bench.command(short_help="Long sheets resumed, finished and planned.")
@click.option(
    "--lines",
    metavar="N",
    type=click.IntRange(min=2),
    default=10_000,
    show_default=True,
    help="Rows of the longest sheet.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def resume(lines: int, as_json: bool) -> None:
    """Resume, finish and plan sheets of 100 to a million rows that are spoken already.

    A thousand texts are spoken; longer sheets repeat them. A million rows take a while and some
    gigabytes of the folder for temporary files.

    \b
    Example:
      sbv2 bench resume --lines 1000000
    """
    from sbv2cli.bench import long_scripts

    _show(long_scripts.measure(lines, _say), as_json=as_json)


@bench.command(short_help="Start of commands, and of a first word.")
@click.option(
    "--size",
    type=click.Choice(["full", "small"]),
    default="small",
    show_default=True,
    help="Size of the random voice that says a word.",
)
@click.option(
    "--repeats",
    metavar="N",
    type=AT_LEAST_ONE,
    default=5,
    show_default=True,
    help="Runs of each; medians are shown.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def startup(size: str, repeats: int, as_json: bool) -> None:
    """Start commands and compare with bare Python; say a word with torch and without.

    \b
    Example:
      sbv2 bench startup
    """
    from sbv2cli.bench import startup as measurements

    _show(measurements.measure(repeats, size, _say), as_json=as_json)


def _show(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json_text(figures, indent=2))
        return
    _draw(("", ""), [(name, str(value)) for name, value in _flat(figures)])


def _show_engine(figures: dict[str, Any]) -> None:
    """What is common to all first, then a column for each way, then the stages."""
    names = ("baseline", "exact", "bf16", "onnx")
    ways: dict[str, dict[str, Any]] = {name: figures[name] for name in names if name in figures}
    apart = {"ceilings_gflop_per_second", "stages", *ways}
    _show({k: v for k, v in figures.items() if k not in apart}, as_json=False)
    _show_columns("ways of speaking", ways)
    _show_columns("at most, GFLOP/s", figures["ceilings_gflop_per_second"])
    for way, stages in figures["stages"].items():
        _show_columns(f"stages, {way}", _turned(stages))


def _show_executors(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        _show(figures, as_json=True)
        return
    _show({k: v for k, v in figures.items() if k != "executors"}, as_json=False)
    _show_columns("executors", figures["executors"])


def _show_columns(title: str, columns: dict[str, dict[str, Any]]) -> None:
    """A table with a row for each figure that any of the columns has."""
    flat = {name: dict(_flat(figures)) for name, figures in columns.items()}
    rows = dict.fromkeys(row for figures in flat.values() for row in figures)
    _draw(
        # A long name stands on two lines, where it has words.
        (title, *(name.replace("_", " ") for name in flat)),
        [(row, *(_cell(figures.get(row, "")) for figures in flat.values())) for row in rows],
        right=True,
    )


def _draw(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: bool = False) -> None:
    from sbv2cli.cli.drawn_tables import drawn
    from sbv2cli.cli.wrapping import width_of

    lines = drawn(headings, rows, width_of(sys.stdout), right=right)
    click.echo("\n".join([*lines, ""] if right else lines))


def _turned(columns: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows for columns."""
    rows = dict.fromkeys(row for figures in columns.values() for row in figures)
    return {
        row: {name: figures[row] for name, figures in columns.items() if row in figures}
        for row in rows
    }


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", value))
    return rows
