"""`sbv2 say`: one text, or a pipe, to one file, stdout or the loudspeaker."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import click

from sbv2cli.cli import jobs
from sbv2cli.cli.one_name import refuse_fields
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.delivery import delivery_options, take_option
from sbv2cli.cli.options.groups import Command, option, options, setting, short_help
from sbv2cli.cli.options.machine import machine_options
from sbv2cli.cli.options.places import WRITTEN
from sbv2cli.cli.options.script import text_options
from sbv2cli.cli.pipes import closed_quietly
from sbv2cli.errors import EXIT_OK, EXIT_USAGE, ScriptError, UsageError
from sbv2cli.writers.audio.formats import FORMATS

if TYPE_CHECKING:
    from sbv2cli.pipeline.job import Job, Machine
    from sbv2cli.pipeline.speak import PlayableLine
    from sbv2cli.records import ScriptLine
    from sbv2cli.settings.config import Configuration
    from sbv2cli.writers.audio.formats import Encoding
    from sbv2cli.writers.audio.sink import AudioSink
    from sbv2cli.writers.timings import Timings

STREAMED = tuple(name for name, row in FORMATS.items() if row.streams)
STDOUT = "-"
SOURCE = "<text>"
# Spoken side by side where nobody waits for the first.
LINES_AT_A_TIME = 8


EVERYDAY = (
    "voice",
    "output",
    "format_name",
    "style",
    "speed",
    "dict",
    "reading",
    "stream",
    "lines",
    "threads",
)


@click.command(
    cls=Command,
    everyday=EVERYDAY,
    short_help="Synthesise a text to a file, a pipe or the loudspeaker.",
)
@click.argument("words", nargs=-1, metavar="[TEXT]...")
@options(
    "Audio options",
    option("-o", "--output", metavar="FILE|-", help="Output file; - is stdout."),
    option(
        "-f",
        "--format",
        "format_name",
        type=click.Choice(list(FORMATS)),
        help="Audio format.  [default: by the file's suffix, else wav]",
    ),
    setting("rate"),
    setting("gain"),
    option("--stream", is_flag=True, help="Send each sentence as soon as it is synthesised."),
    option(
        "--lines",
        is_flag=True,
        help="A sound for each line: -o 'out_{n}.wav'. With --json a row in, a row out.",
    ),
    option(
        "--timing",
        type=WRITTEN,
        metavar="FILE",
        help="Write the times of phones and moras as JSON.",
    ),
)
@delivery_options
@take_option
@text_options
@options(
    "Text options",
    option(
        "-i",
        "--input",
        "source",
        type=click.Path(path_type=Path, allow_dash=True),
        metavar="FILE",
        help="Speak a file; any format that sbv2 render reads.",
    ),
    option(
        "--from",
        "from_format",
        metavar="FORMAT",
        help="Format of the file or of stdin.  [default: auto; of stdin, text]",
    ),
    option(
        "--reading",
        metavar="KANA",
        help='How the text is read: kana with accents, "ハシ\'".  [default: by the dictionary]',
    ),
    setting("split"),
)
@machine_options
@common_options
def say(
    common: CommonOptions,
    *,
    words: tuple[str, ...],
    output: str | None,
    format_name: str | None,
    rate: str | None,
    stream: bool,
    lines: bool,
    timing: Path | None,
    source: Path | None,
    from_format: str | None,
    reading: str | None,
    **flags: Any,
) -> int:
    """Synthesise a text to a file, a pipe or the loudspeaker.

    \b
    Examples:
      sbv2 say -m amitaro -o hello.wav "おはようございます"
      sbv2 say -m amitaro --reading "ハシ'オ/ワタル" "橋を渡る" -o bridge.wav
      echo "おはようございます" | sbv2 say -m amitaro | aplay -q
      sbv2 say --lines -o 'out_{n}.wav' < lines.txt
      echo '{"text": "おはよう", "style": "Happy"}' | sbv2 say --lines --json -o '{id}.wav'
      llm "三行で" < log.txt | sbv2 say -m amitaro --stream -f s16le | ffplay -f s16le -ar 44100 -

    Without TEXT it reads stdin. In a pipe stdout carries the audio alone; on a terminal the audio
    is played (extra "play"). The WAV header of a stream gives no length (0xFFFFFFFF); for strict
    players use -f s16le.

    With --lines --json sbv2 stays ready for the next row: each row of JSON on stdin, with the keys
    of a script, is answered at once by a row on stdout. Without -o the sound follows its row, in as
    many bytes as the row says.
    """
    from sbv2cli.readers.script import stdin_is_terminal

    if words == (STDOUT,):  # as `render` and `check` take it
        words = ()
    if not words and source is None and reading is None and stdin_is_terminal():
        click.echo(short_help(click.get_current_context()), err=True)
        return EXIT_USAGE
    _tell_file(common, words)
    flags["seed"] = jobs.drawn_seed(flags["seed"])
    scripts = () if source is None else (source,)
    configuration = common.configuration(flags=flags | {"rate": rate}, scripts=scripts)
    encoding = _encoding(output, format_name, configuration["rate"])
    _refuse_clashes(common, output, encoding, stream=stream, lines=lines, timing=timing)
    job = _job(configuration, encoding)
    asked = _Asked(words, source, from_format, reading, stream)
    if lines:
        return _say_lines(common, job, asked, configuration, output)
    return _say(common, job, _lines(asked, configuration), output, stream, timing)


class _Asked(NamedTuple):
    """What is to be said."""

    words: tuple[str, ...]
    source: Path | None
    from_format: str | None
    reading: str | None
    stream: bool

    @property
    def plain_stdin(self) -> bool:
        """Whether it comes from stdin, in no format that anybody named."""
        return not self.words and not (self.source or self.from_format or self.reading)


def _say_lines(
    common: CommonOptions,
    job: Job,
    asked: _Asked,
    configuration: Configuration,
    output: str | None,
) -> int:
    from sbv2cli.cli import say_lines
    from sbv2cli.cli.scripts import reader_options
    from sbv2cli.pipeline.signals import InterruptedRunError, noted, raised
    from sbv2cli.pipeline.speak import Speaker

    console = common.console
    places = say_lines.Places.parse(output)
    job = replace(job, names=replace(job.names, template=places.template))
    spoken = say_lines.Lines(console=console, encoding=job.encoding, places=places)
    try:
        with noted(raised), closing(Speaker(job)) as speaker:
            if console.mode.json and asked.plain_stdin:
                with console.waiting("loading voice"):
                    speaker.warm()
                batches = say_lines.batches_of_rows(reader_options(configuration))
            else:
                batches = say_lines.batches(_lines(asked, configuration))
            return spoken.speak(speaker, batches)
    except InterruptedRunError as stop:
        return stop.status
    except BrokenPipeError:
        return closed_quietly()


def _tell_file(common: CommonOptions, words: tuple[str, ...]) -> None:
    """Warn of a text that is the name of a file, which is what is spoken."""
    if len(words) != 1 or not Path(words[0]).suffix:
        return
    with suppress(OSError, ValueError):  # a long text is no name
        if Path(words[0]).is_file():
            common.console.warning(
                f'"{words[0]}" is a file, and its name is spoken; to speak what is in it: '
                f"sbv2 say -i {shlex.quote(words[0])}"
            )


def _say(
    common: CommonOptions,
    job: Job,
    lines: Iterator[ScriptLine],
    output: str | None,
    stream: bool,
    timing: Path | None,
) -> int:
    from sbv2cli.pipeline.signals import InterruptedRunError, noted, raised
    from sbv2cli.pipeline.speak import Speaker

    try:
        with noted(raised), closing(Speaker(job)) as speaker:
            said = speaker.say(lines, at_a_time=1 if stream else LINES_AT_A_TIME)
            sink_for = _opener(output, job.encoding, stream=stream)
            with common.console.waiting("loading voice"):
                first = next(said, None)
            told = _told(common, said if first is None else chain([first], said))
            seconds = _send(told, sink_for, timing)
    except InterruptedRunError as stop:
        return stop.status
    except BrokenPipeError:
        return closed_quietly()
    if not seconds:
        raise UsageError("say.empty", "there is nothing to say", hint="give a text, or pipe one in")
    where = output if output is not None and output != STDOUT else None
    common.console.result({"file": where, "duration": round(seconds, 6)})
    if where is not None:
        common.console.done(f"{where}, {seconds:.1f} s")
    return EXIT_OK


def _lines(asked: _Asked, configuration: Configuration) -> Iterator[ScriptLine]:
    """The lines of a script, or of a plain text as `render` would read them."""
    from sbv2cli.cli.scripts import ScriptFlags, reader_options, script_lines
    from sbv2cli.readers.text import lines_of

    if asked.source is not None or asked.from_format is not None:
        if asked.words or asked.reading:
            raise UsageError("say.two-texts", "a file and a text are given; say one of them")
        script = asked.source or Path(STDOUT)
        flags = ScriptFlags(asked.from_format or "auto", (), None, "auto")
        return _in_utf8(script_lines((script,), configuration, flags))
    if asked.reading is not None:
        return iter([_line_as_read(" ".join(asked.words), asked.reading, configuration)])
    options = reader_options(configuration)
    if asked.stream and options.unit is None:
        options = replace(options, unit="sentence")
    rows = _rows(asked.words, stream=asked.stream)
    return lines_of(enumerate(rows, start=1), SOURCE, options)


def _in_utf8(lines: Iterator[ScriptLine]) -> Iterator[ScriptLine]:
    """The lines; here is no option that names the encoding of a file."""
    try:
        yield from lines
    except ScriptError as error:
        if error.code != "script.encoding":
            raise
        hint = "save it as UTF-8, or pipe it in: iconv -f euc-jp -t utf-8 FILE | sbv2 say"
        raise ScriptError(error.code, error.message, at=error.at, hint=hint) from None


def _line_as_read(text: str, reading: str, configuration: Configuration) -> ScriptLine:
    """One line that a person has read; without a text, the text is what is read."""
    from sbv2cli.languages.japanese.corrections import without_marks
    from sbv2cli.readers.ruby import take_ruby
    from sbv2cli.records import LineId, ScriptLine, Source

    shown, ruby = take_ruby(_decoded(text) or without_marks(reading), configuration["lang"])
    return ScriptLine(
        id=LineId("line-0001"),
        number=1,
        text=shown,
        source=Source(path=SOURCE, row=1),
        ruby=ruby,
        reading=_decoded(reading),
        id_given=False,
    )


def _rows(words: tuple[str, ...], *, stream: bool) -> Iterable[str]:
    """The rows of the text, each as soon as it is there."""
    if words:
        return _decoded(" ".join(words)).splitlines()
    if stream:
        from sbv2cli.readers.script import stdin_bytes

        return _rows_as_they_come(stdin_bytes())
    return _all_of_stdin().split("\n")


def _decoded(text: str) -> str:
    """The text of the command line; bytes of another encoding come as lone surrogates."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise UsageError(
            "script.encoding",
            "the text holds bytes that are not UTF-8",
            at="command line",
            hint="save it as UTF-8 and pipe it in: sbv2 say < FILE",
        )
    return text


def _all_of_stdin() -> str:
    from sbv2cli.readers.decode import document
    from sbv2cli.readers.format import DEFAULTS
    from sbv2cli.readers.script import opened

    with opened(Path(STDOUT)) as (stdin, name):
        return document(stdin, name, DEFAULTS)


def _rows_as_they_come(stdin: BinaryIO) -> Iterator[str]:
    for number, row in enumerate(iter(stdin.readline, b""), start=1):
        try:
            yield row.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(
                "script.encoding",
                f"byte {error.start} of the row is not UTF-8",
                at=f"<stdin>:{number}",
                hint="a stream is read as UTF-8; convert it with iconv",
            ) from None


def _encoding(output: str | None, format_name: str | None, rate: int | None) -> Encoding:
    from sbv2cli.writers.audio.formats import Encoding, check, format_of

    name = format_name
    if name is None and output is not None and output != STDOUT and Path(output).suffix:
        name = format_of(Path(output))
    name = name or "wav"
    encoding = Encoding(format=name, subtype="float" if name == "f32le" else "pcm16", rate=rate)
    check(encoding)
    return encoding


def _refuse_clashes(
    common: CommonOptions,
    output: str | None,
    encoding: Encoding,
    *,
    stream: bool,
    lines: bool,
    timing: Path | None,
) -> None:
    if lines:
        _refuse_clashes_of_lines(common, output, stream=stream, timing=timing)
        return
    if output is not None:
        refuse_fields(output, "file", hint="add --lines for a file of each line")
    to_stdout = output == STDOUT or (output is None and not sys.stdout.isatty())
    if output == STDOUT and sys.stdout.isatty():
        raise UsageError(
            "say.terminal",
            "a terminal cannot show sound",
            hint="pipe it into a player, or give a file: -o hello.wav",
        )
    if to_stdout and common.console.mode.json:
        raise UsageError(
            "say.json", "--json and the sound both want stdout", hint="give a file with -o"
        )
    if stream and encoding.format not in STREAMED:
        raise UsageError(
            "say.stream-format",
            f"{encoding.format} cannot be streamed",
            hint=f"choose one of {', '.join(STREAMED)}",
        )
    if stream and timing is not None:
        raise UsageError("say.stream-timing", "--timing needs the whole text, not a --stream")


def _refuse_clashes_of_lines(
    common: CommonOptions, output: str | None, *, stream: bool, timing: Path | None
) -> None:
    if stream or timing is not None:
        other = "--stream" if stream else "--timing"
        raise UsageError("say.lines", f"--lines and {other} exclude each other")
    if output in (None, STDOUT):
        if not common.console.mode.json:
            raise UsageError(
                "say.lines",
                "each line is a sound of its own, and stdout has no place for several",
                hint="name the files: -o 'out_{n}.wav'; or add --json",
            )
        if sys.stdout.isatty():
            raise UsageError(
                "say.terminal", "a terminal cannot show sound", hint="name files: -o '{id}.wav'"
            )


def _job(configuration: Configuration, encoding: Encoding) -> Job:
    from sbv2cli.pipeline.file_names import NameRules

    # What a settings file says of `render` (folders, silence around lines) is not meant for this.
    job = jobs.job(configuration)
    return replace(
        job,
        machine=soonest(job.machine),
        encoding=encoding,
        names=NameRules(ext=encoding.ext),
        trim=False,
        lead=0.0,
        tail=0.0,
        gain=job.gain if configuration.origin("gain") == "--gain" else "none",
    )


def soonest(machine: Machine) -> Machine:
    """With the backend that speaks first, where nothing was said of how to compute."""
    from sbv2cli.pipeline.open_voice import SOONEST

    usual = machine.backend == "auto" and machine.precision == "fp32"
    on_cpu = machine.device in ("auto", "cpu")
    return replace(machine, backend=SOONEST) if usual and on_cpu else machine


def _opener(output: str | None, encoding: Encoding, *, stream: bool) -> Callable[[int], AudioSink]:
    """What opens the sink of this output, for a sound of a known rate."""
    from sbv2cli.writers.audio.sink import FileSink, PipeSink, StreamFileSink, StreamSink

    if output is None and sys.stdout.isatty():
        from sbv2cli.writers.audio.loudspeaker import LoudspeakerSink

        return LoudspeakerSink
    if output is None or output == STDOUT:
        kind = StreamSink if stream else PipeSink
        return lambda rate: kind(sys.stdout.buffer, rate, encoding)
    path = Path(output)
    if stream:
        return lambda rate: StreamFileSink(path, rate, encoding)
    return lambda rate: FileSink(path, rate, encoding)


def _told(common: CommonOptions, said: Iterator[PlayableLine]) -> Iterator[PlayableLine]:
    """The same sounds, once what is doubtful about them has been said."""
    for one in said:
        for message in one.warnings:
            common.console.warning(message)
        yield one


def _send(
    said: Iterator[PlayableLine], sink_for: Callable[[int], AudioSink], timing: Path | None
) -> float:
    """The sounds one after another with their pauses; how long they are together."""
    from sbv2cli.audio import silence
    from sbv2cli.files import write_whole
    from sbv2cli.writers import timings

    first = next(said, None)
    if first is None:
        return 0.0
    rate = first.timings.rate
    times: list[Timings] = []
    end = 0
    with sink_for(rate) as sink:
        for one in chain([first], said):
            # Rounded one by one, as where rendered lines are joined.
            pause = sum(silence.samples_of(each, rate) for each in (one.pause, one.before))
            if pause:
                sink.write(silence.of(pause))
            sink.write(one.samples)
            start, end = end + pause, end + pause + len(one.samples)
            times.append(timings.moved(one.timings, start, end))
        sink.close()
    if timing is not None:
        write_whole(timing, timings.sidecar(first.prepared.id, timings.joined(times)))
    return end / rate
