"""`sbv2 render`: scripts in, one audio file per line and a manifest out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli import jobs
from sbv2cli.cli.guard import json_text
from sbv2cli.cli.one_name import refuse_fields
from sbv2cli.cli.options.common import CommonOptions, common_options, error_as_json
from sbv2cli.cli.options.delivery import delivery_options, takes_options
from sbv2cli.cli.options.groups import Command
from sbv2cli.cli.options.machine import batch_options, machine_options
from sbv2cli.cli.options.output import (
    audio_options,
    failure_options,
    print_options,
    rerun_options,
)
from sbv2cli.cli.options.script import (
    corrections_options,
    script_options,
    select_options,
    text_options,
)
from sbv2cli.cli.pipes import closed_quietly
from sbv2cli.cli.progress import clock
from sbv2cli.cli.renders import RenderWatch, failure_json, header_of, tell_end
from sbv2cli.cli.scripts import (
    ScriptFlags,
    inputs_of,
    notes_of_scripts,
    script_lines,
    script_names,
    stdin_or_help,
)
from sbv2cli.errors import EXIT_OK

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.pipeline.diff import Outlined
    from sbv2cli.pipeline.job import Job, PreparedLine
    from sbv2cli.pipeline.summary import Summary
    from sbv2cli.pipeline.takes import Choice
    from sbv2cli.records import LineId, ManifestRow, ScriptLine
    from sbv2cli.settings.config import Configuration

EVERYDAY = (
    "voice",
    "output",
    "format",
    "name",
    "for",
    "take",
    "style",
    "speed",
    "cast_file",
    "dict",
    "corrections",
    "selected",
    "dry_run",
    "threads",
)


@click.command(
    cls=Command,
    everyday=EVERYDAY,
    short_help="Render scripts: one audio file per line and a manifest.",
)
@click.argument("scripts", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@delivery_options
@takes_options
@script_options
@corrections_options
@text_options
@select_options
@audio_options
@rerun_options
@failure_options
@print_options
@machine_options
@batch_options
@common_options
def render(
    common: CommonOptions,
    *,
    scripts: tuple[Path, ...],
    from_format: str,
    columns: tuple[str, ...],
    sheet: str | None,
    encoding: str,
    cast_file: Path | None,
    selected: tuple[str, ...],
    limit: int | None,
    dry_run: bool,
    force: bool,
    adopt: bool,
    manifest: Path | None,
    printed: str,
    ordered: bool,
    fsync: bool,
    take: str | None,
    choose: Path | None,
    **flags: Any,
) -> int:
    """Render scripts: write one audio file per line and a manifest.

    \b
    Examples:
      sbv2 render story.txt -m amitaro -o out
      sbv2 render lines.csv --cast cast.toml -o voice --format ogg --name '{id}.{ext}'
      sbv2 render lines.csv --select 'character=太郎' --dry-run
      sbv2 render dialogue.tab --for renpy -o MyGame
      sbv2 render lines.csv --take 1..3
      sbv2 render lines.csv --corrections corrections.jsonl --dict words.csv
      jq -c '.[]' api.json | sbv2 render - -m amitaro -o out --print path

    SCRIPT is a file, a folder of files, or - for stdin. Run the same command again after a change
    or an interruption: it renders what is new, changed or missing, and says why.
    """
    from sbv2cli.pipeline import prepare, takes

    scripts = scripts or stdin_or_help()
    several, drawn = _settled_flags(take, flags["seed"])
    configuration = common.configuration(flags=flags | drawn, scripts=scripts, cast_file=cast_file)
    read_as = ScriptFlags(from_format, columns, sheet, encoding)
    job = _job(configuration, manifest=manifest, force=force, fsync=fsync)
    job = replace(job, adopt=adopt, inputs=inputs_of(scripts, configuration, read_as, job, several))
    if not (selected or limit or dry_run or choose) and _is_unchanged(common.console, job):
        return EXIT_OK
    lines = list(script_lines(scripts, configuration, read_as))
    names = script_names(scripts, lines)
    lines, job = _with_kept_names(lines, _with_header(job, names, configuration))
    lines, choice = _corrected(lines, configuration, takes.read_choice(choose))
    chosen = _chosen(lines, selected, limit)
    lines = takes.expand(lines, several, choice, configuration.cast)
    ids = None if chosen is None else frozenset(takes.ids_of(chosen, lines))
    _warn_of_lines(common.console, lines, ids, job, names)
    prepared_lines = prepare.prepare(lines, job, lambda line: ids is None or line.id in ids)
    del lines  # there may be a million
    if dry_run:
        return _show_plan(common.console, _selected(prepared_lines, ids), job)
    return _run(_Print(common.console, printed, ordered), prepared_lines, job, names, ids)


def _job(configuration: Configuration, **options: Any) -> Job:
    """The job; its output folder is one, whatever a person hoped for."""
    refuse_fields(
        configuration["output"],
        "folder",
        at=configuration.origin("output"),
        hint="-o out --name '{id}.{ext}': the folder, and how its files are called",
    )
    return jobs.job(configuration, **options)


def _with_header(job: Job, names: dict[str, Path], configuration: Configuration) -> Job:
    header = {**header_of(names), "files": jobs.file_settings(configuration)}
    return replace(job, header=header)


def _settled_flags(take: str | None, seed: str | None) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The takes of `--take`, and as settings one of them alone and the seed."""
    from sbv2cli.pipeline import takes

    several = takes.parse(take) if take is not None else ()
    one = str(several[0]) if len(several) == 1 else None
    return several, {"seed": jobs.drawn_seed(seed), "take": one}


def _with_kept_names(lines: list[ScriptLine], job: Job) -> tuple[list[ScriptLine], Job]:
    """Lines of a text keep the ids and files that they have in the output folder."""
    if all(line.id_given for line in lines):
        return lines, job
    from sbv2cli.pipeline.kept_names import keep_names
    from sbv2cli.writers.manifest import read_manifest

    kept = keep_names(lines, read_manifest(job.manifest), job.names)
    return kept.lines, replace(job, names=replace(job.names, kept=kept.files))


def _corrected(
    lines: Sequence[ScriptLine], configuration: Configuration, choice: Choice
) -> tuple[list[ScriptLine], Choice]:
    """The lines and the choice of takes with what the corrections say."""
    from sbv2cli.pipeline.corrections import corrected, read_corrections, takes_of

    layer = read_corrections(configuration["corrections"], configuration.origin("corrections"))
    lines = corrected(lines, layer, language=configuration["lang"])
    return lines, takes_of(layer, choice)


def _warn_of_lines(
    console: Console,
    lines: Sequence[ScriptLine],
    ids: frozenset[LineId] | None,
    job: Job,
    names: Iterable[str],
) -> None:
    if not lines:
        console.warning(
            f"{', '.join(names)}: the script has no lines; see how it is read: sbv2 check"
        )
    elif ids is not None and not ids:
        console.warning("no line is selected; see how they are read: sbv2 check")
    for message in notes_of_scripts(lines):
        console.note(message)
    engine = job.names.engine
    if engine is None or not engine.by_id or job.names.template is not None:
        return
    without = sum(not line.id_given and line.file is None for line in lines)
    if without:
        console.warning(
            f"lines without an id of their own: {without:,}; {engine.title} finds the file of a"
            " line by the id in its own export"
        )


def _chosen(
    lines: Sequence[ScriptLine], expressions: tuple[str, ...], limit: int | None
) -> list[ScriptLine] | None:
    """The lines that the run is about; `None` for all."""
    from sbv2cli.pipeline.select import selector

    if not expressions and limit is None:
        return None
    fits = selector(expressions, lines)
    return [line for line in lines if fits(line)][:limit]


def _selected(
    prepared_lines: Sequence[PreparedLine], ids: frozenset[LineId] | None
) -> Sequence[PreparedLine]:
    from sbv2cli.pipeline.spool import spool_of_lines

    if ids is None:
        return prepared_lines
    return spool_of_lines(prepared for prepared in prepared_lines if prepared.id in ids)


def _show_plan(console: Console, prepared_lines: Sequence[PreparedLine], job: Job) -> int:
    """`--dry-run`: what would be done, on stdout."""
    from sbv2cli.cli.console import Word
    from sbv2cli.pipeline import match_loudness, planning
    from sbv2cli.pipeline.foreign_files import refuse_foreign
    from sbv2cli.writers.indexed_manifest import open_manifest

    previous = open_manifest(job.manifest)
    refuse_foreign(prepared_lines, job, previous)
    prepared_lines, _ = match_loudness.with_gains(
        prepared_lines, job.gain, job.machine, previous.header
    )
    plan = planning.plan(prepared_lines, job, previous, whole=True)
    assert plan is not None
    seconds = plan.tally.seconds
    if console.mode.json:
        rows = [_plan_json(item) for item in plan]
        console.result({"plan": rows, "about_s": round(seconds, 1)})
    else:
        console.table(
            ("state", "id", "file", "why"),
            [
                (
                    Word(item.decision.state),
                    item.prepared.id,
                    item.prepared.file,
                    Word(", ".join(item.decision.why)),
                )
                for item in plan
                if item.decision is not None and item.decision.state != "fresh"
            ],
        )
    for row in plan.tally.told():
        console.note(row)
    about = f"about {clock(seconds)} of audio to make"
    speed = _speed_of(previous.summary)
    at_speed = f"{clock(seconds * (speed or 0))} at the last run's speed"
    console.done(f"{about}, {at_speed}" if speed else about)
    return EXIT_OK


def _speed_of(summary: Any) -> float | None:
    rtf = summary.get("rtf") if summary else None
    return rtf if isinstance(rtf, int | float) else None


def _plan_json(item: Outlined) -> dict[str, Any]:
    assert item.decision is not None
    return {
        "id": item.prepared.id,
        "n": item.prepared.line.number,
        "file": item.prepared.file,
        "state": item.decision.state,
        "why": list(item.decision.why),
    }


class _Print:
    """`--print`: a row on stdout for each line that was made."""

    def __init__(self, console: Console, what: str, ordered: bool) -> None:
        self.console = console
        self.what = what
        self.ordered = ordered
        self._kept: list[ManifestRow] = []

    def row(self, row: ManifestRow, output: Path) -> None:
        """Print a row, or keep it until the end."""
        if self.ordered:
            self._kept.append(row)
        else:
            self._show(row, output)

    def finish(self, output: Path) -> None:
        """Print what was kept, in the order of the script."""
        for row in sorted(self._kept, key=lambda row: row.number):
            self._show(row, output)

    def _show(self, row: ManifestRow, output: Path) -> None:
        if self.what == "json":
            from sbv2cli.writers.manifest import to_json

            self.console.data(json_text(to_json(row)))
        elif self.what == "id":
            self.console.data(row.id)
        elif self.what == "path" and row.file is not None:
            self.console.data(str(output / row.file))


def _run(
    printer: _Print,
    prepared_lines: Sequence[PreparedLine],
    job: Job,
    names: dict[str, Path],
    ids: frozenset[LineId] | None,
) -> int:
    from sbv2cli.pipeline.run import render as run

    watch = RenderWatch(printer.console, lambda row: printer.row(row, job.output))
    try:
        summary = run(prepared_lines, job, watch, scripts=names, selected=ids)
    except BrokenPipeError:
        return closed_quietly()
    finally:
        watch.close()
    printer.finish(job.output)
    return _tell(printer.console, summary, job)


def _is_unchanged(console: Console, job: Job) -> bool:
    """Whether everything is as the last run left it; then the end of the run is told."""
    from sbv2cli.pipeline import unchanged

    summary = unchanged.found(job)
    if summary is None:
        return False
    watch = RenderWatch(console, lambda _: None)
    watch.planned([f"{summary.reused:,} fresh"], 0)
    watch.close()
    _tell(console, summary, job)
    return True


def _tell(console: Console, summary: Summary, job: Job) -> int:
    tell_end(console, summary, job)
    console.result(
        {
            "summary": summary.as_json(),
            "manifest": str(job.manifest),
            "failures": [failure_json(row) for row in summary.failures],
            "orphans": summary.orphans,
            **({} if summary.error is None else {"error": error_as_json(summary.error)}),
        },
        status=summary.exit,
    )
    return summary.exit
