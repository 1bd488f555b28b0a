"""`sbv2 train`: recordings and a transcript to a dataset, and a dataset to a voice."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli.guard import json_text, printable, steering
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options
from sbv2cli.cli.progress import clock
from sbv2cli.cli.scripts import dictionary_entries
from sbv2cli.errors import EXIT_OK, UsageError
from sbv2cli.models import PUBLISHED_VOCODER, VOCODERS
from sbv2cli.training.recipes import DEFAULT, RECIPES

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.training.prepare.prepare import Prepared
    from sbv2cli.training.request import FitRequest
    from sbv2cli.training.run import News

# A shell counts the signal that ended a command from here: 130 by Ctrl-C, 143 by a polite kill.
SIGNALLED = 128
PLAIN_EVERY_S = 10.0

# Shown in the one line of progress, in this order, where they exist; else their sum.
SHOWN = ("mel", "kl", "latent", "duration", "generator", "features", "discriminator")


@click.group(short_help="Make a dataset, and train a voice on it.")
def train() -> None:
    """Train a voice on recordings of a person and what they say.

    \b
    Examples:
      sbv2 train prepare wavs/ transcript.csv --out data/hana --base voices/base
      sbv2 train fit data/hana --out runs/hana --base voices/base --steps 20000
      sbv2 train resume runs/hana

    `prepare` makes a dataset of recordings, `fit` learns from it and keeps a voice in its folder,
    `resume` goes on with a run that was stopped.
    """


@train.command(cls=Command, short_help="Recordings and a transcript to a dataset.")
@click.argument("audio", type=click.Path(path_type=Path))
@click.argument("transcript", type=click.Path(path_type=Path))
@options(
    "Dataset options",
    option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Dataset folder."),
    option("--name", default="", help="Name of the voice.  [default: the folder's]"),
    option("--speaker", default="", help="Speaker of lines that name none."),
    option(
        "--recipe",
        default=DEFAULT,
        show_default=True,
        help=f"Sizes to begin with: {', '.join(RECIPES)}.",
        shell_complete=lambda _context, _option, begun: [
            name for name in RECIPES if name.startswith(begun)
        ],
    ),
    option(
        "--vocoder",
        type=click.Choice(list(VOCODERS)),
        default=PUBLISHED_VOCODER,
        show_default=True,
        help="Any but the default trains in an hour on a CPU, and no other program can open it.",
    ),
    option("--base", type=click.Path(path_type=Path), help="Take the sizes of this voice instead."),
)
@options(
    "Text options",
    option(
        "--lang",
        default="ja",
        show_default=True,
        help="Language of lines that name none: ja, en, zh.",
    ),
    option("--dict", "dictionaries", multiple=True, metavar="FILE", help="User dictionary."),
    option(
        "--mode",
        type=click.Choice(["better", "compat"]),
        default="better",
        show_default=True,
        help="compat reads as Style-Bert-VITS2 does.",
    ),
    option(
        "--unreadable",
        type=click.Choice(["raise", "skip", "use"]),
        default="raise",
        show_default=True,
        help="What to do with a line that cannot be read whole.",
    ),
    option("--bert", metavar="PATH|NAME", help="Folder or name of the BERT."),
)
@options(
    "Audio options",
    option("--trim", is_flag=True, help="Cut the silence around each recording."),
    option("--loudness", type=float, metavar="LUFS", help="Bring recordings to this loudness."),
    option(
        "--longest",
        metavar="SECONDS",
        type=float,
        default=30.0,
        show_default=True,
        help="Seconds of a recording; a longer one is left out.",
    ),
    option(
        "--durations",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help='JSON lines {"audio": ..., "durations": [...]}: frames or seconds per phone.',
    ),
    option(
        "--spectrograms/--no-spectrograms",
        default=True,
        help="Keep spectrograms on disk.  [default: yes]",
    ),
)
@options(
    "Style options",
    option(
        "--style-vectors",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="A table (.npy), or a folder with one vector per recording.",
    ),
    option(
        "--style-model",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Speaker model that measures style vectors: a file, or a folder with one.",
    ),
)
@options(
    "Run options",
    option(
        "--validation",
        metavar="N",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Clips per speaker that are listened to, not learned (12 at most).",
    ),
    option(
        "-j", "--threads", metavar="N", type=click.IntRange(min=1), help="Recordings at a time."
    ),
)
@common_options
def prepare(common: CommonOptions, **options: Any) -> int:
    """Make a dataset folder from recordings and a transcript.

    \b
    Examples:
      sbv2 train prepare wavs/ transcript.csv --out data/hana
      sbv2 train prepare wavs/ esd.list --out data/hana --recipe small --validation 4
      sbv2 train prepare LJSpeech-1.1/ LJSpeech-1.1/metadata.csv --out data/lj --lang en

    AUDIO is a folder. TRANSCRIPT is a CSV with the columns audio and text, a list of
    wav|speaker|LANG|text, or LJSpeech's metadata.csv. Run again, it goes on where it stopped.
    """
    from sbv2cli.training.prepare.make_clips import PrepareSettings
    from sbv2cli.training.prepare.prepare import prepare as run
    from sbv2cli.training.prepare.transcripts import read_transcript

    paths = options.pop("dictionaries")
    settings = PrepareSettings(
        language=options.pop("lang"), dictionary=dictionary_entries(paths, "--dict"), **options
    )
    console = common.console
    total = len(read_transcript(settings.transcript))
    with console.progress(total, what="clips") as progress:
        prepared = run(
            settings,
            lambda seconds, bad: progress.advance(audio_s=seconds, failed=int(bad)),
        )
    _say_prepared(console, prepared, settings.out)
    return EXIT_OK


def _say_prepared(console: Console, prepared: Prepared, out: Path) -> None:
    from collections import Counter
    from dataclasses import asdict

    counts = Counter(one.code for one in prepared.dropped)
    shown: Counter[str] = Counter()
    for one in prepared.dropped:
        shown[one.code] += 1
        if shown[one.code] <= 3:
            console.warning(f"{one.at}: {one.code}: {one.message}")
    for code, count in counts.items():
        if count > 3:
            console.warning(f"and {count - 3} more of {code}; all are in {out / 'report.json'}")
    console.result({"dataset": str(out), **asdict(prepared)})
    console.done(
        f"{prepared.clips} clips to learn from and {prepared.validation} to listen to,"
        f" {clock(prepared.seconds)} in all, {len(prepared.dropped)} dropped: {out}"
    )


@train.command(cls=Command, short_help="Learn from a dataset; run again to go on.")
@click.argument("dataset", type=click.Path(path_type=Path))
@options(
    "Voice options",
    option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Run folder."),
    option("--base", type=click.Path(path_type=Path), help="Voice to go on from."),
    option(
        "--decoder-from",
        type=click.Path(path_type=Path),
        help="Voice whose decoder alone is taken.",
    ),
    option("--wavlm", type=click.Path(path_type=Path), help="Folder of the speech model."),
    option("--half", is_flag=True, help="Export weights in half precision."),
)
@options(
    "Training options",
    option(
        "--stage",
        type=click.Choice(["joint", "vocoder", "text", "prior", "speech"]),
        help="What learns.",
    ),
    option("--steps", metavar="N", type=click.IntRange(min=1), help="Stop at this step."),
    option("--epochs", metavar="N", type=click.IntRange(min=1), help="Stop after so many epochs."),
    option(
        "--batch-size", metavar="N", type=click.IntRange(min=1), help="Clips per batch and process."
    ),
    option("--accumulate", metavar="N", type=click.IntRange(min=1), help="Batches per step."),
    option(
        "--learning-rate",
        metavar="X",
        type=click.FloatRange(min=0, min_open=True),
        help="Of all nets.",
    ),
    option(
        "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Any other training setting."
    ),
)
@options(
    "Machine options",
    option(
        "--device",
        metavar="NAME",
        default="auto",
        show_default=True,
        help="auto, cpu, cuda or cuda:N.",
    ),
    option("--bf16", is_flag=True, default=None, help="Compute in half precision."),
    option("--deterministic", is_flag=True, help="The same numbers in every run, slower."),
)
@options(
    "Report options",
    option(
        "--eval-every", metavar="N", type=click.IntRange(min=1), help="Steps between evaluations."
    ),
    option(
        "--log-every",
        metavar="N",
        type=click.IntRange(min=1),
        help="Steps between rows of numbers.",
    ),
)
@common_options
def fit(common: CommonOptions, *, changes: tuple[str, ...], **options: Any) -> int:
    """Learn from a dataset; the voice is in OUT/voice. Run again to go on.

    \b
    Examples:
      sbv2 train fit data/hana --out runs/hana --base voices/base --bf16
      sbv2 train fit data/hana --out runs/hana --set ema=0.999 --set freeze_style=true
      torchrun --nproc-per-node 2 -m sbv2cli train fit data/hana --out runs/hana

    Settings come from the dataset's config.json, flags lie on top. Ctrl-C ends the run after the
    step under way, with a checkpoint and the voice as it is then.
    """
    from sbv2cli.training.request import FitRequest

    settings = _changes(changes)
    for flag, key in (
        ("steps", "steps"),
        ("epochs", "epochs"),
        ("batch_size", "batch_size"),
        ("accumulate", "accumulate"),
        ("learning_rate", "learning_rate"),
        ("stage", "stage"),
        ("bf16", "bf16_run"),
        ("eval_every", "eval_interval"),
        ("log_every", "log_interval"),
    ):
        if (value := options.pop(flag)) is not None:
            settings[key] = value
    return _run(common.console, FitRequest(changes=settings, **options))


@train.command(cls=Command, short_help="Go on with a run, by its folder alone.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--steps", metavar="N", type=click.IntRange(min=1), help="Stop at this step.")
@click.option("--device", metavar="NAME", help="auto, cpu, cuda or cuda:N.  [default: as before]")
@common_options
def resume(common: CommonOptions, *, run: Path, steps: int | None, device: str | None) -> int:
    """Go on with a run as it was begun.

    \b
    Examples:
      sbv2 train resume runs/hana
      sbv2 train resume runs/hana --steps 40000
    """
    from dataclasses import replace

    from sbv2cli.training.request import remembered

    request = remembered(run)
    if steps is not None:
        request = replace(request, changes={**request.changes, "steps": steps})
    if device is not None:
        request = replace(request, device=device)
    return _run(common.console, request)


def _run(console: Console, request: FitRequest) -> int:
    from sbv2cli.training.run import Watcher
    from sbv2cli.training.run import fit as learn

    line = _Line(console)
    with _stoppable() as stopped:
        fitted = learn(request, Watcher(news=line.news, note=line.note, stop=lambda: bool(stopped)))
    line.end()
    status = EXIT_OK if fitted.finished else SIGNALLED + (stopped or [signal.SIGINT])[0]
    if not fitted.first:
        return status
    console.result(
        {
            "step": fitted.step,
            "epoch": fitted.epoch,
            "finished": fitted.finished,
            "voice": str(fitted.voice) if fitted.voice else None,
            "run": str(request.out),
        },
        status=status,
    )
    if not fitted.finished:
        speaks = f"; it speaks so far: {fitted.voice.parent}" if fitted.voice else ""
        console.note(f"stopped at step {fitted.step}; run the same command again to go on{speaks}")
        return status
    console.done(f"step {fitted.step}: the voice is in {request.out / 'voice'}")
    return EXIT_OK


def _changes(pieces: tuple[str, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for piece in pieces:
        key, equals, value = piece.partition("=")
        if not equals or not key:
            raise UsageError(
                "usage.set", f'--set is "{piece}"', hint="write KEY=VALUE: --set ema=0.999"
            )
        changes[key.strip()] = value.strip()
    return changes


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Signals that end a run after the step under way; a second one ends it at once."""
    caught: list[int] = []

    def stop(number: int, _frame: object) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


class _Line:
    """How a run stands, in one line."""

    def __init__(self, console: Console) -> None:
        self.console = console
        style = console.mode.progress
        if style == "auto":
            style = "bar" if console.is_terminal(console.stderr) else "plain"
            if console.mode.verbosity < 0:
                style = "off"
        self.style = style
        self._said = 0.0
        self._open = False

    def news(self, news: News) -> None:
        """Rewrite the line on a terminal; elsewhere say it every ten seconds."""
        if self.style == "json":
            event = {
                "type": "progress",
                "step": news.step,
                "steps": news.steps,
                "epoch": news.epoch,
                "steps_per_second": round(news.steps_per_second, 3),
                "eta_s": round(news.seconds_left, 1),
                "losses": {name: round(value, 5) for name, value in news.values.items()},
            }
            self.console.stderr.write(json_text(event) + "\n")
            self.console.stderr.flush()
            return
        shown = [name for name in SHOWN if name in news.values] or ["total"]
        losses = " ".join(f"{name} {news.values[name]:.3g}" for name in shown)
        text = (
            f"step {news.step} of {news.steps}, epoch {news.epoch},"
            f" {news.steps_per_second:.2f} steps/s, {clock(news.seconds_left)} left: {losses}"
        )
        if self.style == "bar":
            stream = steering(self.console.stderr)
            stream.write(f"\r\x1b[K{printable(text)}")
            stream.flush()
            self._open = True
        elif self.style == "plain":
            now = time.monotonic()
            if now - self._said >= PLAIN_EVERY_S or news.step >= news.steps:
                self._said = now
                self.console.note(text)

    def note(self, text: str) -> None:
        """Something else to say."""
        self.end()
        self.console.note(text)

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            self.console.stderr.write("\n")
            self._open = False
